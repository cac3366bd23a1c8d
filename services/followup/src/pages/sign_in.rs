//! `/connexion`: professionals enter by way of their provider; in the demonstration, and only there, anyone
//! enters as one of its invented people.

use std::{collections::HashMap, sync::Arc};

use access::{Actor, Grant};
use askama::Template;
use axum::{
    Extension, Form,
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Redirect, Response},
};
use jiff::Timestamp;
use serde::Deserialize;
use service::{
    Problem, Reading, Runtime,
    api::{Address, Anyone, Shared, session, session_cookie},
};
use uuid::Uuid;

use super::{encoded, from_our_pages, html, layout::Layout, search::plain};
use crate::{
    french::{capital, label},
    query::Params,
    read::{
        cards::{Cards, of_kind},
        identity::{self, Someone},
    },
    views::directory::{Entry, Post},
};

pub mod posts;
pub mod provider;
pub mod second_factor;
pub mod sessions;

pub use provider::Door;

/// Parameters of the page.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignInParams {
    #[serde(default)]
    vers: String,
    #[serde(default)]
    invitation: String,
}

/// The form.
#[derive(Debug, Deserialize)]
pub struct SignIn {
    poste: Uuid,
    #[serde(default)]
    vers: String,
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage<'a> {
    layout: &'a Layout,
    groups: Option<&'a [Group]>,
    way_in: Option<&'a WayIn>,
    there: &'a str,
}

/// The way in, by the provider.
#[derive(Debug)]
pub struct WayIn {
    /// The address.
    pub href: String,
    /// Whether it is the first time.
    pub invited: bool,
}

impl WayIn {
    fn of(there: &str, invitation: &str) -> Self {
        let (there, invitation) = (encoded(there), encoded(invitation));
        Self {
            href: format!("/connexion/aller?vers={there}&invitation={invitation}"),
            invited: !invitation.is_empty(),
        }
    }
}

/// The posts of an organisation.
#[derive(Debug)]
pub struct Group {
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: String,
    /// Its posts that someone holds.
    pub people: Vec<Person>,
}

/// Someone to enter as.
#[derive(Debug)]
pub struct Person {
    /// Their post.
    pub post_id: Uuid,
    /// Their name.
    pub called: String,
    /// What they do.
    pub role: String,
    /// How their organisation calls it.
    pub title: String,
}

/// `GET /connexion`.
pub async fn page(
    State(runtime): State<Shared>,
    _: Anyone,
    Params(params): Params<SignInParams>,
) -> Result<Response, Problem> {
    let config = &runtime.config;
    let groups = if config.enters_without_password() { Some(groups(&runtime).await?) } else { None };
    let layout = Layout::outside(config.demonstration);
    let there = local(&params.vers);
    let way_in = config.oidc.is_some().then(|| WayIn::of(there, &params.invitation));
    html(render(&layout, groups.as_deref(), way_in.as_ref(), there))
}

/// The page.
///
/// # Errors
/// When it cannot be written.
pub fn render(
    layout: &Layout,
    groups: Option<&[Group]>,
    way_in: Option<&WayIn>,
    there: &str,
) -> askama::Result<String> {
    SignInPage { layout, groups, way_in, there }.render()
}

/// `POST /connexion`.
pub async fn enter(
    State(runtime): State<Shared>,
    Address(address): Address,
    headers: HeaderMap,
    Form(form): Form<SignIn>,
) -> Result<Response, Problem> {
    if !runtime.config.enters_without_password() {
        return Err(Problem::forbidden("on n’entre ainsi que dans la démonstration"));
    }
    if !from_our_pages(&headers) {
        return Err(Problem::forbidden("cette demande ne vient pas d’une page de Jalon"));
    }
    let account = format!("post:{}", form.poste);
    runtime.may_try(&address, &account).await?;
    let cards = Cards::read(&runtime, &[form.poste]).await?;
    let known = cards.post(form.poste).and_then(|post| actor(form.poste, post));
    let Some(known) = known else {
        runtime.tried_wrong(&address, &account).await?;
        return Err(Problem::not_found("ce poste"));
    };
    // Invented people show what nobody checks.
    let known = Actor { second_factor: runtime.config.demonstration_second_factor, ..known };
    end_former(&runtime, &headers).await?;
    let entered = enter_as(&runtime, &Entering::now(&runtime, &known)).await?;
    Ok(provider::with_cookies(Redirect::to(local(&form.vers)).into_response(), &[&entered.cookie]))
}

/// Who enters, and as long as since when.
struct Entering<'a> {
    actor: &'a Actor,
    since: Timestamp,
    until: Timestamp,
    second_factor_at: Option<Timestamp>,
}

impl<'a> Entering<'a> {
    /// Someone who identified themselves now, without a second factor that grows old.
    fn now(runtime: &Runtime, actor: &'a Actor) -> Self {
        // Real time, whatever the demonstration says: a session ends by the clock on the wall.
        let now = runtime.clock.now();
        let until = now.saturating_add(access::SESSION).unwrap_or(now);
        Self { actor, since: now, until, second_factor_at: None }
    }
}

/// A session that was opened.
struct Entered {
    secret: String,
    cookie: String,
    until: Timestamp,
}

