//! What pages are read for: an agreement opens nothing for another purpose. That of one's role, unless another is
//! chosen at the foot of a page, for as long as the browser stays open.

use access::Actor;
use axum::{
    Form,
    extract::State,
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Redirect, Response},
};
use contracts::{buffa::Enumeration as _, case::v1::SharingPurpose, values_of};
use serde::Deserialize;
use service::{
    Problem,
    api::{Shared, purpose, purpose_chosen},
};

use super::{Visitor, from_our_pages, sign_in::local};

/// A purpose that can be chosen.
#[derive(Debug)]
pub struct Choice {
    /// Its word.
    pub code: &'static str,
    /// The same in French.
    pub text: &'static str,
    /// Whether pages are read for it now.
    pub chosen: bool,
}

/// What that reader may choose from; nothing for those who read within a mission, or nobody.
pub fn choices(actor: &Actor) -> Vec<Choice> {
    let Some(now) = actor.reads_for() else { return Vec::new() };
    let choice = |(code, text)| Choice { code, text, chosen: now.proto_name() == code };
    values_of::<SharingPurpose>().map(choice).collect()
}

/// What the form sends.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chosen {
    finalite: String,
    #[serde(default)]
    vers: String,
}

/// `POST /finalite`.
pub async fn choose(
    State(runtime): State<Shared>,
    Visitor(_): Visitor,
    headers: HeaderMap,
    Form(form): Form<Chosen>,
) -> Result<Response, Problem> {
    if !from_our_pages(&headers) {
        return Err(Problem::forbidden("cette demande ne vient pas d’une page de Jalon"));
    }
    let chosen = purpose(&form.finalite).ok_or_else(|| {
        Problem::bad_request("Cette finalité n’est pas de la liste. Revenez en arrière et choisissez-en une.")
    })?;
    let mut response = Redirect::to(local(&form.vers)).into_response();
    if let Ok(cookie) = HeaderValue::from_str(&purpose_chosen(&runtime.config, chosen)) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    Ok(response)
}
