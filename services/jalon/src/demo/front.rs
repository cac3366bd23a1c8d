//! One address in front of the processes: each route goes to the service that offers it.

use std::net::SocketAddr;

use axum::{
    Router,
    body::Body,
    extract::Request,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{MethodFilter, on},
};
use reqwest::Client;
use service::Problem;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::services;

/// The service that answers what belongs to none: health, the description of the API.
const DEFAULT: &str = "followup";

/// Serves until cancelled.
pub async fn run(
    listener: TcpListener,
    addresses: Vec<(&'static str, SocketAddr)>,
    cancel: CancellationToken,
) {
    // Redirects are for the browser.
    let client = Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap_or_default();
    let address = |unit: &str| addresses.iter().find(|(name, _)| *name == unit).map(|(_, address)| *address);
    let mut router = Router::new();
    for service in services::all() {
        let Some(to) = address(service.name) else { continue };
        for (method, path) in &service.api.routes {
            let Ok(filter) = MethodFilter::try_from(method.clone()) else { continue };
            let client = client.clone();
            router =
                router.route(path, on(filter, move |request: Request| forward(client.clone(), to, request)));
        }
    }
    let all: Vec<SocketAddr> = addresses.iter().map(|(_, address)| *address).collect();
    let asking = client.clone();
    router = router.route("/readyz", axum::routing::get(move || ready(asking.clone(), all.clone())));
    if let Some(to) = address(DEFAULT) {
        router = router.fallback(move |request: Request| forward(client.clone(), to, request));
    }
    let _ = axum::serve(listener, router).with_graceful_shutdown(cancel.cancelled_owned()).await;
}

/// Ready when all are.
async fn ready(client: Client, all: Vec<SocketAddr>) -> Response {
    for address in all {
        let answer = client.get(format!("http://{address}/readyz")).send().await;
        if !answer.is_ok_and(|answer| answer.status().is_success()) {
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        }
    }
    StatusCode::OK.into_response()
}

async fn forward(client: Client, to: SocketAddr, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    let sent = client
        .request(parts.method, format!("http://{to}{path}"))
        .headers(parts.headers)
        .body(reqwest::Body::wrap_stream(body.into_data_stream()))
        .send()
        .await;
    match sent {
        Ok(answer) => {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = answer.status();
            *response.headers_mut() = answer.headers().clone();
            *response.body_mut() = Body::from_stream(answer.bytes_stream());
            response
        }
        Err(error) => {
            tracing::warn!(error = %error.without_url(), "a service does not answer");
            Problem::unavailable().into_response()
        }
    }
}
