//! What a listener says of itself: that it lives, that it is ready, how it goes; and, until it may serve, that it waits.

use std::time::Duration;

use axum::{
    Json,
    extract::{Request, State},
    http::{StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use tokio::sync::watch;

use super::About;
use crate::{
    Problem,
    api::{Caller, Shared},
};

/// How long each of those it needs has to answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// In how many seconds to ask again, while the database is waited for.
const AGAIN: u64 = 5;

/// Ready when the journal and the keys answer, and the bus where it is needed.
pub(super) async fn ready(State((runtime, about)): State<(Shared, About)>) -> Response {
    let journal = tokio::time::timeout(PATIENCE, runtime.journal.head());
    let keys = tokio::time::timeout(PATIENCE, runtime.sealer.ring().opening_keys(&[]));
    let connected = about.bus.borrow().clone();
    let bus = async {
        match connected {
            Some(bus) => bus.ready().await.is_ok(),
            None => false,
        }
    };
    let (journal, keys, bus) = tokio::join!(journal, keys, bus);
    let (journal, keys) = (matches!(journal, Ok(Ok(_))), matches!(keys, Ok(Ok(_))));
    let serves = *about.open.borrow() && journal && keys && bus;
    let status = if serves { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(serde_json::json!({"journal": journal, "keys": keys, "bus": bus}))).into_response()
}

/// What is answered before the database has answered once: what the process says of itself, and the files of pages.
fn is_always_answered(path: &str) -> bool {
    matches!(path, "/livez" | "/readyz" | "/version") || path.starts_with("/statique/")
}

/// Around each request: as long as it may not be served, it is told so at once.
pub(super) async fn until_open(open: watch::Receiver<bool>, request: Request, next: Next) -> Response {
    if *open.borrow() || is_always_answered(request.uri().path()) {
        return next.run(request).await;
    }
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "/problemes/demarrage",
        "Jalon démarre",
        "Jalon attend sa base de données, et répondra dès qu’elle sera là. Rien n’a été enregistré : renvoyez la même demande, avec la même clé d’idempotence, dans quelques secondes.",
    )
    .retry_after(AGAIN)
    .into_response()
}

/// How the process goes, for Prometheus: to whoever administers Jalon, or holds a token given for that alone.
pub(super) async fn metrics(
    State(runtime): State<Shared>,
    Caller(reading): Caller,
) -> Result<Response, Problem> {
    runtime.policies.decide(&reading, METRICS, None)?;
    let kind = (header::CONTENT_TYPE, telemetry::metrics::CONTENT_TYPE);
    Ok(([kind], runtime.metrics.render()).into_response())
}

/// The name of reading metrics, which a token may be given for.
pub(super) const METRICS: &str = "administration.metrics";
