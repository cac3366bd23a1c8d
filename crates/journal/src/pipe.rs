//! One connection that many callers share, opened when first needed and again when lost.

use std::{sync::Arc, time::Duration};

use tokio::sync::Mutex;
use tokio_postgres::{Client, Config, Row, Statement, types::ToSql};

use crate::{error::JournalError, tls::Tls};

/// Where a database is, and how to work with it.
#[derive(Clone, Debug)]
pub struct Settings {
    config: Config,
    tls: Tls,
    tuned: bool,
}

/// Queries on a few rows by key are always planned that way, however young the tables: a plan made
/// before the first statistics would otherwise scan them.
const PLANS: &str = "set plan_cache_mode = force_generic_plan; set enable_seqscan = off; set enable_bitmapscan = off; \
                     set enable_hashjoin = off; set enable_mergejoin = off; set enable_memoize = off; set jit = off; \
                     set default_transaction_isolation = 'read committed'";

impl Settings {
    /// From a URL `postgres://user@host:port/database`; with `?sslmode=require`, over TLS with a verified
    /// certificate.
    ///
    /// # Errors
    /// When the URL is not one, or TLS is required and no certificate is trusted.
    pub fn from_url(url: &str) -> Result<Self, JournalError> {
        let mut config: Config =
            url.parse().map_err(|error: tokio_postgres::Error| JournalError::Database(error.to_string()))?;
        config.connect_timeout(Duration::from_secs(5)).keepalives_idle(Duration::from_secs(30));
        let tls = Tls::of(&mut config)?;
        Ok(Self { config, tls, tuned: false })
    }

    /// The same, for look-ups by key only.
    pub(crate) fn tuned(mut self) -> Self {
        self.tuned = true;
        self
    }

    /// The parameters of the connection.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// How connections are protected.
    pub fn tls(&self) -> &Tls {
        &self.tls
    }

    /// A connection of one's own.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn connect(&self) -> Result<Client, JournalError> {
        let (client, connection) = self.config.connect(self.tls.connector()).await?;
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(error = %error, "a connection to the journal ended");
            }
        });
        if self.tuned {
            client.batch_execute(PLANS).await?;
        }
        Ok(client)
    }
}

/// A shared connection with its prepared statements.
pub(crate) struct Pipe {
    settings: Settings,
    ready: Mutex<Option<Arc<Ready>>>,
}

/// A live connection.
pub(crate) struct Ready {
    /// The connection.
    pub(crate) client: Client,
    statements: Mutex<Vec<(&'static str, Statement)>>,
}

impl std::fmt::Debug for Pipe {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pipe").finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Ready {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ready").finish_non_exhaustive()
    }
}

impl Pipe {
    /// A connection to that database, not opened yet.
    pub(crate) fn new(settings: Settings) -> Self {
        Self { settings, ready: Mutex::new(None) }
    }

    /// The live connection, opened again if it was lost.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub(crate) async fn ready(&self) -> Result<Arc<Ready>, JournalError> {
        let mut slot = self.ready.lock().await;
        if let Some(ready) = slot.as_ref().filter(|ready| !ready.client.is_closed()) {
            return Ok(ready.clone());
        }
        let client = self.settings.connect().await?;
        let ready = Arc::new(Ready { client, statements: Mutex::new(Vec::new()) });
        *slot = Some(ready.clone());
        Ok(ready)
    }

    /// What a reading query answers. When the connection was lost it is asked once more, on a new one:
    /// reading twice does no harm.
    pub(crate) async fn rows(
        &self,
        sql: &'static str,
        params: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, JournalError> {
        match self.try_rows(sql, params).await {
            Err(JournalError::Unavailable(_)) => self.try_rows(sql, params).await,
            answer => answer,
        }
    }

    async fn try_rows(
        &self,
        sql: &'static str,
        params: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, JournalError> {
        let ready = self.ready().await?;
        let statement = ready.prepared(sql).await?;
        Ok(ready.client.query(&statement, params).await?)
    }
}

impl Ready {
    /// The prepared statement of that text, prepared at its first use.
    ///
    /// # Errors
    /// When the server refuses it.
    pub(crate) async fn prepared(&self, sql: &'static str) -> Result<Statement, tokio_postgres::Error> {
        let mut statements = self.statements.lock().await;
        if let Some((_, statement)) = statements.iter().find(|(text, _)| std::ptr::eq(*text, sql)) {
            return Ok(statement.clone());
        }
        let statement = self.client.prepare(sql).await?;
        statements.push((sql, statement.clone()));
        Ok(statement)
    }
}
