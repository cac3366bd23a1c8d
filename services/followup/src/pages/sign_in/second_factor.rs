//! `/connexion/second-facteur`: one-time codes, for what is sensitive. Whoever shows one goes on under another secret.

use access::Holder;
use askama::Template;
use axum::{
    Form,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use jiff::Timestamp;
use serde::Deserialize;
use service::{
    Problem, Reading, Runtime,
    api::{Knocked, Shared},
};
use sign_in::{Accounts, SecondFactors, Tried};
use uuid::Uuid;

use super::{
    super::{Visitor, from_our_pages, html, layout::Layout, qr::Qr},
    encoded, local,
    provider::{problem, with_cookies},
    session_cookie_of,
};
use crate::query::Params;

/// Parameters of the page.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecondFactorParams {
    #[serde(default)]
    suite: String,
}

/// The forms.
#[derive(Debug, Deserialize)]
pub struct Code {
    #[serde(default)]
    code: String,
    #[serde(default)]
    suite: String,
}

/// Where one is.
#[derive(Debug)]
enum Step {
    /// It was shown a short while ago; so many recovery codes are left.
    Shown { left: Option<i64> },
    /// A code is asked for.
    Asked { wrong: String },
    /// There is none yet: it can be put in place by whoever has just signed in.
    Explained { recent: bool, again: String },
    /// The secret is shown, a first code is asked for.
    Begun { qr: Option<Qr>, secret: String, wrong: String },
    /// It is in place.
    Confirmed { codes: Vec<String> },
}

#[derive(Template)]
#[template(path = "second_factor.html")]
struct SecondFactorPage<'a> {
    layout: &'a Layout,
    title: &'static str,
    there: &'a str,
    step: &'a Step,
}

impl Step {
    fn title(&self) -> &'static str {
        match self {
            Self::Shown { .. } => "C’est bien vous",
            Self::Asked { .. } => "Montrez votre second facteur",
            Self::Explained { .. } | Self::Begun { .. } => "Votre second facteur",
            Self::Confirmed { .. } => "Vos codes de secours",
        }
    }
}

/// Whoever visits, in a session of their own.
struct Own {
    professional: Uuid,
    holder: Holder,
    now: Timestamp,
}

impl Own {
    fn of(runtime: &Runtime, holder: Holder) -> Result<Self, Problem> {
        let professional = holder.actor.professional_id.filter(|_| holder.session).ok_or_else(|| {
            Problem::bad_request(
                "Un second facteur se montre dans une session. Identifiez-vous par la page de connexion.",
            )
        })?;
        Ok(Self { professional, holder, now: runtime.clock.now() })
    }

    /// Whether they signed in a short while ago.
    fn is_recent(&self) -> bool {
        self.now.duration_since(self.holder.issued_at) < access::FRESH
    }
}

/// `GET /connexion/second-facteur`.
pub async fn page(
    State(runtime): State<Shared>,
    Visitor(me): Visitor,
    Knocked(holder): Knocked,
    Params(params): Params<SecondFactorParams>,
) -> Result<Response, Problem> {
    let own = Own::of(&runtime, holder)?;
    let there = local(&params.suite);
    let codes = factors(&runtime).of(own.professional).await.map_err(problem)?;
    let step = match codes {
        _ if own.holder.actor.second_factor => Step::Shown { left: codes },
        Some(_) => Step::Asked { wrong: String::new() },
        None => {
            let recent = own.is_recent();
            // Whoever was not here a short while ago comes as they can; the others by two factors, if they have them.
            let asking = if recent { 2 } else { 1 };
            Step::Explained { recent, again: again(&runtime, there, asking) }
        }
    };
    show(&runtime, &me, there, &step).await
}

/// `POST /connexion/second-facteur`: a code is given.
pub async fn give(
    State(runtime): State<Shared>,
    Visitor(me): Visitor,
    Knocked(holder): Knocked,
    headers: HeaderMap,
    Form(form): Form<Code>,
) -> Result<Response, Problem> {
    ours(&headers)?;
    let own = Own::of(&runtime, holder)?;
    let there = local(&form.suite);
    let tried = factors(&runtime).try_code(own.professional, &form.code, own.now).await.map_err(problem)?;
    tracing::info!(professional = %own.professional, ?tried, "a second factor is shown");
    match tried {
        Tried::Right => {
            let (cookie, _) = renew(&runtime, &headers, &own).await?;
            Ok(with_cookies(Redirect::to(there).into_response(), &[&cookie]))
        }
        Tried::Recovered(left) => {
            let (cookie, _) = renew(&runtime, &headers, &own).await?;
            let page = show(&runtime, &me, there, &Step::Shown { left: Some(left) }).await?;
            Ok(with_cookies(page, &[&cookie]))
        }
        wrong => refuse(&runtime, &me, there, (wrong, own.now), |wrong| Step::Asked { wrong }).await,
    }
}