/// A session for who comes: always a new secret, whatever the browser showed before.
async fn enter_as(runtime: &Runtime, entering: &Entering<'_>) -> Result<Entered, Problem> {
    let now = runtime.clock.now();
    let Entering { actor, since, until, second_factor_at } = *entering;
    let grant =
        Grant { actor, session: true, since: Some(since), until, second_factor_at, scopes: None, label: "" };
    let secret = runtime.tokens.give(&grant, now).await?;
    let professional = actor.professional_id.map(tracing::field::display);
    tracing::info!(professional, second_factor = second_factor_at.is_some(), "someone entered");
    Ok(Entered { cookie: session_cookie_of(runtime, &secret.text, until, now), secret: secret.text, until })
}

/// The cookie of a session.
fn session_cookie_of(runtime: &Runtime, secret: &str, until: Timestamp, now: Timestamp) -> String {
    let (name, secure) = (session_cookie(&runtime.config), runtime.config.secure());
    let age = until.duration_since(now).as_secs().max(0);
    format!("{name}={secret}; HttpOnly; SameSite=Strict; Path=/; Max-Age={age}{secure}")
}

/// Ends the session that the browser showed when it came to open another.
async fn end_former(runtime: &Runtime, headers: &HeaderMap) -> Result<(), Problem> {
    let Some(secret) = session(&runtime.config, headers) else { return Ok(()) };
    let now = runtime.clock.now();
    let former = runtime.tokens.authenticate(secret, now, false).await?;
    if former.is_some_and(|former| former.session) {
        runtime.tokens.revoke(secret, now).await?;
    }
    Ok(())
}

/// `POST /deconnexion`.
pub async fn leave(
    State(runtime): State<Shared>,
    Extension(door): Extension<Arc<Door>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if !from_our_pages(&headers) {
        return Err(Problem::forbidden("cette demande ne vient pas d’une page de Jalon"));
    }
    let mut there = None;
    if let Some(secret) = session(&runtime.config, &headers) {
        let now = runtime.clock.now();
        if let Some(holder) = runtime.tokens.authenticate(secret, now, false).await? {
            let professional = holder.actor.professional_id.map(tracing::field::display);
            tracing::info!(professional, "someone left");
        }
        runtime.tokens.revoke(secret, now).await?;
        there = door.way_out(&runtime, secret).await.unwrap_or_default();
    }
    let (name, secure) = (session_cookie(&runtime.config), runtime.config.secure());
    let cookie = format!("{name}=; HttpOnly; SameSite=Strict; Path=/; Max-Age=0{secure}");
    let response = match there {
        // A form may only lead to our own pages: from one of them, the browser goes on to the provider.
        Some(url) => {
            html(provider::passage("Vous avez quitté Jalon", "Se déconnecter aussi de ProConnect", &url))?
        }
        None => Redirect::to("/connexion").into_response(),
    };
    // Nothing of it stays in the browser.
    let cleared = [("clear-site-data", "\"cookies\", \"storage\"")];
    Ok(provider::with_cookies((cleared, response).into_response(), &[&cookie]))
}

/// An address of ours, or the first page.
pub(super) fn local(there: &str) -> &str {
    let ours = there.starts_with('/')
        && !there.starts_with("//")
        && there.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if ours { there } else { "/" }
}

/// Who holds that post; nobody when it is vacant.
fn actor(post_id: Uuid, post: &Post) -> Option<Actor> {
    Some(Actor {
        role: post.role.as_known()?,
        professional_id: Some(post.professional_id?),
        post_id: Some(post_id),
        organisation_id: post.organisation_id,
        second_factor: false,
        system: None,
        purpose: None,
        own: None,
    })
}

async fn groups(runtime: &Runtime) -> Result<Vec<Group>, Problem> {
    let all = of_kind(runtime, "post", Uuid::nil(), 1_000).await?;
    let posts = all.into_iter().filter_map(|(id, entry)| match entry {
        Entry::Post(post) if post.professional_id.is_some() => Some((id, post)),
        _ => None,
    });
    let posts: Vec<(Uuid, Post)> = posts.collect();
    let ids: Vec<Uuid> = posts.iter().filter_map(|(_, post)| post.organisation_id).collect();
    let positions: Vec<i64> = posts.iter().filter_map(|(_, post)| post.holder_position).collect();
    // Invented professionals, and no person followed.
    let names = Reading::by_system("sign-in");
    let (cards, people) =
        tokio::try_join!(Cards::read(runtime, &ids), identity::open(runtime, &names, &positions))?;
    let mut groups: HashMap<Uuid, Group> = HashMap::new();
    for (post_id, post) in posts {
        let organisation = post.organisation_id.unwrap_or_default();
        let group = groups.entry(organisation).or_insert_with(|| {
            let card = cards.card(organisation);
            Group { name: capital(&card.name), kind: label(card.kind), people: Vec::new() }
        });
        let called = match post.holder_position.and_then(|position| people.get(&position)) {
            Some(Someone::Professional(name)) => name.clone(),
            _ => label(post.role),
        };
        group.people.push(Person { post_id, called, role: label(post.role), title: capital(&post.title) });
    }
    let mut groups: Vec<Group> = groups.into_values().collect();
    groups.sort_by_cached_key(|group| plain(&group.name));
    groups.iter_mut().for_each(|group| group.people.sort_by_cached_key(|one| plain(&one.called)));
    Ok(groups)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_elsewhere_after_signing_in() {
        for there in ["/", "/dossiers/1", "/plateformes/2?voir=emploi"] {
            assert_eq!(local(there), there);
        }
        for elsewhere in ["", "//ailleurs.example", "https://ailleurs.example", "/\\ailleurs", "/a\nb", "x"] {
            assert_eq!(local(elsewhere), "/", "{elsewhere}");
        }
    }
}
