//! A pooler of connections that gives each transaction another session is refused. Jalon says on each session for whom it
//! reads, how its look-ups are planned, and listens there: lent to another, a session would show what is not theirs.

use journal::Settings;
use service::Config;
use tokio_postgres::{Client, SimpleQueryMessage};

use crate::Error;

/// What is refused, and what to do.
const REFUSED: &str = "ces connexions passent par un intermédiaire qui partage les sessions de Postgres d’une transaction à l’autre (PgBouncer en « pool_mode = transaction », par exemple), ou qui en retire les options : Jalon ne peut pas y garantir qui lit quoi. Donnez dans DATABASE_URL l’adresse de Postgres lui-même, ou réglez l’intermédiaire en « session » et laissez-lui passer « options »";

/// What is written on a session, and read again.
const OWN: &str = "select current_setting('jalon.session', true)";

/// Refuses to serve through one.
///
/// # Errors
/// When sessions are shared or lose their options, or when Postgres does not answer.
pub async fn check(config: &Config) -> Result<(), Error> {
    for url in std::iter::once(&config.database_url).chain(&config.machinery_database_url) {
        refuse(&Settings::from_url(url)?).await?;
    }
    Ok(())
}

async fn refuse(settings: &Settings) -> Result<(), Error> {
    let (first, second) = (settings.connect().await?, settings.connect().await?);
    if shares(&first, &second).await? || !keeps_options(settings).await? {
        return Err(REFUSED.into());
    }
    Ok(())
}

/// Whether what was written on one connection is read on another, or is not there any more while the other works.
async fn shares(first: &Client, second: &Client) -> Result<bool, Error> {
    first.simple_query("select set_config('jalon.session', 'first', false)").await?;
    second.batch_execute("begin").await?;
    let shared = said(second, OWN).await?.as_deref() == Some("first")
        || said(first, OWN).await?.as_deref() != Some("first");
    second.batch_execute("rollback").await?;
    first.simple_query("select set_config('jalon.session', '', false)").await?;
    Ok(shared)
}

/// Whether a connection has the options it asked for.
async fn keeps_options(settings: &Settings) -> Result<bool, Error> {
    let mut config = settings.config().clone();
    config.options(projections::MACHINERY);
    match config.connect(settings.tls().connector()).await {
        Ok((client, connection)) => {
            let connection = tokio::spawn(connection);
            let reader = said(&client, "select current_setting('jalon.reader', true)").await;
            drop(client);
            drop(connection.await);
            Ok(reader?.as_deref() == Some("system"))
        }
        // A pooler that knows of no options says so.
        Err(error)
            if error.as_db_error().is_some_and(|said| said.message().contains("startup parameter")) =>
        {
            Ok(false)
        }
        Err(error) => Err(journal::JournalError::from(error).into()),
    }
}

async fn said(client: &Client, question: &str) -> Result<Option<String>, Error> {
    let answer = client.simple_query(question).await?;
    Ok(answer.into_iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
        _ => None,
    }))
}

#[cfg(test)]
mod tests;
