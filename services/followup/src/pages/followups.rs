//! `/suivis`: what changed since I looked, and what waits. `/postes/{id}/passation`: what hangs on a post.

use access::Actor;
use axum::{
    Form,
    extract::{Path, State},
    http::HeaderMap,
    response::{IntoResponse, Redirect, Response},
};
use contracts::label_of;
use jiff::civil::Date;
use serde::Deserialize;
use service::{
    Problem, Runtime,
    api::{Shared, read_id},
};
use uuid::Uuid;
use vocabulary::dates::in_french;

use super::{
    Visitor, from_our_pages,
    layout::Layout,
    lines::{Line, Mark},
    sheet::{Cell, Row, Section, Sheet, Table, Tile, render, with},
};
use crate::{
    french::{capital, count, short},
    query::{self, Params, page as cut, wait},
    read::{
        erasures,
        followups::{self, Followup, Page, Show, Waiting},
        open_items::{self, HandoverView, ItemKind, Key, OpenItem},
    },
    views::NAMES,
};

/// Follow-ups on a page.
const ROWS: usize = 100;
/// Open items on a page.
const ITEMS: usize = 200;

/// What is looked at, as the address says it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub enum Seeing {
    /// Everything.
    #[default]
    #[serde(rename = "tous")]
    All,
    /// What changed.
    #[serde(rename = "nouveau")]
    News,
    /// What waits.
    #[serde(rename = "attend")]
    Waiting,
}

impl Seeing {
    const ALL: [(Self, &str, &str); 3] = [
        (Self::All, "tous", "Tous mes suivis"),
        (Self::News, "nouveau", "Du nouveau depuis ma dernière visite"),
        (Self::Waiting, "attend", "Quelque chose attend"),
    ];

    fn shows(self, one: &Followup) -> bool {
        match self {
            Self::All => true,
            Self::News => one.news_count > 0,
            Self::Waiting => !one.prompts.is_empty(),
        }
    }
}

/// Parameters of the page.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FollowupsParams {
    #[serde(default)]
    voir: Seeing,
    suite: Option<String>,
    min_position: Option<i64>,
}

/// `GET /suivis`.
pub async fn page(
    State(runtime): State<Shared>,
    Visitor(actor): Visitor,
    Params(params): Params<FollowupsParams>,
) -> Result<Response, Problem> {
    runtime.policies.decide(&actor, "case.read", None)?;
    wait(&runtime, NAMES, params.min_position).await?;
    let of = format!("suivis {:?}", actor.post_id);
    let before: Option<i64> = query::after(&of, params.suite.as_deref())?;
    let asked = Page { show: Show::All, before, limit: ROWS + 1 };
    let items = followups::read(&runtime, &actor, asked).await?;
    let (items, next) = cut(items, ROWS, &of, |item| item.last.position);
    let position = items.iter().map(|one| one.last.position).max().unwrap_or(0);
    let seen = followups::seen(&runtime, &actor).await?;
    let own = followups::own(&runtime, &actor).await?;
    let today = runtime.clock.today();
    let ending = erasures::soon(&runtime, &actor).await?.len();
    let tiles = Seeing::ALL.map(|(seeing, word, text)| Tile {
        href: if seeing == Seeing::All { "/suivis".to_owned() } else { format!("/suivis?voir={word}") },
        text,
        count: items.iter().filter(|one| seeing.shows(one)).count(),
        here: seeing == params.voir,
    });
    let subtitle = match seen {
        Some(seen) => {
            let day = vocabulary::clock::day_in_paris(seen.looked_at);
            format!("Ce qui a changé depuis le {}, et ce qui attend.", short(day, today))
        }
        None => "Ce qui a changé, et ce qui attend.".to_owned(),
    };
    let shown: Vec<&Followup> = items.iter().filter(|one| params.voir.shows(one)).collect();
    let table = Table {
        columns: vec!["Personne", "Du nouveau", "Ce qui attend", "À venir"],
        rows: shown.iter().map(|one| row(one, today)).collect(),
        figures: false,
    };
    let empty = match params.voir {
        Seeing::All => {
            "Personne ici pour l’instant. Les personnes dont vous rejoindrez le cercle apparaîtront ici."
        }
        Seeing::News => "Rien de nouveau depuis votre dernière visite.",
        Seeing::Waiting => "Rien n’attend : tout est à jour.",
    };
    let mut sections = vec![Section::table("Les personnes", table, empty)];
    if !own.is_empty() {
        let lines = own.iter().map(waiting).collect();
        sections.push(Section::lines("Pour votre organisation", lines, ""));
    }
    let sheet = Sheet {
        title: "Mes suivis".to_owned(),
        subtitle,
        href: "/suivis".to_owned(),
        action: (position > 0 && before.is_none()).then(|| ("/suivis/vu".to_owned(), "J’ai tout lu")),
        hidden: vec![("position", position.to_string())],
        tiles: tiles.into_iter().chain([to_erase(ending)]).collect(),
        sections,
        next: next.map(|cursor| with("/suivis", &format!("suite={cursor}"))),
        ..Sheet::default()
    };
    render(&Layout::of(&runtime, &actor, "/suivis").await?, &sheet)
}

