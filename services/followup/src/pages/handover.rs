//! `/postes/{id}/passation`: what hangs on a post, and what its new holder takes over, item by item.

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use contracts::{case::v1::HandoverItemKind, events, label_of};
use jiff::civil::Date;
use serde::Deserialize;
use service::{
    Problem, Reading, Runtime,
    api::{Shared, read_id},
};
use uuid::Uuid;
use vocabulary::dates::in_french;

use super::{
    Visitor,
    layout::Layout,
    lines::{Line, Mark},
    sheet::{Boxes, Cell, Row, Section, Sheet, Table, render, with},
};
use crate::{
    french::{Names, capital, short},
    query::{self, Params, page as cut, wait},
    read::{
        cards::Cards,
        open_items::{self, HandoverView, ItemKind, Key, OpenItem},
    },
    views::{NAMES, together, together::HandoverLine},
};

/// Open items on a page.
const ITEMS: usize = 200;

/// The kinds of what hangs on a post, and how their parts are called.
const PARTS: [(ItemKind, &str); 8] = [
    (ItemKind::Waiting, "À faire"),
    (ItemKind::AwaitedAnswer, "Réponses attendues"),
    (ItemKind::Appointment, "Rendez-vous"),
    (ItemKind::NextDate, "Prochaines dates"),
    (ItemKind::Agreement, "Accords de partage"),
    (ItemKind::Resource, "Solutions mobilisées"),
    (ItemKind::Employer, "Employeurs"),
    (ItemKind::Case, "Personnes suivies"),
];

/// Parameters of the handover page.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HandoverParams {
    suite: Option<String>,
    voir: Option<ItemKind>,
    min_position: Option<i64>,
}

/// `GET /postes/{id}/passation`.
pub async fn page(
    State(runtime): State<Shared>,
    Visitor(actor): Visitor,
    Path(id): Path<String>,
    Params(params): Params<HandoverParams>,
) -> Result<Response, Problem> {
    wait(&runtime, NAMES, params.min_position).await?;
    wait(&runtime, &[together::NAME], params.min_position).await?;
    let id = read_id(&id)?;
    let post = open_items::post(&runtime, &actor, id).await?;
    let of = format!("passation {id} {:?}", params.voir);
    let after: Option<Key> = query::after(&of, params.suite.as_deref())?;
    let items = open_items::read(&runtime, &actor, id, params.voir, (after, ITEMS + 1)).await?;
    let (items, next) = cut(items, ITEMS, &of, OpenItem::key);
    let current = open_items::handover(&runtime, &actor, id).await?;
    let today = runtime.clock.today();
    let held = match (&post.holder, post.since) {
        (Some(name), Some(since)) => format!("tenu par {name} depuis le {}", in_french(since)),
        (Some(name), None) => format!("tenu par {name}"),
        (None, _) => "à pourvoir".to_owned(),
    };
    let employers = current.iter().flat_map(|one| &one.items).filter_map(|line| line.about_id);
    let names = Cards::read(&runtime, &employers.collect::<Vec<_>>()).await?.names();
    let accepts =
        actor.post_id == Some(id) && runtime.policies.decide(&actor, "handover.accept", None).is_ok();
    let key = accepts.then(|| runtime.ids.next(runtime.clock.now()));
    let told = |one: &HandoverView| under_way(one, &(&*items, &names), today, key);
    let (past, current): (Vec<_>, Vec<_>) = current.into_iter().partition(|one| one.completed_on.is_some());
    let mut sections: Vec<Section> = current.iter().map(told).collect();
    for (kind, title) in PARTS {
        let rows: Vec<Row> =
            items.iter().filter(|one| one.kind == kind).map(|one| item(one, today)).collect();
        if !rows.is_empty() {
            let table = Table { columns: vec!["Qui", "Quoi", "Jour"], rows, figures: false };
            sections.push(Section::table(title, table, ""));
        }
    }
    if items.is_empty() {
        sections.push(Section::lines(
            "Ce qui tient à ce poste",
            Vec::new(),
            "Rien ne tient à ce poste aujourd’hui.",
        ));
    }
    sections.extend(past.iter().map(told));
    let href = format!("/postes/{id}/passation");
    let sheet = Sheet {
        title: "Passation".to_owned(),
        subtitle: format!(
            "{}, {held}. Voici ce qui tient à ce poste : rien ne s’en perd quand il change de mains.",
            capital(&post.called)
        ),
        next: next.map(|cursor| with(&href, &format!("suite={cursor}"))),
        href: href.clone(),
        sections,
        ..Sheet::default()
    };
    render(&Layout::of(&runtime, &actor, &href).await?, &sheet)
}

