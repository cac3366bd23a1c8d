//! Who calls, from the headers; and what else the headers say of a command.

use access::readings::Stopped;
use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
};
use jiff::Timestamp;

use super::{Shared, knock::knock, purpose, recorded::reading_of};
use crate::{
    Problem, Reading, Runtime,
    execute::{CONFIRM, CONFIRMED},
    reading::stopped,
};

/// Who calls, and so who reads: a valid bearer token or session, or the request goes no further.
#[derive(Clone, Debug)]
pub struct Caller(pub Reading);

impl FromRequestParts<Shared> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, runtime: &Shared) -> Result<Self, Problem> {
        let known = knock(parts, runtime).await?;
        let by_session = !parts.headers.contains_key(header::AUTHORIZATION);
        let actor = access::Actor {
            purpose: purpose::declared(&runtime.config, &parts.headers, by_session)?,
            ..known.actor
        };
        if known.suspended {
            return Err(stopped(Stopped::Suspended));
        }
        Ok(Self(reading_of(parts, runtime, actor)))
    }
}

/// The value of the cookie of that name.
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    header_text(headers, header::COOKIE.as_str())?
        .split(';')
        .find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
}

pub(super) fn header_text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
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
        Problem::bad_request(
            "L’en-tête If-Match doit être une version, comme \"3\" : celle que la commande précédente a rendue dans ETag, ou le membre « version » de ce que vous avez lu.",
        )
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

/// Whether the caller confirms a text that says how to reach someone.
pub(super) fn confirms(headers: &HeaderMap) -> bool {
    header_text(headers, CONFIRM).is_some_and(|rule| rule.trim() == CONFIRMED)
}
