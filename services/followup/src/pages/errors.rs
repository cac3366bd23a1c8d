//! A problem as a page, for who asked for a page.

use askama::Template;
use axum::{
    Router,
    body::Body,
    extract::Request,
    http::{HeaderMap, HeaderValue, header},
    middleware::{Next, from_fn},
    response::Response,
};
use service::Problem;

use super::layout::Layout;
use crate::french::typeset;

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage<'a> {
    layout: &'a Layout,
    status: u16,
    title: String,
    detail: String,
}

/// Shows problems as pages to browsers. Queries and commands keep theirs.
pub fn dress<S: Clone + Send + Sync + 'static>(router: Router<S>) -> Router<S> {
    router.layer(from_fn(as_page))
}

async fn as_page(request: Request, next: Next) -> Response {
    let wanted = wants_a_page(request.headers()) && !request.uri().path().starts_with("/api/");
    let response = next.run(request).await;
    match response.extensions().get::<Problem>().cloned() {
        Some(problem) if wanted => page(&problem, response),
        _ => response,
    }
}

fn wants_a_page(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    accept.is_some_and(|kinds| kinds.contains("text/html"))
}

/// The page.
///
/// # Errors
/// When it cannot be written.
pub fn render(problem: &Problem) -> askama::Result<String> {
    let layout = Layout::outside(false);
    let (title, detail) = (typeset(&problem.title), typeset(&problem.detail));
    ErrorPage { layout: &layout, status: problem.status.as_u16(), title, detail }.render()
}

fn page(problem: &Problem, mut response: Response) -> Response {
    let Ok(text) = render(problem) else { return response };
    let headers = response.headers_mut();
    headers.remove(header::CONTENT_LENGTH);
    headers.remove(header::CONTENT_ENCODING);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    *response.body_mut() = Body::from(text);
    response
}
