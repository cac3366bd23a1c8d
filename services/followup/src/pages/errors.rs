//! A problem as a page, for who asked for a page.

use askama::Template;
use axum::{
    Router,
    body::Body,
    extract::Request,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::{Next, from_fn},
    response::Response,
};
use service::{
    Problem,
    api::{CONFIRM, ToConfirm},
};

use super::{encoded, layout::Layout, own::door::choose_again};
use crate::french::{capital, typeset};

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage<'a> {
    layout: &'a Layout,
    status: u16,
    title: String,
    detail: String,
    /// Where to go from here, and what is said; nowhere for a person whose pages are closed.
    onwards: Option<(String, &'static str)>,
}

/// Shows problems as pages to browsers. Queries and commands keep theirs. Around the whole listener: a refusal is a
/// page for whoever asked for a page, whichever service refuses.
pub fn dress<S: Clone + Send + Sync + 'static>(router: Router<S>) -> Router<S> {
    router.layer(from_fn(as_page))
}

#[derive(Template)]
#[template(path = "confirm.html")]
struct ConfirmPage<'a> {
    layout: &'a Layout,
    title: String,
    fields: &'a [(String, String)],
    confirm: &'static str,
    rule: &'a str,
}

/// Where the person themselves is: they are led nowhere else.
const OWN: &str = "/mon-suivi";

async fn as_page(request: Request, next: Next) -> Response {
    let wanted = wants_a_page(request.headers()) && !request.uri().path().starts_with("/api/");
    // What was sent is not sent again by itself: its sender begins again from the first page.
    let here = match request.uri().path() {
        own if own.starts_with(OWN) => OWN.to_owned(),
        path if request.method().is_safe() => path.to_owned(),
        _ => "/".to_owned(),
    };
    let response = next.run(request).await;
    match response.extensions().get::<Problem>().cloned() {
        Some(problem) if wanted => {
            let text = match response.extensions().get::<ToConfirm>() {
                Some(opened) if problem.kind == Problem::WEAK_CODE => choose_again(false, &opened.0),
                Some(asked) => to_confirm(&problem, asked),
                None => render(&problem, &here),
            };
            page(text, response)
        }
        _ => response,
    }
}

fn wants_a_page(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    accept.is_some_and(|kinds| kinds.contains("text/html"))
}

/// The page, for who asked for that path.
///
/// # Errors
/// When it cannot be written.
pub fn render(problem: &Problem, here: &str) -> askama::Result<String> {
    let layout = Layout::outside(false);
    let (title, detail) = (typeset(&problem.title), typeset(&told(problem)));
    let closed = [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN].contains(&problem.status);
    let onwards = if problem.kind == Problem::SECOND_FACTOR {
        Some((format!("/connexion/second-facteur?suite={}", encoded(here)), "Montrer mon second facteur"))
    } else if here == OWN {
        (!closed).then(|| (OWN.to_owned(), "Revenir à mon suivi"))
    } else {
        Some(("/".to_owned(), "Revenir à l’accueil"))
    };
    ErrorPage { layout: &layout, status: problem.status.as_u16(), title, detail, onwards }.render()
}

/// What is wrong, for who reads a page: the title has said that access is refused, and nobody types identifiers or keys.
fn told(problem: &Problem) -> String {
    const TO_PROGRAMS: [(&str, &str); 2] = [
        (
            "Vérifiez l’identifiant.",
            "Vérifiez l’adresse. Si elle est juste, cette page ne vous est pas ouverte.",
        ),
        (
            "renvoyez la même demande, avec la même clé d’idempotence, dans quelques secondes.",
            "recommencez dans quelques secondes.",
        ),
    ];
    let detail = problem.detail.strip_prefix("Accès refusé : ").map(capital);
    let detail = detail.unwrap_or_else(|| problem.detail.clone().into_owned());
    TO_PROGRAMS.iter().fold(detail, |text, (before, after)| text.replace(before, after))
}

/// The same form, with what was typed, and a box to confirm it.
fn to_confirm(problem: &Problem, ToConfirm(fields): &ToConfirm) -> askama::Result<String> {
    let layout = Layout::outside(false);
    let rule = problem.rule.as_deref().unwrap_or_default();
    ConfirmPage { layout: &layout, title: typeset(&problem.title), fields, confirm: CONFIRM, rule }.render()
}

fn page(text: askama::Result<String>, mut response: Response) -> Response {
    let Ok(text) = text else { return response };
    let headers = response.headers_mut();
    headers.remove(header::CONTENT_LENGTH);
    headers.remove(header::CONTENT_ENCODING);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    *response.body_mut() = Body::from(text);
    response
}
