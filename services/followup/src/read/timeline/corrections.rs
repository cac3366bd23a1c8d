//! What was said anew later: a fact stays as it was told, and says that another one corrects it.

use std::collections::{BTreeSet, HashMap};

use jiff::{Timestamp, civil::Date};
use serde::Serialize;
use serde_json::Value;
use service::{Problem, Reading, Runtime};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::views::timeline::Row;

/// The fact that says anew what another one said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Correction {
    /// Its position.
    pub position: i64,
    /// The day since when that is so.
    #[schema(value_type = String, format = Date)]
    pub occurred_on: Date,
    /// The instant it was known.
    #[schema(value_type = String, format = DateTime)]
    pub recorded_at: Timestamp,
}

/// A kind of fact that says anew what earlier ones of the same aggregate said.
struct Anew {
    kind: &'static str,
    of: &'static [&'static str],
    /// The members that must be the same: they tell which of several it is about.
    same: &'static [&'static str],
}

const ANEW: &[Anew] = &[
    Anew { kind: "IdentityCorrected", of: &["IdentityRecorded", "IdentityCorrected"], same: &[] },
    Anew {
        kind: "ConventionCorrected",
        of: &["ConventionDrafted", "ConventionAmended", "ConventionCorrected"],
        same: &[],
    },
    Anew {
        kind: "ImmersionReviewCorrected",
        of: &["ImmersionReviewed", "ImmersionReviewCorrected"],
        same: &[],
    },
    Anew { kind: "ImmersionReviewed", of: &["ImmersionReviewed", "ImmersionReviewCorrected"], same: &[] },
    Anew { kind: "ReviewCorrected", of: &["ReviewHeld", "ReviewCorrected"], same: &[] },
    Anew { kind: "DiagnosticRevised", of: &["DiagnosticCompleted", "DiagnosticRevised"], same: &[] },
    Anew { kind: "PassIaeReported", of: &["PassIaeReported"], same: &[] },
    Anew { kind: "PassIaeSuspended", of: &["PassIaeSuspended"], same: &["suspended_from"] },
    Anew { kind: "AttendanceRecorded", of: &["AttendanceRecorded"], same: &["from_day", "until_day"] },
];

const LATER: &str = "
select position, stream_id, kind, occurred_on, recorded_at from read.timeline
where case_id = $1 and kind = any($2) and stream_id = any($3) and ($4::timestamptz is null or recorded_at <= $4)
order by position";

/// A fact that may say something anew.
struct Later {
    stream_id: Uuid,
    anew: &'static Anew,
    correction: Correction,
}

/// Of the facts of a page, those that were said anew since, as far as that was known at that instant.
///
/// # Errors
/// When the read model or the journal cannot be read.
pub async fn of(
    runtime: &Runtime,
    reading: &Reading,
    (case_id, rows): (Uuid, &[Row]),
    known_at: Option<Timestamp>,
) -> Result<HashMap<i64, Correction>, Problem> {
    let corrigible = |row: &&Row| ANEW.iter().any(|anew| anew.of.contains(&name(row.kind)));
    let streams: BTreeSet<Uuid> = rows.iter().filter(corrigible).map(|row| row.stream_id).collect();
    if streams.is_empty() {
        return Ok(HashMap::new());
    }
    let later = later(runtime, reading, case_id, &Vec::from_iter(streams), known_at).await?;
    let said = said(runtime, rows, &later).await?;
    let first = |row: &Row| {
        let corrects = |later: &&Later| {
            later.stream_id == row.stream_id
                && later.correction.position > row.position
                && later.anew.of.contains(&name(row.kind))
                && later.anew.same.iter().all(|member| {
                    let told = |position: i64| said.get(&position).map(|fact| &fact[*member]);
                    told(row.position) == told(later.correction.position)
                })
        };
        later.iter().find(corrects).map(|later| (row.position, later.correction))
    };
    Ok(rows.iter().filter_map(first).collect())
}

async fn later(
    runtime: &Runtime,
    reading: &Reading,
    case_id: Uuid,
    streams: &[Uuid],
    known_at: Option<Timestamp>,
) -> Result<Vec<Later>, Problem> {
    let kinds = contracts::all_aggregates().iter().flat_map(|aggregate| aggregate.facts);
    let codes: Vec<i16> = kinds
        .filter(|kind| ANEW.iter().any(|anew| anew.kind == kind.name))
        .map(|kind| kind.code().cast_signed())
        .collect();
    let client = reading.client(runtime).await?;
    let statement = client.prepare_cached(LATER).await?;
    let mut all = Vec::new();
    for row in client.query(&statement, &[&case_id, &codes, &streams, &known_at]).await? {
        let kind = name(row.try_get::<_, i16>(2)?.cast_unsigned());
        let Some(anew) = ANEW.iter().find(|anew| anew.kind == kind) else { continue };
        let correction = Correction {
            position: row.try_get(0)?,
            occurred_on: row.try_get(3)?,
            recorded_at: row.try_get(4)?,
        };
        all.push(Later { stream_id: row.try_get(1)?, anew, correction });
    }
    Ok(all)
}

/// What the facts say that are told apart by their members, traces only.
async fn said(runtime: &Runtime, rows: &[Row], later: &[Later]) -> Result<HashMap<i64, Value>, Problem> {
    let apart = |later: &&Later| !later.anew.same.is_empty();
    let streams: BTreeSet<Uuid> = later.iter().filter(apart).map(|later| later.stream_id).collect();
    let shown = rows.iter().filter(|row| streams.contains(&row.stream_id)).map(|row| row.position);
    let told = later.iter().filter(apart).map(|later| later.correction.position);
    let positions: Vec<i64> = shown.chain(told).collect();
    if positions.is_empty() {
        return Ok(HashMap::new());
    }
    let mut said = HashMap::new();
    for fact in runtime.journal.at(&positions).await? {
        let value =
            contracts::to_json(fact.kind, &fact.payload).map_err(|error| Problem::internal(&error))?;
        said.insert(fact.position, value);
    }
    Ok(said)
}

/// The name of the kind of that code; nothing when the contracts do not know it.
fn name(code: u16) -> &'static str {
    contracts::by_code(code).map_or("", |kind| kind.name)
}
