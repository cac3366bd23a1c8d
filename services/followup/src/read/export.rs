//! Everything kept about a person, for that person: what is written, by whom, from where, who may read it and who
//! did, what was agreed, how long it stays (RGPD, articles 15 and 20; CASF, L. 311-3).
//!
//! The person reads all of it by their own access, working notes too: they are about them. When their référent asks
//! for it, it holds what is open to that référent, and counts what is not: nobody reads more by exporting. What
//! names someone else (a witness, a tutor) is masked wherever a field holds it; a free text is given as it was
//! written.

use contracts::{Class, FactType, all_aggregates};
use jiff::{Timestamp, civil::Date};
use serde::Serialize;
use serde_json::{Map, Value};
use service::{Problem, Reading, Runtime, retention};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    cards::Card,
    case::Case,
    identity::Identity,
    readings::{self, Consultation},
    recipients::{self, Told},
    rectifications::{self, Request},
    restrictions::{self, Limit},
    sharing::{Agreement, Reader},
    timeline::{self, Item},
};

/// Facts read at once.
const PAGE: usize = 200;
/// Readings that are told, the last ones.
const READINGS: usize = 1_000;
/// Fields that name someone else.
const OTHERS: [&str; 3] = ["witness", "tutor_name", "tutor_contact"];
/// What stands in their place.
const MASKED: &str = "(une autre personne)";

/// Everything.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CaseExport)]
pub struct Export {
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub made_at: Timestamp,
    /// Whether the person made it themselves; otherwise a professional did, and it holds what is open to them.
    pub by_person: bool,
    /// The case.
    pub case_id: Uuid,
    /// Who the person is.
    pub identity: Option<Identity>,
    /// The structure that hosts them, which answers for what is kept.
    pub structure: Card,
    /// Since when they are followed.
    #[schema(value_type = Option<String>, format = Date)]
    pub opened_on: Option<Date>,
    /// Since when the case is closed, when it is.
    #[schema(value_type = Option<String>, format = Date)]
    pub closed_on: Option<Date>,
    /// Who may read what today.
    pub readers: Vec<Reader>,
    /// What was agreed, and what became of it.
    pub agreements: Vec<Agreement>,
    /// Who had received data and was told that they were corrected, erased or limited: the last ones first.
    pub told: Vec<Told>,
    /// What they asked to have put right.
    pub rectifications: Vec<Request>,
    /// What limits, or limited, the use of their data; what they objected to.
    pub restrictions: Vec<Limit>,
    /// Who looked, the last ones first.
    pub readings: Vec<Consultation>,
    /// The tools in which something was first said, Jalon aside.
    pub sources: Vec<String>,
    /// What is kept, by class of data.
    pub classes: Vec<OfClass>,
    /// How long it is kept, and where that comes from.
    pub kept: Vec<Kept>,
    /// How Jalon comes to what it proposes.
    pub logic: &'static str,
}

/// How long something is kept.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ExportedRetention)]
pub struct Kept {
    /// The rule.
    pub text: &'static str,
    /// Where it comes from.
    pub source: &'static str,
    /// From which day it is to be erased, as things stand; nothing when nothing counts yet.
    #[schema(value_type = Option<String>, format = Date)]
    pub until: Option<Date>,
}

/// Nothing is decided by a machine.
const LOGIC: &str = "Jalon ne décide de rien. Il rapproche des offres et les envies que la personne a dites (métier, heures, distance), en montrant pourquoi ; il rappelle des dates. La personne répond, puis un professionnel. Aucune note, aucun score n’est donné à personne.";

/// What is kept of one class.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ExportedClass)]
pub struct OfClass {
    /// The class.
    pub class: &'static str,
    /// Its facts, the last ones first.
    pub facts: Vec<Fact>,
    /// How many facts hold something of it that is closed to whoever made this.
    pub closed: usize,
    /// How many held something of it that was erased.
    pub erased: usize,
}

/// A fact, and what it holds of one class.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = ExportedFact)]
pub struct Fact {
    /// Its position in the journal.
    pub position: i64,
    /// Its kind.
    pub kind: &'static str,
    /// Its kind, in French.
    pub label: &'static str,
    /// The day it happened.
    #[schema(value_type = String, format = Date)]
    pub occurred_on: Date,
    /// The instant it was known.
    #[schema(value_type = String, format = DateTime)]
    pub recorded_at: Timestamp,
    /// Who stated it.
    pub by: String,
    /// The tool in which it was first said, when that was not Jalon.
    pub source: Option<String>,
    /// In a sentence.
    pub summary: String,
    /// What it holds of that class.
    pub said: Value,
}

