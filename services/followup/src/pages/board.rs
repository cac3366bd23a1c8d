//! `/` and `/plateformes/{id}`: one line a person, those with the latest news first.

use std::collections::HashMap;

use askama::Template;
use axum::{
    extract::{Path, State},
    response::Response,
};
use jiff::civil::Date;
use serde::Deserialize;
use service::{
    Problem, Reading, Runtime,
    api::{Shared, read_id},
};
use uuid::Uuid;

use super::{
    Visitor, encoded, home, html,
    layout::Layout,
    lines::{Line, Told},
    search::{is_sought, plain},
    sheet,
};
use crate::{
    french::{Names, brief, capital, count},
    query::{self, Params, page, wait},
    read::{
        self,
        board::{Asked, BoardRow, Standing, Whose},
        cards::Cards,
    },
    views::NAMES,
};

/// Cases on a page: more than a platform follows at once.
const CASES: usize = 600;

/// Parameters of the page.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BoardParams {
    fragment: Option<u8>,
    min_position: Option<i64>,
    suite: Option<String>,
    #[serde(default)]
    q: String,
    #[serde(default)]
    etat: Chosen,
    #[serde(default)]
    voir: Seeing,
}

/// Which cases, as the address says it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub enum Chosen {
    /// Open ones.
    #[default]
    #[serde(rename = "ouverts")]
    Open,
    /// Closed ones.
    #[serde(rename = "clos")]
    Closed,
    /// All.
    #[serde(rename = "tous")]
    All,
}

impl Chosen {
    const ALL: [(Self, &str, &str); 3] = [
        (Self::Open, "ouverts", "Dossiers ouverts"),
        (Self::Closed, "clos", "Dossiers clos"),
        (Self::All, "tous", "Tous les dossiers"),
    ];

    fn word(self) -> &'static str {
        Self::ALL.iter().find(|(state, _, _)| *state == self).map_or("", |(_, word, _)| word)
    }
}

impl From<Chosen> for Standing {
    fn from(state: Chosen) -> Self {
        match state {
            Chosen::Open => Self::Open,
            Chosen::Closed => Self::Closed,
            Chosen::All => Self::All,
        }
    }
}

/// What is looked at, as the address says it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub enum Seeing {
    /// Everyone.
    #[default]
    #[serde(rename = "tous")]
    Everyone,
    /// Those for whom an answer is awaited.
    #[serde(rename = "attente")]
    Awaiting,
    /// Those in an immersion, or about to be.
    #[serde(rename = "immersion")]
    Immersion,
    /// Those who work.
    #[serde(rename = "emploi")]
    Working,
    /// Those with nothing under way.
    #[serde(rename = "calme")]
    Quiet,
}

impl Seeing {
    const ALL: [(Self, &str, &str); 5] = [
        (Self::Everyone, "tous", "Tout le monde"),
        (Self::Awaiting, "attente", "Réponse attendue"),
        (Self::Immersion, "immersion", "Immersion en cours ou prévue"),
        (Self::Working, "emploi", "En emploi"),
        (Self::Quiet, "calme", "Rien en cours"),
    ];

    fn word(self) -> &'static str {
        Self::ALL.iter().find(|(seeing, _, _)| *seeing == self).map_or("", |(_, word, _)| word)
    }

    fn shows(self, row: &BoardRow) -> bool {
        let status = &row.status;
        let (awaiting, immersion) = (status.awaiting() > 0, status.immersion.is_some());
        let working = status.employment.is_some();
        match self {
            Self::Everyone => true,
            Self::Awaiting => awaiting,
            Self::Immersion => immersion,
            Self::Working => working,
            Self::Quiet => !awaiting && !immersion && !working,
        }
    }
}

#[derive(Template)]
#[template(path = "board.html")]
struct BoardPage<'a> {
    layout: &'a Layout,
    view: &'a BoardView,
}

#[derive(Template)]
#[template(path = "board_fragment.html")]
struct BoardFragment<'a> {
    view: &'a BoardView,
}

