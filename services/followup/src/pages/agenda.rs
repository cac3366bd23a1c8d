//! `/plateformes/{id}/ordre-du-jour`: the next meeting, prepared by itself.

use axum::{
    extract::{Path, State},
    response::Response,
};
use matching::Verdict;
use serde::Deserialize;
use service::{Problem, api::Shared};
use vocabulary::dates::in_french;

use super::{
    Visitor,
    followups::{platform, waiting},
    layout::Layout,
    lines::{Line, Mark},
    meetings::{line, told},
    sheet::{Cell, Row, Section, Sheet, Table, render},
};
use crate::{
    french::{capital, count, short, typeset},
    query::{Params, wait},
    read::agenda::{self, Agenda},
    views::{NAMES, together},
};

/// People and offers on a page.
const ROWS: usize = 100;
/// Names shown beside a change.
const PEOPLE: usize = 6;
/// Reasons shown beside someone whom an offer suits.
const WHY: usize = 2;

/// Parameters of the page.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgendaParams {
    min_position: Option<i64>,
}

/// `GET /plateformes/{id}/ordre-du-jour`.
pub async fn page(
    State(runtime): State<Shared>,
    Visitor(actor): Visitor,
    Path(id): Path<String>,
    Params(params): Params<AgendaParams>,
) -> Result<Response, Problem> {
    wait(&runtime, NAMES, params.min_position).await?;
    wait(&runtime, &[together::NAME], params.min_position).await?;
    let (id, name) = platform(&runtime, &actor, &id).await?;
    let agenda = agenda::read(&runtime, &actor, id, ROWS).await?;
    let today = runtime.clock.today();
    let href = format!("/plateformes/{id}/ordre-du-jour");
    let sheet = Sheet {
        title: "Ordre du jour".to_owned(),
        subtitle: typeset(&subtitle(&name, &agenda)),
        sections: vec![decisions(&agenda, today), changes(&agenda), to_do(&agenda), offers(&agenda, today)],
        href: href.clone(),
        ..Sheet::default()
    };
    render(&Layout::of(&runtime, &actor, &href).await?, &sheet)
}

fn subtitle(name: &str, agenda: &Agenda) -> String {
    match (&agenda.next, &agenda.last) {
        (Some(next), _) => format!("{name} · {}. Ce qui suit s’est préparé tout seul.", told(next)),
        (None, Some(last)) => format!("{name} · pas de réunion prévue ; la dernière : {}.", told(last)),
        (None, None) => {
            format!("{name} · pas encore de réunion prévue. Voici ce qu’elle regarderait aujourd’hui.")
        }
    }
}

fn decisions(agenda: &Agenda, today: jiff::civil::Date) -> Section {
    Section::lines(
        "Ce qui avait été décidé",
        agenda.decisions.iter().map(|one| line(one, today)).collect(),
        "Rien de ce qui avait été décidé n’attend.",
    )
}

fn changes(agenda: &Agenda) -> Section {
    let row = |one: &agenda::Change| {
        let names: Vec<&str> = one.cases.iter().take(PEOPLE).map(|case| case.called.as_str()).collect();
        let more = one.cases.len().saturating_sub(names.len());
        let more = if more > 0 { format!(" et {}", count(more, "autre", "autres")) } else { String::new() };
        let (facts, people) = (one.count.unsigned_abs() as usize, one.people.unsigned_abs() as usize);
        Row(vec![
            Cell::text(one.label),
            Cell::text(facts.to_string()),
            Cell::text(count(people, "personne", "personnes")).detail(format!("{}{more}", names.join(", "))),
        ])
    };
    let table = Table {
        columns: vec!["Quoi", "Combien", "Pour qui"],
        rows: agenda.changes.iter().map(row).collect(),
        figures: false,
    };
    Section::table(
        format!("Ce qui a changé depuis le {}", in_french(agenda.since)),
        table,
        "Rien n’a changé depuis.",
    )
}

fn to_do(agenda: &Agenda) -> Section {
    let row = |one: &agenda::WaitingCase| {
        Row(vec![
            Cell::link(format!("/dossiers/{}", one.called.id), &one.called.called)
                .detail(&one.structure.name),
            Cell::lines(one.prompts.iter().map(waiting).collect()),
        ])
    };
    let rows = agenda.waiting.iter().map(row).collect();
    let table = Table { columns: vec!["Personne", "Ce qui attend"], rows, figures: false };
    Section::table("Ce qui attend", table, "Rien n’attend : tout est à jour.")
}

fn offers(agenda: &Agenda, today: jiff::civil::Date) -> Section {
    let row = |one: &agenda::OfferLine| {
        let day = one.published_on.map(|day| format!("publiée le {}", short(day, today))).unwrap_or_default();
        let proposed = match (one.proposed, one.wanted) {
            (0, _) => Cell::text("à personne encore"),
            (proposed, 0) => Cell::text(count(proposed, "personne", "personnes")),
            (proposed, wanted) => Cell::text(count(proposed, "personne", "personnes")).detail(count(
                wanted,
                "veut être présentée",
                "veulent être présentées",
            )),
        };
        Row(vec![
            Cell::text(capital(&one.label)).detail(day),
            Cell::text(&one.employer).detail(&one.town),
            Cell::text(one.positions.to_string()),
            proposed,
            suited(one),
        ])
    };
    let table = Table {
        columns: vec!["Offre", "Employeur", "Postes", "Proposée à", "Répond aux envies de"],
        rows: agenda.offers.iter().map(row).collect(),
        figures: false,
    };
    Section::table("Offres ouvertes", table, "Aucune offre n’est ouverte en ce moment.")
}

/// Whom an offer suits, each with what fits best: the person answers first.
fn suited(one: &agenda::OfferLine) -> Cell {
    let why = |person: &agenda::Suited| {
        let fits = person.reasons.iter().filter(|reason| reason.verdict == Verdict::Fits);
        let texts: Vec<&str> = fits.map(|reason| reason.text.as_str()).take(WHY).collect();
        Line::new(Mark::Plan, &person.called.called, texts.join(" "))
    };
    let others = one.more.then(|| Line::new(Mark::Plan, "et d’autres", String::new()));
    Cell::lines(one.suited.iter().map(why).chain(others).collect())
}
