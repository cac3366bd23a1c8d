//! `/suivis`: what changed since I looked, and what waits.

use access::Actor;
use axum::{
    Form,
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Redirect, Response},
};
use jiff::civil::Date;
use serde::Deserialize;
use service::{
    Problem, Reading, Runtime,
    api::{Shared, read_id},
};
use uuid::Uuid;

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
    },
    views::NAMES,
};

/// Follow-ups on a page.
const ROWS: usize = 100;

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
    let ((items, ending), seen, own, layout) = tokio::try_join!(
        all(&runtime, &actor, asked),
        followups::seen(&runtime, &actor),
        followups::own(&runtime, &actor),
        Layout::of(&runtime, &actor, "/suivis"),
    )?;
    let (items, next) = cut(items, ROWS, &of, |item| item.last.position);
    let position = items.iter().map(|one| one.last.position).max().unwrap_or(0);
    let today = runtime.clock.today();
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
    render(&layout, &sheet)
}

/// A page of follow-ups, and how much is to be erased in all of them: each case is read once.
async fn all(runtime: &Runtime, reading: &Reading, page: Page) -> Result<(Vec<Followup>, usize), Problem> {
    let cases = followups::cases(runtime, reading).await?;
    let ending = erasures::how_many(&cases);
    Ok((followups::among(runtime, reading, cases, page).await?, ending))
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

/// The platform of a page, and its name, when it is the reader's to see.
pub(super) async fn platform(runtime: &Runtime, actor: &Actor, id: &str) -> Result<(Uuid, String), Problem> {
    let id = read_id(id)?;
    crate::read::platform(runtime, actor, id).await?;
    let cards = crate::read::cards::Cards::read(runtime, &[id]).await?;
    Ok((id, cards.platform(id).map_or("Plateforme emploi", |one| one.name.as_str()).to_owned()))
}
