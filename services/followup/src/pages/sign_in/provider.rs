//! Entering by way of the provider of professionals: there, back, and out.

use std::{collections::HashMap, sync::OnceLock};

use access::Actor;
use askama::Template;
use axum::{
    Extension,
    extract::{Query, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use service::{
    Problem, Runtime,
    api::{Address, Anyone, Shared, cookie, session},
};
use sign_in::{Accounts, Asking, Begun, Identity, Linked, Pending, Provider, ProviderSettings};
use tokio_postgres::types::Json;
use uuid::Uuid;

use super::{super::html, Entering, actor, end_former, enter_as, local};
use crate::{pages::layout::Layout, query::Params, views::directory::Entry};

/// The cookie of who is at the provider.
const DEPARTURE: &str = "jalon_depart";

/// The posts someone holds in the organisation they come from.
const POSTS: &str = "
select post.key, post.body from read.directory post
join read.directory organisation on organisation.key = (post.body ->> 'organisation_id')::uuid
where post.kind = 'post' and post.body ->> 'professional_id' = $1 and organisation.body ->> 'siret' = $2
order by post.body ->> 'title', post.key";

/// The provider, once someone asked for it.
#[derive(Debug, Default)]
pub struct Door(OnceLock<Option<Provider>>);

impl Door {
    fn provider(&self, runtime: &Runtime) -> Result<&Provider, Problem> {
        let made = self.0.get_or_init(|| {
            let oidc = runtime.config.oidc.as_ref()?;
            let here = runtime.config.mail.public_url.as_deref()?.trim_end_matches('/');
            let settings = ProviderSettings {
                issuer: oidc.issuer.clone(),
                client_id: oidc.client_id.clone(),
                client_secret: oidc.client_secret.clone(),
                redirect_url: format!("{here}/connexion/retour"),
                left_url: format!("{here}/connexion"),
                levels: oidc.levels.clone(),
            };
            let made = Provider::new(settings);
            made.inspect_err(|error| tracing::error!(%error, "nobody can sign in")).ok()
        });
        made.as_ref().ok_or_else(|| Problem::not_found("cette adresse"))
    }

    /// Where a browser goes to end its session at the provider too; nothing when it has none there.
    pub(super) async fn way_out(&self, runtime: &Runtime, session: &str) -> Result<Option<String>, Problem> {
        let Ok(provider) = self.provider(runtime) else { return Ok(None) };
        let accounts = Accounts::new(runtime.pool.clone());
        let Some(id_token) = accounts.take_id_token(session).await.map_err(problem)? else { return Ok(None) };
        provider.leave(&id_token).await.map_err(problem)
    }
}

/// Where someone wants to go, and the invitation they hold.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Departure {
    #[serde(default)]
    vers: String,
    #[serde(default)]
    invitation: String,
    /// `1`: the provider asks them again who they are; `2`: by two factors.
    #[serde(default)]
    nouveau: u8,
}

/// `GET /connexion/aller`: to the provider.
pub async fn depart(
    State(runtime): State<Shared>,
    Extension(door): Extension<std::sync::Arc<Door>>,
    _: Anyone,
    headers: HeaderMap,
    Params(params): Params<Departure>,
) -> Result<Response, Problem> {
    let asking = match params.nouveau {
        2 => Asking::ByTwo,
        1 => Asking::Anew,
        _ => Asking::Usual,
    };
    let started = door.provider(&runtime)?.start(asking).await.map_err(problem)?;
    let former = match session(&runtime.config, &headers) {
        Some(secret) => runtime.tokens.authenticate(secret, runtime.clock.now(), false).await?,
        None => None,
    };
    let begun = Begun {
        nonce: started.nonce,
        verifier: started.verifier,
        there: local(&params.vers).to_owned(),
        invitation: (!params.invitation.is_empty()).then(|| Accounts::reference(&params.invitation)),
        former: former.filter(|former| former.session).map(|former| former.key_id),
    };
    let pending = Pending::new(runtime.pool.clone());
    pending.keep(&started.state, &begun, runtime.clock.now()).await.map_err(problem)?;
    // The provider sends back by a link of its own: the strictest cookies do not come with it.
    let cookie = format!(
        "{}={}; HttpOnly; SameSite=Lax; Path=/; Max-Age=600{}",
        runtime.config.cookie_name(DEPARTURE),
        started.state,
        runtime.config.secure()
    );
    Ok(with_cookies(Redirect::to(&started.url).into_response(), &[&cookie]))
}

/// `GET /connexion/retour`: back from the provider.
pub async fn arrive(
    State(runtime): State<Shared>,
    Extension(door): Extension<std::sync::Arc<Door>>,
    Address(address): Address,
    headers: HeaderMap,
    Query(params): Query<HashMap<String, String>>,
) -> Result<Response, Problem> {
    let provider = door.provider(&runtime)?;
    runtime.may_try(&address, "").await?;
    match come_back(&runtime, provider, &headers, &params).await {
        Err((problem, account)) if problem.status == StatusCode::FORBIDDEN => {
            tracing::info!(why = %problem.detail, "someone did not enter");
            runtime.tried_wrong(&address, &account).await?;
            Err(problem)
        }
        Err((problem, _)) => Err(problem),
        Ok(page) => Ok(page),
    }
}

/// Who came back enters, or why not, and on which account.
async fn come_back(
    runtime: &Runtime,
    provider: &Provider,
    headers: &HeaderMap,
    params: &HashMap<String, String>,
) -> Result<Response, (Problem, String)> {
    let nobody = |problem: Problem| (problem, String::new());
    let (begun, identity) = believed(runtime, provider, headers, params).await.map_err(nobody)?;
    let account = format!("account:{}", Accounts::name(&identity));
    let on_account = |problem: Problem| (problem, account.clone());
    // The address was looked at before: now who it is.
    runtime.may_try("", &account).await.map_err(on_account)?;
    let page = let_in(runtime, headers, &begun, &identity).await.map_err(on_account)?;
    runtime.tried_right(&account).await.map_err(on_account)?;
    Ok(page)
}

/// What the provider says of who came back, and what they had come for.
async fn believed(
    runtime: &Runtime,
    provider: &Provider,
    headers: &HeaderMap,
    params: &HashMap<String, String>,
) -> Result<(Begun, Identity), Problem> {
    let given = |name: &str| params.get(name).map_or("", String::as_str);
    let state = given("state");
    let begun = match cookie(headers, &runtime.config.cookie_name(DEPARTURE)) {
        Some(kept) if kept == state && !state.is_empty() => {
            let pending = Pending::new(runtime.pool.clone());
            pending.take(state, runtime.clock.now()).await.map_err(problem)?
        }
        _ => None,
    };
    let begun = begun.ok_or_else(again)?;
    let issuer = given("iss");
    let expected = runtime.config.oidc.as_ref().map_or("", |oidc| oidc.issuer.as_str());
    if !given("error").is_empty() || !issuer.is_empty() && issuer != expected {
        return Err(again());
    }
    let identity = provider.finish(given("code"), &begun.nonce, begun.verifier.as_deref()).await;
    Ok((begun, identity.map_err(problem)?))
}

/// A session for who was believed.
async fn let_in(
    runtime: &Runtime,
    headers: &HeaderMap,
    begun: &Begun,
    identity: &Identity,
) -> Result<Response, Problem> {
    let professional = recognise(runtime, identity, begun.invitation.as_deref()).await?;
    let posts = posts(runtime, professional, identity.siret.as_deref().unwrap_or_default()).await?;
    let Some(who) = posts.first() else {
        return Err(Problem::forbidden(
            "vous ne tenez aujourd’hui aucun poste dans l’organisation d’où vous venez ; demandez à la personne qui administre Jalon chez vous de vous y mettre",
        ));
    };
    end_former(runtime, headers).await?;
    if let Some(former) = &begun.former {
        runtime.tokens.end_session(professional, former).await?;
    }
    let entering = Entering { second_factor_at: identity.second_factor_at, ..Entering::now(runtime, who) };
    let entered = enter_as(runtime, &entering).await?;
    let accounts = Accounts::new(runtime.pool.clone());
    let now = runtime.clock.now();
    let kept = accounts.keep_id_token(&entered.secret, &identity.id_token, entered.until, now).await;
    kept.map_err(problem)?;
    let there = if posts.len() > 1 { "/connexion/postes" } else { &begun.there };
    let (name, secure) = (runtime.config.cookie_name(DEPARTURE), runtime.config.secure());
    let gone = format!("{name}=; HttpOnly; SameSite=Lax; Path=/; Max-Age=0{secure}");
    // A page of ours, from which the browser goes on: it then sends the cookie it was just given.
    let page = html(passage("Vous êtes connecté", "Continuer", there))?;
    Ok(with_cookies(page, &[&entered.cookie, &gone]))
}

#[derive(Template)]
#[template(path = "passage.html")]
struct Passage<'a> {
    layout: &'a Layout,
    title: &'a str,
    onwards: &'a str,
    there: &'a str,
}

