//! What a running service holds.

use std::{collections::HashMap, sync::Arc};

use access::{Actor, Policies, Tokens};
use contracts::{Class, Recorded};
use deadpool_postgres::Pool;
use journal::Journal;
use sealing::{Opened, Place, Sealer};
use serde_json::Value;
use telemetry::Metrics;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use vocabulary::{Clock, Ids, Rule};

use crate::{BoxError, OpenError, Reading, Store, config::Config, execute::Personal};

/// Everything a service works with, shared.
pub struct Runtime {
    /// The facts.
    pub journal: Journal,
    /// The keys, and what is done with them.
    pub sealer: Arc<Sealer>,
    /// What services keep, and the read models: of these, no row about a person is seen by whoever does not say for
    /// whom they read ([`Runtime::reader`]).
    pub pool: Pool,
    /// The same, every row of it: for what goes by rules and shows nothing to anybody. The places that take it are
    /// listed by a test.
    pub machinery: Pool,
    /// Who may knock.
    pub tokens: Tokens,
    /// Who may do and see what.
    pub policies: Policies,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// New ids.
    pub ids: Arc<dyn Ids>,
    /// What is measured.
    pub metrics: Metrics,
    /// How far each read model is.
    pub positions: projections::Positions,
    /// What the process was told.
    pub config: Config,
    /// The rules of all contexts, so that a warning is shown in its own words.
    pub rules: Vec<&'static Rule>,
    /// Where all services keep something of a person beside the facts and the read models.
    pub stores: Vec<Store>,
    /// Which commands state something personal.
    pub personal: Personal,
    /// Makes the clock of this process look at once: the demonstration's time has moved.
    pub time_moved: Arc<Notify>,
    /// Cancelled when the process is asked to stop: answers that last end by themselves.
    pub shutdown: CancellationToken,
}

impl std::fmt::Debug for Runtime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Runtime").finish_non_exhaustive()
    }
}

impl Runtime {
    /// Opens the personal parts that `may` allows of these facts, in one query for all keys. What was opened is
    /// noted for that reading, and recorded before its answer leaves.
    ///
    /// # Errors
    /// When the keys cannot be read, or a part was altered; when the answer has begun and the reading could not be
    /// recorded, or is one too many.
    pub async fn open(
        &self,
        reading: &Reading,
        facts: &[Recorded],
        may: impl Fn(Class) -> bool,
    ) -> Result<Vec<Opened>, OpenError> {
        self.open_each(reading, facts, |_, class| may(class)).await
    }

    /// [`Runtime::open`] when what `may` allows differs from one fact to another.
    ///
    /// # Errors
    /// As [`Runtime::open`].
    pub async fn open_each(
        &self,
        reading: &Reading,
        facts: &[Recorded],
        may: impl Fn(&Recorded, Class) -> bool,
    ) -> Result<Vec<Opened>, OpenError> {
        let log_id = self.sealer.log_id();
        let items = facts.iter().map(|fact| (fact.place(log_id), fact.payload.clone())).collect();
        let by_id: HashMap<Uuid, &Recorded> = facts.iter().map(|fact| (fact.event_id, fact)).collect();
        let may = |place: &Place, class| by_id.get(&place.event_id).is_some_and(|fact| may(fact, class));
        let opened = self.sealer.open_each(items, may).await?;
        reading.keep(self, facts, &opened).await?;
        Ok(opened)
    }

    /// Opens what is sealed outside the journal, each under the subject of its place.
    ///
    /// # Errors
    /// As [`Runtime::open`].
    pub async fn open_aside(
        &self,
        reading: &Reading,
        items: Vec<(Place, Vec<u8>)>,
    ) -> Result<Vec<Opened>, OpenError> {
        let subjects: Vec<Uuid> = items.iter().map(|(place, _)| place.subject).collect();
        let opened = self.sealer.open_many(items, |_| true).await?;
        for (subject, opened) in subjects.into_iter().zip(&opened) {
            reading.saw(subject, &opened.opened);
        }
        reading.keep(self, &[], &[]).await?;
        Ok(opened)
    }

    /// A document of a read model, by its key, for rules: every row is seen.
    ///
    /// # Errors
    /// When the read model cannot be read.
    pub async fn document(&self, view: &'static str, key: Uuid) -> Result<Option<Value>, BoxError> {
        let client = self.machinery.get().await?;
        let statement =
            client.prepare_cached(&format!("select body from read.{view} where key = $1")).await?;
        let Some(row) = client.query_opt(&statement, &[&key]).await? else { return Ok(None) };
        Ok(Some(row.try_get(0)?))
    }

    /// The documents of a read model of cases in whose circle that post is, in the order of their keys, for rules.
    ///
    /// # Errors
    /// When the read model cannot be read.
    pub async fn documents_of_post(
        &self,
        view: &'static str,
        post: Uuid,
    ) -> Result<Vec<(Uuid, Value)>, BoxError> {
        let client = self.machinery.get().await?;
        let sql = format!(
            "select key, body from read.{view}
             where key in (select case_id from read.readership where reader_id = $1 and via = 'circle')
             order by key"
        );
        let statement = client.prepare_cached(&sql).await?;
        let rows = client.query(&statement, &[&post]).await?;
        rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
    }

    /// The documents of a read model of these keys, in the order of their keys, for rules.
    ///
    /// # Errors
    /// When the read model cannot be read.
    pub async fn documents(&self, view: &'static str, keys: &[Uuid]) -> Result<Vec<(Uuid, Value)>, BoxError> {
        let client = self.machinery.get().await?;
        let sql = format!("select key, body from read.{view} where key = any($1) order by key");
        let statement = client.prepare_cached(&sql).await?;
        let rows = client.query(&statement, &[&keys]).await?;
        rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
    }

    /// The keys of the documents of a read model in which that member is that text, for rules.
    ///
    /// # Errors
    /// When the read model cannot be read.
    pub async fn with_member(
        &self,
        view: &'static str,
        member: &'static str,
        text: &str,
    ) -> Result<Vec<Uuid>, BoxError> {
        let client = self.machinery.get().await?;
        let sql = format!("select key from read.{view} where body->>'{member}' = $1 order by key");
        let rows = client.query(&client.prepare_cached(&sql).await?, &[&text]).await?;
        Ok(rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?)
    }

    /// Whether the actor's organisation is a member of that platform today, from the platform's facts.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub async fn is_on_platform(
        &self,
        actor: &Actor,
        platform_id: Option<Uuid>,
    ) -> Result<bool, journal::JournalError> {
        let (Some(platform), Some(organisation)) = (platform_id, actor.organisation_id) else {
            return Ok(false);
        };
        let organisation = organisation.to_string();
        let mut member = false;
        for fact in self.journal.stream(platform, 1).await? {
            match fact.trace() {
                Ok(contracts::events::Platform::PlatformOpened(opened)) => {
                    member |= opened.lead_organisation_id == organisation;
                }
                Ok(contracts::events::Platform::MemberJoined(joined))
                    if joined.organisation_id == organisation =>
                {
                    member = true;
                }
                Ok(contracts::events::Platform::MemberLeft(left)) if left.organisation_id == organisation => {
                    member = false;
                }
                _ => {}
            }
        }
        Ok(member)
    }
}
