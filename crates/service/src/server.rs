//! One HTTP listener: the routes of the services it was given, the common ones, and what surrounds
//! every request.

use std::sync::Arc;

mod health;
mod slow;

use axum::{
    Extension, Json, Router,
    extract::{DefaultBodyLimit, MatchedPath, Request, State},
    http::{HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::{Next, from_fn, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::get,
};
use jiff::civil::Date;
use serde::Serialize;
use tokio::sync::watch;
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::{
        CompressionLayer,
        predicate::{DefaultPredicate, NotForContentType, Predicate as _},
    },
};
use tracing::Instrument as _;
use utoipa::{
    ToSchema,
    openapi::{InfoBuilder, LicenseBuilder, OpenApi},
};
use vocabulary::Rule;

use crate::{
    Problem, Rates, Runtime, Service,
    api::{Api, BODY_LIMIT, Shared, noted},
};

/// What the process says of itself.
#[derive(Clone, Debug)]
pub struct About {
    /// NATS, once connected.
    pub bus: watch::Receiver<Option<messaging::Bus>>,
    /// Whether it may serve: the database answered, and may be served from.
    pub open: watch::Receiver<bool>,
}

/// A rule, as it is listed.
#[derive(Debug, Serialize, ToSchema)]
pub struct ListedRule {
    /// Its id, as problems and warnings name it.
    pub id: &'static str,
    /// What it says.
    pub text: &'static str,
    /// Where it comes from.
    pub source: &'static str,
    /// `strict` refuses, `soft` warns.
    pub strictness: &'static str,
    /// Its version: it grows when what it says changes, its numbers first of all.
    pub version: u32,
    /// Since when it says this, when it said something else before.
    #[schema(value_type = Option<String>, format = Date)]
    pub since: Option<Date>,
    /// What it said before, the oldest first: a fact keeps the version it was judged by.
    pub history: Vec<FormerRule>,
}

/// What a rule said before.
#[derive(Debug, Serialize, ToSchema)]
pub struct FormerRule {
    /// That version.
    pub version: u32,
    /// What it said.
    pub text: &'static str,
    /// Where it came from.
    pub source: &'static str,
    /// `strict` refused, `soft` warned.
    pub strictness: &'static str,
    /// Since when it said so; nothing for the first one.
    #[schema(value_type = Option<String>, format = Date)]
    pub since: Option<Date>,
    /// The last day it held.
    #[schema(value_type = Option<String>, format = Date)]
    pub until: Option<Date>,
}

impl ListedRule {
    fn of(rule: &Rule) -> Self {
        let mut history: Vec<FormerRule> = rule
            .history()
            .map(|(at, since, until)| FormerRule {
                version: at.version,
                text: at.text,
                source: at.source,
                strictness: strictness(&at),
                since,
                until,
            })
            .collect();
        let since = history.pop().and_then(|current| current.since);
        let Rule { id, text, source, version, .. } = *rule;
        Self { id, text, source, strictness: strictness(rule), version, since, history }
    }
}

fn strictness(rule: &Rule) -> &'static str {
    if rule.is_strict() { "strict" } else { "soft" }
}

/// All rules.
#[derive(Debug, Serialize, ToSchema)]
pub struct Rules {
    /// In the order of the contexts.
    pub items: Vec<ListedRule>,
}

/// The routes of all these services.
fn whole(services: &[Service], described: &[Service]) -> Api {
    services.iter().fold(common(described), |api, service| api.merge(service.api.clone()))
}

/// The names that several different schemas of these services claim.
pub fn clashes(services: &[Service]) -> Vec<String> {
    whole(services, services).clashes
}

/// The description of the whole API.
pub fn describe(services: &[Service]) -> OpenApi {
    let mut api = whole(services, services);
    let licence = LicenseBuilder::new().name("Apache-2.0").identifier(Some("Apache-2.0")).build();
    api.doc.info = InfoBuilder::new()
        .title("Jalon")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "La mémoire partagée des parcours vers l’emploi : chaque fait est enregistré une fois, et tous ceux qui y ont droit le voient.",
        ))
        .license(Some(licence))
        .build();
    std::mem::take(&mut api.doc)
}

/// The routes every listener has.
fn common(services: &[Service]) -> Api {
    let mut rules = crate::execute::RULES.to_vec();
    rules.extend(services.iter().flat_map(|service| service.rules.iter().copied()));
    let listed = move |_: crate::api::Caller| {
        let items: Vec<_> = rules.iter().map(|rule| ListedRule::of(rule)).collect();
        async move { Json(Rules { items }) }
    };
    Api::default().query::<Rules, _, _>("rules.read", "Les règles et leur source", "/api/v1/rules", listed)
}

