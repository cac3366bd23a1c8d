//! One address in front of the processes: each route goes to the service that offers it.

use std::{collections::BTreeMap, net::SocketAddr};

use axum::{
    Router,
    body::Body,
    extract::Request,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{MethodFilter, get, on},
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
    let (asking, measuring, each) = (client.clone(), client.clone(), addresses.clone());
    router = router
        .route("/livez", get(|| async { "ok\n" }))
        .route("/readyz", get(move || ready(asking.clone(), all.clone())))
        .route("/metrics", get(move |headers| metrics(measuring.clone(), each.clone(), headers)));
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

/// The metrics of every unit, for whom each lets read them.
async fn metrics(
    client: Client,
    units: Vec<(&'static str, SocketAddr)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let shown = [header::AUTHORIZATION, header::COOKIE];
    let shown = shown.into_iter().filter_map(|name| Some((name.clone(), headers.get(name)?.clone())));
    let shown: HeaderMap = shown.collect();
    let mut all = Families::default();
    for (unit, address) in units {
        let asked = client.get(format!("http://{address}/metrics")).headers(shown.clone()).send();
        let answer = asked.await.map_err(|_| Problem::unavailable())?;
        if !answer.status().is_success() {
            return Ok(passed_on(answer));
        }
        all.add(unit, &answer.text().await.map_err(|_| Problem::unavailable())?);
    }
    Ok(([(header::CONTENT_TYPE, telemetry::metrics::CONTENT_TYPE)], all.render()).into_response())
}

/// Metrics of several units, by family: what is said of each, and its samples, each with the name of its unit.
#[derive(Default)]
struct Families(BTreeMap<String, (Vec<String>, Vec<String>)>);

impl Families {
    /// Adds what a unit says, in the text format of Prometheus.
    fn add(&mut self, unit: &str, text: &str) {
        let mut family = String::new();
        for line in text.lines() {
            if let Some(said) = line.strip_prefix("# HELP ").or_else(|| line.strip_prefix("# TYPE ")) {
                family = said.split(' ').next().unwrap_or_default().to_owned();
                let (about, _) = self.0.entry(family.clone()).or_default();
                if !about.iter().any(|known| known == line) {
                    about.push(line.to_owned());
                }
            } else if let Some(end) = line.find(['{', ' ']) {
                let (name, rest) = line.split_at(end);
                let labels = match rest.strip_prefix('{') {
                    Some(labels) => format!("{{unit=\"{unit}\",{labels}"),
                    None => format!("{{unit=\"{unit}\"}}{rest}"),
                };
                self.0.entry(family.clone()).or_default().1.push(format!("{name}{labels}"));
            }
        }
    }

    fn render(&self) -> String {
        let lines = self.0.values().flat_map(|(about, samples)| about.iter().chain(samples));
        lines.map(|line| format!("{line}\n")).collect()
    }
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
        Ok(answer) => passed_on(answer),
        Err(error) => {
            tracing::warn!(error = %error.without_url(), "a service does not answer");
            Problem::unavailable().into_response()
        }
    }
}

/// What a unit answered, as it comes.
fn passed_on(answer: reqwest::Response) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = answer.status();
    *response.headers_mut() = answer.headers().clone();
    *response.body_mut() = Body::from_stream(answer.bytes_stream());
    response
}

#[cfg(test)]
mod tests {
    use super::Families;

    #[test]
    fn metrics_of_several_units_are_one_text() {
        let mut all = Families::default();
        let said = |value: u8| {
            format!(
                "# HELP jalon_x What.\n# TYPE jalon_x counter\njalon_x{{a=\"b\"}} {value}\n# HELP jalon_y Y.\n# TYPE jalon_y gauge\njalon_y {value}\n"
            )
        };
        all.add("case", &said(1));
        all.add("relay", &said(2));
        assert_eq!(
            all.render(),
            "# HELP jalon_x What.\n# TYPE jalon_x counter\njalon_x{unit=\"case\",a=\"b\"} 1\njalon_x{unit=\"relay\",a=\"b\"} 2\n\
             # HELP jalon_y Y.\n# TYPE jalon_y gauge\njalon_y{unit=\"case\"} 1\njalon_y{unit=\"relay\"} 2\n"
        );
    }
}
