//! `/plateformes/{id}/reunions`: the meetings that were held and those to come, what they decided, what became of it.

use axum::{
    extract::{Path, State},
    response::Response,
};
use contracts::label_of;
use jiff::civil::Date;
use serde::Deserialize;
use service::{
    Problem,
    api::{Shared, read_id},
};
use vocabulary::dates::in_french;

use super::{
    Visitor,
    followups::platform,
    layout::Layout,
    lines::{Line, Mark},
    sheet::{Cell, Row, Section, Sheet, Table, render},
};
use crate::{
    french::{capital, count, short},
    query::{Params, after, page as page_of, wait},
    read::meetings::{self, DecisionLine, Key, MeetingCard, MeetingLine},
    views::{directory, together},
};

/// Meetings on a page.
const ROWS: usize = 30;

/// Parameters of these pages.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MeetingsParams {
    suite: Option<String>,
    min_position: Option<i64>,
}

/// `GET /plateformes/{id}/reunions`.
pub async fn page(
    State(runtime): State<Shared>,
    Visitor(actor): Visitor,
    Path(id): Path<String>,
    Params(params): Params<MeetingsParams>,
) -> Result<Response, Problem> {
    wait(&runtime, &[together::NAME, directory::NAME], params.min_position).await?;
    let (id, name) = platform(&runtime, &actor, &id).await?;
    let of = format!("reunions {id}");
    let from: Option<Key> = after(&of, params.suite.as_deref())?;
    let all = meetings::read(&runtime, &actor, id, (from, ROWS + 1)).await?;
    let (all, next) = page_of(all, ROWS, &of, |one| (one.card.on, one.card.id));
    let today = runtime.clock.today();
    let href = format!("/plateformes/{id}/reunions");
    let row = |one: &MeetingLine| {
        let present = count(one.present.len(), "organisation présente", "organisations présentes");
        Row(vec![
            Cell::link(format!("{href}/{}", one.card.id), capital(one.card.text)).detail(&one.card.town),
            Cell::text(one.card.on.map(in_french).unwrap_or_default()).detail(if one.held {
                present
            } else {
                "à venir".to_owned()
            }),
            Cell::lines(one.decisions.iter().map(|decision| line(decision, today)).collect()),
        ])
    };
    let table = Table {
        columns: vec!["Réunion", "Quand", "Ce qui a été décidé"],
        rows: all.iter().map(row).collect(),
        figures: false,
    };
    let sheet = Sheet {
        title: "Réunions".to_owned(),
        subtitle: format!("{name} · ce qui a été décidé, et ce que c’est devenu."),
        sections: vec![Section::table("Les réunions", table, "Aucune réunion n’est encore prévue.")],
        next: next.map(|next| format!("{href}?suite={next}")),
        href: href.clone(),
        ..Sheet::default()
    };
    render(&Layout::of(&runtime, &actor, &href).await?, &sheet)
}

/// `GET /plateformes/{id}/reunions/{meeting_id}`.
pub async fn one(
    State(runtime): State<Shared>,
    Visitor(actor): Visitor,
    Path((id, meeting_id)): Path<(String, String)>,
    Params(params): Params<MeetingsParams>,
) -> Result<Response, Problem> {
    wait(&runtime, &[together::NAME, directory::NAME], params.min_position).await?;
    let (id, name) = platform(&runtime, &actor, &id).await?;
    let meeting = meetings::one(&runtime, &actor, id, read_id(&meeting_id)?).await?;
    let today = runtime.clock.today();
    let list = format!("/plateformes/{id}/reunions");
    let row = |one: &DecisionLine| {
        let decision = &one.decision;
        let whose = one.organisation.as_ref().map(|card| card.name.as_str()).unwrap_or_default();
        let due = decision.due_on.map(|due| short(due, today)).unwrap_or_default();
        Row(vec![
            Cell::text(&decision.label).detail(capital(label_of(decision.kind))),
            Cell::text(whose),
            Cell::text(due),
            Cell::lines(vec![became(one, today)]),
        ])
    };
    let table = Table {
        columns: vec!["Décision", "Qui", "Pour quand", "Ce qu’elle est devenue"],
        rows: meeting.decisions.iter().map(row).collect(),
        figures: false,
    };
    let present = meeting.present.iter().map(|card| Line::new(Mark::Done, &card.name, label_of(card.kind)));
    let sheet = Sheet {
        title: capital(meeting.card.text),
        subtitle: format!("{name} · {}.", told(&meeting.card)),
        sections: vec![
            Section::table("Ce qui a été décidé", table, "Cette réunion n’a pas laissé de décision ici."),
            Section::lines("Qui était là", present.collect(), "La liste des présents n’est pas encore dite."),
        ],
        href: format!("{list}/{meeting_id}"),
        ..Sheet::default()
    };
    render(&Layout::of(&runtime, &actor, &list).await?, &sheet)
}

/// When and where it is.
pub(super) fn told(one: &MeetingCard) -> String {
    let day = one.on.map(|day| format!(" le {}", in_french(day))).unwrap_or_default();
    let hour = one.starts_at.split_once(':').map(|(hour, minutes)| format!(" à {hour} h {minutes}"));
    let town = if one.town.is_empty() { String::new() } else { format!(", {}", one.town) };
    format!("{}{day}{}{town}", one.text, hour.unwrap_or_default())
}

/// A decision, and what became of it or by when it is due.
pub(super) fn line(one: &DecisionLine, today: Date) -> Line {
    let how = became(one, today);
    Line::new(how.mark, &one.decision.label, how.text)
}

fn became(one: &DecisionLine, today: Date) -> Line {
    if let Some(settled) = &one.decision.settled {
        let on = settled.on.map(|day| format!(" le {}", short(day, today))).unwrap_or_default();
        return Line::new(Mark::Done, format!("{}{on}", label_of(settled.outcome)), &settled.note);
    }
    let due = one.decision.due_on.map(|due| format!("pour le {}", short(due, today)));
    Line::new(
        if one.overdue { Mark::Late } else { Mark::Plan },
        due.unwrap_or_else(|| "en cours".to_owned()),
        "",
    )
}
