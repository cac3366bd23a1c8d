//! The agenda of the next meeting of a platform, prepared by itself: what changed since the last one that
//! was held, what waits, and the offers that are open with the people whose wishes they answer.

use jiff::{ToSpan as _, civil::Date};
use serde::Serialize;
use service::{Problem, Reading, Runtime};
use utoipa::ToSchema;
use uuid::Uuid;
use vocabulary::clock::start_of_day;

mod offers;

pub use offers::{OfferLine, Suited};

use super::{
    answers::open_cases,
    board::{self, Called},
    cards::{Card, Cards},
    followups::Waiting,
    meetings::{self, DecisionLine, MeetingCard},
};
use crate::{prompts::prompts, views::status::Status};

/// What an agenda looks back on when no meeting was held yet, in days.
const FIRST_DAYS: i64 = 31;

/// The agenda.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Agenda {
    /// The next meeting, when one is planned.
    pub next: Option<MeetingCard>,
    /// The last meeting that was held.
    pub last: Option<MeetingCard>,
    /// The day from which it looks back.
    #[schema(value_type = String, format = Date)]
    pub since: Date,
    /// What meetings decided and of which nobody said yet what became of it, whichever meeting it was; and what the
    /// last one decided.
    pub decisions: Vec<DecisionLine>,
    /// What changed since, by kind of fact, most frequent first.
    pub changes: Vec<Change>,
    /// People for whom something waits, those who wait longest first.
    pub waiting: Vec<WaitingCase>,
    /// The offers that are open, those to which people were proposed first.
    pub offers: Vec<OfferLine>,
}

/// A kind of fact that came.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Change {
    /// The name of the kind.
    pub kind: &'static str,
    /// In French.
    pub label: &'static str,
    /// How many.
    pub count: i64,
    /// About how many people.
    pub people: i64,
    /// The cases.
    pub cases: Vec<Called>,
}

/// Someone for whom something waits.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct WaitingCase {
    /// The person.
    #[serde(flatten)]
    pub called: Called,
    /// The structure that hosts them.
    pub structure: Card,
    /// What waits, longest first.
    pub prompts: Vec<Waiting>,
}

/// The agenda of that platform, found to be the reader's to see; at most so many people and offers.
///
/// # Errors
/// When the read models, the journal or the keys cannot be read.
pub async fn read(
    runtime: &Runtime,
    reading: &Reading,
    platform: Uuid,
    limit: usize,
) -> Result<Agenda, Problem> {
    let today = runtime.clock.today();
    let meetings = meetings::of_platform(runtime, reading, platform).await?;
    let held = meetings.iter().filter(|(_, one)| one.held).max_by_key(|(_, one)| one.on);
    let to_come = meetings.iter().filter(|(_, one)| !one.held && one.on >= Some(today));
    let next = to_come.min_by_key(|(_, one)| one.on);
    let since = held.and_then(|(_, one)| one.on).unwrap_or(today.saturating_sub(FIRST_DAYS.days()));
    let cases = open_cases(runtime, reading, platform).await?;
    let (decisions, changes, waiting, offers) = tokio::try_join!(
        meetings::to_look_at(runtime, &meetings, held.map(|(id, _)| *id)),
        changes(runtime, reading, (platform, since), &cases),
        waiting(runtime, reading, &cases, limit),
        offers::open(runtime, reading, platform, (&cases, limit)),
    )?;
    Ok(Agenda {
        next: next.map(MeetingCard::of),
        last: held.map(MeetingCard::of),
        since,
        decisions,
        changes,
        waiting,
        offers,
    })
}

/// What is known since the day of the last meeting, whenever it happened: a late fact is news too.
const CHANGES: &str = "
select t.kind, count(*), array_agg(distinct t.case_id)
from read.timeline t join read.live_status s on s.key = t.case_id
where s.platform_id = $1 and t.recorded_at >= $2
group by t.kind order by count(*) desc, t.kind";

async fn changes(
    runtime: &Runtime,
    reading: &Reading,
    (platform, since): (Uuid, Date),
    cases: &[(Uuid, Status)],
) -> Result<Vec<Change>, Problem> {
    let client = reading.client(runtime).await?;
    let statement = client.prepare_cached(CHANGES).await?;
    let rows = client.query(&statement, &[&platform, &start_of_day(since)]).await?;
    let mut found = Vec::new();
    for row in rows {
        let cases: Vec<Uuid> = row.try_get(2)?;
        found.push((row.try_get::<_, i16>(0)?.cast_unsigned(), row.try_get::<_, i64>(1)?, cases));
    }
    let changed: std::collections::HashSet<Uuid> =
        found.iter().flat_map(|(_, _, cases)| cases).copied().collect();
    let shown: Vec<_> = cases.iter().filter(|(id, _)| changed.contains(id)).cloned().collect();
    let called = board::called(runtime, reading, &shown).await?;
    let change = |(code, count, ids): (u16, i64, Vec<Uuid>)| {
        let kind = contracts::by_code(code)?;
        let cases = called.iter().filter(|one| ids.contains(&one.id)).cloned().collect();
        let people = i64::try_from(ids.len()).unwrap_or(i64::MAX);
        Some(Change { kind: kind.name, label: kind.label, count, people, cases })
    };
    Ok(found.into_iter().filter_map(change).collect())
}

async fn waiting(
    runtime: &Runtime,
    reading: &Reading,
    cases: &[(Uuid, Status)],
    limit: usize,
) -> Result<Vec<WaitingCase>, Problem> {
    let today = runtime.clock.today();
    let mut found: Vec<_> = cases.iter().map(|case| (prompts(&case.1, today), case)).collect();
    found.retain(|(prompts, _)| !prompts.is_empty());
    found.sort_by_key(|(prompts, (id, _))| (prompts.first().map(|one| one.on), *id));
    found.truncate(limit);
    let shown: Vec<(Uuid, Status)> = found.iter().map(|(_, case)| (*case).clone()).collect();
    let mut ids: Vec<Uuid> = shown.iter().flat_map(|(_, status)| status.organisations()).collect();
    ids.sort_unstable();
    ids.dedup();
    let (called, cards) =
        tokio::try_join!(board::called(runtime, reading, &shown), Cards::read(runtime, &ids))?;
    let names = cards.names();
    let each = found.into_iter().zip(called).map(|((prompts, (_, status)), called)| WaitingCase {
        called,
        structure: cards.card(status.structure_id),
        prompts: prompts.into_iter().map(|one| Waiting::of(one, status, &names)).collect(),
    });
    Ok(each.collect())
}