/// The whole listener. `described` are all services, even those that run elsewhere: the description of
/// the API is the same everywhere.
pub fn router(runtime: &Arc<Runtime>, services: &[Service], described: &[Service], about: About) -> Router {
    let document = describe(described);
    let openapi = move |_: crate::api::Caller| async move { Json(document) };
    let api = whole(services, described);
    let health = Router::new()
        .route("/livez", get(|| async { "ok\n" }))
        .route("/readyz", get(health::ready).with_state((runtime.clone(), about.clone())))
        .route(
            "/version",
            get(|| async {
                Json(serde_json::json!({"name": "jalon", "version": env!("CARGO_PKG_VERSION")}))
            }),
        );
    let slowest = runtime.config.limits.body;
    let rates = Rates::new(&runtime.config.limits);
    let guards = Arc::new(guards(runtime.config.over_tls()));
    let compress = CompressionLayer::new()
        .compress_when(DefaultPredicate::new().and(NotForContentType::const_new("text/event-stream")));
    api.router
        .route("/api/v1/openapi.json", get(openapi))
        .route("/metrics", noted(health::METRICS, get(health::metrics)))
        .merge(health)
        .fallback(|| async { Problem::not_found("cette adresse") })
        .method_not_allowed_fallback(|| async {
            Problem::new(
                StatusCode::METHOD_NOT_ALLOWED,
                "/problemes/methode",
                "Méthode refusée",
                "Cette adresse existe, mais pas pour cette méthode.",
            )
        })
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(from_fn(plain_rejections))
        .layer(from_fn(move |request: Request, next: Next| slow::hurry(slowest, request, next)))
        .layer(Extension(rates))
        .layer(from_fn(move |request: Request, next: Next| {
            health::until_open(about.open.clone(), request, next)
        }))
        .layer(compress)
        .layer(from_fn_with_state(runtime.clone(), observe))
        .layer(CatchPanicLayer::custom(|_: Box<dyn std::any::Any + Send>| {
            Problem::internal(&"a handler panicked").into_response()
        }))
        .layer(from_fn(move |request: Request, next: Next| guard(guards.clone(), request, next)))
        .with_state(runtime.clone())
}

/// What the framework refuses by itself becomes a problem like the others.
async fn plain_rejections(request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    match response.status() {
        StatusCode::PAYLOAD_TOO_LARGE if !has_known_type(&response) => Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "/problemes/taille",
            "Corps trop volumineux",
            "Le corps dépasse la taille acceptée (256 ko pour une commande, 1 Mo pour une notification). Rien n’a été enregistré.",
        )
        .into_response(),
        StatusCode::BAD_REQUEST if !has_known_type(&response) => {
            Problem::bad_request("La demande n’est pas lisible : vérifiez l’adresse et ses paramètres.").into_response()
        }
        _ => response,
    }
}

fn has_known_type(response: &Response) -> bool {
    response
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|kind| !kind.starts_with("text/plain"))
}

/// One span and one measure a request, by the route's template: never the address itself.
async fn observe(State(runtime): State<Shared>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).to_owned();
    let method = match *request.method() {
        Method::GET => "GET",
        Method::POST => "POST",
        _ => "other",
    };
    let span = tracing::info_span!("request", otel.name = format!("{method} {route}"), otel.kind = "server");
    if let Some(parent) = request.headers().get("traceparent").and_then(|value| value.to_str().ok()) {
        telemetry::context::set_parent(&span, parent);
    }
    let started = std::time::Instant::now();
    let response = next.run(request).instrument(span).await;
    let status = response.status().as_u16().to_string();
    let metrics = &runtime.metrics;
    metrics.http_requests_total.with_label_values(&[&route, method, &status]).inc();
    metrics
        .http_request_duration_seconds
        .with_label_values(&[&route, method])
        .observe(started.elapsed().as_secs_f64());
    response
}

/// Headers of every answer, errors included. A page may say more; nothing says less.
async fn guard(guards: Arc<Vec<(HeaderName, HeaderValue)>>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    // A stream is as personal as what it is a stream of.
    if headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind == "text/event-stream") {
        headers.remove(header::CACHE_CONTROL);
    }
    for (name, value) in guards.iter() {
        headers.entry(name).or_insert_with(|| value.clone());
    }
    response
}

/// Two years, as long as browsers ask for.
const OVER_TLS: (&str, &str) = ("strict-transport-security", "max-age=63072000; includeSubDomains");

fn guards(over_tls: bool) -> Vec<(HeaderName, HeaderValue)> {
    let all = GUARDS.iter().chain(over_tls.then_some(&OVER_TLS));
    all.map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))).collect()
}

const GUARDS: &[(&str, &str)] = &[
    (
        "content-security-policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types jalon",
    ),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    (
        "permissions-policy",
        "accelerometer=(), autoplay=(), camera=(), display-capture=(), encrypted-media=(), fullscreen=(), geolocation=(), gyroscope=(), hid=(), identity-credentials-get=(), idle-detection=(), local-fonts=(), magnetometer=(), microphone=(), midi=(), payment=(), picture-in-picture=(), publickey-credentials-get=(), screen-wake-lock=(), serial=(), usb=(), xr-spatial-tracking=()",
    ),
    ("cache-control", "no-store"),
];

#[cfg(test)]
mod tests {
    use super::guards;

    #[test]
    fn over_tls_browsers_are_told_to_keep_to_it() {
        let said =
            |over_tls| guards(over_tls).into_iter().any(|(name, _)| name == "strict-transport-security");
        assert!(said(true) && !said(false));
    }
}
