//! What was opened in an emergency: with its reason for the circle, which looks back on it; without anybody for those
//! who watch over how often that happens.

use std::collections::BTreeMap;

use contracts::{
    EnumValue, Facts as _, Recorded,
    case::v1::{EmergencyFinding, EmergencyReason},
    events,
};
use jiff::{Timestamp, ToSpan as _, civil::Date};
use serde::Serialize;
use service::{Problem, Reading, Runtime};
use tokio_postgres::types::Json;
use utoipa::ToSchema;
use uuid::Uuid;
use vocabulary::dates::parse;

use super::{
    Seen,
    cards::{Card, Cards},
};
use crate::views::emergencies::Opened;

/// One, as the circle reads it.
#[derive(Clone, Debug)]
pub struct Told {
    /// Its id.
    pub id: Uuid,
    /// The post that opened it.
    pub post_id: Option<Uuid>,
    /// When.
    pub opened_at: Option<Timestamp>,
    /// Until when.
    pub ends_at: Option<Timestamp>,
    /// What pressed.
    pub kind: EnumValue<EmergencyReason>,
    /// Why; empty when that class is closed to the reader.
    pub reason: String,
    /// What was found.
    pub finding: EnumValue<EmergencyFinding>,
    /// When.
    pub reviewed_on: Option<Date>,
    /// In a few words; empty when that class is closed to the reader.
    pub comment: String,
}

/// Those of a case, the ones that nobody looked back on first, then the last opened.
///
/// # Errors
/// When the journal or the keys cannot be read.
pub async fn of_case(runtime: &Runtime, reading: &Reading, seen: &Seen) -> Result<Vec<Told>, Problem> {
    let facts = runtime.journal.stream(seen.standing.case_id, 1).await?;
    let ours = ["EmergencyAccessOpened", "EmergencyAccessReviewed"];
    let facts: Vec<Recorded> = facts.into_iter().filter(|fact| ours.contains(&fact.kind.name)).collect();
    let opened = runtime.open(reading, &facts, |class| seen.opens(class)).await?;
    let mut all: Vec<Told> = Vec::new();
    for (fact, opened) in facts.iter().zip(opened) {
        let event =
            events::Case::decode(fact.kind, &opened.bytes).map_err(|error| Problem::internal(&error))?;
        match event {
            events::Case::EmergencyAccessOpened(one) => all.push(Told {
                id: one.access_id.parse().unwrap_or_default(),
                post_id: one.post_id.parse().ok(),
                opened_at: one.opened_at.parse().ok(),
                ends_at: one.ends_at.parse().ok(),
                kind: one.reason_code,
                reason: one.reason,
                finding: EnumValue::default(),
                reviewed_on: None,
                comment: String::new(),
            }),
            events::Case::EmergencyAccessReviewed(reviewed) => {
                let known = all.iter_mut().find(|one| reviewed.access_id.parse() == Ok(one.id));
                if let Some(one) = known {
                    one.finding = reviewed.finding;
                    one.reviewed_on = parse(&reviewed.reviewed_on);
                    one.comment = reviewed.comment;
                }
            }
            _ => {}
        }
    }
    all.sort_by_key(|one| (one.reviewed_on.is_some(), std::cmp::Reverse(one.opened_at)));
    Ok(all)
}

/// How often the posts of an organisation opened cases in an emergency, over twelve months.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = EmergencyCount)]
pub struct Count {
    /// The organisation.
    pub organisation: Card,
    /// How often.
    pub opened: u32,
    /// Those that nobody looked back on yet.
    pub to_review: u32,
    /// Those that were found not to be justified.
    pub unjustified: u32,
}

/// One that nobody looked back on: no person, no case.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = EmergencyToReview)]
pub struct ToReview {
    /// When it was opened.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub opened_at: Option<Timestamp>,
    /// The post that opened it, and its organisation.
    pub post: String,
    /// What pressed.
    #[schema(value_type = String)]
    pub reason: EnumValue<EmergencyReason>,
    /// The structure whose professionals look back on it.
    pub structure: Option<Card>,
}

/// What was opened in an emergency, without anybody.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct Emergencies {
    /// By organisation, those that opened most first.
    pub organisations: Vec<Count>,
    /// Those that nobody looked back on, the oldest first.
    pub to_review: Vec<ToReview>,
}

const ALL: &str =
    "select e.body, l.structure_id from read.emergencies e left join read.live_status l using (key)";

/// Months over which they are counted.
const MONTHS: i32 = 12;

/// All of them, for those who may read no case: see [`super::protection`].
///
/// # Errors
/// When the read models cannot be read.
pub async fn counted(runtime: &Runtime) -> Result<Emergencies, Problem> {
    let client = runtime.machinery.get().await?;
    let rows = client.query(&client.prepare_cached(ALL).await?, &[]).await?;
    drop(client);
    let since = runtime.clock.today().saturating_sub(MONTHS.months());
    let mut found = Vec::new();
    for row in rows {
        let (Json(opened), structure): (Json<Opened>, Option<Uuid>) = (row.try_get(0)?, row.try_get(1)?);
        let recent = |at: Timestamp| vocabulary::clock::day_in_paris(at) >= since;
        let kept = opened.into_values().filter(|one| !one.is_reviewed() || one.opened_at.is_some_and(recent));
        found.extend(kept.map(|one| (one, structure)));
    }
    let ids: Vec<Uuid> = found
        .iter()
        .flat_map(|(one, structure)| [one.post_id, one.organisation_id, *structure])
        .flatten()
        .collect();
    let cards = Cards::read(runtime, &ids).await?;
    let mut counts: BTreeMap<Uuid, Count> = BTreeMap::new();
    for (one, _) in &found {
        let id = one.organisation_id.unwrap_or_default();
        let new = || Count { organisation: cards.card(id), opened: 0, to_review: 0, unjustified: 0 };
        let count = counts.entry(id).or_insert_with(new);
        count.opened += 1;
        count.to_review += u32::from(!one.is_reviewed());
        count.unjustified += u32::from(one.finding == EmergencyFinding::UNJUSTIFIED);
    }
    let mut organisations: Vec<Count> = counts.into_values().collect();
    organisations.sort_by(|one, other| {
        other.opened.cmp(&one.opened).then_with(|| one.organisation.name.cmp(&other.organisation.name))
    });
    found.retain(|(one, _)| !one.is_reviewed());
    found.sort_by_key(|(one, _)| one.opened_at);
    let to_review = found.into_iter().map(|(one, structure)| ToReview {
        opened_at: one.opened_at,
        post: one.post_id.and_then(|id| cards.post_called(id)).unwrap_or_default(),
        reason: one.reason,
        structure: structure.map(|id| cards.card(id)),
    });
    Ok(Emergencies { organisations, to_review: to_review.collect() })
}
