//! `/` and `/plateformes/{id}`: one line a person, those with the latest news first. What is searched there is sent in
//! the body of a form, to the same addresses.

use std::collections::HashMap;

use askama::Template;
use axum::{
    body::Bytes,
    extract::{Path, State},
    http::HeaderMap,
    response::{IntoResponse as _, Redirect, Response},
};
use jiff::civil::Date;
use service::{
    Problem, Reading, Runtime,
    api::{Shared, read_id},
};
use uuid::Uuid;

mod asked;
mod choices;

use asked::{BoardParams, SearchParams, Wanted};
use choices::{Chosen, Seeing};

use super::{
    Visitor, home, html,
    layout::Layout,
    lines::{Line, Told},
    search::{is_sought, plain},
    sheet::with,
};
use crate::{
    facets::Short,
    french::{Names, brief, capital, count},
    query::{self, Params, page, wait},
    read::{
        self,
        board::{Asked, BoardRow, Whose},
        cards::Cards,
    },
    views::{NAMES, status::Status},
};

/// Cases that are counted and looked through: more than a platform follows at once.
const CASES: usize = 600;
/// Lines on a page.
const LINES: usize = 100;

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
    /// What is searched for; empty when nothing is.
    pub q: String,
    /// The form that asks for the same page; empty when its address does.
    pub form: String,
    /// Where this way to look at the board is, without what is searched.
    pub here: String,
    /// The states that can be chosen: word, text, whether chosen.
    pub states: Vec<(&'static str, &'static str, bool)>,
    /// The one that is chosen.
    pub state: &'static str,
    /// What is looked at, kept by the form.
    pub seeing: &'static str,
    /// What can be looked at.
    pub tiles: Vec<Tile>,
    /// How many are found.
    pub found: String,
    /// Whether it is a later page: what is counted is said on the first one.
    pub continued: bool,
    /// Its lines.
    pub rows: Vec<RowView>,
    /// What is said when there is none.
    pub empty: &'static str,
    /// The cursor of the next page.
    pub next: Option<String>,
}

impl BoardView {
    /// Whether a text is searched.
    fn searches(&self) -> bool {
        !self.q.is_empty()
    }

    /// The address of the page after that cursor.
    fn after(&self, cursor: &str) -> String {
        with(&self.here, &format!("suite={cursor}"))
    }
}

