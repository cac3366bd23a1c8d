//! How professionals enter: OpenID Connect, code flow, with the profile of ProConnect.
//!
//! A provider says who comes ([`Provider`]): the signature, the issuer, the audience, the nonce and the
//! dates of its word are verified, its UserInfo must be signed as well. Whoever comes is a professional of
//! Jalon once they were linked ([`Accounts`]): by an invitation, used once, and only when the provider says
//! that they belong to the organisation that awaits them. An e-mail address is never a key. Two factors count when the
//! provider's level of assurance (`acr`) or the ways it names (`amr`) say so; when it asks for one only, one-time codes
//! are the second ([`SecondFactors`]).

mod accounts;
mod factors;
mod http;
mod pending;
mod provider;
mod second_factor;
mod secret;

pub use accounts::{Accounts, Invitation, Linked};
pub use pending::{Begun, Pending};
pub use provider::{Asking, Identity, Provider, ProviderSettings, Started};
pub use second_factor::{Enrolment, SecondFactors, Tried};

mod embedded {
    refinery::embed_migrations!("migrations");
}

/// Creates or upgrades the tables.
///
/// # Errors
/// When the database refuses.
pub async fn migrate(client: &mut tokio_postgres::Client) -> Result<(), Error> {
    let mut runner = embedded::migrations::runner();
    runner.set_migration_table_name("migration_sign_in");
    runner.run_async(client).await.map_err(|error| Error::Database(error.to_string()))?;
    Ok(())
}

/// Why someone cannot enter. No message holds anything of theirs.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The provider is misconfigured, here or there.
    #[error("the provider is not configured rightly: {0}")]
    Settings(String),
    /// The provider does not answer, or not as it should: later may do.
    #[error("the provider does not answer: {0}")]
    Unavailable(String),
    /// What came back cannot be believed.
    #[error("the provider’s word cannot be believed: {0}")]
    Refused(&'static str),
    /// They did not show what is asked of whoever enters.
    #[error("the provider did not ask them for what is asked of whoever enters")]
    Level,
    /// The secret of a second factor cannot be made or opened.
    #[error("second factor: {0}")]
    Secret(String),
    /// The tables cannot be read or written.
    #[error("sign-in: {0}")]
    Database(String),
}

impl From<tokio_postgres::Error> for Error {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Database(error.to_string())
    }
}

impl From<deadpool_postgres::PoolError> for Error {
    fn from(error: deadpool_postgres::PoolError) -> Self {
        Self::Database(error.to_string())
    }
}