/// The way to what comes to its end.
fn to_erase(count: usize) -> Tile {
    Tile { href: "/suivis/a-effacer".into(), text: "À effacer bientôt", count, here: false }
}

fn row(one: &Followup, today: Date) -> Row {
    let mut news: Vec<Line> = one
        .news
        .iter()
        .map(|fact| {
            let day = fact.occurred_on.map(|day| short(day, today)).unwrap_or_default();
            Line::new(Mark::Done, fact.label, day)
        })
        .collect();
    let more = usize::try_from(one.news_count).unwrap_or_default().saturating_sub(news.len());
    if more > 0 {
        news.push(Line::new(Mark::Over, format!("et {}", count(more, "autre", "autres")), ""));
    }
    let next = one.status.next.as_ref().map(|next| {
        let mark = if next.passed { Mark::Late } else { Mark::Plan };
        Line::new(mark, capital(next.what.text()), short(next.on, today))
    });
    let rest = if one.status.paused {
        " · accompagnement en pause"
    } else if one.status.not_for_now {
        " · pas pour l’instant"
    } else {
        ""
    };
    Row(vec![
        Cell::link(format!("/dossiers/{}", one.id), &one.called)
            .detail(format!("{}{rest}", one.structure.name)),
        Cell::lines(news),
        Cell::lines(one.prompts.iter().map(waiting).collect()),
        Cell::lines(next.into_iter().collect()),
    ])
}

/// What waits, on a line.
pub(super) fn waiting(one: &Waiting) -> Line {
    let about = if one.about_text.is_empty() { String::new() } else { format!(" : {}", one.about_text) };
    Line::new(Mark::Late, capital(&format!("{}{about}", one.label)), &one.prompt.text)
}

/// What was read.
#[derive(Debug, Deserialize)]
pub struct Looked {
    position: i64,
}

/// `POST /suivis/vu`.
pub async fn look(
    State(runtime): State<Shared>,
    Visitor(actor): Visitor,
    headers: HeaderMap,
    Form(looked): Form<Looked>,
) -> Result<Response, Problem> {
    if !from_our_pages(&headers) {
        return Err(Problem::forbidden("cette demande ne vient pas d’une page de Jalon"));
    }
    runtime.policies.decide(&actor, "case.read", None)?;
    let head = runtime.journal.head().await?;
    followups::look(&runtime, &actor, looked.position.clamp(0, head)).await?;
    Ok(Redirect::to("/suivis").into_response())
}

/// Parameters of the handover page.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HandoverParams {
    suite: Option<String>,
    voir: Option<ItemKind>,
}

