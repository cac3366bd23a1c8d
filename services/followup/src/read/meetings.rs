//! The meetings of a platform: those to come and those that were held, who was there, what was decided and what
//! became of it.

use access::Actor;
use contracts::{EnumValue, label_of, platform::v1::MeetingKind};
use jiff::civil::Date;
use serde::Serialize;
use service::{Problem, Runtime};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    cards::{Card, Cards},
    together,
};
use crate::views::together::{Decision, Meeting, Thing};

/// A meeting.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MeetingCard {
    /// Its id.
    pub id: Uuid,
    /// Its kind.
    #[schema(value_type = String)]
    pub kind: EnumValue<MeetingKind>,
    /// That, in French.
    pub text: &'static str,
    /// Its day.
    #[schema(value_type = Option<String>, format = Date)]
    pub on: Option<Date>,
    /// Its hour; may be empty.
    pub starts_at: String,
    /// Where; may be empty.
    pub town: String,
}

impl MeetingCard {
    /// A meeting in short.
    pub fn of((id, one): &(Uuid, Meeting)) -> Self {
        Self {
            id: *id,
            kind: one.kind,
            text: label_of(one.kind),
            on: one.on,
            starts_at: one.starts_at.clone(),
            town: one.town.clone(),
        }
    }
}

/// A meeting, with what it decided.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MeetingLine {
    /// The meeting.
    #[serde(flatten)]
    pub card: MeetingCard,
    /// Whether it was held.
    pub held: bool,
    /// The organisations that were present.
    pub present: Vec<Card>,
    /// What it decided, and what became of it.
    pub decisions: Vec<DecisionLine>,
}

/// A decision of a meeting.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DecisionLine {
    /// The meeting that took it.
    pub meeting_id: Uuid,
    /// What was decided, and what became of it.
    #[serde(flatten)]
    pub decision: Decision,
    /// Who does it.
    pub organisation: Option<Card>,
    /// Whether its day is past and nobody said what became of it.
    pub overdue: bool,
}

/// Where a page of meetings ends.
pub type Key = (Option<Date>, Uuid);

/// The meetings of a platform, those to come first, then the latest.
///
/// # Errors
/// When the read model cannot be read.
pub async fn of_platform(
    runtime: &Runtime,
    actor: &Actor,
    platform: Uuid,
) -> Result<Vec<(Uuid, Meeting)>, Problem> {
    let all = together::of_kind(runtime, actor, (platform, "meeting"), None, usize::MAX).await?;
    let meeting = |(id, thing)| match thing {
        Thing::Meeting(one) => Some((id, one)),
        _ => None,
    };
    let mut all: Vec<(Uuid, Meeting)> = all.into_iter().filter_map(meeting).collect();
    all.sort_by_key(|(id, one)| std::cmp::Reverse((one.on, *id)));
    Ok(all)
}

/// A page of the meetings of that platform, found to be the reader's to see.
///
/// # Errors
/// When the read models cannot be read.
pub async fn read(
    runtime: &Runtime,
    actor: &Actor,
    platform: Uuid,
    (after, limit): (Option<Key>, usize),
) -> Result<Vec<MeetingLine>, Problem> {
    let mut all = of_platform(runtime, actor, platform).await?;
    all.retain(|(id, one)| after.is_none_or(|after| (one.on, *id) < after));
    all.truncate(limit);
    lines(runtime, all).await
}

/// One meeting of that platform.
///
/// # Errors
/// 404 when it is not one of its meetings.
pub async fn one(
    runtime: &Runtime,
    actor: &Actor,
    platform: Uuid,
    meeting: Uuid,
) -> Result<MeetingLine, Problem> {
    let mut all = of_platform(runtime, actor, platform).await?;
    all.retain(|(id, _)| *id == meeting);
    lines(runtime, all).await?.pop().ok_or_else(|| Problem::not_found("cette réunion"))
}

async fn lines(runtime: &Runtime, meetings: Vec<(Uuid, Meeting)>) -> Result<Vec<MeetingLine>, Problem> {
    let decide =
        |one: &Meeting| one.decisions.iter().filter_map(|one| one.organisation_id).collect::<Vec<_>>();
    let mut ids: Vec<Uuid> =
        meetings.iter().flat_map(|(_, one)| one.present.iter().copied().chain(decide(one))).collect();
    ids.sort_unstable();
    ids.dedup();
    let cards = Cards::read(runtime, &ids).await?;
    let today = runtime.clock.today();
    let line = |known: (Uuid, Meeting)| MeetingLine {
        card: MeetingCard::of(&known),
        held: known.1.held,
        present: known.1.present.iter().map(|id| cards.card(*id)).collect(),
        decisions: known.1.decisions.iter().map(|one| decision(known.0, one, &cards, today)).collect(),
    };
    Ok(meetings.into_iter().map(line).collect())
}

fn decision(meeting_id: Uuid, one: &Decision, cards: &Cards, today: Date) -> DecisionLine {
    DecisionLine {
        meeting_id,
        organisation: one.organisation_id.map(|id| cards.card(id)),
        overdue: one.settled.is_none() && one.due_on.is_some_and(|due| due < today),
        decision: one.clone(),
    }
}

/// The decisions of these meetings of which nobody said what became of them, those due first, first; then those that
/// the last one of them took and that are settled.
///
/// # Errors
/// When the read model cannot be read.
pub async fn to_look_at(
    runtime: &Runtime,
    meetings: &[(Uuid, Meeting)],
    last: Option<Uuid>,
) -> Result<Vec<DecisionLine>, Problem> {
    let all = lines(runtime, meetings.to_vec()).await?;
    let mut open: Vec<DecisionLine> = all
        .into_iter()
        .flat_map(|one| one.decisions)
        .filter(|one| one.decision.settled.is_none() || Some(one.meeting_id) == last)
        .collect();
    open.sort_by_key(|one| {
        let due = one.decision.due_on.unwrap_or(Date::MAX);
        (one.decision.settled.is_some(), due, one.decision.decided_on, one.decision.id)
    });
    Ok(open)
}