/// What the page shows.
#[derive(Debug)]
pub struct BoardView {
    /// Its title.
    pub title: String,
    /// What stands under it.
    pub subtitle: String,
    /// Where it is.
    pub href: String,
    /// Where it hears of changes.
    pub live: String,
    /// The position it shows.
    pub position: i64,
    /// What is searched for.
    pub q: String,
    /// The states that can be chosen: word, text, whether chosen.
    pub states: Vec<(&'static str, &'static str, bool)>,
    /// What is looked at, kept by the form.
    pub seeing: &'static str,
    /// What can be looked at.
    pub tiles: Vec<Tile>,
    /// Its lines.
    pub rows: Vec<RowView>,
    /// What is said when there is none.
    pub empty: &'static str,
    /// The address of the next page.
    pub next: Option<String>,
}

/// A way to look at the board, and how many that is.
#[derive(Debug)]
pub struct Tile {
    /// Where.
    pub href: String,
    /// Its name.
    pub text: &'static str,
    /// How many.
    pub count: usize,
    /// Whether it is chosen.
    pub here: bool,
}

/// A line.
#[derive(Debug)]
pub struct RowView {
    /// The case.
    pub id: Uuid,
    /// How the person is called.
    pub called: String,
    /// Whether that is their name.
    pub named: bool,
    /// Whether the case is open.
    pub open: bool,
    /// The structure that hosts the person.
    pub structure: String,
    /// The contract under way.
    pub employment: Vec<Line>,
    /// The immersion.
    pub immersion: Vec<Line>,
    /// The prescriptions.
    pub prescriptions: Vec<Line>,
    /// The diagnostic.
    pub diagnostic: Vec<Line>,
    /// What comes first.
    pub next: Vec<Line>,
    /// The last fact.
    pub last: &'static str,
    /// Its day, as people write it and as machines read it.
    pub last_day: String,
    /// See `last_day`.
    pub last_iso: String,
    /// Its position.
    pub position: i64,
}

/// `GET /`: the cases of one's circles; the board of one's platform for those who are in none.
pub async fn home(
    State(runtime): State<Shared>,
    Visitor(actor): Visitor,
    Params(params): Params<BoardParams>,
) -> Result<Response, Problem> {
    let layout = Layout::of(&runtime, &actor, "/").await?;
    if let Some(sheet) = home::sheet(&actor) {
        return sheet::render(&layout, &sheet);
    }
    let in_circles = layout.me.as_ref().is_some_and(|me| me.circles > 0);
    match (actor.post_id, layout.platform()) {
        (_, Some(platform)) if !in_circles => {
            platform_page(&runtime, &actor, (platform, "/", Some(layout)), params).await
        }
        (Some(post), _) => {
            let title = ("Mes suivis".to_owned(), "Les personnes dont vous êtes dans le cercle".to_owned());
            let place = ("/", "/direct".to_owned());
            show(&runtime, &actor, (Whose::Post(post), title, place, Some(layout)), params).await
        }
        (None, _) => {
            let title = ("Bonjour".to_owned(), String::new());
            let place = ("/", "/direct".to_owned());
            show(&runtime, &actor, (Whose::Post(Uuid::nil()), title, place, Some(layout)), params).await
        }
    }
}

/// `GET /plateformes/{id}`.
pub async fn platform(
    State(runtime): State<Shared>,
    Visitor(actor): Visitor,
    Path(id): Path<String>,
    Params(params): Params<BoardParams>,
) -> Result<Response, Problem> {
    let id = read_id(&id)?;
    platform_page(&runtime, &actor, (id, &format!("/plateformes/{id}"), None), params).await
}

async fn platform_page(
    runtime: &Runtime,
    reading: &Reading,
    (id, href, layout): (Uuid, &str, Option<Layout>),
    params: BoardParams,
) -> Result<Response, Problem> {
    read::platform(runtime, reading, id).await?;
    let cards = Cards::read(runtime, &[id]).await?;
    let platform = cards.platform(id);
    let name = platform.map_or("Plateforme emploi", |platform| platform.name.as_str());
    let members = platform.map_or(0, |platform| platform.members.len());
    let territory = platform.map(|platform| platform.territory.clone()).unwrap_or_default();
    let subtitle = [territory, count(members, "organisation membre", "organisations membres")];
    let subtitle: Vec<_> = subtitle.into_iter().filter(|part| !part.is_empty()).collect();
    let title = (name.to_owned(), subtitle.join(" · "));
    let place = (href, format!("/plateformes/{id}/direct"));
    show(runtime, reading, (Whose::Platform(id), title, place, layout), params).await
}

type Place<'a> = (Whose, (String, String), (&'a str, String), Option<Layout>);

