//! What whoever looks after the protection of data must know, and may: how often cases are opened in an emergency, what
//! was erased and when, what is kept beyond its time. No person, no case, no content.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use jiff::{ToSpan as _, civil::Date};
use serde::Serialize;
use service::{
    Forgettings, Problem, Reading, Restrictions, Runtime,
    forgettings::{Forgetting, Standing},
};
use tokio_postgres::{Row, types::Json};
use tokio_util::sync::CancellationToken;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    cards::{Card, Cards},
    emergencies::{self, Emergencies},
};
use crate::views;

/// What those who ask must bear.
pub const NAME: &str = "administration.read-protection";

/// The read models it is read from.
pub const VIEWS: &[&str] = &[views::live_status::NAME, views::emergencies::NAME, views::directory::NAME];

/// Months during which what was done is shown.
const MONTHS: i32 = 12;

/// All of it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Protection {
    /// What was opened in an emergency.
    pub emergencies: Emergencies,
    /// What is kept beyond its time, by structure.
    pub overdue: Vec<Overdue>,
    /// How many persons’ data are limited, by structure, and how many objections wait.
    pub limited: Vec<Limited>,
    /// What is asked to be erased, and what was within twelve months, the last first.
    pub erasures: Vec<Erasure>,
}

/// What a structure keeps beyond its time: an erasure that was proposed and that nobody approved.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = OverdueRetention)]
pub struct Overdue {
    /// The structure.
    pub structure: Card,
    /// For how many persons.
    pub people: usize,
    /// The oldest of the days on which it was to be erased.
    #[schema(value_type = String, format = Date)]
    pub since: Date,
}

/// What a structure keeps and leaves alone, and what it has to answer.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = LimitedData)]
pub struct Limited {
    /// The structure.
    pub structure: Card,
    /// Of how many persons the data are limited.
    pub people: usize,
    /// How many objections wait for an answer.
    pub waiting: usize,
    /// Since when the oldest of them waits.
    #[schema(value_type = Option<String>, format = Date)]
    pub since: Option<Date>,
}

/// A request to erase, and its receipt.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = ErasureReceipt)]
pub struct Erasure {
    /// Its id: the same on the receipt of the person.
    pub id: Uuid,
    /// The structure that hosts the person.
    pub structure: Card,
    /// The classes of data.
    pub classes: Vec<&'static str>,
    /// Whether the end of a time of retention asks for it.
    pub retention: bool,
    /// When it was asked.
    #[schema(value_type = Option<String>, format = Date)]
    pub asked_on: Option<Date>,
    /// From which day it may be carried out.
    #[schema(value_type = Option<String>, format = Date)]
    pub due_on: Option<Date>,
    /// Where it stands.
    #[schema(value_type = String)]
    pub standing: Standing,
    /// Since when.
    #[schema(value_type = Option<String>, format = Date)]
    pub since: Option<Date>,
    /// The day from which no backup can be read either.
    #[schema(value_type = Option<String>, format = Date)]
    pub backups_mute_on: Option<Date>,
    /// The stores that could not be reached yet.
    pub unreached: Vec<String>,
}

const REQUESTS: &str =
    "select structure_id, body -> 'forgettings' from read.live_status where body::jsonb ? 'forgettings'";

const RESTRICTIONS: &str =
    "select structure_id, body -> 'restrictions' from read.live_status where body::jsonb ? 'restrictions'";

/// The requests of all cases, with their structure.
type Requests = Vec<(Uuid, BTreeMap<Uuid, Forgetting>)>;

async fn requests(runtime: &Runtime) -> Result<Requests, Problem> {
    let client = runtime.machinery.get().await?;
    let rows = client.query(&client.prepare_cached(REQUESTS).await?, &[]).await?;
    let mut all = Vec::new();
    for row in rows {
        let (structure, Json(found)): (Uuid, Json<Forgettings>) = (row.try_get(0)?, row.try_get(1)?);
        all.push((structure, found.requests));
    }
    Ok(all)
}

/// What is limited in all cases, with their structure.
async fn restrictions(runtime: &Runtime) -> Result<Vec<(Uuid, Restrictions)>, Problem> {
    let client = runtime.machinery.get().await?;
    let rows = client.query(&client.prepare_cached(RESTRICTIONS).await?, &[]).await?;
    let read = |row: &Row| {
        let Json(found) = row.try_get::<_, Json<Restrictions>>(1)?;
        Ok((row.try_get(0)?, found))
    };
    rows.iter().map(read).collect()
}

