//! Problems (RFC 9457), the only way from an error to HTTP: in French, precise, and without any value
//! that was sent.

use std::borrow::Cow;

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use journal::JournalError;
use serde::Serialize;
use utoipa::ToSchema;
use vocabulary::Refusal;

/// The kind of problem of whoever wrote at the same time as others, and was never first.
pub(crate) const CONFLICT: &str = "/problemes/conflit";

/// What went wrong, where, and what to do.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Problem {
    /// A stable reference of the kind of problem.
    #[serde(rename = "type")]
    #[schema(example = "/problemes/regle")]
    pub kind: Cow<'static, str>,
    /// The kind of problem in a few words.
    pub title: Cow<'static, str>,
    /// The HTTP status.
    #[serde(serialize_with = "status_code")]
    #[schema(value_type = u16)]
    pub status: StatusCode,
    /// What is wrong here, and what to do.
    pub detail: Cow<'static, str>,
    /// The rule that refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<Cow<'static, str>>,
    /// The version of that rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule_version: Option<u32>,
    /// Which members of the body are concerned.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<PointedError>,
    /// In how many seconds to try again: what `Retry-After` says.
    #[serde(skip)]
    #[schema(ignore)]
    pub retry_after: Option<u64>,
}

/// A member of the body, and what is wrong with it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PointedError {
    /// JSON pointer.
    pub pointer: Cow<'static, str>,
    /// What is wrong.
    pub detail: Cow<'static, str>,
}

fn status_code<S: serde::Serializer>(status: &StatusCode, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u16(status.as_u16())
}

impl Problem {
    /// A problem of that kind.
    pub fn new(
        status: StatusCode,
        kind: &'static str,
        title: &'static str,
        detail: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            kind: kind.into(),
            title: title.into(),
            status,
            detail: detail.into(),
            rule: None,
            rule_version: None,
            errors: Vec::new(),
            retry_after: None,
        }
    }

    /// Says in how many seconds to try again.
    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// Points at a member of the body.
    #[must_use]
    pub fn at(mut self, pointer: impl Into<Cow<'static, str>>, detail: impl Into<Cow<'static, str>>) -> Self {
        self.errors.push(PointedError { pointer: pointer.into(), detail: detail.into() });
        self
    }

    /// 400.
    pub fn bad_request(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "/problemes/demande", "Demande mal formée", detail)
    }

    /// 401.
    pub fn unauthenticated() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "/problemes/identification",
            "Identification requise",
            "Cette adresse demande un jeton valide (en-tête Authorization: Bearer …) ou une session ouverte.",
        )
    }

    /// 403.
    pub fn forbidden(why: &str) -> Self {
        let detail = format!("Accès refusé : {why}.");
        Self::new(StatusCode::FORBIDDEN, "/problemes/acces", "Accès refusé", detail)
    }

    /// 403, for want of a second factor shown a short while ago.
    pub fn second_factor() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            Self::SECOND_FACTOR,
            "Second facteur demandé",
            "Ce geste est sensible : il demande un second facteur montré depuis moins de quinze minutes. Montrez-le à l’adresse /connexion/second-facteur, puis recommencez. Rien n’a été enregistré.",
        )
    }

    /// The kind of [`Problem::second_factor`].
    pub const SECOND_FACTOR: &'static str = "/problemes/second-facteur";

    /// The kind of problem of a person who chose a code that is too easily guessed.
    pub const WEAK_CODE: &'static str = "/problemes/code";

    /// 404.
    pub fn not_found(what: &str) -> Self {
        let detail = format!("Jalon ne connaît pas {what}. Vérifiez l’identifiant.");
        Self::new(StatusCode::NOT_FOUND, "/problemes/inconnu", "Introuvable", detail)
    }

    /// 412.
    pub fn stale(actual: u32) -> Self {
        let detail = format!(
            "La version indiquée par If-Match n’est plus la bonne : la version actuelle est {actual}. Relisez, puis recommencez."
        );
        Self::new(StatusCode::PRECONDITION_FAILED, "/problemes/version", "Version dépassée", detail)
    }

    /// 503, for what will come back by itself.
    pub fn unavailable() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "/problemes/indisponible",
            "Momentanément indisponible",
            "Jalon n’a pas pu enregistrer ou lire à l’instant. Rien n’est perdu : renvoyez la même demande, avec la même clé d’idempotence, dans quelques secondes.",
        )
    }

    /// 500: the cause is in the log, by its trace.
    pub fn internal(error: &dyn std::fmt::Display) -> Self {
        tracing::error!(error = %error, "a request failed");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "/problemes/interne",
            "Erreur interne",
            "Une erreur est survenue de notre côté ; elle est consignée. Rien n’a été enregistré.",
        )
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let mut problem = Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "/problemes/regle",
            "Règle non respectée",
            refusal.detail.clone(),
        );
        problem.rule = Some(refusal.rule.into());
        problem.rule_version = Some(refusal.version);
        match refusal.pointer {
            Some(pointer) => problem.at(pointer, refusal.detail),
            None => problem,
        }
    }
}

