//! What is left of the way when nothing of Jalon is on it: an HTTP server that publishes on NATS what it is sent, and
//! streams to whoever listens what NATS brings back.

use std::{
    convert::Infallible,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use axum::{
    Json, Router,
    body::{Body, Bytes},
    extract::State,
    http::StatusCode,
    response::Response,
    routing::{get, post},
    serve::ListenerExt as _,
};
use futures::StreamExt as _;
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinHandle};

use super::Error;

const SUBJECT: &str = "bench.limit";

#[derive(Clone)]
struct Bare {
    nats: async_nats::Client,
    position: Arc<AtomicI64>,
}

/// Starts it on loopback; ends with what is returned.
pub async fn serve(nats_url: &str) -> Result<(String, JoinHandle<()>), Error> {
    let bare = Bare { nats: async_nats::connect(nats_url).await?, position: Arc::default() };
    let router = Router::new().route("/facts", post(take)).route("/events", get(stream)).with_state(bare);
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let http = format!("http://{}", listener.local_addr()?);
    // What is written goes at once, as from Jalon’s own listener.
    let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
    let serving = tokio::spawn(async move {
        let _ = axum::serve(listener, router).await;
    });
    Ok((http, serving))
}

/// Publishes what came, and answers its place.
async fn take(State(bare): State<Bare>, body: Bytes) -> Result<Json<Value>, StatusCode> {
    let position = bare.position.fetch_add(1, Ordering::Relaxed) + 1;
    let published = bare.nats.publish(format!("{SUBJECT}.{position}"), body).await;
    published.map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
    Ok(Json(json!({"position": position})))
}

/// What NATS brings back, as server-sent events.
async fn stream(State(bare): State<Bare>) -> Result<Response, StatusCode> {
    let brought = bare.nats.subscribe(format!("{SUBJECT}.*")).await;
    let brought = brought.map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
    let events = brought.map(|message| {
        let position = message.subject.rsplit('.').next().unwrap_or_default();
        let body = String::from_utf8_lossy(&message.payload);
        Ok::<_, Infallible>(format!("id: {position}\ndata: {body}\n\n"))
    });
    Ok(Response::new(Body::from_stream(events)))
}
