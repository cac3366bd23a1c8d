//! The board: one line a case, of a platform or of a circle.

use access::Actor;
use contracts::Class;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use service::{Problem, Reading, Runtime};
use tokio_postgres::types::{Json, ToSql};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    cards::{Card, Cards},
    identity::{self, Someone, pseudonym},
    names::Names,
};
use crate::{
    facets::Short,
    veil,
    views::{
        live_status,
        status::{LastFact, Status},
    },
};

/// Whose cases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// Those that a platform shares.
    Platform(Uuid),
    /// Those whose circle a post is in.
    Post(Uuid),
}

/// Which of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Those that are open.
    #[default]
    Open,
    /// Those that are closed.
    Closed,
    /// All.
    All,
}

/// A page of a board.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    /// Whose cases.
    pub whose: Whose,
    /// Which of them.
    pub standing: Standing,
    /// Those of one structure only.
    pub structure: Option<Uuid>,
    /// Those whose last fact is before that position.
    pub before: Option<i64>,
    /// At most so many.
    pub limit: usize,
}

/// A line of a board.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BoardRow {
    /// The case.
    pub id: Uuid,
    /// The person’s name for those to whom it is open, a pseudonym for the others.
    pub called: String,
    /// Whether that is the person’s name.
    pub named: bool,
    /// Whether the reader is in the circle.
    pub in_circle: bool,
    /// Whether the case is open.
    pub open: bool,
    /// The structure that hosts the person.
    pub structure: Card,
    /// How things stand, in short.
    pub status: Short,
    /// The last fact.
    pub last: Last,
}

/// A fact, in short.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Last {
    /// The name of its kind.
    pub kind: &'static str,
    /// Its kind, in French.
    pub label: &'static str,
    /// The day it happened.
    #[schema(value_type = Option<String>, format = Date)]
    pub occurred_on: Option<Date>,
    /// Its position.
    pub position: i64,
}

impl From<LastFact> for Last {
    fn from(last: LastFact) -> Self {
        let kind = contracts::by_code(last.kind);
        Self {
            kind: kind.map_or("", |kind| kind.name),
            label: kind.map_or("", |kind| kind.label),
            occurred_on: last.occurred_on,
            position: last.position,
        }
    }
}

/// A page of a board, those with the latest news first.
///
/// # Errors
/// When the read models, the journal or the keys cannot be read.
pub async fn rows(runtime: &Runtime, reading: &Reading, asked: Asked) -> Result<Vec<BoardRow>, Problem> {
    told(runtime, reading, statuses(runtime, reading, asked).await?).await
}

/// The lines of these cases, in the same order.
///
/// # Errors
/// When the read models, the journal or the keys cannot be read.
pub async fn told(
    runtime: &Runtime,
    reading: &Reading,
    cases: Vec<(Uuid, Status)>,
) -> Result<Vec<BoardRow>, Problem> {
    let today = runtime.clock.today();
    let mut ids: Vec<Uuid> = cases.iter().map(|(_, status)| status.structure_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let (called, cards) = tokio::try_join!(called(runtime, reading, &cases), Cards::read(runtime, &ids))?;
    let rows = cases.into_iter().zip(called).map(|((id, status), called)| BoardRow {
        id,
        named: called.named,
        called: called.called,
        in_circle: in_circle(reading, &status),
        open: status.open,
        structure: cards.card(status.structure_id),
        status: Short::of(&status, today),
        last: status.last.into(),
    });
    Ok(rows.collect())
}

/// How a person is called before a reader.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Called {
    /// The case.
    pub id: Uuid,
    /// The person’s name for those to whom it is open, a pseudonym for the others.
    pub called: String,
    /// Whether that is the person’s name.
    pub named: bool,
}

/// Names of people of whom one is not in the circle, in one list: each counts as someone opened, and a list must not
/// by itself be what stops whoever reads it. The others are shown under their pseudonym; their page says their name.
const BEYOND: usize = 20;

/// How the people of these cases are called before that reader, in the same order: all names at once.
///
/// # Errors
/// When the journal or the keys cannot be read.
pub async fn called(
    runtime: &Runtime,
    reading: &Reading,
    cases: &[(Uuid, Status)],
) -> Result<Vec<Called>, Problem> {
    let mut names = Names::of(runtime, reading, cases).await?;
    let mut beyond = 0;
    let mut position = |(id, status): &(Uuid, Status)| {
        let asked = status.identity_position.filter(|_| names.are_open(runtime, *id, status));
        beyond += usize::from(asked.is_some() && !in_circle(reading, status));
        asked.filter(|_| in_circle(reading, status) || beyond <= BEYOND)
    };
    let seen: Vec<Option<i64>> = cases.iter().map(&mut position).collect();
    let positions: Vec<i64> = seen.iter().flatten().copied().collect();
    let circle = cases.iter().filter(|(_, status)| in_circle(reading, status)).map(|(id, _)| *id);
    let people = identity::open(runtime, &reading.listing(circle), &positions).await?;
    let called = cases.iter().zip(seen).map(|((id, _), position)| {
        let name = match position.and_then(|position| people.get(&position)) {
            Some(Someone::Person(identity)) => Some(identity.full_name()),
            _ => None,
        };
        Called { id: *id, named: name.is_some(), called: name.unwrap_or_else(|| pseudonym(*id)) }
    });
    Ok(called.collect())
}

