//! Everything kept about a person: to be read or printed, or taken away as a file, by the person (`/mon-suivi/tout`)
//! or by the référent social who asks for it with them (`/dossiers/{id}/export`). A file bears a date, and no name.

use askama::Template;
use axum::{
    Json,
    extract::{Path, State},
    http::{HeaderValue, header},
    response::{Html, IntoResponse, Response},
};
use contracts::{common::v1::Role, label_of};
use serde::Deserialize;
use serde_json::Value;
use service::{
    Problem, Reading, Runtime,
    api::{Caller, Person, Shared, read_id},
};
use vocabulary::{clock::day_in_paris, dates::in_french};

use super::{
    Frame,
    object::{self, Said},
    own_case,
    words::{self, Step},
};
use crate::{
    french::{capital, list, typeset},
    pages::{
        Visitor,
        agreements::class_in_french,
        html, may_state,
        rectifications::{Asked, asked},
    },
    query::Params,
    read::{
        self,
        case::Case,
        export::{Export, Fact, OfClass},
    },
};

/// What exporting is called in the policy.
const EXPORT: &str = "case.export";

/// Parameters of the page.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileParams {
    fichier: Option<u8>,
}

#[derive(Template)]
#[template(path = "own/everything.fr.html")]
struct EverythingPage<'a> {
    frame: &'a Frame,
    view: &'a EverythingView,
}

#[derive(Template)]
#[template(path = "own/everything_file.fr.html")]
struct EverythingFile<'a> {
    view: &'a EverythingView,
}