/// A page from which the browser goes on by itself.
pub(super) fn passage(title: &str, onwards: &str, there: &str) -> askama::Result<String> {
    Passage { layout: &Layout::outside(false), title, onwards, there }.render()
}

async fn recognise(
    runtime: &Runtime,
    identity: &Identity,
    invitation: Option<&[u8]>,
) -> Result<Uuid, Problem> {
    let accounts = Accounts::new(runtime.pool.clone());
    let linked = match invitation {
        Some(invitation) => {
            accounts.link(identity, invitation, runtime.clock.now()).await.map_err(problem)?
        }
        None => match accounts.professional(identity, runtime.clock.now()).await.map_err(problem)? {
            Some(professional) => return Ok(professional),
            None => Linked::NoInvitation,
        },
    };
    Err(Problem::forbidden(match linked {
        Linked::Yes(professional) => return Ok(professional),
        Linked::NoInvitation => {
            "Jalon ne vous connaît pas encore : demandez une invitation à la personne qui l’administre chez vous, et ouvrez-la"
        }
        Linked::OtherOrganisation => {
            "cette invitation vient d’une autre organisation que celle où vous vous êtes identifié ; choisissez la bonne, puis ouvrez-la de nouveau"
        }
        Linked::SomeoneElse => "ce compte est déjà celui d’une autre personne dans Jalon",
    }))
}

