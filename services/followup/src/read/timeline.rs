//! The timeline of a case: every fact, with the part of it that its reader may see.

use std::{borrow::Cow, collections::HashMap};

use contracts::{Class, Recorded};
use jiff::{Timestamp, civil::Date};
use sealing::Opened;
use serde::Serialize;
use serde_json::Value;
use service::{BoxError, Problem, Reading, Runtime};
use utoipa::ToSchema;
use uuid::Uuid;
use vocabulary::Rule;

mod corrections;

pub use corrections::Correction;

use super::{Seen, cards::Cards};
use crate::{
    french::{self, Names},
    veil::{Telling, may_be_told, telling_of},
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
    /// The fact that has said it anew since, when one has.
    pub corrected: Option<Correction>,
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
    /// The version of the rule it was judged by: it stays, whatever the rule says now.
    pub rule_version: u32,
    /// What that version says; empty when this program does not know it.
    pub text: &'static str,
}

impl Warning {
    /// A warning as it was kept beside a fact.
    fn of(reference: &str, rules: &[&Rule]) -> Self {
        let (id, version) = vocabulary::Warning::read(reference);
        let rule = rules.iter().find(|rule| rule.id == id);
        let said = rule.and_then(|rule| rule.history().find(|(at, ..)| at.version == version));
        Self { rule: id.to_owned(), rule_version: version, text: said.map_or("", |(at, ..)| at.text) }
    }
}

/// What happened last first; facts of one day, the last known first.
const PAGE: &str = "
select case_id, position, stream_id, version, kind, occurred_on, recorded_at, late, post_id, organisation_id,
       system, source, warnings
from read.timeline
where case_id = $1 and ($2::date is null or (occurred_on, position) < ($2, $3))
    and ($5::timestamptz is null or recorded_at <= $5)
order by occurred_on desc, position desc limit $4";

/// Where a page of the timeline ends.
pub type Key = (Date, i64);

/// Which page of a timeline is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    /// After where another one ended.
    pub after: Option<Key>,
    /// How many facts.
    pub limit: usize,
    /// As it was known at that instant; as it is known now when absent.
    pub known_at: Option<Timestamp>,
}

/// A page of the timeline of a case that was found to be the reader's to see.
///
/// # Errors
/// When the read models, the journal or the keys cannot be read.
pub async fn read(
    runtime: &Runtime,
    reading: &Reading,
    (seen, status): (&Seen, &Status),
    asked: Asked,
) -> Result<Vec<Item>, Problem> {
    let case_id = seen.standing.case_id;
    let rows = rows(runtime, reading, case_id, asked).await?;
    let mut corrected = corrections::of(runtime, reading, (case_id, &rows), asked.known_at).await?;
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
    let (cards, telling) = tokio::try_join!(Cards::read(runtime, &ids), telling_of(runtime, &ids))?;
    let names = cards.names();
    let told = |class| may_be_told(reading.role, |class| seen.opens(class), class);
    let own = |id: Option<Uuid>| id.is_some() && id == reading.organisation_id;
    rows.into_iter()
        .filter_map(|row| Some((known.remove(&row.position)?, row)))
        .map(|((fact, mut opened, mut value), row)| {
            let sent = status.prescriptions.get(&row.stream_id);
            let theirs = own(row.organisation_id)
                || sent.is_some_and(|one| own(one.prescriber_id) || own(one.addressee_id));
            if !theirs {
                veil((&fact, &mut opened.bytes, &mut value), told, &telling)?;
            }
            let about = french::about(status, row.stream_id, &names);
            let corrected = corrected.remove(&row.position);
            let item = item(runtime, row, (fact, opened, value), (&about, &names))?;
            Ok(Item { corrected, ..item })
        })
        .collect()
}

/// Leaves out of a fact what betrays a class that is closed to its reader.
fn veil(
    (fact, bytes, value): (&Recorded, &mut Vec<u8>, &mut Value),
    told: impl Fn(Class) -> bool,
    telling: &Telling,
) -> Result<(), Problem> {
    let hidden = |id| telling.get(&id).is_some_and(|class| !told(*class));
    if let Cow::Owned(veiled) = contracts::veil(fact.kind, bytes, &told, hidden) {
        *value = contracts::to_json(fact.kind, &veiled).map_err(|error| Problem::internal(&error))?;
        *bytes = veiled;
    }
    Ok(())
}

async fn rows(
    runtime: &Runtime,
    reading: &Reading,
    case_id: Uuid,
    asked: Asked,
) -> Result<Vec<Row>, Problem> {
    let (day, position) = asked.after.unzip();
    let limit = i64::try_from(asked.limit).unwrap_or(i64::MAX);
    let client = reading.client(runtime).await?;
    let statement = client.prepare_cached(PAGE).await?;
    let rows = client.query(&statement, &[&case_id, &day, &position, &limit, &asked.known_at]).await?;
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
        corrected: None,
        summary: french::sentence(fact.kind, &opened.bytes, about, names)?,
        fact: value,
        closed: class_names(&opened.closed),
        forgotten: class_names(&opened.forgotten),
        warnings: row.warnings.iter().map(|reference| Warning::of(reference, &runtime.rules)).collect(),
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
