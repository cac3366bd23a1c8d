//! `/plateformes/{id}/plan-d-action` and `/plateformes/{id}/partenariats`.

use axum::{
    extract::{Path, State},
    response::Response,
};
use contracts::label_of;
use jiff::civil::Date;
use serde::Deserialize;
use service::{Problem, api::Shared};

use super::{
    Visitor,
    followups::platform,
    layout::Layout,
    lines::{Line, Mark},
    sheet::{Cell, Row, Section, Sheet, Table, render},
};
use crate::{
    french::{capital, short},
    query::{Params, wait},
    read::together::{self as read_together, ActionLine, PartnershipLine},
    views::{directory, together},
};

/// Parameters of these pages.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanParams {
    min_position: Option<i64>,
}

/// `GET /plateformes/{id}/plan-d-action`: one part a theme, as people read it in a meeting.
pub async fn actions(
    State(runtime): State<Shared>,
    Visitor(actor): Visitor,
    Path(id): Path<String>,
    Params(params): Params<PlanParams>,
) -> Result<Response, Problem> {
    wait(&runtime, &[together::NAME, directory::NAME], params.min_position).await?;
    let (id, name) = platform(&runtime, &actor, &id).await?;
    let mut all = read_together::actions(&runtime, &actor, id).await?;
    let term = |one: &ActionLine| one.action.term.to_i32();
    all.sort_by(|one, other| {
        (&one.action.theme, term(one), one.action.due_on).cmp(&(
            &other.action.theme,
            term(other),
            other.action.due_on,
        ))
    });
    let today = runtime.clock.today();
    let sections = all.chunk_by(|one, other| one.action.theme == other.action.theme).map(|theme| {
        let title = theme.first().map(|one| one.action.theme.as_str()).filter(|title| !title.is_empty());
        let columns = vec!["Action", "Étapes", "Qui", "Échéance", "Avancement", "Repères"];
        let table =
            Table { columns, rows: theme.iter().map(|one| row(one, today)).collect(), figures: false };
        Section::table(capital(title.unwrap_or("Sans thème")), table, "")
    });
    let mut sections: Vec<Section> = sections.collect();
    if sections.is_empty() {
        sections.push(Section::lines(
            "Les actions",
            Vec::new(),
            "Le plan d’action est encore à écrire ensemble.",
        ));
    }
    let href = format!("/plateformes/{id}/plan-d-action");
    let sheet = Sheet {
        title: "Plan d’action".to_owned(),
        subtitle: format!("{name} · qui fait quoi, pour quand, et à quoi on le verra."),
        sections,
        href: href.clone(),
        ..Sheet::default()
    };
    render(&Layout::of(&runtime, &actor, &href).await?, &sheet)
}

fn row(line: &ActionLine, today: Date) -> Row {
    let one = &line.action;
    let steps = one.steps.iter().map(|step| match step.percent {
        100 => Line::new(Mark::Done, &step.label, ""),
        0 => {
            let due = step.due_on.map(|day| format!("pour le {}", short(day, today))).unwrap_or_default();
            Line::new(Mark::Plan, &step.label, due)
        }
        percent => Line::new(Mark::Now, &step.label, format!("{percent} %")),
    });
    let (mark, how) = match (one.completed_on, line.overdue) {
        (Some(day), _) => (Mark::Done, format!("Terminée le {}", short(day, today))),
        (None, true) => (Mark::Late, format!("{} %, échéance passée", one.percent)),
        (None, false) => (Mark::Now, format!("{} %", one.percent)),
    };
    let told = one.progress.as_ref().map(|progress| {
        let day = progress.on.map(|day| format!(" ({})", short(day, today))).unwrap_or_default();
        format!("{}{day}", progress.note)
    });
    let told = if one.result.is_empty() { told.unwrap_or_default() } else { one.result.clone() };
    let due = one.due_on.map(|day| short(day, today)).unwrap_or_default();
    let pilot = line.pilot.as_ref().map(|card| card.name.as_str()).unwrap_or_default();
    let marks: Vec<Line> = one
        .indicators
        .iter()
        .map(|text| Line::new(Mark::Plan, text, ""))
        .chain(one.watch_points.iter().map(|text| Line::new(Mark::Wait, text, "point de vigilance")))
        .collect();
    Row(vec![
        Cell::text(capital(&one.title)).detail(one.objectives.join(" ; ")),
        Cell::lines(steps.collect()),
        Cell::text(pilot).detail(&one.working_group),
        Cell::text(capital(label_of(one.term))).detail(due),
        Cell::lines(vec![Line::new(mark, how, told)]),
        Cell::lines(marks),
    ])
}

/// `GET /plateformes/{id}/partenariats`.
pub async fn partnerships(
    State(runtime): State<Shared>,
    Visitor(actor): Visitor,
    Path(id): Path<String>,
    Params(params): Params<PlanParams>,
) -> Result<Response, Problem> {
    wait(&runtime, &[together::NAME, directory::NAME], params.min_position).await?;
    let (id, name) = platform(&runtime, &actor, &id).await?;
    let mut all = read_together::partnerships(&runtime, &actor, id).await?;
    let called = |one: &PartnershipLine| {
        let own = one.organisation.as_ref().map(|card| card.name.clone());
        capital(&own.unwrap_or_else(|| label_of(one.partnership.actor).to_owned()))
    };
    all.sort_by_key(called);
    let today = runtime.clock.today();
    let row = |one: &PartnershipLine| {
        let known = &one.partnership;
        let day = known.reviewed_on.or(known.recorded_on).map(|day| format!("vu le {}", short(day, today)));
        let kind = one.organisation.as_ref().map(|_| label_of(known.actor)).unwrap_or_default();
        Row(vec![
            Cell::text(called(one)).detail(kind),
            Cell::text(capital(label_of(known.state))).detail(day.unwrap_or_default()),
            Cell::text(&known.how_it_works),
            Cell::text(&known.difficulties),
            Cell::text(&known.expectations),
        ])
    };
    let columns = vec!["Acteur", "Lien", "Comment ça marche", "Ce qui est difficile", "Ce qu’on en attend"];
    let table = Table { columns, rows: all.iter().map(row).collect(), figures: false };
    let href = format!("/plateformes/{id}/partenariats");
    let empty = "La carte des partenariats est encore à dessiner ensemble.";
    let sheet = Sheet {
        title: "Partenariats".to_owned(),
        subtitle: format!("{name} · les liens du territoire, qui survivent aux départs."),
        sections: vec![Section::table("Avec qui", table, empty)],
        href: href.clone(),
        ..Sheet::default()
    };
    render(&Layout::of(&runtime, &actor, &href).await?, &sheet)
}
