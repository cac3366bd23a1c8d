//! What keeps the data of a person from being used: restrictions and objections, and what they were answered.

use contracts::{
    EnumValue, Facts as _, Recorded,
    case::v1::{ObjectionOutcome, RestrictionEnd, RestrictionGround},
    events,
};
use jiff::civil::Date;
use serde::Serialize;
use service::{Problem, Reading, Restrictions, Runtime};
use utoipa::ToSchema;
use uuid::Uuid;
use vocabulary::dates::parse;

use super::Seen;

/// A restriction, or an objection.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct Limit {
    /// Its id.
    pub id: Uuid,
    /// Whether the person objected.
    pub objection: bool,
    /// Whether the data are left alone because of it.
    pub holds: bool,
    /// Whether it is an objection that nobody answered yet.
    pub waits: bool,
    /// Why, when the person did not object.
    #[schema(value_type = String)]
    pub ground: EnumValue<RestrictionGround>,
    /// First day.
    #[schema(value_type = Option<String>, format = Date)]
    pub since: Option<Date>,
    /// Whether the person wrote it themselves.
    pub by_person: bool,
    /// What the person said; empty when it is closed to the reader.
    pub text: String,
    /// What became of the objection, once it was answered.
    #[schema(value_type = String)]
    pub outcome: EnumValue<ObjectionOutcome>,
    /// When.
    #[schema(value_type = Option<String>, format = Date)]
    pub settled_on: Option<Date>,
    /// What the person is told; empty when it is closed to the reader.
    pub answer: String,
    /// The day the person was told that their data would be used again.
    #[schema(value_type = Option<String>, format = Date)]
    pub person_told_on: Option<Date>,
    /// When it was lifted.
    #[schema(value_type = Option<String>, format = Date)]
    pub lifted_on: Option<Date>,
    /// Why.
    #[schema(value_type = String)]
    pub end: EnumValue<RestrictionEnd>,
}

/// Those of a case: the ones that hold first, the oldest before the others; then the last ones that are over.
///
/// # Errors
/// When the journal or the keys cannot be read.
pub async fn read(runtime: &Runtime, reading: &Reading, seen: &Seen) -> Result<Vec<Limit>, Problem> {
    let facts = runtime.journal.stream(seen.standing.case_id, 1).await?;
    let ours = |fact: &Recorded| Restrictions::KINDS.contains(&fact.kind.name);
    let facts: Vec<Recorded> = facts.into_iter().filter(ours).collect();
    let opened = runtime.open(reading, &facts, |class| seen.opens(class)).await?;
    let mut all: Vec<Limit> = Vec::new();
    for (fact, opened) in facts.iter().zip(opened) {
        let event =
            events::Case::decode(fact.kind, &opened.bytes).map_err(|error| Problem::internal(&error))?;
        fold(&mut all, event);
    }
    for one in &mut all {
        let standing = seen.standing.restrictions.0.get(&one.id);
        one.holds = standing.is_some_and(service::Restriction::holds);
        one.waits = standing.is_some_and(service::Restriction::waits);
    }
    all.sort_by_key(|one| (!one.holds, std::cmp::Reverse(one.lifted_on.max(one.settled_on)), one.since));
    Ok(all)
}

fn fold(all: &mut Vec<Limit>, event: events::Case) {
    let known = |all: &mut Vec<Limit>, id: &str| all.iter().position(|one| id.parse() == Ok(one.id));
    match event {
        events::Case::ProcessingRestricted(one) => all.push(Limit {
            id: one.restriction_id.parse().unwrap_or_default(),
            ground: one.ground,
            since: parse(&one.restricted_on),
            text: one.reason,
            ..Limit::default()
        }),
        events::Case::ObjectionRaised(one) => all.push(Limit {
            id: one.objection_id.parse().unwrap_or_default(),
            objection: true,
            since: parse(&one.raised_on),
            by_person: one.by_person,
            text: one.text,
            ..Limit::default()
        }),
        events::Case::ObjectionSettled(settled) => {
            if let Some(place) = known(all, &settled.objection_id) {
                all[place].outcome = settled.outcome;
                all[place].settled_on = parse(&settled.settled_on);
                all[place].person_told_on = parse(&settled.person_told_on);
                all[place].answer = settled.answer;
            }
        }
        events::Case::RestrictionLifted(lifted) => {
            if let Some(place) = known(all, &lifted.restriction_id) {
                all[place].lifted_on = parse(&lifted.lifted_on);
                all[place].person_told_on = parse(&lifted.person_told_on);
                all[place].end = lifted.reason;
            }
        }
        _ => {}
    }
}