/// How often what is kept beyond its time is counted.
const COUNTED: Duration = Duration::from_secs(300);

/// Counts what is kept beyond its time, for whoever watches over the process.
pub async fn count(runtime: Arc<Runtime>, cancel: CancellationToken) {
    while !cancel.is_cancelled() {
        match requests(&runtime).await {
            Ok(all) => {
                let today = runtime.clock.today();
                let late = |(_, requests): &&(Uuid, BTreeMap<Uuid, Forgetting>)| {
                    requests.values().any(|one| is_overdue(one, today))
                };
                let people = all.iter().filter(late).count();
                runtime.metrics.retention_overdue.set(i64::try_from(people).unwrap_or(i64::MAX));
            }
            Err(problem) => {
                tracing::debug!(why = %problem.detail, "what is overdue is not counted; trying again")
            }
        }
        let _: Option<()> = cancel.run_until_cancelled(tokio::time::sleep(COUNTED)).await;
    }
}

/// For administrators and whoever looks after the protection of data.
///
/// # Errors
/// 403 for every other role.
pub async fn read(runtime: &Runtime, reading: &Reading) -> Result<Protection, Problem> {
    runtime.policies.decide(reading, NAME, None)?;
    let emergencies = emergencies::counted(runtime).await?;
    let all = requests(runtime).await?;
    let held = restrictions(runtime).await?;
    let structures =
        all.iter().map(|(structure, _)| structure).chain(held.iter().map(|(structure, _)| structure));
    let structures: Vec<Uuid> = structures.copied().collect();
    let cards = Cards::read(runtime, &structures).await?;
    let today = runtime.clock.today();
    let (overdue, erasures) = (overdue(&all, &cards, today), erasures(all, &cards, today));
    Ok(Protection { emergencies, overdue, limited: limited(&held, &cards), erasures })
}

/// Whether it should have been erased already, and nobody says why not.
fn is_overdue(one: &Forgetting, today: Date) -> bool {
    one.is_retention() && one.standing == Standing::Asked && one.due_on.is_some_and(|due| due < today)
}

fn overdue(all: &Requests, cards: &Cards, today: Date) -> Vec<Overdue> {
    let mut found: BTreeMap<Uuid, Overdue> = BTreeMap::new();
    for (structure, requests) in all {
        let late = requests.values().filter(|one| is_overdue(one, today)).filter_map(|one| one.due_on);
        let Some(since) = late.min() else { continue };
        let new = || Overdue { structure: cards.card(*structure), people: 0, since };
        let one = found.entry(*structure).or_insert_with(new);
        one.people += 1;
        one.since = one.since.min(since);
    }
    let mut found: Vec<Overdue> = found.into_values().collect();
    found.sort_by_key(|one| one.since);
    found
}

fn limited(all: &[(Uuid, Restrictions)], cards: &Cards) -> Vec<Limited> {
    let mut found: BTreeMap<Uuid, Limited> = BTreeMap::new();
    for (structure, restrictions) in all.iter().filter(|(_, restrictions)| restrictions.hold()) {
        let new = || Limited { structure: cards.card(*structure), people: 0, waiting: 0, since: None };
        let one = found.entry(*structure).or_insert_with(new);
        one.people += 1;
        let waiting = restrictions.0.values().filter(|one| one.waits());
        one.waiting += waiting.clone().count();
        one.since = one.since.into_iter().chain(waiting.filter_map(|one| one.since)).min();
    }
    let mut found: Vec<Limited> = found.into_values().collect();
    found.sort_by_key(|one| (one.since.is_none(), one.since));
    found
}

fn erasures(all: Requests, cards: &Cards, today: Date) -> Vec<Erasure> {
    let from = today.saturating_sub(MONTHS.months());
    let shown = |one: &Forgetting| one.standing.is_open() || one.since.is_some_and(|day| day >= from);
    let mut found: Vec<Erasure> = Vec::new();
    for (structure, requests) in all {
        let kept = requests.into_iter().filter(|(_, one)| shown(one));
        found.extend(kept.map(|(id, one)| Erasure {
            id,
            structure: cards.card(structure),
            classes: one.classes.iter().map(|class| class.name()).collect(),
            retention: one.is_retention(),
            asked_on: one.asked_on,
            due_on: one.due_on,
            standing: one.standing,
            since: one.since,
            backups_mute_on: one.backups_mute_on,
            unreached: one.unreached,
        }));
    }
    found.sort_by_key(|one| (std::cmp::Reverse(one.since.or(one.asked_on)), one.id));
    found
}
