//! Who calls, from the headers; and what else the headers say of a command.

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
};
use jiff::Timestamp;

use super::Shared;
use crate::{Problem, Runtime};

/// The cookie of a session.
pub const SESSION_COOKIE: &str = "jalon_session";

/// Who calls: a valid bearer token or session, or the request goes no further.
#[derive(Clone, Debug)]
pub struct Caller(pub access::Actor);

impl FromRequestParts<Shared> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, runtime: &Shared) -> Result<Self, Problem> {
        let bearer = header_text(&parts.headers, header::AUTHORIZATION.as_str())
            .and_then(|value| value.strip_prefix("Bearer "));
        let token = match bearer {
            Some(token) => token,
            None => {
                let session = session(&parts.headers).ok_or_else(Problem::unauthenticated)?;
                same_origin(&parts.method, &parts.headers)?;
                session
            }
        };
        // Real time, whatever the demonstration says: a secret expires by the clock on the wall.
        let known = runtime.tokens.authenticate(token, runtime.clock.now()).await?;
        known.map(Caller).ok_or_else(Problem::unauthenticated)
    }
}

/// A cookie alone changes nothing unless the browser says the request comes from our own pages.
fn same_origin(method: &axum::http::Method, headers: &HeaderMap) -> Result<(), Problem> {
    if method.is_safe() {
        return Ok(());
    }
    match header_text(headers, "sec-fetch-site") {
        Some("same-origin") => Ok(()),
        _ => Err(Problem::forbidden("cette demande ne vient pas d’une page de Jalon")),
    }
}

/// The secret of the session cookie.
pub(crate) fn session(headers: &HeaderMap) -> Option<&str> {
    header_text(headers, header::COOKIE.as_str())?
        .split(';')
        .find_map(|pair| pair.trim().strip_prefix(SESSION_COOKIE)?.strip_prefix('='))
}

fn header_text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// The key of the command, which its caller chose.
pub(super) fn idempotency_key(headers: &HeaderMap) -> Result<&str, Problem> {
    let key = header_text(headers, "idempotency-key").map(|key| key.trim_matches('"')).unwrap_or_default();
    if key.is_empty() || key.len() > 255 {
        return Err(Problem::bad_request(
            "L’en-tête Idempotency-Key manque ou dépasse 255 caractères. Donnez une clé neuve à chaque intention, par exemple un UUID.",
        ));
    }
    Ok(key)
}

/// The version the caller decided on.
pub(super) fn if_match(headers: &HeaderMap) -> Result<Option<u32>, Problem> {
    let Some(value) = header_text(headers, header::IF_MATCH.as_str()) else { return Ok(None) };
    let number = value.trim().trim_start_matches("W/").trim_matches('"').parse();
    number.map(Some).map_err(|_| {
        Problem::bad_request("L’en-tête If-Match doit être la version lue dans ETag, comme \"3\".")
    })
}

/// The instant of the request. In the demonstration, and only there, its caller may say which.
///
/// # Errors
/// When the instant given cannot be read.
pub fn now(runtime: &Runtime, headers: &HeaderMap) -> Result<Timestamp, Problem> {
    match header_text(headers, "jalon-demonstration-time").filter(|_| runtime.config.demonstration) {
        Some(text) => {
            text.parse().map_err(|_| Problem::bad_request("Jalon-Demonstration-Time est illisible."))
        }
        None => Ok(runtime.clock.now()),
    }
}
