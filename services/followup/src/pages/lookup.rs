//! `/recherche`: whether someone is already followed. What is typed is sent in the body, never in an address, and
//! what is shown is no more than whom to call.

use askama::Template;
use axum::{
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse as _, Response},
};
use contracts::{case::v1::EmergencyReason, values_of};
use service::{
    Day, Problem,
    api::{Fields, Shared},
    search::{self, Matches, NAME, Sought},
};
use uuid::Uuid;

use super::{Visitor, from_our_pages, html, layout::Layout};
use crate::french::{capital, typeset};

/// Where the page is.
pub(super) const HERE: &str = "/recherche";

/// What is typed.
#[derive(Debug, Default)]
struct Typed {
    nom: String,
    naissance: String,
    annee: String,
    courriel: String,
    telephone: String,
}

impl Typed {
    fn read(fields: &Fields) -> Self {
        let typed = |name: &str| fields.one(name).unwrap_or_default().to_owned();
        Self {
            nom: typed("nom"),
            naissance: typed("naissance"),
            annee: typed("annee"),
            courriel: typed("courriel"),
            telephone: typed("telephone"),
        }
    }

    fn sought(&self) -> Result<Sought, Problem> {
        let date = Some(self.naissance.trim()).filter(|text| !text.is_empty());
        let date = date.map(|text| vocabulary::dates::parse(text).ok_or_else(unreadable));
        let year = Some(self.annee.trim()).filter(|text| !text.is_empty());
        let year = year.map(|text| text.parse().map_err(|_| unreadable()));
        Ok(Sought {
            family_name: self.nom.clone(),
            birth_date: date.transpose()?.map(Day),
            birth_year: year.transpose()?,
            email: self.courriel.clone(),
            phone: self.telephone.clone(),
        })
    }
}

fn unreadable() -> Problem {
    Problem::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "/problemes/recherche",
        "Recherche à préciser",
        "Cette date de naissance n’est pas lisible. Écrivez-la comme 2001-03-25, ou donnez seulement l’année.",
    )
}

/// Someone who may be the person.
#[derive(Debug)]
struct Found {
    /// Whether one’s own platform shares the case.
    on_platform: bool,
    structure: String,
    post: String,
    href: Option<String>,
    /// Where the form that opens the case in an emergency goes, and its idempotency key.
    emergency: Option<(String, Uuid)>,
}

#[derive(Template)]
#[template(path = "lookup.html")]
struct LookupPage<'a> {
    layout: &'a Layout,
    typed: &'a Typed,
    wrong: Option<String>,
    found: Option<Vec<Found>>,
    more: bool,
    today: String,
    /// What may press: words and texts.
    reasons: Vec<(&'static str, String)>,
}

/// What may press, as it is chosen.
fn reasons() -> Vec<(&'static str, String)> {
    values_of::<EmergencyReason>().map(|(word, text)| (word, capital(text))).collect()
}

/// `GET /recherche`.
pub async fn page(State(runtime): State<Shared>, Visitor(reading): Visitor) -> Result<Response, Problem> {
    runtime.policies.decide(&reading, NAME, None)?;
    let layout = Layout::of(&runtime, &reading, HERE).await?;
    let today = runtime.clock.today().to_string();
    let typed = Typed::default();
    let (wrong, found, more) = (None, None, false);
    html(
        LookupPage { layout: &layout, typed: &typed, wrong, found, more, today, reasons: reasons() }.render(),
    )
}

/// `POST /recherche`.
pub async fn look(
    State(runtime): State<Shared>,
    Visitor(reading): Visitor,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    if !from_our_pages(&headers) {
        return Err(Problem::forbidden("cette demande ne vient pas d’une page de Jalon"));
    }
    runtime.policies.decide(&reading, NAME, None)?;
    let typed = Typed::read(&Fields::read(&headers, &body)?);
    runtime.may_search(&reading).await?;
    let answer = match typed.sought() {
        Ok(sought) => search::search(&runtime, &reading, &sought).await,
        Err(problem) => Err(problem),
    };
    let (wrong, matches) = match answer {
        Ok(matches) => (None, Some(matches)),
        Err(problem) if problem.status == StatusCode::UNPROCESSABLE_ENTITY => (Some(problem.detail), None),
        Err(problem) => return Err(problem),
    };
    let layout = Layout::of(&runtime, &reading, HERE).await?;
    let status = if wrong.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let more = matches.as_ref().is_some_and(|matches| matches.more);
    let key = || runtime.ids.next(runtime.clock.now());
    let found = matches.map(|matches| shown(matches, key));
    let wrong = wrong.map(|text| typeset(&text));
    let today = runtime.clock.today().to_string();
    let page = LookupPage { layout: &layout, typed: &typed, wrong, found, more, today, reasons: reasons() };
    Ok((status, html(page.render())?).into_response())
}

fn shown(matches: Matches, key: impl Fn() -> Uuid) -> Vec<Found> {
    let found = matches.items.into_iter().map(|one| Found {
        on_platform: one.on_platform,
        emergency: one.emergency.map(|handle| (format!("/recherche/{handle}/urgence"), key())),
        structure: one.structure.map(|structure| typeset(&structure.name)).unwrap_or_default(),
        post: one.post.map(|post| typeset(&post.name)).unwrap_or_default(),
        href: one.case_id.map(|id| format!("/dossiers/{id}")),
    });
    found.collect()
}
