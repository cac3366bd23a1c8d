//! `/dossiers/{id}/corrections`: what the person says is wrong, and the answer they get.

use askama::Template;
use axum::{
    extract::{Path, State},
    response::Response,
};
use contracts::{
    case::v1::{PersonalClass, RectificationOutcome},
    label_of, values_of,
};
use serde::Deserialize;
use service::{
    Problem,
    api::{Shared, read_id},
};
use uuid::Uuid;
use vocabulary::dates::in_french;

use super::{Visitor, html, layout::Layout, may_state};
use crate::{
    french::{capital, typeset},
    query::{Params, wait},
    read::{
        self,
        rectifications::{Request, kept_in},
    },
    views::NAMES,
};

/// Parameters of the page.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RectificationsParams {
    min_position: Option<i64>,
}

#[derive(Template)]
#[template(path = "rectifications.html")]
struct RectificationsPage<'a> {
    layout: &'a Layout,
    view: &'a RectificationsView,
}

#[derive(Debug)]
struct RectificationsView {
    case_href: String,
    case_id: Uuid,
    called: String,
    waiting: Vec<Asked>,
    settled: Vec<Asked>,
    may_ask: bool,
    may_answer: bool,
    key: Uuid,
    classes: Vec<(&'static str, String)>,
    outcomes: Vec<(&'static str, String)>,
}

/// A request, in French.
#[derive(Debug)]
pub struct Asked {
    /// Its id.
    pub id: Uuid,
    /// What it is about.
    pub about: String,
    /// Whether it is about who the person is: the case itself is then what is corrected.
    pub of_identity: bool,
    /// Since when, and by whom.
    pub since: String,
    /// What is wrong.
    pub text: String,
    /// What became of it.
    pub outcome: String,
    /// What the person is told.
    pub answer: String,
    /// A key for the answer.
    pub key: Uuid,
}

/// `GET /dossiers/{id}/corrections`.
pub async fn page(
    State(runtime): State<Shared>,
    Visitor(reading): Visitor,
    Path(id): Path<String>,
    Params(params): Params<RectificationsParams>,
) -> Result<Response, Problem> {
    wait(&runtime, NAMES, params.min_position).await?;
    let case = read::case::read(&runtime, &reading, read_id(&id)?).await?;
    let all = read::rectifications::read(&runtime, &reading, &case.seen).await?;
    let key = || runtime.ids.next(runtime.clock.now());
    let told = |one: &Request| asked(one, case.seen.opens(kept_in(one.of_class)), key());
    let (settled, waiting): (Vec<&Request>, Vec<&Request>) =
        all.iter().partition(|one| one.settled_on.is_some());
    let standing = &case.seen.standing;
    let view = RectificationsView {
        case_href: format!("/dossiers/{}", case.id),
        case_id: case.id,
        called: case.called(),
        waiting: waiting.into_iter().map(told).collect(),
        settled: settled.into_iter().map(told).collect(),
        may_ask: may_state(&runtime, &reading, standing, "case.request-rectification").await?,
        may_answer: may_state(&runtime, &reading, standing, "case.settle-rectification").await?,
        key: key(),
        classes: choices::<PersonalClass>(),
        outcomes: choices::<RectificationOutcome>(),
    };
    let layout = Layout::of(&runtime, &reading, &view.case_href).await?;
    html(RectificationsPage { layout: &layout, view: &view }.render())
}

/// The words that can be chosen.
pub fn choices<E: contracts::WordEnum>() -> Vec<(&'static str, String)> {
    let all = values_of::<E>().filter(|(_, text)| !text.is_empty());
    all.map(|(word, text)| (word, capital(text))).collect()
}

/// A request in French, as far as it is open.
pub fn asked(one: &Request, open: bool, key: Uuid) -> Asked {
    let since = one.requested_on.map(|day| format!("le {}", in_french(day))).unwrap_or_default();
    let by = if one.by_person { "écrit par la personne" } else { "écrit pour la personne" };
    let text = match (open, one.text.is_empty()) {
        (false, _) => "Fermé pour vous.".to_owned(),
        (true, true) => "Le texte a été effacé.".to_owned(),
        (true, false) => one.text.clone(),
    };
    let settled = one.settled_on.map(|day| format!("{}, le {}", label_of(one.outcome), in_french(day)));
    Asked {
        id: one.id,
        about: capital(label_of(one.of_class)),
        of_identity: one.of_class == PersonalClass::IDENTITY,
        since: typeset(&format!("{}, {by}", capital(&since))),
        text: typeset(&text),
        outcome: capital(&settled.unwrap_or_default()),
        answer: typeset(&one.answer),
        key,
    }
}