/// A way to look at the board, and how many that is.
#[derive(Debug)]
pub struct Tile {
    /// Its word.
    pub word: &'static str,
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

impl RowView {
    /// What is told of each facet, in the order of the columns.
    fn facets(&self) -> [&Vec<Line>; 5] {
        [&self.employment, &self.immersion, &self.prescriptions, &self.diagnostic, &self.next]
    }
}

/// `GET /`: the cases of one's circles; the board of one's platform for those who are in none.
pub async fn home(
    State(runtime): State<Shared>,
    Visitor(actor): Visitor,
    Params(params): Params<BoardParams>,
) -> Result<Response, Problem> {
    first(&runtime, &actor, params.into()).await
}

/// `POST /`: the same, of whom a text is searched.
pub async fn search(
    State(runtime): State<Shared>,
    Visitor(actor): Visitor,
    headers: HeaderMap,
    Params(params): Params<SearchParams>,
    body: Bytes,
) -> Result<Response, Problem> {
    first(&runtime, &actor, Wanted::sent(&params, &headers, &body)?).await
}

async fn first(runtime: &Runtime, actor: &Reading, wanted: Wanted) -> Result<Response, Problem> {
    let layout = Layout::of(runtime, actor, "/").await?;
    if let Some(page) = home::page(runtime, actor, &layout, wanted.min_position).await? {
        return Ok(page);
    }
    let in_circles = layout.me.as_ref().is_some_and(|me| me.circles > 0);
    match (actor.post_id, layout.platform()) {
        (_, Some(platform)) if !in_circles => {
            platform_page(runtime, actor, (platform, "/", Some(layout)), Ok(wanted)).await
        }
        (Some(post), _) => {
            let title = ("Mon tableau".to_owned(), "Les personnes dont vous êtes dans le cercle".to_owned());
            let place = ("/", "/direct".to_owned());
            show(runtime, actor, (Whose::Post(post), title, place, Some(layout)), wanted).await
        }
        (None, _) => {
            let title = ("Bonjour".to_owned(), String::new());
            let place = ("/", "/direct".to_owned());
            show(runtime, actor, (Whose::Post(Uuid::nil()), title, place, Some(layout)), wanted).await
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
    platform_page(&runtime, &actor, (id, &format!("/plateformes/{id}"), None), Ok(params.into())).await
}

/// `POST /plateformes/{id}`: the same, of whom a text is searched.
pub async fn search_platform(
    State(runtime): State<Shared>,
    Visitor(actor): Visitor,
    Path(id): Path<String>,
    headers: HeaderMap,
    Params(params): Params<SearchParams>,
    body: Bytes,
) -> Result<Response, Problem> {
    let id = read_id(&id)?;
    let wanted = Wanted::sent(&params, &headers, &body);
    platform_page(&runtime, &actor, (id, &format!("/plateformes/{id}"), None), wanted).await
}

/// Whether it may be seen is said before what is wrong with what is asked.
async fn platform_page(
    runtime: &Runtime,
    reading: &Reading,
    (id, href, layout): (Uuid, &str, Option<Layout>),
    wanted: Result<Wanted, Problem>,
) -> Result<Response, Problem> {
    read::platform(runtime, reading, id).await?;
    let wanted = wanted?;
    let cards = Cards::read(runtime, &[id]).await?;
    let platform = cards.platform(id);
    let name = platform.map_or("Plateforme emploi", |platform| platform.name.as_str());
    let members = platform.map_or(0, |platform| platform.members.len());
    let territory = platform.map(|platform| platform.territory.clone()).unwrap_or_default();
    let subtitle = [territory, count(members, "organisation membre", "organisations membres")];
    let subtitle: Vec<_> = subtitle.into_iter().filter(|part| !part.is_empty()).collect();
    let title = (name.to_owned(), subtitle.join(" · "));
    let place = (href, format!("/plateformes/{id}/direct"));
    show(runtime, reading, (Whose::Platform(id), title, place, layout), wanted).await
}

type Place<'a> = (Whose, (String, String), (&'a str, String), Option<Layout>);

async fn show(
    runtime: &Runtime,
    reading: &Reading,
    (whose, title, (href, live), layout): Place<'_>,
    wanted: Wanted,
) -> Result<Response, Problem> {
    if let Some(address) = wanted.elsewhere(href) {
        return Ok(Redirect::to(&address).into_response());
    }
    wait(runtime, NAMES, wanted.min_position).await?;
    let of = format!("page {whose:?} {:?}", wanted.etat);
    let standing = wanted.etat.into();
    let before: Option<i64> = query::after(&of, wanted.suite.as_deref())?;
    let asked = Asked { whose, standing, structure: None, before, limit: CASES + 1 };
    let cases = read::board::statuses(runtime, reading, asked).await?;
    let (cases, further) = page(cases, CASES, &of, |(_, status)| status.last.position);
    let position = cases.iter().map(|(_, status)| status.last.position).max().unwrap_or(0);
    let (counts, rows) = looked_at(runtime, reading, cases, &wanted).await?;
    let (rows, next) = page(rows, LINES, &of, |row| row.last.position);
    let around = Around { title, href, live, position, counts };
    let view = view(rows, around, next.or(further), &wanted, runtime.clock.today());
    if wanted.fragment {
        return html(BoardFragment { view: &view }.render());
    }
    let layout = match layout {
        Some(layout) => layout,
        None => Layout::of(runtime, reading, href).await?,
    };
    html(BoardPage { layout: &layout, view: &view }.render())
}

/// How many each way to look at the board shows.
type Counts = [usize; Seeing::ALL.len()];

/// How many each way shows, and the lines of the one that is chosen, one more than a page holds at most. Names are
/// opened for those lines alone, unless someone is sought by their name.
async fn looked_at(
    runtime: &Runtime,
    reading: &Reading,
    cases: Vec<(Uuid, Status)>,
    wanted: &Wanted,
) -> Result<(Counts, Vec<BoardRow>), Problem> {
    let counts = |all: &[&Short]| {
        Seeing::ALL.map(|(seeing, _, _)| all.iter().filter(|short| seeing.shows(short)).count())
    };
    let sought = plain(&wanted.q);
    if sought.is_empty() {
        let today = runtime.clock.today();
        let shorts: Vec<Short> = cases.iter().map(|(_, status)| Short::of(status, today)).collect();
        let counts = counts(&shorts.iter().collect::<Vec<_>>());
        let shown = cases.into_iter().zip(&shorts).filter(|(_, short)| wanted.voir.shows(short));
        let shown = shown.map(|(case, _)| case).take(LINES + 1).collect();
        return Ok((counts, read::board::told(runtime, reading, shown).await?));
    }
    let mut rows = read::board::told(runtime, reading, cases).await?;
    rows.retain(|row| is_sought(row, &sought));
    let counts = counts(&rows.iter().map(|row| &row.status).collect::<Vec<_>>());
    rows.retain(|row| wanted.voir.shows(&row.status));
    Ok((counts, rows))
}

/// What is around the lines.
struct Around<'a> {
    title: (String, String),
    href: &'a str,
    live: String,
    position: i64,
    counts: Counts,
}

fn view(
    rows: Vec<BoardRow>,
    around: Around<'_>,
    next: Option<String>,
    wanted: &Wanted,
    today: Date,
) -> BoardView {
    let address = |seeing: Seeing| wanted.address(around.href, seeing);
    let tiles = Seeing::ALL.iter().zip(around.counts).map(|((seeing, word, text), count)| Tile {
        word,
        href: address(*seeing),
        text,
        count,
        here: *seeing == wanted.voir,
    });
    let tiles: Vec<Tile> = tiles.collect();
    let found = tiles.iter().find(|tile| tile.here).map_or(0, |tile| tile.count);
    let chosen = !wanted.q.is_empty() || wanted.voir != Seeing::Everyone || wanted.etat != Chosen::Open;
    BoardView {
        title: around.title.0,
        subtitle: around.title.1,
        live: format!("{}?depuis={}", around.live, around.position),
        href: around.href.to_owned(),
        form: wanted.form(),
        here: address(wanted.voir),
        states: Chosen::ALL.map(|(state, word, text)| (word, text, state == wanted.etat)).to_vec(),
        state: wanted.etat.word(),
        seeing: wanted.voir.word(),
        tiles,
        found: count(found, "personne trouvée", "personnes trouvées"),
        continued: wanted.suite.is_some(),
        q: wanted.q.clone(),
        rows: rows.into_iter().map(|row| line(row, today)).collect(),
        empty: if chosen {
            "Personne ne correspond à cette recherche. Essayez un autre mot, ou revenez à tout le monde."
        } else {
            "Personne ici pour l’instant. Les dossiers partagés avec vous apparaîtront sur cette page."
        },
        next,
    }
}

fn line(row: BoardRow, today: Date) -> RowView {
    let names: Names = HashMap::new();
    let told = Told { today, names: &names };
    let status = &row.status;
    RowView {
        id: row.id,
        called: row.called,
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
