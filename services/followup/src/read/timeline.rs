//! The timeline of a case: every fact, with the part of it that its reader may see.

use std::collections::HashMap;

use contracts::Recorded;
use jiff::{Timestamp, civil::Date};
use sealing::Opened;
use serde::Serialize;
use serde_json::Value;
use service::{BoxError, Problem, Reading, Runtime};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Seen, cards::Cards};
use crate::{
    french::{self, Names},
    views::{status::Status, timeline::Row},
};

/// A fact, as its reader may see it.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = TimelineItem)]
pub struct Item {
    /// Its position.
    pub position: i64,
    /// The name of its kind.
    pub kind: &'static str,
    /// Its kind, in French.
    pub label: &'static str,
    /// The context that owns it.
    pub context: &'static str,
    /// The aggregate it belongs to.
    pub stream_id: Uuid,
    /// Its place in that aggregate.
    pub version: u32,
    /// The day it happened.
    #[schema(value_type = String, format = Date)]
    pub occurred_on: Date,
    /// The instant it was known.
    #[schema(value_type = String, format = DateTime)]
    pub recorded_at: Timestamp,
    /// Whether it was known more than a week after it happened.
    pub late: bool,
    /// Who stated it.
    pub who: Who,
    /// The tool in which it was first said, when that was not Jalon.
    pub source: Option<String>,
    /// A sentence in French, made of what the reader may see.
    pub summary: String,
    /// What the reader may see of the fact.
    pub fact: Value,
    /// The classes of data of this fact that are closed to the reader.
    pub closed: Vec<&'static str>,
    /// The classes of data of this fact that were erased for good.
    pub forgotten: Vec<&'static str>,
    /// The soft rules it departs from.
    pub warnings: Vec<Warning>,
}

/// Who stated a fact.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Who {
    /// In French: a post and its organisation, or a tool.
    pub called: String,
    /// The post.
    pub post_id: Option<Uuid>,
    /// Its organisation.
    pub organisation_id: Option<Uuid>,
    /// The system, when it was not a person.
    pub system: Option<String>,
}

/// A soft rule that a fact departs from.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Warning {
    /// The rule’s id.
    pub rule: String,
    /// What it says; empty when this program does not know it.
    pub text: &'static str,
}

/// What happened last first; facts of one day, the last known first.
const PAGE: &str = "
select case_id, position, stream_id, version, kind, occurred_on, recorded_at, late, post_id, organisation_id,
       system, source, warnings
from read.timeline
where case_id = $1 and ($2::date is null or (occurred_on, position) < ($2, $3))
order by occurred_on desc, position desc limit $4";

/// Where a page of the timeline ends.
pub type Key = (Date, i64);

/// A page of the timeline of a case that was found to be the reader's to see.
///
/// # Errors
/// When the read models, the journal or the keys cannot be read.
pub async fn read(
    runtime: &Runtime,
    reading: &Reading,
    (seen, status): (&Seen, &Status),
    after: Option<Key>,
    limit: usize,
) -> Result<Vec<Item>, Problem> {
    let rows = rows(runtime, reading, seen.standing.case_id, (after, limit)).await?;
    let positions: Vec<i64> = rows.iter().map(|row| row.position).collect();
    let facts = runtime.journal.at(&positions).await?;
    let mut opened = runtime.open_each(reading, &facts, |fact, class| seen.opens_in(fact, class)).await?;
    opened.iter_mut().for_each(|opened| seen.mark_erased(opened));
    let mut known = HashMap::new();
    for (fact, opened) in facts.into_iter().zip(opened) {
        let value =
            contracts::to_json(fact.kind, &opened.bytes).map_err(|error| Problem::internal(&error))?;
        known.insert(fact.position, (fact, opened, value));
    }
    let mut ids: Vec<Uuid> =
        rows.iter().flat_map(|row| [row.post_id, row.organisation_id]).flatten().collect();
    known.values().for_each(|(_, _, value)| collect_ids(value, &mut ids));
    ids.extend(status.organisations());
    ids.sort_unstable();
    ids.dedup();
    let cards = Cards::read(runtime, &ids).await?;
    let names = cards.names();
    rows.into_iter()
        .filter_map(|row| Some((known.remove(&row.position)?, row)))
        .map(|(known, row)| {
            let about = french::about(status, row.stream_id, &names);
            item(runtime, row, known, (&about, &names)).map_err(Problem::from)
        })
        .collect()
}

async fn rows(
    runtime: &Runtime,
    reading: &Reading,
    case_id: Uuid,
    (after, limit): (Option<Key>, usize),
) -> Result<Vec<Row>, Problem> {
    let (day, position) = after.unzip();
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let client = reading.client(runtime).await?;
    let statement = client.prepare_cached(PAGE).await?;
    let rows = client.query(&statement, &[&case_id, &day, &position, &limit]).await?;
    rows.iter().map(|row| Ok(Row::read(row)?)).collect()
}

/// Every id that a fact names.
fn collect_ids(value: &Value, ids: &mut Vec<Uuid>) {
    match value {
        Value::String(text) if text.len() == 36 => ids.extend(text.parse::<Uuid>()),
        Value::Array(items) => items.iter().for_each(|item| collect_ids(item, ids)),
        Value::Object(object) => object.values().for_each(|value| collect_ids(value, ids)),
        _ => {}
    }
}

fn item(
    runtime: &Runtime,
    row: Row,
    (fact, opened, value): (Recorded, Opened, Value),
    (about, names): (&str, &Names),
) -> Result<Item, BoxError> {
    let class_names = |classes: &[sealing::Class]| classes.iter().map(|class| class.name()).collect();
    let text_of = |id: &str| runtime.rules.iter().find(|rule| rule.id == id).map_or("", |rule| rule.text);
    Ok(Item {
        position: row.position,
        kind: fact.kind.name,
        label: fact.kind.label,
        context: fact.kind.aggregate().context,
        stream_id: row.stream_id,
        version: row.version,
        occurred_on: row.occurred_on,
        recorded_at: row.recorded_at,
        late: row.late,
        summary: french::sentence(fact.kind, &opened.bytes, about, names)?,
        fact: value,
        closed: class_names(&opened.closed),
        forgotten: class_names(&opened.forgotten),
        warnings: row.warnings.into_iter().map(|rule| Warning { text: text_of(&rule), rule }).collect(),
        source: row.source,
        who: Who {
            called: called(row.post_id, row.organisation_id, row.system.as_deref(), names),
            post_id: row.post_id,
            organisation_id: row.organisation_id,
            system: row.system,
        },
    })
}

fn called(post: Option<Uuid>, organisation: Option<Uuid>, system: Option<&str>, names: &Names) -> String {
    let known = post.and_then(|id| names.get(&id)).or_else(|| names.get(&organisation?));
    match (known, system) {
        (Some(name), _) => name.clone(),
        (None, Some(system)) => french::system(system),
        (None, None) => "quelqu’un dont le poste n’est pas connu".to_owned(),
    }
}