/// `POST /connexion/second-facteur/commencer`: the secret is shown, once.
pub async fn begin(
    State(runtime): State<Shared>,
    Visitor(me): Visitor,
    Knocked(holder): Knocked,
    headers: HeaderMap,
    Form(form): Form<Code>,
) -> Result<Response, Problem> {
    ours(&headers)?;
    let own = Own::of(&runtime, holder)?;
    let there = local(&form.suite);
    let known = factors(&runtime).of(own.professional).await.map_err(problem)?.is_some();
    // The first one is put by who has just signed in; another one, by who shows the first.
    let may = if known { own.holder.actor.second_factor } else { own.is_recent() };
    if !may {
        return Ok(Redirect::to(&here(there)).into_response());
    }
    let account = runtime.config.mail.public_url.as_deref().and_then(host).unwrap_or("Jalon");
    let begun = factors(&runtime).begin(own.professional, account, own.now).await.map_err(problem)?;
    tracing::info!(professional = %own.professional, "a second factor is prepared");
    let step = Step::Begun { qr: Qr::of(&begun.uri), secret: begun.secret.to_string(), wrong: String::new() };
    show(&runtime, &me, there, &step).await
}

/// `POST /connexion/second-facteur/confirmer`: its first code.
pub async fn confirm(
    State(runtime): State<Shared>,
    Visitor(me): Visitor,
    Knocked(holder): Knocked,
    headers: HeaderMap,
    Form(form): Form<Code>,
) -> Result<Response, Problem> {
    ours(&headers)?;
    let own = Own::of(&runtime, holder)?;
    let there = local(&form.suite);
    match factors(&runtime).confirm(own.professional, &form.code, own.now).await.map_err(problem)? {
        Ok(codes) => {
            tracing::info!(professional = %own.professional, "a second factor is in place");
            let (cookie, key_id) = renew(&runtime, &headers, &own).await?;
            // Whoever may have come before it was in place does not stay.
            runtime.tokens.end_other_sessions(own.professional, &key_id).await?;
            let codes = codes.iter().map(|code| code.to_string()).collect();
            let page = show(&runtime, &me, there, &Step::Confirmed { codes }).await?;
            Ok(with_cookies(page, &[&cookie]))
        }
        Err(wrong) => {
            let asked = |wrong| Step::Begun { qr: None, secret: String::new(), wrong };
            refuse(&runtime, &me, there, (wrong, own.now), asked).await
        }
    }
}

fn factors(runtime: &Runtime) -> SecondFactors<'_> {
    SecondFactors::new(runtime.pool.clone(), runtime.sealer.ring())
}

async fn show(runtime: &Runtime, me: &Reading, there: &str, step: &Step) -> Result<Response, Problem> {
    let layout = Layout::of(runtime, me, "/connexion/second-facteur").await?;
    html(SecondFactorPage { layout: &layout, title: step.title(), there, step }.render())
}

/// The session goes on under another secret, with a second factor of now. Returns its cookie, and what it is called.
async fn renew(runtime: &Runtime, headers: &HeaderMap, own: &Own) -> Result<(String, String), Problem> {
    let renewed = runtime.tokens.renew(&own.holder.key_id, Some(own.now), own.now).await?;
    let renewed = renewed.ok_or_else(Problem::unauthenticated)?;
    if let Some(former) = service::api::session(&runtime.config, headers) {
        let accounts = Accounts::new(runtime.pool.clone());
        accounts.carry_id_token(former, &renewed.text).await.map_err(problem)?;
    }
    let cookie = session_cookie_of(runtime, &renewed.text, own.holder.expires_at, own.now);
    Ok((cookie, renewed.key_id))
}

/// Asks for a code again, and says why that one is not taken; who has no second factor is shown how to put one.
async fn refuse(
    runtime: &Runtime,
    me: &Reading,
    there: &str,
    (tried, now): (Tried, Timestamp),
    asked: impl FnOnce(String) -> Step,
) -> Result<Response, Problem> {
    let wait = match tried {
        Tried::None => return Ok(Redirect::to(&here(there)).into_response()),
        Tried::Wait(until) => Some(until.duration_since(now).as_secs().max(0) + 1),
        _ => None,
    };
    let page = show(runtime, me, there, &asked(said(wait))).await?;
    Ok(match wait {
        Some(seconds) => {
            (StatusCode::TOO_MANY_REQUESTS, [("retry-after", seconds.to_string())], page).into_response()
        }
        None => (StatusCode::UNPROCESSABLE_ENTITY, page).into_response(),
    })
}

/// Why a code is not taken; after so many seconds, another one is.
fn said(wait: Option<i64>) -> String {
    let wait = match wait {
        None => return "Ce code ne correspond pas, ou il a déjà servi. Attendez le suivant, et vérifiez l’heure de votre téléphone.".to_owned(),
        Some(seconds) if seconds < 100 => format!("{seconds} secondes"),
        Some(seconds) => format!("{} minutes", (seconds + 59) / 60),
    };
    format!(
        "Trop de codes ne correspondaient pas. Attendez {wait}, puis donnez celui que l’application montre alors."
    )
}

fn here(there: &str) -> String {
    format!("/connexion/second-facteur?suite={}", encoded(there))
}

/// Where one proves again who one is, in that manner.
fn again(runtime: &Runtime, there: &str, asking: u8) -> String {
    let back = encoded(&here(there));
    match runtime.config.oidc {
        Some(_) => format!("/connexion/aller?nouveau={asking}&vers={back}"),
        None => format!("/connexion?vers={back}"),
    }
}

fn host(url: &str) -> Option<&str> {
    url.split_once("://")?.1.split(['/', ':']).next().filter(|host| !host.is_empty())
}

fn ours(headers: &HeaderMap) -> Result<(), Problem> {
    let away = || Problem::forbidden("cette demande ne vient pas d’une page de Jalon");
    from_our_pages(headers).then_some(()).ok_or_else(away)
}
