//! My follow-ups: what changed since the holder of a post last looked, and what waits.

use std::collections::{BTreeMap, HashMap};

use access::Actor;
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use service::{Problem, Reading, Runtime};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    board::{self, Asked, Last, Standing, Whose},
    cards::{Card, Cards},
};
use crate::{
    facets::Short,
    french::{self, Names},
    prompts::{Prompt, mandates, prompts_for},
    views::status::{LastFact, Status},
};

/// News shown of one case; the others are counted.
const NEWS: i64 = 3;

/// What is looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Show {
    /// Everything.
    #[default]
    All,
    /// What changed since the holder of the post last looked.
    News,
    /// What waits.
    Waiting,
}

/// A follow-up.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Followup {
    /// The case.
    pub id: Uuid,
    /// The person’s name for those of their circle, a pseudonym for the others.
    pub called: String,
    /// Whether that is the person’s name.
    pub named: bool,
    /// The structure that hosts the person.
    pub structure: Card,
    /// How things stand, in short.
    pub status: Short,
    /// How many facts came since the holder of the post last looked, their own aside.
    pub news_count: i64,
    /// The last of them.
    pub news: Vec<Last>,
    /// What waits, longest first.
    pub prompts: Vec<Waiting>,
    /// The last fact.
    pub last: Last,
}

/// What waits, and what it is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
pub struct Waiting {
    /// What waits.
    #[serde(flatten)]
    pub prompt: Prompt,
    /// What calls, in a few words.
    pub label: &'static str,
    /// What it is about: « candidature IAE auprès de La Ressourcerie ».
    pub about_text: String,
}

impl Waiting {
    /// What waits, told with these names.
    pub fn of(prompt: Prompt, status: &Status, names: &Names) -> Self {
        let about_text = prompt.about.map(|id| french::about(status, id, names)).unwrap_or_default();
        Self { label: prompt.what.text(), about_text, prompt }
    }
}

/// When the holder of a post last looked.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct Seen {
    /// The position of the journal that was shown.
    pub position: i64,
    /// The instant.
    #[schema(value_type = String, format = DateTime)]
    pub looked_at: Timestamp,
}

/// When that actor last looked; nothing when they never did, or hold no post.
///
/// # Errors
/// When the database cannot be read.
pub async fn seen(runtime: &Runtime, actor: &Actor) -> Result<Option<Seen>, Problem> {
    let (Some(post), Some(professional)) = (actor.post_id, actor.professional_id) else { return Ok(None) };
    let sql = "select position, looked_at from followup.seen where post_id = $1 and professional_id = $2";
    let client = runtime.pool.get().await?;
    let statement = client.prepare_cached(sql).await?;
    let row = client.query_opt(&statement, &[&post, &professional]).await?;
    row.map(|row| Ok(Seen { position: row.try_get(0)?, looked_at: row.try_get(1)? })).transpose()
}

/// Keeps that the actor looked at everything up to that position. Nobody unsees what they saw.
///
/// # Errors
/// When they hold no post, or the database refuses.
pub async fn look(runtime: &Runtime, actor: &Actor, position: i64) -> Result<Seen, Problem> {
    let (Some(post), Some(professional)) = (actor.post_id, actor.professional_id) else {
        return Err(Problem::forbidden("seul qui tient un poste a des suivis"));
    };
    let sql =
        "insert into followup.seen (post_id, professional_id, position, looked_at) values ($1, $2, $3, $4)
               on conflict (post_id, professional_id) do update set
                   position = greatest(seen.position, excluded.position), looked_at = excluded.looked_at
               returning position, looked_at";
    let client = runtime.pool.get().await?;
    let statement = client.prepare_cached(sql).await?;
    let row = client.query_one(&statement, &[&post, &professional, &position, &runtime.clock.now()]).await?;
    Ok(Seen { position: row.try_get(0)?, looked_at: row.try_get(1)? })
}

/// A page of follow-ups.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    /// What is looked at.
    pub show: Show,
    /// Those whose last fact is before that position.
    pub before: Option<i64>,
    /// At most so many.
    pub limit: usize,
}

/// Cases read at once when only some of them are looked at.
const STEP: usize = 200;
/// Cases of one post that are looked through at once: more than anybody accompanies.
const MOST: usize = 1000;

/// The cases whose circle the post of that reader is in, open or closed, those with the latest news first.
///
/// # Errors
/// When the read model cannot be read.
pub async fn cases(runtime: &Runtime, reading: &Reading) -> Result<Vec<(Uuid, Status)>, Problem> {
    step(runtime, reading, None, MOST).await
}

/// So many of them, before that position.
async fn step(
    runtime: &Runtime,
    reading: &Reading,
    before: Option<i64>,
    limit: usize,
) -> Result<Vec<(Uuid, Status)>, Problem> {
    let Some(post) = reading.post_id else { return Ok(Vec::new()) };
    let whose = Whose::Post(post);
    let asked = Asked { whose, standing: Standing::All, structure: None, before, limit };
    board::statuses(runtime, reading, asked).await
}

/// A page of the follow-ups of that actor, those with the latest news first.
///
/// # Errors
/// When the read models, the journal or the keys cannot be read.
pub async fn read(runtime: &Runtime, reading: &Reading, page: Page) -> Result<Vec<Followup>, Problem> {
    let limit = if page.show == Show::All { page.limit } else { STEP.max(page.limit) };
    let cases = step(runtime, reading, page.before, limit).await?;
    following(runtime, reading, page, (cases, limit)).await
}

/// The same, when [`cases`] were read already.
///
/// # Errors
/// When the read models, the journal or the keys cannot be read.
pub async fn among(
    runtime: &Runtime,
    reading: &Reading,
    cases: Vec<(Uuid, Status)>,
    page: Page,
) -> Result<Vec<Followup>, Problem> {
    following(runtime, reading, page, (cases, MOST)).await
}

