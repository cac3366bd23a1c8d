//! What can go wrong with the journal. No message holds anything of a fact.

use tokio_postgres::error::SqlState;

/// An append or a read that did not happen.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum JournalError {
    /// The stream is not at the expected version.
    #[error("conflict: the stream is at version {actual}")]
    Conflict {
        /// The version it is at.
        actual: u32,
    },
    /// Something about the case was recorded since it was read.
    #[error("the case has moved since it was read")]
    Moved,
    /// The command id was used with another body.
    #[error("this command id was used with another body")]
    CommandReused,
    /// The stream was archived: it is read, and no more written.
    #[error("the stream is archived")]
    Archived,
    /// Nothing is ever deleted from the journal.
    #[error("nothing is ever deleted from the journal")]
    NeverDeleted,
    /// The database role may not append facts of this context.
    #[error("this database role may not append facts of this context")]
    Forbidden,
    /// The database did not answer in time. What was asked may or may not have been done.
    #[error("the journal does not answer: {0}")]
    Unavailable(String),
    /// The database refused for another reason.
    #[error("the journal refused: {0}")]
    Database(String),
    /// The tables could not be created or upgraded.
    #[error("the journal could not be migrated: {0}")]
    Migration(String),
    /// A stored row is not a fact of these contracts.
    #[error("position {position}: {why}")]
    Corrupt {
        /// Where.
        position: i64,
        /// What is wrong.
        why: String,
    },
    /// A version or a position does not fit where it must go.
    #[error("number out of range: {0}")]
    OutOfRange(i64),
    /// A personal part could not be sealed.
    #[error("sealing failed: {0}")]
    Sealing(String),
    /// The keys of this person were destroyed: nothing personal can be written about them.
    #[error("this person was forgotten")]
    Forgotten,
}

impl JournalError {
    /// With what the database said, which is in the causes.
    pub(crate) fn migration(error: &refinery::Error) -> Self {
        let mut said = error.to_string();
        let mut cause = std::error::Error::source(error);
        while let Some(error) = cause {
            said = format!("{said}: {error}");
            cause = error.source();
        }
        Self::Migration(said)
    }
}

impl eventually::store::AppendError for JournalError {
    fn is_conflict_error(&self) -> bool {
        matches!(self, Self::Conflict { .. } | Self::Moved)
    }
}

impl From<tokio_postgres::Error> for JournalError {
    fn from(error: tokio_postgres::Error) -> Self {
        match error.code().map(SqlState::code) {
            Some("JL003") => Self::Forbidden,
            Some("JL007") => Self::Moved,
            _ if is_transient(&error) => Self::Unavailable(describe(&error)),
            _ => Self::Database(describe(&error)),
        }
    }
}

/// Whether the same request may succeed on another connection, a little later.
pub(crate) fn is_transient(error: &tokio_postgres::Error) -> bool {
    match error.code() {
        None => true,
        Some(code) => {
            matches!(
                *code,
                SqlState::ADMIN_SHUTDOWN
                    | SqlState::CRASH_SHUTDOWN
                    | SqlState::CANNOT_CONNECT_NOW
                    | SqlState::TOO_MANY_CONNECTIONS
                    | SqlState::T_R_SERIALIZATION_FAILURE
                    | SqlState::T_R_DEADLOCK_DETECTED
                    | SqlState::QUERY_CANCELED
                    | SqlState::LOCK_NOT_AVAILABLE
            ) || code.code().starts_with("08")
        }
    }
}

/// The error without the values it may quote: code and message of the server, or the kind of failure.
fn describe(error: &tokio_postgres::Error) -> String {
    match error.as_db_error() {
        Some(db) => format!("{} {}", db.code().code(), db.message()),
        None => error.to_string(),
    }
}
