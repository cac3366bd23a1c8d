//! What tells an open page that it has changed: nothing but that, the page then asks for itself.

use std::{collections::VecDeque, convert::Infallible, sync::Arc, time::Duration};

use access::Actor;
use axum::{
    extract::{Path, State},
    http::HeaderMap,
    response::{
        IntoResponse, Response,
        sse::{Event, Sse},
    },
};
use futures::stream;
use serde::Deserialize;
use service::{
    Problem, Restrictions, Runtime,
    api::{Caller, Shared, read_id},
};
use uuid::Uuid;

use crate::{
    events::{heartbeat, position},
    live::{Counted, Ear, Tail, Waker},
    query::Params,
    read,
};

/// Changes that come together are told together.
const TOGETHER: Duration = Duration::from_millis(400);

/// Parameters.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DirectParams {
    depuis: Option<i64>,
}

/// Which cases a page shows.
#[derive(Clone, Copy, Debug)]
enum Shown {
    Case(Uuid),
    Platform(Uuid),
    Post(Uuid),
}

/// `GET /dossiers/{id}/direct`.
pub async fn case(
    State(runtime): State<Shared>,
    ear: Ear,
    Caller(actor): Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
    Params(params): Params<DirectParams>,
) -> Result<Response, Problem> {
    let id = read_id(&id)?;
    read::sees(&runtime, &actor, id).await?;
    let counted = ear.counted(&runtime, &actor)?;
    Listener::new((runtime, counted), ear.tail, actor.actor().clone(), Shown::Case(id))
        .answer(&headers, params)
        .await
}

/// `GET /plateformes/{id}/direct`.
pub async fn platform(
    State(runtime): State<Shared>,
    ear: Ear,
    Caller(actor): Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
    Params(params): Params<DirectParams>,
) -> Result<Response, Problem> {
    let id = read_id(&id)?;
    read::platform(&runtime, &actor, id).await?;
    let counted = ear.counted(&runtime, &actor)?;
    Listener::new((runtime, counted), ear.tail, actor.actor().clone(), Shown::Platform(id))
        .answer(&headers, params)
        .await
}

/// `GET /direct`: the cases of one's circles.
pub async fn own(
    State(runtime): State<Shared>,
    ear: Ear,
    Caller(actor): Caller,
    headers: HeaderMap,
    Params(params): Params<DirectParams>,
) -> Result<Response, Problem> {
    let post = actor.post_id.unwrap_or_default();
    let counted = ear.counted(&runtime, &actor)?;
    Listener::new((runtime, counted), ear.tail, actor.actor().clone(), Shown::Post(post))
        .answer(&headers, params)
        .await
}

struct Listener {
    runtime: Arc<Runtime>,
    tail: Arc<Tail>,
    waker: Waker,
    actor: Actor,
    shown: Shown,
    after: i64,
    over: bool,
    ready: VecDeque<Event>,
    _counted: Counted,
}

impl Listener {
    fn new((runtime, counted): (Arc<Runtime>, Counted), tail: Arc<Tail>, actor: Actor, shown: Shown) -> Self {
        Self {
            _counted: counted,
            waker: Waker::new(&runtime),
            ready: VecDeque::from([Event::default().retry(Duration::from_secs(5)).comment("jalon")]),
            after: 0,
            over: false,
            runtime,
            tail,
            actor,
            shown,
        }
    }

    async fn answer(mut self, headers: &HeaderMap, params: DirectParams) -> Result<Response, Problem> {
        self.after = match position(headers)?.or(params.depuis) {
            Some(after) => after,
            None => self.waker.ask(&self.runtime, 0).await,
        };
        let changes = stream::unfold(self, |mut listener| async move {
            let event = listener.next().await?;
            Some((Ok::<_, Infallible>(event), listener))
        });
        Ok(Sse::new(changes).keep_alive(heartbeat()).into_response())
    }

    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some(event);
            }
            if self.over {
                return None;
            }
            self.waker.beyond(&self.runtime, self.after).await?;
            tokio::time::sleep(TOGETHER).await;
            let until = self.waker.reached();
            match self.concerns(until).await {
                Ok(true) => {
                    // Told a last time, the page asks for itself, and shows nothing any more.
                    self.over = !self.is_allowed().await;
                    let event = Event::default().id(until.to_string()).event("change");
                    self.ready.push_back(event.data(until.to_string()));
                }
                Ok(false) => {}
                Err(problem) => {
                    tracing::warn!(status = problem.status.as_u16(), "a page hears no more");
                    return None;
                }
            }
            self.after = until;
        }
    }

    /// Whether who listens may still see what the page shows.
    async fn is_allowed(&self) -> bool {
        match self.shown {
            Shown::Case(id) => read::sees(&self.runtime, &self.actor, id).await.is_ok(),
            Shown::Platform(id) => read::platform(&self.runtime, &self.actor, id).await.is_ok(),
            Shown::Post(_) => true,
        }
    }

    /// Whether something since then is shown on the page; when it is too long ago, it may be.
    async fn concerns(&self, until: i64) -> Result<bool, Problem> {
        let Some(facts) = self.tail.between(&self.runtime, self.after, until).await? else { return Ok(true) };
        let cases: Vec<Uuid> = facts.iter().filter_map(|fact| fact.case_id).collect();
        let (condition, id) = match self.shown {
            Shown::Case(id) => return Ok(cases.contains(&id)),
            Shown::Platform(id) => ("platform_id = $2", id),
            Shown::Post(id) => ("posts @> array[$2::uuid]", id),
        };
        if cases.is_empty() {
            return Ok(false);
        }
        // Someone who was there may be there no more, without the reader seeing who: the page asks for itself.
        if facts.iter().any(|fact| Restrictions::KINDS.contains(&fact.kind.name)) {
            return Ok(true);
        }
        let sql = format!("select exists (select from read.live_status where key = any($1) and {condition})");
        let client = self.runtime.reader(&self.actor).await?;
        let statement = client.prepare_cached(&sql).await?;
        Ok(client.query_one(&statement, &[&cases, &id]).await?.try_get(0)?)
    }
}