/// Whether that reader is in the circle.
pub fn in_circle(actor: &Actor, status: &Status) -> bool {
    actor.post_id.is_some_and(|post| status.circle.contains_key(&post))
}

/// The documents of a page of a board, as far as they are that reader's to see.
///
/// # Errors
/// When the read model cannot be read.
pub async fn statuses(
    runtime: &Runtime,
    actor: &Actor,
    asked: Asked,
) -> Result<Vec<(Uuid, Status)>, Problem> {
    let (condition, id) = match asked.whose {
        Whose::Platform(id) => ("platform_id = $1", id),
        Whose::Post(id) => (IN_CIRCLE, id),
    };
    let open: &[bool] = match asked.standing {
        Standing::Open => &[true],
        Standing::Closed => &[false],
        Standing::All => &[true, false],
    };
    let sql = format!(
        "select key, body from read.live_status
         where {condition} and open = any($2) and ($3::uuid is null or structure_id = $3) and last_position < $4
         order by last_position desc limit $5"
    );
    let limit = i64::try_from(asked.limit).unwrap_or(i64::MAX);
    let before = asked.before.unwrap_or(i64::MAX);
    let params: [&(dyn ToSql + Sync); 5] = [&id, &open, &asked.structure, &before, &limit];
    let cases = documents(runtime, actor, &sql, &params).await?;
    veiled(runtime, actor, cases).await
}

/// The documents that a query of `key, body` of `live_status` finds among those of that reader's.
///
/// # Errors
/// When the read model cannot be read.
pub(super) async fn documents(
    runtime: &Runtime,
    actor: &Actor,
    sql: &str,
    params: &[&(dyn ToSql + Sync)],
) -> Result<Vec<(Uuid, Status)>, Problem> {
    // Before they are read: what comes meanwhile is then looked for in the journal.
    let read_at = *runtime.positions.watch(live_status::NAME).borrow();
    let client = runtime.reader(actor).await?;
    let statement = client.prepare_cached(sql).await?;
    let rows = client.query(&statement, params).await?;
    let read = |row: &tokio_postgres::Row| {
        let Json(status) = row.try_get::<_, Json<Status>>(1)?;
        Ok((row.try_get(0)?, Status { read_at, ..status }))
    };
    rows.iter().map(read).collect()
}

/// These cases, without what betrays a class that is closed to that reader.
async fn veiled(
    runtime: &Runtime,
    actor: &Actor,
    mut cases: Vec<(Uuid, Status)>,
) -> Result<Vec<(Uuid, Status)>, Problem> {
    let mut parties: Vec<Uuid> = cases.iter().flat_map(|(_, status)| veil::parties(status)).collect();
    parties.sort_unstable();
    parties.dedup();
    let telling = veil::telling_of(runtime, &parties).await?;
    let betraying: Vec<usize> =
        (0..cases.len()).filter(|place| veil::betrays(&cases[*place].1, actor.role, &telling)).collect();
    if betraying.is_empty() {
        return Ok(cases);
    }
    let looked_at: Vec<(Uuid, Status)> = betraying.iter().map(|place| cases[*place].clone()).collect();
    let mut names = Names::of(runtime, actor, &looked_at).await?;
    for (place, (id, status)) in betraying.into_iter().zip(&looked_at) {
        let open = names.open_of(runtime, *id, status, &[Class::Health, Class::Judicial]);
        veil::veil(&mut cases[place].1, actor, |class| open.contains(&class), &telling);
    }
    Ok(cases)
}

/// The cases in whose circle a post is.
const IN_CIRCLE: &str =
    "key in (select case_id from read.readership where reader_id = $1::uuid and via = 'circle')";

/// In how many circles the post of that actor is.
///
/// # Errors
/// When the read model cannot be read.
pub async fn circles(runtime: &Runtime, actor: &Actor) -> Result<i64, Problem> {
    let Some(post) = actor.post_id else { return Ok(0) };
    let client = runtime.reader(actor).await?;
    let sql = "select count(*) from read.readership where reader_id = $1 and via = 'circle'";
    let statement = client.prepare_cached(sql).await?;
    Ok(client.query_one(&statement, &[&post]).await?.try_get(0)?)
}
