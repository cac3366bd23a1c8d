//! `/plateformes/{id}/reunions`: the meetings that were held and those to come, what they decided, what became of it.

use axum::{
    extract::{Path, State},
    response::Response,
};
use contracts::{label_of, platform::v1::DecisionOutcome};
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
    let (to_come, past): (Vec<&MeetingLine>, Vec<&MeetingLine>) =
        all.iter().partition(|one| is_to_come(one, today));
    let first = |one: &MeetingLine| {
        Cell::link(format!("{href}/{}", one.card.id), capital(one.card.text)).detail(&one.card.town)
    };
    let when = |one: &MeetingLine| Cell::text(one.card.on.map(in_french).unwrap_or_default());
    let row = |one: &&MeetingLine| {
        let present = count(one.present.len(), "organisation présente", "organisations présentes");
        let decided = one.decisions.iter().map(|decision| line(decision, today));
        let present = if one.held { present } else { "rien n’en est encore écrit".to_owned() };
        Row(vec![first(one), when(one).detail(present), Cell::lines(decided.collect())])
    };
    let columns = vec!["Réunion", "Quand", "Ce qui a été décidé"];
    let held = Table { columns, rows: past.iter().map(row).collect(), figures: false };
    let rows = to_come.iter().map(|one| Row(vec![first(one), when(one)])).collect();
    let planned = Table { columns: vec!["Réunion", "Quand"], rows, figures: false };
    let mut sections = vec![Section::table(
        "Réunions passées",
        held,
        "Aucune réunion n’a encore eu lieu. Chacune laissera ici qui était là et ce qui a été décidé.",
    )];
    if !to_come.is_empty() {
        let agenda = format!("/plateformes/{id}/ordre-du-jour");
        sections.insert(
            0,
            Section::table("À venir", planned, "")
                .link(agenda, "Voir l’ordre du jour, qui se prépare tout seul"),
        );
    }
    let sheet = Sheet {
        title: "Réunions".to_owned(),
        subtitle: format!("{name} · ce qui a été décidé, et ce que c’est devenu."),
        sections,
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
    let sections = if is_to_come(&meeting, today) {
        let empty = "Elle n’a pas encore eu lieu : l’ordre du jour se prépare tout seul, avec ce qui change d’ici là.";
        let agenda = format!("/plateformes/{id}/ordre-du-jour");
        let next = Section::lines("Ce qui s’y prépare", Vec::new(), empty);
        vec![next.link(agenda, "Voir l’ordre du jour")]
    } else {
        vec![
            Section::table("Ce qui a été décidé", table, "Cette réunion n’a pas laissé de décision ici."),
            Section::lines("Qui était là", present.collect(), "Personne n’a encore écrit qui était là."),
        ]
    };
    let on = meeting.card.on.map(|day| format!(" du {}", in_french(day))).unwrap_or_default();
    let sheet = Sheet {
        back: Some((list.clone(), "Revenir aux réunions")),
        title: format!("{}{on}", capital(meeting.card.text)),
        subtitle: [name, at(&meeting.card)]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(" · "),
        sections,
        href: format!("{list}/{meeting_id}"),
        ..Sheet::default()
    };
    render(&Layout::of(&runtime, &actor, &list).await?, &sheet)
}

/// Whether it is still to be held.
fn is_to_come(one: &MeetingLine, today: Date) -> bool {
    !one.held && one.card.on.is_some_and(|day| day >= today)
}

/// When and where it is.
pub(super) fn told(one: &MeetingCard) -> String {
    let day = one.on.map(|day| format!(" le {}", in_french(day))).unwrap_or_default();
    format!("{}{day}{}", one.text, at(one))
}

/// At which hour and where it is.
fn at(one: &MeetingCard) -> String {
    let hour = one.starts_at.split_once(':').map(|(hour, minutes)| {
        // « 09:30 » is said « 9 h 30 ».
        let hour = hour.strip_prefix('0').unwrap_or(hour);
        format!(" à {hour} h {minutes}")
    });
    let town = if one.town.is_empty() { String::new() } else { format!(", {}", one.town) };
    format!("{}{town}", hour.unwrap_or_default())
}

/// A decision, and what became of it or by when it is due.
pub(super) fn line(one: &DecisionLine, today: Date) -> Line {
    let how = became(one, today);
    Line::new(how.mark, &one.decision.label, how.text)
}

fn became(one: &DecisionLine, today: Date) -> Line {
    if let Some(settled) = &one.decision.settled {
        let on = settled.on.map(|day| format!(" le {}", short(day, today))).unwrap_or_default();
        let gone = [DecisionOutcome::REPLACED, DecisionOutcome::SET_ASIDE];
        let mark = if gone.iter().any(|one| settled.outcome == *one) { Mark::Over } else { Mark::Done };
        return Line::new(mark, format!("{}{on}", label_of(settled.outcome)), &settled.note);
    }
    let due = one.decision.due_on.map(|due| format!("pour le {}", short(due, today)));
    Line::new(
        if one.overdue { Mark::Late } else { Mark::Plan },
        due.unwrap_or_else(|| "en cours".to_owned()),
        "",
    )
}
