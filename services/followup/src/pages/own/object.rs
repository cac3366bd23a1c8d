//! `/mon-suivi/opposition`: the person objects to what is done with their data, and reads where it stands.

use askama::Template;
use axum::{extract::State, response::Response};
use contracts::{case::v1::ObjectionOutcome, label_of};
use service::{
    Problem,
    api::{Person, Shared},
};
use situation::prompts::answered_before;
use uuid::Uuid;
use vocabulary::dates::in_french;

use super::{Frame, OwnParams, key, own_case};
use crate::{
    french::typeset,
    pages::html,
    query::{Params, wait},
    read::{self, restrictions::Limit},
    views::NAMES,
};

#[derive(Template)]
#[template(path = "own/object.fr.html")]
struct ObjectPage<'a> {
    frame: &'a Frame,
    view: &'a ObjectView,
}

#[derive(Debug)]
struct ObjectView {
    structure: String,
    said: Vec<Said>,
    /// Whether they may object: not when an answer is waited for already.
    may: bool,
    /// Whether their data are left alone now.
    limited: bool,
    /// Whether one was just sent.
    sent: bool,
    key: Uuid,
}

/// What they said, or what was limited for them.
#[derive(Debug)]
pub struct Said {
    /// What it is.
    pub what: &'static str,
    /// Since when.
    pub since: String,
    /// Their words.
    pub text: String,
    /// Where it stands.
    pub state: String,
    /// What they are answered.
    pub answer: String,
    /// Whether it was refused: they may write to the CNIL.
    pub refused: bool,
}

/// `GET /mon-suivi/opposition`.
pub async fn page(
    State(runtime): State<Shared>,
    person: Person,
    Params(params): Params<OwnParams>,
) -> Result<Response, Problem> {
    wait(&runtime, NAMES, params.min_position).await?;
    let case = own_case(&runtime, &person).await?;
    let all = read::restrictions::read(&runtime, &person.reading, &case.seen).await?;
    let view = ObjectView {
        structure: case.cards.card(case.status.structure_id).name,
        may: !all.iter().any(|one| one.waits),
        limited: all.iter().any(|one| one.holds),
        said: all.iter().map(said).collect(),
        sent: params.min_position.is_some(),
        key: key(&runtime),
    };
    html(ObjectPage { frame: &Frame::of(&runtime, Some(&person)), view: &view }.render())
}

/// One of them, to the person.
pub fn said(one: &Limit) -> Said {
    let what = if one.objection { "Mon opposition" } else { "Mes données gardées, sans servir" };
    let ground = (!one.objection).then(|| format!("Pourquoi : {}.", label_of(one.ground)));
    Said {
        what,
        since: one
            .since
            .map(|day| typeset(&format!("{} {}", since(one), in_french(day))))
            .unwrap_or_default(),
        text: typeset(&[ground.unwrap_or_default(), one.text.clone()].join(" ")).trim().to_owned(),
        state: typeset(&state(one)),
        answer: typeset(&one.answer),
        refused: one.outcome == ObjectionOutcome::NOT_UPHELD,
    }
}

fn state(one: &Limit) -> String {
    let on = |day: Option<jiff::civil::Date>| day.map(in_french).unwrap_or_default();
    if one.lifted_on.is_some() {
        return format!("C’est fini depuis le {}. Vos données servent à nouveau.", on(one.lifted_on));
    }
    if one.waits {
        let due = one.since.map(answered_before);
        return format!("On vous répond avant le {}. En attendant, vos données ne servent pas.", on(due));
    }
    if one.holds && one.objection {
        return format!("C’est accepté depuis le {}. Vos données ne servent plus.", on(one.settled_on));
    }
    if one.holds {
        return "Vos données sont gardées, et ne servent pas. On vous prévient avant qu’elles servent à nouveau."
            .to_owned();
    }
    format!("Le {}, on vous a répondu non. Vos données servent à nouveau.", on(one.settled_on))
}

fn since(one: &Limit) -> &'static str {
    if one.holds { "Depuis le" } else { "Le" }
}
