//! `/mon-suivi/corriger`: the person says what is wrong, and reads what they were answered.

use askama::Template;
use axum::{extract::State, response::Response};
use contracts::case::v1::PersonalClass;
use service::{
    Problem,
    api::{Person, Shared},
};
use uuid::Uuid;

use super::{Frame, OwnParams, key, own_case};
use crate::{
    pages::{
        html,
        rectifications::{Asked, asked, choices},
    },
    query::{Params, wait},
    read,
    views::NAMES,
};

#[derive(Template)]
#[template(path = "own/correct.fr.html")]
struct CorrectPage<'a> {
    frame: &'a Frame,
    view: &'a CorrectView,
}

#[derive(Debug)]
struct CorrectView {
    asked: Vec<Asked>,
    classes: Vec<(&'static str, String)>,
    key: Uuid,
    /// Whether one was just sent.
    sent: bool,
}

/// `GET /mon-suivi/corriger`.
pub async fn page(
    State(runtime): State<Shared>,
    person: Person,
    Params(params): Params<OwnParams>,
) -> Result<Response, Problem> {
    wait(&runtime, NAMES, params.min_position).await?;
    let case = own_case(&runtime, &person).await?;
    let all = read::rectifications::read(&runtime, &person.reading, &case.seen).await?;
    let view = CorrectView {
        asked: all.iter().map(|one| asked(one, true, Uuid::nil())).collect(),
        classes: choices::<PersonalClass>(),
        key: key(&runtime),
        sent: params.min_position.is_some(),
    };
    html(CorrectPage { frame: &Frame::of(&runtime, Some(&person)), view: &view }.render())
}
