//! The way in: the address of the sheet, and the code.

use access::Entry;
use askama::Template;
use axum::{
    Form,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::Response,
};
use serde::Deserialize;
use service::{
    Problem, Runtime,
    api::{Address, Person, Shared, let_person_in, let_person_out, own_session, sheet},
};

use super::{ASSETS, Frame, plain};

#[derive(Template)]
#[template(path = "own/door.fr.html")]
struct DoorPage<'a> {
    frame: &'a Frame,
    secret: &'a str,
    wrong: bool,
}

/// The first time, the person chooses a code of their own.
#[derive(Template)]
#[template(path = "own/choose.fr.html")]
struct ChoosePage<'a> {
    frame: &'a Frame,
    secret: &'a str,
    code: &'a str,
    /// Whether the one they chose is too easily guessed.
    weak: bool,
}

/// The same page, for who chose a code that is too easily guessed: what they came in with is in these fields.
pub fn choose_again(demonstration: bool, fields: &[(String, String)]) -> askama::Result<String> {
    let frame = Frame { demonstration, assets: &ASSETS, token: None };
    let field = |wanted: &str| {
        let found = fields.iter().find(|(name, _)| name == wanted);
        found.map(|(_, value)| value.as_str()).unwrap_or_default()
    };
    ChoosePage { frame: &frame, secret: field("secret"), code: field("code"), weak: true }.render()
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
    Address(address): Address,
    Form(form): Form<Code>,
) -> Result<Response, Problem> {
    // Of a sheet that does not exist too: nobody locks out anybody by guessing.
    let sheet = sheet(&form.secret);
    runtime.may_try(&address, &sheet).await?;
    let frame = Frame::of(&runtime, None);
    match entered(&runtime, &form).await? {
        Entry::In(session) => {
            runtime.tried_right(&sheet).await?;
            Ok(let_person_in(&runtime.config, &session))
        }
        Entry::ToChoose => {
            let page = ChoosePage { frame: &frame, secret: &form.secret, code: &form.code, weak: false };
            plain(page.render(), StatusCode::OK)
        }
        Entry::Out => {
            runtime.tried_wrong(&address, &sheet).await?;
            let page = DoorPage { frame: &frame, secret: &form.secret, wrong: true };
            plain(page.render(), StatusCode::FORBIDDEN)
        }
    }
}

/// A session, when the address and the code are right and the access is still open.
async fn entered(runtime: &Runtime, form: &Code) -> Result<Entry, Problem> {
    let now = runtime.clock.now();
    let session = match runtime.tokens.enter_own(&form.secret, &form.code, now).await? {
        Entry::In(session) => session,
        other => return Ok(other),
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
        return Ok(Entry::Out);
    }
    Ok(Entry::In(session))
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
    if let Some(session) = own_session(&runtime.config, &headers) {
        runtime.tokens.leave_own(session).await?;
    }
    Ok(let_person_out(&runtime.config))
}