/// `GET /postes/{id}/passation`.
pub async fn handover(
    State(runtime): State<Shared>,
    Visitor(actor): Visitor,
    Path(id): Path<String>,
    Params(params): Params<HandoverParams>,
) -> Result<Response, Problem> {
    let id = read_id(&id)?;
    let post = open_items::post(&runtime, &actor, id).await?;
    let of = format!("passation {id} {:?}", params.voir);
    let after: Option<Key> = query::after(&of, params.suite.as_deref())?;
    let items = open_items::read(&runtime, &actor, id, params.voir, (after, ITEMS + 1)).await?;
    let (items, next) = cut(items, ITEMS, &of, OpenItem::key);
    let current = open_items::handover(&runtime, &actor, id).await?;
    let today = runtime.clock.today();
    let held = match (&post.holder, post.since) {
        (Some(name), Some(since)) => format!("{name} tient ce poste depuis le {}.", in_french(since)),
        (Some(name), None) => format!("{name} tient ce poste."),
        (None, _) => "Ce poste est à pourvoir : rien de ce qui y tient ne se perd.".to_owned(),
    };
    let told = |one: &HandoverView| under_way(one, &items, today);
    let (past, current): (Vec<_>, Vec<_>) = current.into_iter().partition(|one| one.completed_on.is_some());
    let mut sections: Vec<Section> = current.iter().map(told).collect();
    let kinds = [
        (ItemKind::Waiting, "À faire"),
        (ItemKind::AwaitedAnswer, "Réponses attendues"),
        (ItemKind::Appointment, "Rendez-vous"),
        (ItemKind::NextDate, "Prochaines dates"),
        (ItemKind::Agreement, "Accords de partage"),
        (ItemKind::Case, "Personnes suivies"),
    ];
    for (kind, title) in kinds {
        let rows: Vec<Row> =
            items.iter().filter(|one| one.kind == kind).map(|one| item(one, today)).collect();
        if !rows.is_empty() {
            let table = Table { columns: vec!["Personne", "Quoi", "Jour"], rows, figures: false };
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
        title: capital(&post.called),
        subtitle: held,
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
    Row(vec![
        Cell::link(format!("/dossiers/{}", one.case_id), &one.called),
        Cell::text(capital(&one.text)),
        when,
    ])
}

/// The handover that is under way, or was the last.
fn under_way(one: &HandoverView, items: &[OpenItem], today: Date) -> Section {
    let called = |case: Option<Uuid>| {
        items.iter().find(|item| Some(item.case_id) == case).map(|item| item.called.clone())
    };
    let lines = one.items.iter().map(|line| {
        let text = capital(label_of(line.kind));
        let text = called(line.case_id).map(|who| format!("{text} : {who}")).unwrap_or(text);
        match line.accepted_on {
            Some(day) => Line::new(Mark::Done, text, format!("repris le {}", short(day, today))),
            None => {
                let due = line.due_on.map(|day| format!("à reprendre, prévu le {}", short(day, today)));
                Line::new(Mark::Wait, text, due.unwrap_or_else(|| "à reprendre".to_owned()))
            }
        }
    });
    let day = one.proposed_on.map(|day| format!(" proposée le {}", in_french(day))).unwrap_or_default();
    let done = match one.completed_on {
        Some(day) => format!("Achevée le {}.", in_french(day)),
        None => format!("{} sur {} repris.", one.accepted, one.items.len()),
    };
    Section::lines(format!("Passation{day}"), lines.collect(), "Rien n’était ouvert.").intro(done)
}

/// The platform of a page, and its name, when it is the reader's to see.
pub(super) async fn platform(runtime: &Runtime, actor: &Actor, id: &str) -> Result<(Uuid, String), Problem> {
    let id = read_id(id)?;
    crate::read::platform(runtime, actor, id).await?;
    let cards = crate::read::cards::Cards::read(runtime, &[id]).await?;
    Ok((id, cards.platform(id).map_or("Plateforme emploi", |one| one.name.as_str()).to_owned()))
}
