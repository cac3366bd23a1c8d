//! What every query shares: parameters read strictly, pages by cursor, and reading what was just
//! written.

use std::time::Duration;

use axum::{
    extract::{FromRequestParts, Query},
    http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sha2::{Digest as _, Sha256};
use tokio::time::Instant;

use crate::{Problem, Runtime, readership};

/// How long a query waits for the read models.
const PATIENCE: Duration = Duration::from_secs(2);
/// Items of a page when nothing is asked.
const LIMIT: usize = 50;
/// Items of a page at most.
const MAX_LIMIT: usize = 200;

/// The parameters of the address: those a route knows, and no other.
#[derive(Clone, Debug)]
pub struct Params<T>(pub T);

impl<T: DeserializeOwned, S: Sync> FromRequestParts<S> for Params<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let Query(params) = Query::try_from_uri(&parts.uri).map_err(|_| {
            Problem::bad_request(
                "Un paramètre de l’adresse est inconnu ou illisible. Vérifiez son nom et sa valeur.",
            )
        })?;
        Ok(Self(params))
    }
}

/// Waits until these read models show every fact up to that position.
///
/// # Errors
/// 503 when they do not in time.
pub async fn wait(runtime: &Runtime, models: &[&str], min_position: Option<i64>) -> Result<(), Problem> {
    let Some(position) = min_position else { return Ok(()) };
    let deadline = Instant::now() + PATIENCE;
    for model in models.iter().chain([&readership::NAME]) {
        if runtime.positions.wait(model, position, deadline).await.is_err() {
            return Err(not_yet());
        }
    }
    Ok(())
}

/// 503: what is asked is written, but cannot be read yet.
pub fn not_yet() -> Problem {
    Problem::new(
        axum::http::StatusCode::SERVICE_UNAVAILABLE,
        "/problemes/pas-encore-visible",
        "Pas encore visible",
        "Ce qui vient d’être enregistré n’est pas encore visible ici. Rien n’est perdu : redemandez dans quelques secondes.",
    )
}

/// How many items a page has.
///
/// # Errors
/// 400 when it is not between 1 and 200.
pub fn limit(asked: Option<usize>) -> Result<usize, Problem> {
    match asked.unwrap_or(LIMIT) {
        limit @ 1..=MAX_LIMIT => Ok(limit),
        _ => Err(Problem::bad_request("Le paramètre « limit » va de 1 à 200. Corrigez-le.")),
    }
}

/// Where a page ends: what it was a page of, and the key of its last item.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Cursor<K> {
    of: String,
    after: K,
}

/// The cursor of the page after that item. `of` is the route and its filters.
pub fn cursor<K: Serialize>(of: &str, after: K) -> String {
    let cursor = Cursor { of: digest(of), after };
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(&cursor).unwrap_or_default())
}

/// The key that a cursor of the same route and filters holds.
///
/// # Errors
/// 400 when it is of another query, or no cursor at all.
pub fn after<K: DeserializeOwned>(of: &str, cursor: Option<&str>) -> Result<Option<K>, Problem> {
    let Some(text) = cursor else { return Ok(None) };
    let read = || -> Option<K> {
        let cursor: Cursor<K> = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        (cursor.of == digest(of)).then_some(cursor.after)
    };
    read().map(Some).ok_or_else(|| {
        Problem::bad_request(
            "Ce curseur vient d’une autre recherche. Recommencez sans le paramètre « cursor », puis suivez « next ».",
        )
    })
}

fn digest(of: &str) -> String {
    URL_SAFE_NO_PAD.encode(&Sha256::digest(of.as_bytes())[..9])
}

/// Keeps the items of a page, of which one more than `limit` was read to know whether another follows.
pub fn page<T, K: Serialize>(
    mut items: Vec<T>,
    limit: usize,
    of: &str,
    key: impl Fn(&T) -> K,
) -> (Vec<T>, Option<String>) {
    if items.len() <= limit {
        return (items, None);
    }
    items.truncate(limit);
    let next = items.last().map(|last| cursor(of, key(last)));
    (items, next)
}

