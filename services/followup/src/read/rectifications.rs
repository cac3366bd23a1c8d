//! What the person says is wrong, and what they were answered.

use contracts::{
    Class, EnumValue, Facts as _, Recorded,
    case::v1::{PersonalClass, RectificationOutcome},
    events,
};
use jiff::civil::Date;
use serde::Serialize;
use service::{Problem, Reading, Runtime};
use utoipa::ToSchema;
use uuid::Uuid;
use vocabulary::dates::parse;

use super::Seen;

/// A request, and its answer.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = RectificationRequest)]
pub struct Request {
    /// Its id.
    pub id: Uuid,
    /// What it is about.
    #[schema(value_type = String)]
    pub of_class: EnumValue<PersonalClass>,
    /// Since when.
    #[schema(value_type = Option<String>, format = Date)]
    pub requested_on: Option<Date>,
    /// Whether the person wrote it themselves.
    pub by_person: bool,
    /// What is wrong; empty when that class is closed to the reader.
    pub text: String,
    /// What became of it, once it was answered.
    #[schema(value_type = String)]
    pub outcome: EnumValue<RectificationOutcome>,
    /// When.
    #[schema(value_type = Option<String>, format = Date)]
    pub settled_on: Option<Date>,
    /// What the person is told; empty when that class is closed to the reader.
    pub answer: String,
    /// The fact that corrects, when one does.
    pub correcting_fact_id: Option<Uuid>,
}

/// Those of a case, the ones that wait first, then the last settled.
///
/// # Errors
/// When the journal or the keys cannot be read.
pub async fn read(runtime: &Runtime, reading: &Reading, seen: &Seen) -> Result<Vec<Request>, Problem> {
    let facts = runtime.journal.stream(seen.standing.case_id, 1).await?;
    let ours = ["RectificationRequested", "RectificationSettled"];
    let facts: Vec<Recorded> = facts.into_iter().filter(|fact| ours.contains(&fact.kind.name)).collect();
    let opened = runtime.open(reading, &facts, |class| seen.opens(class)).await?;
    let mut all: Vec<Request> = Vec::new();
    for (fact, opened) in facts.iter().zip(opened) {
        let event =
            events::Case::decode(fact.kind, &opened.bytes).map_err(|error| Problem::internal(&error))?;
        match event {
            events::Case::RectificationRequested(asked) => all.push(Request {
                id: asked.rectification_id.parse().unwrap_or_default(),
                of_class: asked.of_class,
                requested_on: parse(&asked.requested_on),
                by_person: asked.by_person,
                text: [
                    asked.text_identity,
                    asked.text_project,
                    asked.text_social,
                    asked.text_health,
                    asked.text_judicial,
                    asked.text_note,
                ]
                .concat(),
                outcome: EnumValue::default(),
                settled_on: None,
                answer: String::new(),
                correcting_fact_id: None,
            }),
            events::Case::RectificationSettled(settled) => {
                let known = all.iter_mut().find(|one| settled.rectification_id.parse() == Ok(one.id));
                if let Some(one) = known {
                    one.outcome = settled.outcome;
                    one.settled_on = parse(&settled.settled_on);
                    one.correcting_fact_id = settled.correcting_fact_id.parse().ok();
                    one.answer = [
                        settled.answer_identity,
                        settled.answer_project,
                        settled.answer_social,
                        settled.answer_health,
                        settled.answer_judicial,
                        settled.answer_note,
                    ]
                    .concat();
                }
            }
            _ => {}
        }
    }
    all.sort_by_key(|one| (one.settled_on.is_some(), std::cmp::Reverse(one.settled_on), one.requested_on));
    Ok(all)
}

/// The class of data that a request about that class is kept in.
pub fn kept_in(class: EnumValue<PersonalClass>) -> Class {
    match class.as_known().and_then(service::class_of) {
        // What is said of a note is for whoever may answer.
        Some(Class::Note) | None => Class::Social,
        Some(class) => class,
    }
}