/// The page, from the cases that were read, so many at most, and those that come after them.
async fn following(
    runtime: &Runtime,
    reading: &Reading,
    page: Page,
    (mut cases, limit): (Vec<(Uuid, Status)>, usize),
) -> Result<Vec<Followup>, Problem> {
    let Some(post) = reading.post_id else { return Ok(Vec::new()) };
    let since = seen(runtime, reading).await?.map_or(0, |seen| seen.position);
    let today = runtime.clock.today();
    // Staying at work is looked after beyond the closing of the case.
    let waits = |status: &Status| !prompts_for(status, post, today).is_empty();
    let mut kept: Vec<(Uuid, Status)> = Vec::new();
    let mut news: HashMap<Uuid, News> = HashMap::new();
    loop {
        let last_page = cases.len() < limit;
        let end = cases.last().map(|(_, status)| status.last.position);
        cases.retain(|(_, status)| page.before.is_none_or(|before| status.last.position < before));
        if page.show == Show::All {
            cases.retain(|(_, status)| status.open || waits(status));
            cases.truncate(page.limit - kept.len());
        }
        let changed = cases.iter().filter(|(_, status)| status.last.position > since).map(|(id, _)| *id);
        news.extend(changes(runtime, reading, &changed.collect::<Vec<_>>(), since).await?);
        kept.extend(cases.into_iter().filter(|(id, status)| match page.show {
            Show::All => true,
            Show::News => status.open && news.contains_key(id),
            Show::Waiting => waits(status),
        }));
        // Beyond what was seen there is no news.
        let seen_all = page.show == Show::News && end.is_some_and(|position| position <= since);
        if last_page || seen_all || kept.len() >= page.limit {
            break;
        }
        cases = step(runtime, reading, end, limit).await?;
    }
    kept.truncate(page.limit);
    rows(runtime, (reading, post), kept, news).await
}

async fn rows(
    runtime: &Runtime,
    (reading, post): (&Reading, Uuid),
    cases: Vec<(Uuid, Status)>,
    mut news: HashMap<Uuid, News>,
) -> Result<Vec<Followup>, Problem> {
    let today = runtime.clock.today();
    let mut ids: Vec<Uuid> = cases.iter().flat_map(|(_, status)| status.organisations()).collect();
    ids.sort_unstable();
    ids.dedup();
    let (called, cards) =
        tokio::try_join!(board::called(runtime, reading, &cases), Cards::read(runtime, &ids))?;
    let names = cards.names();
    let rows = cases.into_iter().zip(called).map(|((id, status), called)| {
        let (news_count, last) = news.remove(&id).unwrap_or_default();
        let waits = prompts_for(&status, post, today).into_iter();
        let waiting = waits.map(|prompt| Waiting::of(prompt, &status, &names));
        Followup {
            id,
            called: called.called,
            named: called.named,
            structure: cards.card(status.structure_id),
            status: Short::of(&status, today),
            news_count,
            news: last,
            prompts: waiting.collect(),
            last: status.last.into(),
        }
    });
    Ok(rows.collect())
}

/// How many facts, and the last of them.
type News = (i64, Vec<Last>);

/// What came after a position in these cases, stated by anyone but the post of that reader.
async fn changes(
    runtime: &Runtime,
    reading: &Reading,
    cases: &[Uuid],
    since: i64,
) -> Result<BTreeMap<Uuid, News>, Problem> {
    if cases.is_empty() {
        return Ok(BTreeMap::new());
    }
    let sql = "select c.id, n.kind, n.occurred_on, n.position, n.total
               from unnest($1::uuid[]) as c (id), lateral (
                   select kind, occurred_on, position, count(*) over () as total
                   from read.timeline t
                   where t.case_id = c.id and t.position > $2 and t.post_id is distinct from $3
                   order by t.position desc limit $4) n
               order by n.position desc";
    let client = reading.client(runtime).await?;
    let statement = client.prepare_cached(sql).await?;
    let rows = client.query(&statement, &[&cases, &since, &reading.post_id, &NEWS]).await?;
    let mut news: BTreeMap<Uuid, News> = BTreeMap::new();
    for row in rows {
        let entry = news.entry(row.try_get(0)?).or_default();
        entry.0 = row.try_get(4)?;
        entry.1.push(Last::from(LastFact {
            kind: row.try_get::<_, i16>(1)?.cast_unsigned(),
            occurred_on: row.try_get::<_, Option<Date>>(2)?,
            position: row.try_get(3)?,
        }));
    }
    Ok(news)
}

/// What waits for the organisation of that actor: its mandates.
///
/// # Errors
/// When the read model cannot be read.
pub async fn own(runtime: &Runtime, actor: &Actor) -> Result<Vec<Waiting>, Problem> {
    let Some(organisation) = actor.organisation_id else { return Ok(Vec::new()) };
    let cards = Cards::read(runtime, &[organisation]).await?;
    let Some(own) = cards.organisation(organisation) else { return Ok(Vec::new()) };
    let by: Vec<Uuid> = own.mandates.values().filter_map(|mandate| mandate.by).collect();
    let granting = Cards::read(runtime, &by).await?;
    let told = mandates(&own.mandates, runtime.clock.today()).into_iter().map(|prompt| {
        let by = prompt.about.and_then(|id| own.mandates.get(&id)?.by);
        let about_text = by.map(|id| format!("mandat de {}", granting.card(id).name)).unwrap_or_default();
        Waiting { label: prompt.what.text(), about_text, prompt }
    });
    Ok(told.collect())
}
