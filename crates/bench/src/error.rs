//! What stops a measure.

/// A measure that could not be taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The journal refused what the measure asked of it.
    #[error("le journal a refusé : {0}")]
    Journal(#[from] journal::JournalError),
    /// The database refused.
    #[error("la base a refusé : {0}")]
    Postgres(#[from] tokio_postgres::Error),
    /// A command was not carried out as it should.
    #[error("une commande a échoué : {0}")]
    Command(String),
    /// A writer or a reader broke off.
    #[error("une tâche de mesure s’est interrompue : {0}")]
    Task(#[from] tokio::task::JoinError),
}
