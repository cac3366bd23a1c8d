//! The first time the person comes in: the code of the sheet gives way to one that they chose, and the circle's
//! référent is told. The pages are in another service; what is stated is stated here.

use access::{Actor, Choice};
use axum::{
    Extension, Form,
    extract::State,
    http::{Method, StatusCode},
    response::{IntoResponse as _, Response},
    routing::post,
};
use serde::Deserialize;
use service::{
    Api, Problem, Request, Target,
    api::{Address, Shared, ToConfirm, let_person_in, sheet},
    execute,
};

use crate::domain::case::commands::EnterOwnAccess;

/// The route of the first entry.
pub(super) fn routes(api: Api) -> Api {
    api.undescribed(Method::POST, "/mon-suivi/code", post(choose))
}

/// The form. The secret is in its body, as when the person comes in.
#[derive(Deserialize)]
struct Chosen {
    #[serde(default)]
    secret: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    nouveau: String,
}

impl std::fmt::Debug for Chosen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Chosen")
    }
}

/// `POST /mon-suivi/code`.
async fn choose(
    State(runtime): State<Shared>,
    Address(address): Address,
    Form(form): Form<Chosen>,
) -> Result<Response, Problem> {
    let sheet = sheet(&form.secret);
    runtime.may_try(&address, &sheet).await?;
    let now = runtime.clock.now();
    let (session, own) = match runtime.tokens.choose_own(&form.secret, &form.code, &form.nouveau, now).await?
    {
        Choice::In(session, own) => (session, own),
        // What opened the page is sent back with it: whoever chose too simple a code chooses again.
        Choice::Weak => {
            let opened = [("secret", form.secret), ("code", form.code)];
            let again = ToConfirm(opened.map(|(name, value)| (name.to_owned(), value)).into());
            return Ok((Extension(again), weak()).into_response());
        }
        Choice::Out => {
            runtime.tried_wrong(&address, &sheet).await?;
            return Err(out());
        }
    };
    let request = Request::keyed(Actor::person(own), &format!("entree:{}", own.access_id), now);
    // An access that was closed meanwhile opens nothing.
    if let Err(problem) = execute(&runtime, Target::Existing(own.case_id), EnterOwnAccess {}, request).await {
        runtime.tokens.leave_own(&session).await?;
        return Err(if problem.status.is_client_error() { out() } else { problem });
    }
    runtime.tried_right(&sheet).await?;
    Ok(let_person_in(&runtime.config, &session))
}

fn weak() -> Problem {
    Problem::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        Problem::WEAK_CODE,
        "Choisissez un autre code",
        "Il faut six chiffres qui ne se devinent pas : pas ceux de la feuille, pas six fois le même, pas une suite comme 123456.",
    )
}

fn out() -> Problem {
    Problem::forbidden(
        "ce code n’ouvre plus rien : s’il a déjà servi et que ce n’était pas vous, demandez tout de suite une autre feuille",
    )
}