/// What the page shows.
#[derive(Debug)]
struct EverythingView {
    /// The day it was made, as machines and as people write it.
    made: String,
    made_on: String,
    by_person: bool,
    called: String,
    identity: Vec<(&'static str, String)>,
    structure: String,
    since: String,
    readers: Vec<(String, String)>,
    agreements: Vec<(String, String)>,
    told: Vec<Step>,
    looked: Vec<(String, String)>,
    asked: Vec<Asked>,
    limits: Vec<Said>,
    sources: String,
    classes: Vec<Kept>,
    /// Dates and steps, without anything else.
    traces: Vec<Told>,
    kept: Vec<(&'static str, String)>,
    logic: &'static str,
}

/// What is kept of one class.
#[derive(Debug)]
struct Kept {
    name: String,
    facts: Vec<Told>,
    beside: String,
}

/// A fact, in French.
#[derive(Debug)]
struct Told {
    day: String,
    label: &'static str,
    text: String,
    by: String,
}

/// `GET /mon-suivi/tout`.
pub async fn page(
    State(runtime): State<Shared>,
    person: Person,
    Params(params): Params<FileParams>,
) -> Result<Response, Problem> {
    let case = own_case(&runtime, &person).await?;
    let view = view(&everything(&runtime, &person.reading, &case).await?);
    if params.fichier.is_some() {
        runtime.may_export(&person.reading).await?;
        return file("mon-suivi", &view);
    }
    html(EverythingPage { frame: &Frame::of(&runtime, Some(&person)), view: &view }.render())
}

/// `GET /mon-suivi/tout.json`.
pub async fn own_json(State(runtime): State<Shared>, person: Person) -> Result<Response, Problem> {
    runtime.may_export(&person.reading).await?;
    let case = own_case(&runtime, &person).await?;
    let export = everything(&runtime, &person.reading, &case).await?;
    let name = format!("mon-suivi-{}.json", day_in_paris(export.made_at));
    Ok(attached(&name, Json(export)))
}

/// `GET /dossiers/{id}/export`.
pub async fn of_case(
    State(runtime): State<Shared>,
    Visitor(reading): Visitor,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let case = may_export(&runtime, &reading, &id).await?;
    runtime.may_export(&reading).await?;
    file("export-dossier", &view(&everything(&runtime, &reading, &case).await?))
}

/// `GET /api/v1/cases/{id}/export`.
pub async fn json(
    State(runtime): State<Shared>,
    Caller(reading): Caller,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let case = may_export(&runtime, &reading, &id).await?;
    runtime.may_export(&reading).await?;
    let export = everything(&runtime, &reading, &case).await?;
    let name = format!("export-dossier-{}.json", day_in_paris(export.made_at));
    Ok(attached(&name, Json(export)))
}

/// The case, for a référent social of the structure that hosts the person.
async fn may_export(runtime: &Runtime, reading: &Reading, id: &str) -> Result<Case, Problem> {
    runtime.policies.decide(reading, EXPORT, None)?;
    let case = read::case::read(runtime, reading, read_id(id)?).await?;
    let standing = &case.seen.standing;
    let theirs =
        reading.role == Role::REFERENT_SOCIAL && reading.organisation_id == Some(standing.structure_id);
    if !theirs || !may_state(runtime, reading, standing, EXPORT).await? {
        return Err(Problem::forbidden(
            "l’export se demande au référent social de la structure, ou depuis l’accès de la personne",
        ));
    }
    Ok(case)
}

async fn everything(runtime: &Runtime, reading: &Reading, case: &Case) -> Result<Export, Problem> {
    let sharing = read::sharing::of(runtime, case).await?;
    read::export::read(runtime, reading, case, sharing).await
}

fn file(name: &str, view: &EverythingView) -> Result<Response, Problem> {
    let text = EverythingFile { view }.render().map_err(|error| Problem::internal(&error))?;
    Ok(attached(&format!("{name}-{}.html", view.made), Html(text)))
}

fn attached(name: &str, body: impl IntoResponse) -> Response {
    let mut response = body.into_response();
    if let Ok(value) = HeaderValue::try_from(format!("attachment; filename=\"{name}\"")) {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, value);
    }
    response
}

fn view(export: &Export) -> EverythingView {
    let (traces, classes): (Vec<&OfClass>, Vec<&OfClass>) =
        export.classes.iter().partition(|one| one.class == "trace");
    EverythingView {
        made: day_in_paris(export.made_at).to_string(),
        made_on: in_french(day_in_paris(export.made_at)),
        by_person: export.by_person,
        called: export.identity.as_ref().map(|one| one.full_name()).unwrap_or_default(),
        identity: export.identity.as_ref().map(identity).unwrap_or_default(),
        structure: export.structure.name.clone(),
        since: export.opened_on.map(in_french).unwrap_or_default(),
        readers: export.readers.iter().map(reader).collect(),
        agreements: export.agreements.iter().map(agreement).collect(),
        told: words::told(&export.told),
        looked: super::together(export.readings.iter().map(super::looked_by))
            .into_iter()
            .map(|one| (format!("{}, {}", one.day, one.who), one.what))
            .collect(),
        limits: export.restrictions.iter().map(object::said).collect(),
        asked: export.rectifications.iter().map(|one| asked(one, true, uuid::Uuid::nil())).collect(),
        sources: export.sources.iter().map(|one| crate::french::system(one)).collect::<Vec<_>>().join(", "),
        classes: classes.into_iter().map(kept).collect(),
        traces: traces.into_iter().flat_map(|one| &one.facts).map(told).collect(),
        kept: export
            .kept
            .iter()
            .map(|one| {
                let until = one.until.map(|day| format!("À ce jour : le {}. ", in_french(day)));
                (one.text, typeset(&format!("{}{}", until.unwrap_or_default(), one.source)))
            })
            .collect(),
        logic: export.logic,
    }
}

fn identity(one: &read::identity::Identity) -> Vec<(&'static str, String)> {
    let birth = vocabulary::dates::parse(&one.birth_date).map(in_french).unwrap_or_default();
    let all = [
        ("Nom", one.family_name.clone()),
        ("Prénom", one.given_name.clone()),
        ("Date de naissance", birth),
        ("Téléphone", one.phone.clone()),
        ("Courriel", one.email.clone()),
        ("Langue préférée", one.language.clone()),
    ];
    all.into_iter().filter(|(_, value)| !value.is_empty()).collect()
}

fn reader(one: &read::sharing::Reader) -> (String, String) {
    let organisation = one.organisation.as_ref().map(|card| card.name.clone()).unwrap_or_default();
    let who =
        if one.title.is_empty() { organisation } else { format!("{}, {organisation}", capital(&one.title)) };
    let what: Vec<&str> = one.classes.iter().map(|class| class_in_french(class)).collect();
    let what =
        if what.is_empty() { "les étapes seulement, sans le nom".to_owned() } else { what.join(", ") };
    (typeset(&who), typeset(&what))
}

fn agreement(one: &read::sharing::Agreement) -> (String, String) {
    let day = |day: Option<jiff::civil::Date>| day.map(in_french).unwrap_or_default();
    let gone = one.withdrawn_on.map(|day| format!(" ; retiré le {}", in_french(day))).unwrap_or_default();
    let text = format!(
        "{} ; pour {} ; du {} au {} ; {}{gone}",
        list(&one.classes),
        list(&one.purposes),
        day(one.from),
        day(one.until),
        label_of(one.form),
    );
    (capital(&one.organisation.name), typeset(&text))
}

fn kept(one: &OfClass) -> Kept {
    let mut beside = Vec::new();
    if one.closed > 0 {
        beside.push(format!(
            "{} de plus, que lit seulement la personne par son propre accès, ou qui les a écrits",
            one.closed
        ));
    }
    if one.erased > 0 {
        beside.push(format!("{} dont le texte a été effacé", one.erased));
    }
    Kept {
        name: capital(class_in_french(one.class)),
        facts: one.facts.iter().map(told).collect(),
        beside: typeset(&beside.join(" ; ")),
    }
}

fn told(fact: &Fact) -> Told {
    let text = if fact.summary.is_empty() { said(&fact.said) } else { fact.summary.clone() };
    let source = fact.source.as_deref().map(|one| format!(", d’après {}", crate::french::system(one)));
    Told {
        day: in_french(fact.occurred_on),
        label: fact.label,
        text: typeset(&text),
        by: typeset(&format!(
            "{}{}, le {}",
            capital(&fact.by),
            source.unwrap_or_default(),
            in_french(day_in_paris(fact.recorded_at))
        )),
    }
}

/// The texts of a fact that no sentence tells; ids mean nothing to anybody.
fn said(value: &Value) -> String {
    fn texts(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::String(text) if text.parse::<uuid::Uuid>().is_err() => found.push(text.clone()),
            Value::Array(items) => items.iter().for_each(|item| texts(item, found)),
            Value::Object(object) => object.values().for_each(|value| texts(value, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    texts(value, &mut found);
    found.join(" ; ")
}