/// Everything kept of a case that was found to be the reader’s to see.
///
/// # Errors
/// When the read models, the journal or the keys cannot be read.
pub async fn read(
    runtime: &Runtime,
    reading: &Reading,
    case: &Case,
    (agreements, readers): (Vec<Agreement>, Vec<Reader>),
) -> Result<Export, Problem> {
    let items = items(runtime, reading, case).await?;
    let mut sources: Vec<String> = items.iter().filter_map(|item| item.source.clone()).collect();
    sources.sort();
    sources.dedup();
    let all = [Class::Trace].into_iter().chain(Class::PERSONAL);
    Ok(Export {
        made_at: runtime.clock.now(),
        by_person: reading.own.is_some(),
        case_id: case.id,
        identity: case.identity.clone(),
        structure: case.cards.card(case.status.structure_id),
        opened_on: case.status.opened_on,
        closed_on: case.status.closed_on,
        readers,
        agreements,
        told: recipients::of_case(runtime, case.id).await?,
        rectifications: rectifications::read(runtime, reading, &case.seen).await?,
        restrictions: restrictions::read(runtime, reading, &case.seen).await?,
        readings: readings::of_case(runtime, Some(reading), case.id, (None, READINGS)).await?,
        sources,
        classes: all.map(|class| of_class(class, &items)).collect(),
        kept: kept(runtime, &items).await?,
        logic: LOGIC,
    })
}

/// The rules of retention, and the day each comes to for this case, as things stand.
async fn kept(runtime: &Runtime, items: &[Item]) -> Result<Vec<Kept>, Problem> {
    let mut positions: Vec<i64> = items.iter().map(|item| item.position).collect();
    positions.sort_unstable();
    let mut kept = retention::Kept::default();
    for fact in runtime.journal.at(&positions).await?.iter().filter(|fact| retention::Kept::concerns(fact)) {
        kept.apply(fact).map_err(|error| Problem::internal(&error))?;
    }
    let told = |rule: &'static retention::Retention| Kept {
        text: &rule.text,
        source: &rule.source,
        until: kept.due_on(rule),
    };
    Ok(retention::rules().iter().filter(|rule| rule.is_of_cases()).map(told).collect())
}

async fn items(runtime: &Runtime, reading: &Reading, case: &Case) -> Result<Vec<Item>, Problem> {
    let mut items: Vec<Item> = Vec::new();
    loop {
        let after = items.last().map(|last| (last.occurred_on, last.position));
        let asked = timeline::Asked { after, limit: PAGE, known_at: None };
        let page = timeline::read(runtime, reading, (&case.seen, &case.status), asked).await?;
        let full = page.len() == PAGE;
        items.extend(page);
        if !full {
            break;
        }
    }
    items.iter_mut().for_each(mask);
    Ok(items)
}

/// Masks whoever else is named.
fn mask(item: &mut Item) {
    let mut named = Vec::new();
    masked(&mut item.fact, &mut named);
    for name in named {
        item.summary = item.summary.replace(&name, MASKED);
    }
}

fn masked(value: &mut Value, named: &mut Vec<String>) {
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                match value {
                    Value::String(text) if OTHERS.contains(&key.as_str()) && !text.is_empty() => {
                        named.push(std::mem::replace(text, MASKED.to_owned()));
                    }
                    other => masked(other, named),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| masked(item, named)),
        _ => {}
    }
}

fn of_class(class: Class, items: &[Item]) -> OfClass {
    let name = class.name();
    OfClass {
        class: name,
        facts: items.iter().filter_map(|item| fact(class, item)).collect(),
        closed: items.iter().filter(|item| item.closed.contains(&name)).count(),
        erased: items.iter().filter(|item| item.forgotten.contains(&name)).count(),
    }
}

/// What a fact holds of that class; nothing when it holds nothing of it. Traces are told of every fact.
fn fact(class: Class, item: &Item) -> Option<Fact> {
    let kind = kind(item)?;
    let of_class = |name: &str| {
        kind.fields.iter().any(|field| field.name == name && kind.class_of(field.number) == class)
    };
    let said: Map<String, Value> = item
        .fact
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(name, value)| of_class(name) && !is_empty(value))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    if said.is_empty() && class != Class::Trace {
        return None;
    }
    Some(Fact {
        position: item.position,
        kind: item.kind,
        label: item.label,
        occurred_on: item.occurred_on,
        recorded_at: item.recorded_at,
        by: item.who.called.clone(),
        source: item.source.clone(),
        summary: if class == Class::Trace { String::new() } else { item.summary.clone() },
        said: Value::Object(said),
    })
}

/// The contract of a fact.
fn kind(item: &Item) -> Option<&'static FactType> {
    let context = all_aggregates().iter().filter(|aggregate| aggregate.context == item.context);
    context.flat_map(|aggregate| aggregate.facts).find(|kind| kind.name == item.kind)
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(object) => object.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn whoever_else_is_named_is_masked_in_the_fields_and_told_to_the_sentence() {
        let mut fact =
            json!({"witness": "Awa Diop", "terms": {"tutor_name": "Paul", "host_name": "Le Moulin"}});
        let mut named = Vec::new();
        masked(&mut fact, &mut named);
        let expected = json!({"witness": MASKED, "terms": {"tutor_name": MASKED, "host_name": "Le Moulin"}});
        assert_eq!(fact, expected);
        assert_eq!(named, ["Awa Diop", "Paul"]);
    }
}
