//! What can go wrong with read models. No message holds anything of a fact.

use deadpool_postgres::PoolError;
use journal::JournalError;
use tokio_postgres::error::SqlState;

/// A read model that could not be installed, rebuilt or repaired.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProjectionError {
    /// The database of read models does not answer.
    #[error("la base des vues ne répond pas : {0}")]
    Unavailable(String),
    /// The database of read models refused.
    #[error("la base des vues a refusé : {0}")]
    Database(String),
    /// The tables of this crate could not be created or upgraded.
    #[error("les tables des vues n’ont pas pu être mises à jour : {0}")]
    Migration(String),
    /// The journal could not be read.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// A name that cannot be used for a schema or a view.
    #[error(
        "« {0} » ne peut pas nommer une vue ou une table : minuscules sans accent, chiffres et _, 40 au plus"
    )]
    Name(&'static str),
    /// The table belongs to another read model.
    #[error("la table {table} est déjà celle de la vue {owner}")]
    TableTaken {
        /// The table.
        table: &'static str,
        /// Whose it is.
        owner: String,
    },
    /// Readers see another version than the one of this program.
    #[error("la vue {name} ne sert pas la version {wanted} de ce programme : {}", version_or_none(*.active))]
    NotActive {
        /// The read model.
        name: &'static str,
        /// The version of this program.
        wanted: u32,
        /// The version readers see, if any.
        active: Option<u32>,
    },
    /// Another program is rebuilding it.
    #[error("la vue {0} est déjà en reconstruction, par un autre programme")]
    Rebuilding(&'static str),
    /// Another rebuild began and cleaned this one away.
    #[error("la reconstruction de la vue {0} a été remplacée par une autre")]
    Replaced(&'static str),
    /// The new generation has not reached what readers already see.
    #[error(
        "la nouvelle vue n’en est qu’à la position {new}, on lit déjà {old} : le journal a-t-il perdu des faits ?"
    )]
    Behind {
        /// What readers see.
        old: i64,
        /// Where the new one stands.
        new: i64,
    },
    /// The new generation set aside facts that the one that serves did not.
    #[error("la nouvelle vue a dû mettre de côté {facts} faits que celle qui sert a pris")]
    Poorer {
        /// How many.
        facts: i64,
    },
}

fn version_or_none(active: Option<u32>) -> String {
    active.map_or_else(|| "aucune n’est installée".into(), |version| format!("c’est la version {version}"))
}

impl ProjectionError {
    /// Whether the same request may succeed a little later.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Journal(JournalError::Unavailable(_)))
    }
}

impl From<tokio_postgres::Error> for ProjectionError {
    fn from(error: tokio_postgres::Error) -> Self {
        if is_transient(&error) {
            Self::Unavailable(describe(&error))
        } else {
            Self::Database(describe(&error))
        }
    }
}

impl From<PoolError> for ProjectionError {
    fn from(error: PoolError) -> Self {
        match error {
            PoolError::Backend(error) => error.into(),
            other => Self::Unavailable(other.to_string()),
        }
    }
}

/// The error without the values it may quote: code and message of the server, or the kind of failure.
pub(crate) fn describe(error: &tokio_postgres::Error) -> String {
    match error.as_db_error() {
        Some(refusal) => format!("{}: {}", refusal.code().code(), refusal.message()),
        None => error.to_string(),
    }
}

fn is_transient(error: &tokio_postgres::Error) -> bool {
    let Some(code) = error.code() else { return true };
    let passing = [
        SqlState::T_R_SERIALIZATION_FAILURE,
        SqlState::T_R_DEADLOCK_DETECTED,
        SqlState::LOCK_NOT_AVAILABLE,
        SqlState::QUERY_CANCELED,
    ];
    // 08 connection, 53 resources, 57P shutdown.
    let classes = ["08", "53", "57P"];
    passing.contains(code) || classes.iter().any(|class| code.code().starts_with(class))
}

/// Whether the database refuses what was written, so that trying again is of no use: a value it cannot
/// hold (class 22) or a constraint (class 23).
pub(crate) fn is_about_data(error: &tokio_postgres::Error) -> bool {
    error.code().is_some_and(|code| matches!(&code.code()[..2], "22" | "23"))
}
