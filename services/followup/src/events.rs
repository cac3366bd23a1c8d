//! `GET /api/v1/events`: the traces of facts as they come, to whoever may see them. Each has its
//! position for id: who comes back says where they were, and misses nothing.

use std::{
    collections::{HashMap, VecDeque},
    convert::Infallible,
    sync::Arc,
    time::Duration,
};

use access::Actor;
use axum::{
    extract::{FromRequestParts as _, State},
    http::{HeaderMap, request::Parts},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use contracts::{Audience, Recorded, common::v1::Role};
use futures::{Stream, stream};
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use service::{
    Problem, Runtime,
    api::{Caller, Shared, require_purpose},
};
use tokio::time::Instant;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    live::{Counted, Ear, Tail, Waker},
    query::Params,
};

mod sight;

use sight::Sight;

/// How long who listens is taken at their word before they must be recognised again.
const TRUSTED: Duration = Duration::from_secs(5);
/// Facts sent before the read models are looked at again.
const BATCH: usize = 500;

/// Parameters of the events.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventsParams {
    after: Option<i64>,
}

/// A fact: what is in `data:`, on one line.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EventItem)]
pub struct Item {
    /// Its position, also in `id:`.
    pub position: i64,
    /// The name of its kind, also in `event:`.
    pub kind: &'static str,
    /// Its context, its aggregate and its id.
    pub stream: String,
    /// Its place in that aggregate.
    pub version: u32,
    /// The case.
    pub case_id: Option<Uuid>,
    /// The day it happened.
    #[schema(value_type = String, format = Date)]
    pub occurred_on: Date,
    /// The instant it was known.
    #[schema(value_type = String, format = DateTime)]
    pub recorded_at: Timestamp,
    /// What it says that is personal to no one.
    pub fact: Value,
}

/// `GET /events`.
pub async fn events(
    State(runtime): State<Shared>,
    ear: Ear,
    Caller(actor): Caller,
    parts: Parts,
    Params(params): Params<EventsParams>,
) -> Result<Response, Problem> {
    runtime.policies.decide(&actor, "events.read", None)?;
    require_purpose(&actor)?;
    let headers = &parts.headers;
    let mut waker = Waker::new(&runtime);
    let after = match position(headers)?.or(params.after) {
        Some(after) => after,
        None => waker.ask(&runtime, 0).await,
    };
    let listener = Listener {
        _counted: ear.counted(&runtime, &actor)?,
        sight: Sight::new(actor.actor().clone()),
        ready: VecDeque::from([Event::default().retry(Duration::from_secs(5)).comment("jalon")]),
        after,
        runtime,
        tail: ear.tail,
        waker,
        recognised: Instant::now(),
        parts,
    };
    Ok(Sse::new(stream(listener)).keep_alive(heartbeat()).into_response())
}

/// A comment every 15 seconds, so that nobody between takes silence for the end.
pub fn heartbeat() -> KeepAlive {
    KeepAlive::new().interval(Duration::from_secs(15)).text("toujours là")
}

/// Where a reader who comes back says they were.
///
/// # Errors
/// 400 when it is not a position.
pub fn position(headers: &HeaderMap) -> Result<Option<i64>, Problem> {
    let Some(value) = headers.get("last-event-id") else { return Ok(None) };
    let position = value.to_str().ok().and_then(|text| text.trim().parse().ok());
    position.map(Some).ok_or_else(|| {
        Problem::bad_request("L’en-tête Last-Event-ID n’est pas une position. Reprenez l’id du dernier fait reçu, ou retirez-le.")
    })
}

struct Listener {
    runtime: Arc<Runtime>,
    tail: Arc<Tail>,
    waker: Waker,
    sight: Sight,
    after: i64,
    ready: VecDeque<Event>,
    /// When who listens was recognised, and what they showed.
    recognised: Instant,
    parts: Parts,
    _counted: Counted,
}

fn stream(listener: Listener) -> impl Stream<Item = Result<Event, Infallible>> {
    stream::unfold(listener, |mut listener| async move {
        let event = listener.next().await?;
        Some((Ok(event), listener))
    })
}

impl Listener {
    /// The next event; the end when it has lasted long enough, or when something does not answer: who
    /// listens comes back by itself, from where they were.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some(event);
            }
            let until = self.waker.beyond(&self.runtime, self.after).await?;
            if !self.is_recognised().await {
                return None;
            }
            if let Err(problem) = self.read(until).await {
                tracing::warn!(status = problem.status.as_u16(), "events end early");
                return None;
            }
        }
    }

    /// Whether who listens still is who they were: sessions are closed, tokens end with the post they are of.
    async fn is_recognised(&mut self) -> bool {
        if self.recognised.elapsed() < TRUSTED {
            return true;
        }
        self.recognised = Instant::now();
        Caller::from_request_parts(&mut self.parts.clone(), &self.runtime).await.is_ok()
    }

    async fn read(&mut self, until: i64) -> Result<(), Problem> {
        let (facts, reached) = match self.tail.between(&self.runtime, self.after, until).await? {
            Some(facts) => (facts, until),
            None => self.catch_up(until).await?,
        };
        self.sight.refresh(&self.runtime, &facts).await?;
        for fact in facts.iter().filter(|fact| self.sight.sees(fact)) {
            self.ready.push_back(event(fact, &self.sight)?);
        }
        self.after = reached;
        Ok(())
    }

    /// The next facts of a reader who comes from far back, and the position they were read up to.
    async fn catch_up(&mut self, until: i64) -> Result<(Vec<Arc<Recorded>>, i64), Problem> {
        let positions = self.sight.positions(&self.runtime, self.after, until, BATCH).await?;
        let facts = match &positions {
            Some(positions) => self.runtime.journal.at(positions).await?,
            None => self.runtime.journal.after(self.after, BATCH as i64).await?,
        };
        let full = facts.len() >= BATCH;
        let reached = facts.last().filter(|_| full).map_or(until, |fact| fact.position.min(until));
        let facts = facts.into_iter().filter(|fact| fact.position <= until).map(Arc::new).collect();
        Ok((facts, reached))
    }
}

fn event(fact: &Recorded, sight: &Sight) -> Result<Event, Problem> {
    let clear = sealing::Sealer::open_none(&fact.payload).map_err(|error| Problem::internal(&error))?;
    let shown = sight.veil(fact, &clear);
    let trace = contracts::to_json(fact.kind, &shown).map_err(|error| Problem::internal(&error))?;
    let aggregate = fact.kind.aggregate();
    let item = Item {
        position: fact.position,
        kind: fact.kind.name,
        stream: format!("{}/{}/{}", aggregate.context, aggregate.name, fact.stream_id),
        version: fact.version,
        case_id: fact.case_id,
        occurred_on: fact.occurred_on,
        recorded_at: fact.recorded_at,
        fact: trace,
    };
    let event = Event::default().id(fact.position.to_string()).event(fact.kind.name);
    event.json_data(&item).map_err(|error| Problem::internal(&error))
}

/// Whether a fact of that kind may reach a reader of that role.
fn reaches(audience: Audience, role: Role) -> bool {
    match audience {
        Audience::Internal => false,
        Audience::Circle => role != Role::PARTENAIRE,
        Audience::Partner => true,
    }
}

/// What a reader of cases asks the policy for.
fn action(actor: &Actor) -> &'static str {
    if actor.role == Role::PARTENAIRE { "events.read" } else { "case.read" }
}

/// Ids kept by case.
type ByCase<T> = HashMap<Uuid, T>;
