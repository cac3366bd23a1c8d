//! What can go wrong, said to the person who started the servers.

use std::io;
use std::path::{Path, PathBuf};

/// Why a private server could not be found, started or stopped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No Postgres server on this machine nor in `.tools/`.
    #[error(
        "Aucun serveur Postgres (15 à 18) n’a été trouvé : lancez « make setup », qui en installe un dans « .tools »."
    )]
    PostgresMissing,

    /// No NATS server in `.tools/`.
    #[error("Le serveur NATS n’a pas été trouvé : lancez « make setup », qui l’installe dans « .tools ».")]
    NatsMissing,

    /// The place given by an override holds no such program.
    #[error("« {} » n’existe pas ou n’est pas un programme : corrigez le chemin donné pour {tool}.", path.display())]
    NotAProgram {
        /// The tool that was looked for.
        tool: &'static str,
        /// Where it should have been.
        path: PathBuf,
    },

    /// The program does not say its version in a way we understand.
    #[error("« {} » ne dit pas sa version ({said}) : ce n’est sans doute pas {tool} ; lancez « make setup ».", path.display())]
    VersionUnknown {
        /// The tool that was asked.
        tool: &'static str,
        /// The program that answered.
        path: PathBuf,
        /// What it answered.
        said: String,
    },

    /// The program is older than what Jalon relies on.
    #[error("{tool} est en version {found} dans « {} », il faut au moins {wanted} : lancez « make setup ».", path.display())]
    TooOld {
        /// The tool.
        tool: &'static str,
        /// Which program.
        path: PathBuf,
        /// Its version.
        found: String,
        /// The oldest version that will do.
        wanted: &'static str,
    },

    /// Something on the disk did not go as expected.
    #[error("Impossible de {doing} « {} » : {source}.", path.display())]
    Io {
        /// What was attempted, as an infinitive.
        doing: &'static str,
        /// On which file.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },

    /// Started as root: Postgres runs as another user, who cannot reach its files.
    #[error(
        "Postgres refuse de tourner en root et l’utilisateur {uid} ne peut pas traverser « {} » : \
         donnez-lui ce droit avec « chmod o+x {} », ou mettez ailleurs, par exemple sous /srv, les données ou \
         le projet qui s’y trouvent.",
        path.display(), path.display()
    )]
    NotTraversable {
        /// The directory that stops them.
        path: PathBuf,
        /// The user Postgres would run as.
        uid: u32,
    },

    /// The directory holds something else than a private server's files.
    #[error("« {} » contient autre chose qu’un Postgres privé (« {found} ») : donnez-lui un répertoire vide.", path.display())]
    NotOurs {
        /// The directory.
        path: PathBuf,
        /// The first stranger in it.
        found: String,
    },

    /// Another living process runs a server from this directory.
    #[error("« {} » est déjà utilisé par le processus {owner} : arrêtez-le d’abord, ou choisissez un autre répertoire.", path.display())]
    InUse {
        /// The directory.
        path: PathBuf,
        /// The process that started the server.
        owner: u32,
    },

    /// The data were written by another major version of Postgres.
    #[error(
        "Les données de « {} » ont été écrites par Postgres {data}, or le serveur trouvé est en version {server} : \
         supprimez ce répertoire pour repartir de zéro, ou indiquez un Postgres {data}.",
        path.display()
    )]
    OtherVersion {
        /// The data directory.
        path: PathBuf,
        /// The version that wrote the data.
        data: String,
        /// The version of the server found.
        server: u32,
    },

    /// A server ended before it was ready.
    #[error("{server} s’est arrêté avant d’être prêt ({status}). Dernières lignes de « {} » :\n{tail}", log.display())]
    Ended {
        /// Which server.
        server: &'static str,
        /// How it ended.
        status: String,
        /// Its log.
        log: PathBuf,
        /// The last lines of its log.
        tail: String,
    },

    /// A server runs but does not answer.
    #[error("{server} ne répond pas après {seconds} s. Dernières lignes de « {} » :\n{tail}", log.display())]
    Silent {
        /// Which server.
        server: &'static str,
        /// How long it was waited for.
        seconds: u64,
        /// Its log.
        log: PathBuf,
        /// The last lines of its log.
        tail: String,
    },

    /// A server was asked to stop and is still there.
    #[error(
        "{server} (processus {pid}) ne s’est pas arrêté après {seconds} s : terminez-le à la main avec « kill {pid} »."
    )]
    StillThere {
        /// Which server.
        server: &'static str,
        /// Its process.
        pid: u32,
        /// How long it was waited for.
        seconds: u64,
    },

    /// A helper program (initdb, cc) failed.
    #[error("{tool} a échoué : {said}")]
    ToolFailed {
        /// Which program.
        tool: &'static str,
        /// What it said.
        said: String,
    },

    /// The slow disk was asked for and there is no C compiler to build its shim.
    #[error(
        "Simuler un disque lent demande un compilateur C et « cc » est introuvable : installez le paquet gcc."
    )]
    NoCompiler,

    /// Postgres refused an administrative statement.
    #[error("Postgres a refusé de {doing} : {source}.")]
    Sql {
        /// What was attempted, as an infinitive.
        doing: String,
        /// Why it failed.
        source: tokio_postgres::Error,
    },
}

impl Error {
    /// Names the file and the attempt behind an [`io::Error`].
    pub(crate) fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error {
        move |source| Error::Io { doing, path: path.to_owned(), source }
    }
}