async fn show(
    runtime: &Runtime,
    reading: &Reading,
    (whose, title, (href, live), layout): Place<'_>,
    params: BoardParams,
) -> Result<Response, Problem> {
    wait(runtime, NAMES, params.min_position).await?;
    let of = format!("page {whose:?} {:?}", params.etat);
    let standing = params.etat.into();
    let before: Option<i64> = query::after(&of, params.suite.as_deref())?;
    let asked = Asked { whose, standing, structure: None, before, limit: CASES + 1 };
    let rows = read::board::rows(runtime, reading, asked).await?;
    let (rows, next) = page(rows, CASES, &of, |row| row.last.position);
    let view = view(rows, (title, href, live, next), &params, runtime.clock.today());
    if params.fragment.is_some() {
        return html(BoardFragment { view: &view }.render());
    }
    let layout = match layout {
        Some(layout) => layout,
        None => Layout::of(runtime, reading, href).await?,
    };
    html(render(&layout, &view))
}

/// The page.
///
/// # Errors
/// When it cannot be written.
pub fn render(layout: &Layout, view: &BoardView) -> askama::Result<String> {
    BoardPage { layout, view }.render()
}

type Surroundings<'a> = ((String, String), &'a str, String, Option<String>);

/// What the page of these rows shows.
pub fn view(
    rows: Vec<BoardRow>,
    ((title, subtitle), href, live, next): Surroundings<'_>,
    params: &BoardParams,
    today: Date,
) -> BoardView {
    let position = rows.iter().map(|row| row.last.position).max().unwrap_or(0);
    let sought = plain(&params.q);
    let found: Vec<BoardRow> = rows.into_iter().filter(|row| is_sought(row, &sought)).collect();
    let address = |seeing: Seeing| {
        let mut pairs = Vec::new();
        if seeing != Seeing::Everyone {
            pairs.push(format!("voir={}", seeing.word()));
        }
        if params.etat != Chosen::Open {
            pairs.push(format!("etat={}", params.etat.word()));
        }
        if !params.q.trim().is_empty() {
            pairs.push(format!("q={}", encoded(params.q.trim())));
        }
        if pairs.is_empty() { href.to_owned() } else { format!("{href}?{}", pairs.join("&")) }
    };
    let tiles = Seeing::ALL.map(|(seeing, _, text)| Tile {
        href: address(seeing),
        text,
        count: found.iter().filter(|row| seeing.shows(row)).count(),
        here: seeing == params.voir,
    });
    let followed = next.map(|cursor| {
        let here = address(params.voir);
        format!("{here}{}suite={cursor}", if here.contains('?') { '&' } else { '?' })
    });
    let searching = !sought.is_empty() || params.voir != Seeing::Everyone || params.etat != Chosen::Open;
    BoardView {
        title,
        subtitle,
        live: format!("{live}?depuis={position}"),
        href: href.to_owned(),
        position,
        q: params.q.trim().to_owned(),
        states: Chosen::ALL.map(|(state, word, text)| (word, text, state == params.etat)).to_vec(),
        seeing: params.voir.word(),
        tiles: tiles.into(),
        rows: found.into_iter().filter(|row| params.voir.shows(row)).map(|row| line(row, today)).collect(),
        empty: if searching {
            "Personne ne correspond à cette recherche. Essayez un autre mot, ou revenez à tout le monde."
        } else {
            "Personne ici pour l’instant. Les dossiers partagés avec vous apparaîtront sur cette page."
        },
        next: followed,
    }
}

fn line(row: BoardRow, today: Date) -> RowView {
    let names: Names = HashMap::new();
    let told = Told { today, names: &names };
    let status = &row.status;
    RowView {
        id: row.id,
        called: row.called,
        named: row.named,
        open: row.open,
        structure: capital(&row.structure.name),
        employment: status.employment.iter().map(|one| told.employment_in_short(one)).collect(),
        immersion: status.immersion.iter().map(|one| told.immersion_in_short(one)).collect(),
        prescriptions: told.prescriptions(status),
        diagnostic: status.diagnostic.iter().map(|one| told.diagnostic_in_short(one)).collect(),
        next: told.next_in_short(status).into_iter().collect(),
        last: row.last.label,
        last_day: row.last.occurred_on.map(|day| brief(day, today)).unwrap_or_default(),
        last_iso: row.last.occurred_on.map(|day| day.to_string()).unwrap_or_default(),
        position: row.last.position,
    }
}