fn item(one: &OpenItem, today: Date) -> Row {
    let day = one.on.map(|day| short(day, today)).unwrap_or_default();
    let mark = if one.passed { Mark::Late } else { Mark::Plan };
    let when = match one.kind {
        ItemKind::Case => Cell::text(format!("depuis le {day}")),
        _ if day.is_empty() => Cell::default(),
        _ => Cell::lines(vec![Line::new(mark, day, if one.passed { "dépassé" } else { "" })]),
    };
    let whose = match one.case_id {
        Some(case) => Cell::link(format!("/dossiers/{case}"), &one.called),
        None => Cell::text(capital(&one.called)),
    };
    Row(vec![whose, Cell::text(capital(&one.text)), when])
}

/// What a line of a handover is, and whom it is about.
fn called(line: &HandoverLine, (items, names): &(&[OpenItem], &Names)) -> String {
    let employer = [HandoverItemKind::EMPLOYER_LEAD, HandoverItemKind::EMPLOYER_CONTACT]
        .iter()
        .any(|kind| line.kind == *kind);
    let whom = if employer {
        line.about_id.and_then(|id| names.get(&id).cloned())
    } else {
        let case = items.iter().find(|item| item.case_id.is_some() && item.case_id == line.case_id);
        case.map(|item| item.called.clone())
    };
    let text = capital(label_of(line.kind));
    whom.map(|whom| format!("{text} : {whom}")).unwrap_or(text)
}

/// The handover that is under way, or was the last; whoever holds the post ticks what they take over.
fn under_way(one: &HandoverView, known: &(&[OpenItem], &Names), today: Date, key: Option<Uuid>) -> Section {
    let due = |line: &HandoverLine| line.due_on.map(|day| format!("prévu le {}", short(day, today)));
    let open: Vec<&HandoverLine> = one.items.iter().filter(|line| line.accepted_on.is_none()).collect();
    let form = key.filter(|_| one.completed_on.is_none()).map(|key| Boxes {
        action: format!("/passations/{}/reprendre", one.id),
        key,
        name: "item_ids[]",
        boxes: open
            .iter()
            .map(|line| {
                let when = due(line).map(|when| format!(" ({when})")).unwrap_or_default();
                (line.item_id.clone(), format!("{}{when}", called(line, known)))
            })
            .collect(),
        button: "Reprendre ce qui est coché",
    });
    let lines = one.items.iter().filter(|line| form.is_none() || line.accepted_on.is_some()).map(|line| {
        let text = called(line, known);
        match line.accepted_on {
            Some(day) => Line::new(Mark::Done, text, format!("repris le {}", short(day, today))),
            None => {
                let due = due(line).map(|due| format!("à reprendre, {due}"));
                Line::new(Mark::Wait, text, due.unwrap_or_else(|| "à reprendre".to_owned()))
            }
        }
    });
    let day = one.proposed_on.map(|day| format!(" proposée le {}", in_french(day))).unwrap_or_default();
    let done = match one.completed_on {
        Some(day) => format!("Achevée le {}.", in_french(day)),
        None => format!("{} sur {} repris.", one.accepted, one.items.len()),
    };
    let lines = lines.collect();
    Section::lines(format!("Passation{day}"), lines, "Rien n’était ouvert.").intro(done).form(form)
}

/// Parameters of the way back to the page.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BackParams {
    min_position: Option<i64>,
}

/// `GET /passations/{id}`: the page of the post that a handover is about.
pub async fn back(
    State(runtime): State<Shared>,
    Visitor(actor): Visitor,
    Path(id): Path<String>,
    Params(params): Params<BackParams>,
) -> Result<Response, Problem> {
    runtime.policies.decide(&actor, "case.read", None)?;
    let post = post_of(&runtime, &actor, read_id(&id)?).await?;
    let href = format!("/postes/{post}/passation");
    let href = params.min_position.map_or(href.clone(), |at| with(&href, &format!("min_position={at}")));
    Ok(Redirect::to(&href).into_response())
}

/// The post of that handover, when it is the reader's to see.
async fn post_of(runtime: &Runtime, reading: &Reading, id: Uuid) -> Result<Uuid, Problem> {
    let proposed = runtime.journal.stream(id, 1).await?.into_iter().find_map(|fact| match fact.trace() {
        Ok(events::Handover::HandoverProposed(proposed)) => proposed.post_id.parse::<Uuid>().ok(),
        _ => None,
    });
    let post = proposed.ok_or_else(|| Problem::not_found("cette passation"))?;
    open_items::post(runtime, reading, post).await?;
    Ok(post)
}