impl From<JournalError> for Problem {
    fn from(error: JournalError) -> Self {
        match error {
            JournalError::CommandReused => Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "/problemes/cle-reutilisee",
                "Clé d’idempotence déjà utilisée",
                "Cette clé d’idempotence a déjà servi pour une autre demande. Prenez une clé nouvelle.",
            ),
            JournalError::Conflict { .. } => Self::new(
                StatusCode::CONFLICT,
                CONFLICT,
                "Conflit",
                "Plusieurs personnes ont écrit en même temps. Relisez, puis recommencez.",
            ),
            JournalError::Moved => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "/problemes/dossier-occupe",
                "Dossier occupé",
                "D’autres écrivent en ce moment dans le dossier de cette personne. Rien n’a été enregistré : renvoyez la même demande, avec la même clé d’idempotence, dans quelques secondes.",
            ),
            JournalError::Archived => Self::new(
                StatusCode::CONFLICT,
                "/problemes/archive",
                "Archivé",
                "Cet historique est archivé : il se lit encore, il ne s’écrit plus.",
            ),
            JournalError::Forgotten => Self::new(
                StatusCode::GONE,
                "/problemes/oubli",
                "Personne oubliée",
                "Les données de cette personne ont été effacées à jamais : rien de personnel ne peut plus être écrit à son sujet.",
            ),
            JournalError::Unavailable(_) => {
                tracing::warn!(error = %error, "the journal does not answer");
                Self::unavailable()
            }
            other => Self::internal(&other),
        }
    }
}

impl From<sealing::Error> for Problem {
    fn from(error: sealing::Error) -> Self {
        match error {
            sealing::Error::Key(sealing::KeyError::Forgotten { .. }) => JournalError::Forgotten.into(),
            sealing::Error::Key(_) => {
                tracing::warn!(error = %error, "the keys do not answer");
                Self::unavailable()
            }
            other => Self::internal(&other),
        }
    }
}

impl From<crate::BoxError> for Problem {
    fn from(error: crate::BoxError) -> Self {
        match error.downcast::<JournalError>() {
            Ok(error) => (*error).into(),
            Err(error) => match error.downcast::<crate::OpenError>() {
                Ok(error) => (*error).into(),
                Err(error)
                    if error.is::<deadpool_postgres::PoolError>() || error.is::<projections::TooLate>() =>
                {
                    tracing::warn!(error = %error, "the read models do not answer");
                    Self::unavailable()
                }
                Err(error) => Self::internal(&error),
            },
        }
    }
}

impl From<deadpool_postgres::PoolError> for Problem {
    fn from(error: deadpool_postgres::PoolError) -> Self {
        crate::BoxError::from(error).into()
    }
}

impl From<tokio_postgres::Error> for Problem {
    fn from(error: tokio_postgres::Error) -> Self {
        JournalError::from(error).into()
    }
}

impl From<access::Denied> for Problem {
    fn from(denied: access::Denied) -> Self {
        if denied.second_factor { Self::second_factor() } else { Self::forbidden(&denied.why) }
    }
}

impl From<access::AccessError> for Problem {
    fn from(error: access::AccessError) -> Self {
        tracing::warn!(error = %error, "the tokens do not answer");
        Self::unavailable()
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let mut response = (self.status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        let soon = (self.status == StatusCode::SERVICE_UNAVAILABLE).then_some(2);
        if let Some(seconds) = self.retry_after.or(soon) {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        // For whoever shows it otherwise.
        response.extensions_mut().insert(self);
        response
    }
}
