//! The web pages: French, served whole, working without JavaScript; a script only swaps in what changed.

pub mod agenda;
pub mod agreements;
pub mod answers;
mod around_lines;
pub mod assets;
pub mod board;
mod board_lines;
pub mod case;
pub mod consultations;
pub mod direct;
pub mod emergencies;
pub mod employers;
pub mod erasure;
pub mod errors;
pub mod figures;
pub mod followups;
pub mod handover;
pub mod home;
pub mod lanes;
pub mod layout;
pub mod lines;
pub mod lookup;
pub mod meetings;
pub mod own;
pub mod own_access;
pub mod plan;
pub mod protection;
pub mod purpose;
pub mod qr;
pub mod rectifications;
pub mod requests;
pub mod restrictions;
pub mod search;
pub mod sheet;
pub mod sign_in;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, Uri, request::Parts},
    response::{Html, IntoResponse, Redirect, Response},
};
use jiff::Timestamp;
use service::{
    CaseStanding, Problem, Reading, Runtime,
    api::{Caller, Shared},
};
use vocabulary::clock::paris;

/// Who visits: someone who signed in, or the request goes to the sign-in page.
#[derive(Clone, Debug)]
pub struct Visitor(pub Reading);

impl FromRequestParts<Shared> for Visitor {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, runtime: &Shared) -> Result<Self, Response> {
        match Caller::from_request_parts(parts, runtime).await {
            Ok(Caller(reading)) => Ok(Self(reading)),
            Err(problem) if problem.status == 401 => Err(to_sign_in(&parts.uri)),
            Err(problem) => Err(problem.into_response()),
        }
    }
}

fn to_sign_in(from: &Uri) -> Response {
    let path = from.path();
    let there = if path == "/" { String::new() } else { format!("?vers={}", encoded(path)) };
    Redirect::to(&format!("/connexion{there}")).into_response()
}

/// A path as part of an address.
fn encoded(path: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    path.bytes().fold(String::new(), |mut text, byte| {
        if plain(byte) {
            text.push(char::from(byte))
        } else {
            text.push_str(&format!("%{byte:02X}"))
        }
        text
    })
}

/// The hour of an instant, in Paris.
fn hour(at: Timestamp) -> String {
    let at = at.to_zoned(paris());
    format!("{}\u{a0}h\u{a0}{:02}", at.hour(), at.minute())
}

/// A page that was rendered.
fn html(page: askama::Result<String>) -> Result<Response, Problem> {
    Ok(Html(page.map_err(|error| Problem::internal(&error))?).into_response())
}

/// Whether a form comes from one of our own pages. A browser always says so, one way or the other.
fn from_our_pages(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    match (text("sec-fetch-site"), text("origin")) {
        (Some(site), _) => site == "same-origin",
        (None, Some(origin)) => {
            origin.split_once("://").map(|(_, host)| host) == text("host") && text("host").is_some()
        }
        (None, None) => true,
    }
}

/// Whether who visits may state what bears that name about this case: what they may not is not proposed.
async fn may_state(
    runtime: &Runtime,
    reading: &Reading,
    standing: &CaseStanding,
    name: &str,
) -> Result<bool, Problem> {
    let view = runtime.view(reading, Some(standing), runtime.clock.now()).await?;
    Ok(runtime.policies.may(reading, name, Some(&view)).is_ok())
}