/// The posts someone holds in the organisation they come from, as who they would act.
pub(super) async fn posts(runtime: &Runtime, professional: Uuid, siret: &str) -> Result<Vec<Actor>, Problem> {
    // Without a SIRET nobody comes from anywhere.
    if siret.is_empty() {
        return Ok(Vec::new());
    }
    let client = runtime.pool.get().await?;
    let rows = client.query(POSTS, &[&professional.to_string(), &siret]).await?;
    let mut actors = Vec::new();
    for row in &rows {
        let (id, Json(entry)): (Uuid, Json<Entry>) = (row.try_get(0)?, row.try_get(1)?);
        if let Entry::Post(post) = entry {
            actors.extend(actor(id, &post));
        }
    }
    Ok(actors)
}

pub(super) fn with_cookies(mut response: Response, cookies: &[&str]) -> Response {
    for cookie in cookies {
        if let Ok(cookie) = HeaderValue::from_str(cookie) {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
    }
    response
}

fn again() -> Problem {
    Problem::forbidden(
        "votre identité n’a pas été confirmée, ou trop tard ; recommencez depuis la page de connexion",
    )
}

/// What an error of sign-in is to who meets it; its cause goes to the log.
pub(super) fn problem(error: sign_in::Error) -> Problem {
    match error {
        sign_in::Error::Refused(why) => {
            tracing::warn!(why, "a sign-in was refused");
            again()
        }
        sign_in::Error::Level => Problem::forbidden(
            "votre fournisseur d’identité ne vous a pas demandé tout ce que Jalon attend ; mettez-y un second facteur, puis recommencez depuis la page de connexion",
        ),
        sign_in::Error::Unavailable(why) => {
            tracing::warn!(why, "the provider of sign-in does not answer");
            Problem::unavailable()
        }
        error => Problem::internal(&error),
    }
}
