//! The way in: the address of the sheet, and the code.

use access::{Entry, STAY};
use askama::Template;
use axum::{
    Extension, Form,
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Deserialize;
use service::{
    Problem, Rates, Runtime,
    api::{Address, OWN_COOKIE, Person, Shared},
};
use sha2::{Digest as _, Sha256};

use super::{Frame, plain};

#[derive(Template)]
#[template(path = "own/door.fr.html")]
struct DoorPage<'a> {
    frame: &'a Frame,
    secret: &'a str,
    wrong: bool,
}

/// The form. The secret is in its body: the address is left behind.
#[derive(Deserialize)]
pub struct Code {
    #[serde(default)]
    secret: String,
    #[serde(default)]
    code: String,
}

impl std::fmt::Debug for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Code")
    }
}

/// `GET /mon-suivi/{secret}`: nothing is looked up, so that nothing is told of which addresses exist.
pub async fn page(State(runtime): State<Shared>, Path(secret): Path<String>) -> Result<Response, Problem> {
    let frame = Frame::of(&runtime, None);
    plain(DoorPage { frame: &frame, secret: &secret, wrong: false }.render(), StatusCode::OK)
}

/// `POST /mon-suivi/entrer`.
pub async fn enter(
    State(runtime): State<Shared>,
    Extension(rates): Extension<Rates>,
    Address(address): Address,
    Form(form): Form<Code>,
) -> Result<Response, Problem> {
    // Of a sheet that does not exist too: nobody locks out anybody by guessing.
    let sheet = format!("mon-suivi:{}", URL_SAFE_NO_PAD.encode(Sha256::digest(&form.secret)));
    rates.may_try(&address, &sheet)?;
    let Some(session) = entered(&runtime, &form).await? else {
        rates.tried_wrong(&address, &sheet);
        let frame = Frame::of(&runtime, None);
        let page = DoorPage { frame: &frame, secret: &form.secret, wrong: true };
        return plain(page.render(), StatusCode::FORBIDDEN);
    };
    rates.tried_right(&sheet);
    let (age, secure) = (STAY.as_secs(), runtime.config.secure());
    let cookie =
        format!("{OWN_COOKIE}={session}; HttpOnly; SameSite=Strict; Path=/mon-suivi; Max-Age={age}{secure}");
    Ok(with_cookie("/mon-suivi", &cookie))
}

/// A session, when the address and the code are right and the access is still open.
async fn entered(runtime: &Runtime, form: &Code) -> Result<Option<String>, Problem> {
    let now = runtime.clock.now();
    let Entry::In(session) = runtime.tokens.enter_own(&form.secret, &form.code, now).await? else {
        return Ok(None);
    };
    let own = runtime.tokens.own_session(&session, now).await?;
    let standing = match own {
        Some(own) => runtime.case_standing(own.case_id).await?,
        None => None,
    };
    let actor = own.map(access::Actor::person);
    let open = standing.zip(actor).is_some_and(|(standing, actor)| standing.is_own_of(&actor, now));
    if !open {
        runtime.tokens.leave_own(&session).await?;
        return Ok(None);
    }
    Ok(Some(session))
}

/// The form that leaves.
#[derive(Debug, Deserialize)]
pub struct Leaving {
    #[serde(default)]
    jeton: String,
}

/// `POST /mon-suivi/sortir`.
pub async fn leave(
    State(runtime): State<Shared>,
    person: Person,
    headers: HeaderMap,
    Form(form): Form<Leaving>,
) -> Result<Response, Problem> {
    person.check(Some(&form.jeton))?;
    if let Some(session) = session(&headers) {
        runtime.tokens.leave_own(session).await?;
    }
    let cookie = format!("{OWN_COOKIE}=; HttpOnly; SameSite=Strict; Path=/mon-suivi; Max-Age=0");
    let mut response = with_cookie("/mon-suivi", &cookie);
    response.headers_mut().insert("clear-site-data", HeaderValue::from_static("\"cache\""));
    Ok(response)
}

fn session(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get(header::COOKIE)?.to_str().ok()?;
    cookies.split(';').find_map(|pair| pair.trim().strip_prefix(OWN_COOKIE)?.strip_prefix('='))
}

fn with_cookie(there: &str, cookie: &str) -> Response {
    let mut response = Redirect::to(there).into_response();
    if let Ok(cookie) = HeaderValue::from_str(cookie) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}
