//! What can go wrong with the bus, said to whoever runs Jalon. No message holds anything of a fact.

use async_nats::{
    ConnectError, ConnectErrorKind,
    jetstream::{
        ErrorCode,
        context::{CreateStreamError, CreateStreamErrorKind, GetStreamError, GetStreamErrorKind},
    },
};

/// The status of what JetStream cannot do at the moment; all others are refusals.
const NOT_NOW: usize = 503;

/// Why the bus cannot be used.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BusError {
    /// The addresses are malformed.
    #[error("NATS_URL n’est pas une liste d’adresses « nats://hôte:port » séparées par des virgules : {0}")]
    Address(String),
    /// Nobody answers there.
    #[error("NATS ne répond pas ({servers}) : {why}. Le serveur est-il démarré, et NATS_URL juste ?")]
    Unreachable {
        /// Hosts and ports.
        servers: String,
        /// What the attempt met.
        why: String,
    },
    /// The credentials are not accepted.
    #[error("NATS refuse la connexion ({servers}) : identifiants absents ou refusés")]
    Credentials {
        /// Hosts and ports.
        servers: String,
    },
    /// The server is too old to do what is asked of it.
    #[error(
        "le serveur NATS est en version {found} ; il faut au moins la 2.12, \
         car une version plus ancienne ignore sans le dire une partie de la configuration demandée"
    )]
    TooOld {
        /// Its version.
        found: String,
    },
    /// The server has no JetStream.
    #[error(
        "JetStream n’est pas activé sur le serveur NATS : ajoutez « jetstream {{ }} » à sa configuration"
    )]
    NoJetStream,
    /// The stream does not exist.
    #[error("le flux {stream} n’existe pas dans NATS : lancez « jalon migrate »")]
    StreamMissing {
        /// Which one.
        stream: String,
    },
    /// The stream is not configured as it must be.
    #[error(
        "le flux {stream} n’est pas configuré comme il doit l’être : {field} vaut {found} au lieu de {asked}"
    )]
    Differs {
        /// Which one.
        stream: String,
        /// Which setting.
        field: String,
        /// What it must be.
        asked: String,
        /// What it is.
        found: String,
    },
    /// The server refuses the stream.
    #[error("NATS refuse le flux {stream} : {why}")]
    Refused {
        /// Which one.
        stream: String,
        /// In its words.
        why: String,
    },
    /// JetStream does not answer, or has no leader at the moment.
    #[error("JetStream ne répond pas : {0}")]
    Unavailable(String),
}

impl BusError {
    /// Whether the same request may succeed a little later.
    pub fn may_pass(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::Unavailable(_))
    }

    pub(crate) fn silent(what: &str) -> Self {
        Self::Unavailable(format!("{what} n’est pas venu à temps"))
    }

    pub(crate) fn unavailable(error: impl std::error::Error) -> Self {
        Self::Unavailable(error.to_string())
    }

    pub(super) fn from_connect(servers: &str, error: &ConnectError) -> Self {
        let servers = servers.to_owned();
        match error.kind() {
            ConnectErrorKind::ServerParse => Self::Address(error.to_string()),
            ConnectErrorKind::Authentication | ConnectErrorKind::AuthorizationViolation => {
                Self::Credentials { servers }
            }
            ConnectErrorKind::Dns => {
                Self::Unreachable { servers, why: "ce nom de serveur est inconnu".into() }
            }
            ConnectErrorKind::TimedOut => Self::Unreachable { servers, why: "délai dépassé".into() },
            ConnectErrorKind::Io => {
                Self::Unreachable { servers, why: "connexion refusée ou coupée".into() }
            }
            _ => Self::Unreachable { servers, why: error.to_string() },
        }
    }

    /// “No stream” from the administration is a missing stream; silence or “no responder” is not.
    pub(super) fn from_get(stream: &str, error: &GetStreamError) -> Self {
        match error.kind() {
            GetStreamErrorKind::JetStream(found) if found.error_code() == ErrorCode::STREAM_NOT_FOUND => {
                Self::StreamMissing { stream: stream.into() }
            }
            _ => Self::unavailable(error),
        }
    }

    pub(super) fn from_create(stream: &str, error: &CreateStreamError) -> Self {
        match error.kind() {
            CreateStreamErrorKind::JetStream(refused) if refused.code() != NOT_NOW => {
                Self::Refused { stream: stream.into(), why: refused.to_string() }
            }
            CreateStreamErrorKind::JetStream(_)
            | CreateStreamErrorKind::JetStreamUnavailable
            | CreateStreamErrorKind::TimedOut
            | CreateStreamErrorKind::Response => Self::unavailable(error),
            _ => Self::Refused { stream: stream.into(), why: error.to_string() },
        }
    }
}
