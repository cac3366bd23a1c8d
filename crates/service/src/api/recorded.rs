//! Around each route: what its answer opened is committed before it leaves.

use std::sync::{Arc, OnceLock};

use access::Actor;
use axum::{
    extract::{MatchedPath, Request},
    http::request::Parts,
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use uuid::Uuid;

use super::Shared;
use crate::Reading;

/// What a route is called, and the reading of the request that goes through it.
#[derive(Clone)]
struct Slot {
    name: &'static str,
    reading: Arc<OnceLock<(Shared, Reading)>>,
}

/// What the route of that request is called; a page is called nothing.
pub(super) fn name(parts: &Parts) -> Option<&'static str> {
    parts.extensions.get::<Slot>().map(|slot| slot.name)
}

/// The layer of a route.
pub(super) async fn recorded(name: &'static str, mut request: Request, next: Next) -> Response {
    let asked: Vec<Uuid> = request.uri().path().split('/').filter_map(|token| token.parse().ok()).collect();
    let slot = Slot { name, reading: Arc::default() };
    request.extensions_mut().insert(slot.clone());
    let response = next.run(request).await;
    // Nobody was recognised: nothing could be opened.
    let Some((runtime, reading)) = slot.reading.get() else { return response };
    match reading.leave(runtime, &asked, response.status()).await {
        Ok(()) => response,
        Err(problem) => problem.into_response(),
    }
}

/// The reading of whoever was recognised in that request. Without a layer around the route, whatever is opened is
/// committed as soon as it is.
pub(super) fn reading_of(parts: &Parts, runtime: &Shared, actor: Actor) -> Reading {
    let template = || parts.extensions.get::<MatchedPath>().map_or("", MatchedPath::as_str).to_owned();
    match parts.extensions.get::<Slot>() {
        Some(slot) => {
            let name = if slot.name.is_empty() { template() } else { slot.name.to_owned() };
            let new = || (runtime.clone(), Reading::of(actor.clone(), name));
            let (_, reading) = slot.reading.get_or_init(new);
            // Recognised twice in one request, as someone else: a reading of its own.
            if *reading.actor() == actor {
                reading.clone()
            } else {
                Reading::of(actor, template()).has_left()
            }
        }
        None => Reading::of(actor, template()).has_left(),
    }
}