/// An answer made of several aggregates: its `ETag` is weak and says nothing but whether it is still the same. Who has it
/// already, and says so in `If-None-Match`, is answered 304. It is no version to give in `If-Match`: each item has its own.
///
/// # Errors
/// When the answer cannot be written.
pub fn tagged(headers: &HeaderMap, answer: &impl Serialize) -> Result<Response, Problem> {
    let body = serde_json::to_vec(answer).map_err(|error| Problem::internal(&error))?;
    let tag = format!("W/\"{}\"", URL_SAFE_NO_PAD.encode(&Sha256::digest(&body)[..12]));
    let etag = HeaderValue::try_from(&tag).map_err(|error| Problem::internal(&error))?;
    let known = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    let mut tags = known.flat_map(|value| value.split(',')).map(str::trim);
    if tags.any(|one| one == "*" || one.trim_start_matches("W/") == tag.trim_start_matches("W/")) {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, etag)]).into_response());
    }
    let json = HeaderValue::from_static("application/json");
    Ok(([(header::ETAG, etag), (header::CONTENT_TYPE, json)], body).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_the_answer_already_is_not_sent_it_again() {
        let sent = tagged(&HeaderMap::new(), &("one", 1)).unwrap();
        let tag = sent.headers()[header::ETAG].clone();
        assert!(tag.to_str().unwrap().starts_with("W/\""), "{tag:?}");
        let strong = tag.to_str().unwrap().trim_start_matches("W/").to_owned();
        for (known, answer, status) in [
            (tag.to_str().unwrap(), 1, 304),
            (&strong, 1, 304),
            (&format!("\"x\", {strong}"), 1, 304),
            ("*", 1, 304),
            (&strong, 2, 200),
            ("\"x\"", 1, 200),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::IF_NONE_MATCH, known.parse().unwrap());
            let again = tagged(&headers, &("one", answer)).unwrap();
            assert_eq!(again.status(), status, "{known} {answer}");
            assert_eq!(again.headers()[header::ETAG] == tag, answer == 1);
        }
    }

    #[test]
    fn a_cursor_gives_back_its_key_to_the_same_query_only() {
        let text = cursor("board p1 open", (7_i64, "x"));
        assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'));
        let key: Option<(i64, String)> = after("board p1 open", Some(&text)).unwrap();
        assert_eq!(key, Some((7, "x".to_owned())));
        for other in ["board p1 closed", "board p2 open", "timeline p1 open", ""] {
            let refused = after::<(i64, String)>(other, Some(&text)).unwrap_err();
            assert_eq!(refused.status, 400, "{other}");
            assert!(refused.detail.ends_with('.'));
        }
    }

    #[test]
    fn what_is_not_a_cursor_is_refused_and_no_cursor_begins() {
        for wrong in ["", "x", "%%%", &URL_SAFE_NO_PAD.encode(b"{}"), &URL_SAFE_NO_PAD.encode(b"[1]")] {
            assert_eq!(after::<i64>("board", Some(wrong)).unwrap_err().status, 400, "{wrong}");
        }
        assert_eq!(after::<i64>("board", None).unwrap(), None);
        let of_another_shape = cursor("board", "text");
        assert_eq!(after::<i64>("board", Some(&of_another_shape)).unwrap_err().status, 400);
    }

    #[test]
    fn a_page_says_what_follows_only_when_something_does() {
        let (items, next) = page(vec![1, 2, 3], 3, "numbers", |item| *item);
        assert_eq!((items.len(), next), (3, None));
        let (items, next) = page(vec![1, 2, 3], 2, "numbers", |item| *item);
        assert_eq!(items, [1, 2]);
        assert_eq!(after::<i32>("numbers", next.as_deref()).unwrap(), Some(2));
    }

    #[test]
    fn a_limit_stays_between_1_and_200() {
        assert_eq!(limit(None).unwrap(), 50);
        assert_eq!(limit(Some(200)).unwrap(), 200);
        for wrong in [0, 201] {
            assert_eq!(limit(Some(wrong)).unwrap_err().status, 400);
        }
    }
}
