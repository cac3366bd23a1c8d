//! The same on paper, in plain words: to be read together, signed, and kept by the person.

use askama::Template;
use axum::{
    extract::{Path, State},
    response::Response,
};
use contracts::{
    case::v1::{PersonalClass, SharingPurpose},
    label_of,
};
use serde::Deserialize;
use service::{
    Problem,
    api::{Shared, read_id},
};
use uuid::Uuid;
use vocabulary::dates::in_french;

use super::{Choice, choices};
use crate::{
    french::typeset,
    pages::{Visitor, html, layout::Layout},
    query::Params,
    read::{self, cards::Cards, case::Case, sharing},
};

#[derive(Template)]
#[template(path = "agreement_paper.html")]
struct PaperPage<'a> {
    layout: &'a Layout,
    paper: &'a Paper,
}

/// What is on the paper.
#[derive(Debug)]
pub struct Paper {
    /// The address of the agreements.
    pub back: String,
    /// How the person is called; empty: a line to write on.
    pub called: String,
    /// Whom it is given to; empty: a line to write on.
    pub organisation: String,
    /// The structure that hosts the person.
    pub structure: String,
    /// What can be shared, and whether it is: nothing said, a box to tick.
    pub classes: Vec<(Choice, bool)>,
    /// For what.
    pub purposes: Vec<(Choice, bool)>,
    /// From when, and until when; empty: lines to write on.
    pub from: String,
    /// See `from`.
    pub until: String,
    /// How the person said yes, when they have.
    pub how: String,
    /// Whether it ended since.
    pub ended: bool,
}

/// Parameters of a blank one.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BlankParams {
    organisation: Option<Uuid>,
}

/// What can be shared, in plain words.
pub fn classes() -> Vec<Choice> {
    let plain = |word: &str| match word {
        "IDENTITY" => "Mon nom, ma date de naissance, mon téléphone, ma langue.",
        "PROJECT" => "Mes envies, ce que je sais faire, mon travail.",
        "SOCIAL" => "Ma famille, mon logement, mes papiers, mon argent, mes transports.",
        "HEALTH" => "Ma santé, mon handicap.",
        "JUDICIAL" => "Les horaires et les lieux qu’un juge me demande de respecter. Jamais pourquoi.",
        _ => "",
    };
    // A working note is never shared.
    choices::<PersonalClass>(plain).into_iter().filter(|choice| choice.word != "NOTE").collect()
}

/// For what, in plain words.
pub fn purposes() -> Vec<Choice> {
    choices::<SharingPurpose>(|word| match word {
        "ACCOMPAGNEMENT" => "Pour m’aider ensemble.",
        "CANDIDATURE" => "Pour demander un travail, un stage, une formation.",
        "PREPARATION_IMMERSION" => "Pour préparer un essai de travail.",
        "SUIVI_EMPLOI" => "Pour commencer un travail et le garder.",
        "ACCES_AUX_DROITS" => "Pour avoir mes droits.",
        "STATISTIQUES" => "Pour compter, sans mon nom.",
        _ => "",
    })
}

/// `GET /dossiers/{id}/accords/{accord}/imprimer`.
pub async fn recorded(
    State(runtime): State<Shared>,
    Visitor(reading): Visitor,
    Path((id, agreement)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let case = read::case::read(&runtime, &reading, read_id(&id)?).await?;
    let agreement = read_id(&agreement)?;
    let (agreements, _) = sharing::of(&runtime, &case).await?;
    let known = agreements.iter().find(|one| one.id == agreement);
    let one = known.ok_or_else(|| Problem::not_found("cet accord"))?;
    let said = |choice: Choice, yes: bool| (choice, yes);
    let opens = |word: &str| one.classes.iter().any(|class| is(class.as_known(), word));
    let serves = |word: &str| one.purposes.iter().any(|purpose| is(purpose.as_known(), word));
    let how = match one.given_on {
        Some(day) => format!("J’ai dit oui le {}, {}.", in_french(day), label_of(one.form)),
        None => String::new(),
    };
    let paper = Paper {
        organisation: one.organisation.name.clone(),
        classes: classes()
            .into_iter()
            .map(|one| {
                let yes = opens(one.word);
                said(one, yes)
            })
            .collect(),
        purposes: purposes()
            .into_iter()
            .map(|one| {
                let yes = serves(one.word);
                said(one, yes)
            })
            .collect(),
        from: one.from.map(in_french).unwrap_or_default(),
        until: one.until.map(in_french).unwrap_or_default(),
        how: typeset(&how),
        ended: !matches!(one.standing, super::Standing::Holds | super::Standing::ToCome),
        ..empty(&case)
    };
    let layout = Layout::of(&runtime, &reading, &paper.back).await?;
    html(PaperPage { layout: &layout, paper: &paper }.render())
}

fn is<E: contracts::buffa::Enumeration>(word: Option<E>, name: &str) -> bool {
    word.is_some_and(|word| word.proto_name() == name)
}

/// `GET /dossiers/{id}/accords/vierge`: to be filled in by hand, before it is written down.
pub async fn blank(
    State(runtime): State<Shared>,
    Visitor(reading): Visitor,
    Path(id): Path<String>,
    Params(params): Params<BlankParams>,
) -> Result<Response, Problem> {
    let case = read::case::read(&runtime, &reading, read_id(&id)?).await?;
    let ids: Vec<Uuid> = params.organisation.into_iter().collect();
    let cards = Cards::read(&runtime, &ids).await?;
    let named = params.organisation.and_then(|id| cards.organisation(id));
    let paper = Paper { organisation: named.map(|one| one.name.clone()).unwrap_or_default(), ..empty(&case) };
    let layout = Layout::of(&runtime, &reading, &paper.back).await?;
    html(PaperPage { layout: &layout, paper: &paper }.render())
}

fn empty(case: &Case) -> Paper {
    let unticked = |all: Vec<Choice>| all.into_iter().map(|one| (one, false)).collect();
    Paper {
        back: format!("/dossiers/{}/accords", case.id),
        called: case.identity.as_ref().map(|one| one.full_name()).unwrap_or_default(),
        organisation: String::new(),
        structure: case.cards.card(case.status.structure_id).name,
        classes: unticked(classes()),
        purposes: unticked(purposes()),
        from: String::new(),
        until: String::new(),
        how: String::new(),
        ended: false,
    }
}
