//! What is told to whoever watches over the process, at an address of its own: how it goes, and what it runs. Nothing of
//! it is told where everybody asks.

use std::sync::Arc;

use axum::{Json, Router, extract::State, http::header, response::IntoResponse, routing::get};
use service::{Runtime, listener};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Answers there, if the configuration says where, until cancelled.
pub async fn answer(runtime: Arc<Runtime>, units: Vec<&'static str>, cancel: CancellationToken) {
    let Some(address) = runtime.config.metrics else { return };
    let socket = match TcpListener::bind(address).await {
        Ok(socket) => socket,
        Err(error) => {
            tracing::warn!(%address, %error, "metrics are not answered: another process has the address");
            return;
        }
    };
    let limits = runtime.config.limits.clone();
    listener::serve(socket, router(runtime, units), &limits, cancel.cancelled_owned()).await;
}

fn router(runtime: Arc<Runtime>, units: Vec<&'static str>) -> Router {
    let about = serde_json::json!({"name": "jalon", "version": env!("CARGO_PKG_VERSION"), "services": units});
    Router::new()
        .route("/metrics", get(metrics))
        .route("/version", get(move || async move { Json(about) }))
        .with_state(runtime)
}

async fn metrics(State(runtime): State<Arc<Runtime>>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, telemetry::metrics::CONTENT_TYPE)], runtime.metrics.render())
}
