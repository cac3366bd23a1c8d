//! `/sessions`: where one is signed in, and how to end it.

use askama::Template;
use axum::{
    Form,
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Redirect, Response},
};
use jiff::Timestamp;
use serde::Deserialize;
use service::{
    Problem,
    api::{Knocked, Shared},
};
use uuid::Uuid;
use vocabulary::{clock::paris, dates::in_french};

use super::super::{Visitor, from_our_pages, html, layout::Layout};
use crate::read::cards::Cards;

/// A session, as the page shows it.
#[derive(Debug)]
struct Line {
    key_id: String,
    post: String,
    here: bool,
    since: String,
    since_iso: String,
    used: String,
    until: String,
}

#[derive(Template)]
#[template(path = "sessions.html")]
struct SessionsPage<'a> {
    layout: &'a Layout,
    sessions: &'a [Line],
    several: bool,
}

/// The form.
#[derive(Debug, Deserialize)]
pub struct Ended {
    #[serde(default)]
    session: String,
}

/// `GET /sessions`.
pub async fn page(
    State(runtime): State<Shared>,
    Visitor(me): Visitor,
    Knocked(holder): Knocked,
) -> Result<Response, Problem> {
    let now = runtime.clock.now();
    let all = match me.professional_id {
        Some(professional) => runtime.tokens.sessions(professional, now).await?,
        None => Vec::new(),
    };
    let posts: Vec<Uuid> = all.iter().filter_map(|session| session.post_id).collect();
    let cards = Cards::read(&runtime, &posts).await?;
    let sessions: Vec<Line> = all
        .into_iter()
        .map(|session| Line {
            here: session.key_id == holder.key_id,
            post: session.post_id.and_then(|id| cards.post_called(id)).unwrap_or_else(|| "Jalon".to_owned()),
            since: instant(session.issued_at),
            since_iso: session.issued_at.to_string(),
            used: ago(session.last_used_at, now),
            until: instant(session.expires_at),
            key_id: session.key_id,
        })
        .collect();
    let several = sessions.iter().any(|session| !session.here);
    let layout = Layout::of(&runtime, &me, "/sessions").await?;
    html(SessionsPage { layout: &layout, sessions: &sessions, several }.render())
}

/// `POST /sessions/fermer`.
pub async fn end(
    State(runtime): State<Shared>,
    Visitor(me): Visitor,
    headers: HeaderMap,
    Form(form): Form<Ended>,
) -> Result<Response, Problem> {
    ours(&headers)?;
    if let Some(professional) = me.professional_id {
        // One that is over already, or someone else's, changes nothing and tells nothing.
        let ended = runtime.tokens.end_session(professional, &form.session).await?;
        tracing::info!(%professional, ended, "a session is ended by its holder");
    }
    Ok(Redirect::to("/sessions").into_response())
}

/// `POST /sessions/fermer-les-autres`.
pub async fn end_others(
    State(runtime): State<Shared>,
    Visitor(me): Visitor,
    Knocked(holder): Knocked,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    ours(&headers)?;
    if let Some(professional) = me.professional_id {
        let ended = runtime.tokens.end_other_sessions(professional, &holder.key_id).await?;
        tracing::info!(%professional, ended, "sessions are ended by their holder");
    }
    Ok(Redirect::to("/sessions").into_response())
}

fn ours(headers: &HeaderMap) -> Result<(), Problem> {
    let away = || Problem::forbidden("cette demande ne vient pas d’une page de Jalon");
    from_our_pages(headers).then_some(()).ok_or_else(away)
}

fn instant(at: Timestamp) -> String {
    let at = at.to_zoned(paris());
    format!("{} à {}", in_french(at.date()), at.strftime("%-H\u{a0}h\u{a0}%M"))
}

/// Uses are kept to the minute.
fn ago(at: Timestamp, now: Timestamp) -> String {
    match now.duration_since(at).as_mins() {
        ..1 => "à l’instant".to_owned(),
        1 => "il y a une minute".to_owned(),
        minutes => format!("il y a {minutes} minutes"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_use_is_told_as_people_say_it() {
        let at = |text: &str| -> Timestamp { text.parse().unwrap() };
        let now = at("2026-11-23T08:00:30Z");
        assert_eq!(ago(at("2026-11-23T08:00:00Z"), now), "à l’instant");
        assert_eq!(ago(at("2026-11-23T07:59:00Z"), now), "il y a une minute");
        assert_eq!(ago(at("2026-11-23T07:10:00Z"), now), "il y a 50 minutes");
        assert_eq!(instant(now), "23 novembre 2026 à 9\u{a0}h\u{a0}00");
    }
}
