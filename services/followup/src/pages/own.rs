//! `/mon-suivi`: what is kept about a person, told to that person, in plain words. The way in is a sheet and a code;
//! the secret of the sheet is exchanged at once for a session that lasts half an hour, and is in no other address.
//!
//! French is the only language for now: each page of the person is a template of its own in `templates/own/`, named
//! by its language, and its sentences are in [`words`]; another language is another of each.

use access::STAY;
use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use contracts::common::v1::Role;
use jiff::Timestamp;
use serde::Deserialize;
use service::{
    Problem, Runtime,
    api::{Person, Shared, not_come_in},
};
use uuid::Uuid;
use vocabulary::{
    clock::{day_in_paris, paris},
    dates::in_french,
};

use super::{
    assets::{ASSETS, Assets},
    html,
};
use crate::{
    french::{capital, sentence, typeset},
    query::{Params, wait},
    read::{
        self,
        case::Case,
        readings::{self, Consultation},
        recipients,
        sharing::{self, Agreement, Reader, Standing},
    },
    views::NAMES,
};

pub mod correct;
pub mod door;
pub mod everything;
pub mod object;
pub mod words;

use words::Step;

/// What surrounds the pages of the person.
#[derive(Debug)]
pub struct Frame {
    demonstration: bool,
    assets: &'static Assets,
    /// What their forms hold; nothing before they are in.
    token: Option<String>,
}

impl Frame {
    fn of(runtime: &Runtime, person: Option<&Person>) -> Self {
        let token = person.map(|person| person.token().to_owned());
        Self { demonstration: runtime.config.demonstration, assets: &ASSETS, token }
    }
}

/// Parameters of the page.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnParams {
    min_position: Option<i64>,
}

#[derive(Template)]
#[template(path = "own/view.fr.html")]
struct OwnPage<'a> {
    frame: &'a Frame,
    view: &'a OwnView,
}

/// What the page shows.
#[derive(Debug)]
struct OwnView {
    called: String,
    structure: String,
    until: String,
    today: String,
    circle: Vec<Follows>,
    /// What the person agreed to, that holds.
    shares: Vec<Shares>,
    /// Who reads something today.
    readers: Vec<Reads>,
    /// Who had received something and was told what became of it.
    told: Vec<Step>,
    platform: Option<String>,
    next: Vec<Step>,
    wishes: Vec<String>,
    /// Hours a week of what they take part in, when it was said.
    hours: Option<String>,
    steps: Vec<Step>,
    looked: Vec<Looked>,
    /// Whether they looked more often than is shown.
    looked_more: bool,
    /// When the person came in themselves, last first.
    visits: Vec<String>,
    asked: usize,
    /// Whether their data are left alone now.
    limited: bool,
}

/// Someone who follows the person.
#[derive(Debug)]
struct Follows {
    name: String,
    what: String,
    since: String,
}

/// Something the person shares.
#[derive(Debug)]
struct Shares {
    with: String,
    what: Vec<&'static str>,
    until: String,
}

/// Someone who may read.
#[derive(Debug)]
struct Reads {
    who: String,
    what: Vec<&'static str>,
}

/// Someone who looked.
#[derive(Debug, PartialEq, Eq)]
struct Looked {
    day: String,
    who: String,
    what: String,
}

/// Readings by others shown on the page; all of them are in what the person can take away.
const LOOKED: usize = 20;
/// Readings that are looked through for them.
const READ: usize = 200;

/// `GET /mon-suivi`.
pub async fn page(
    State(runtime): State<Shared>,
    person: Person,
    Params(params): Params<OwnParams>,
) -> Result<Response, Problem> {
    wait(&runtime, NAMES, params.min_position).await?;
    let case = own_case(&runtime, &person).await?;
    let view = view(&runtime, &person, &case).await?;
    html(OwnPage { frame: &Frame::of(&runtime, Some(&person)), view: &view }.render())
}

/// Their case. An access that was closed meanwhile opens nothing: the door is shown again.
async fn own_case(runtime: &Runtime, person: &Person) -> Result<Case, Problem> {
    match read::case::read(runtime, &person.reading, person.case_id()).await {
        Err(problem) if [403, 404].contains(&problem.status.as_u16()) => Err(not_come_in()),
        read => read,
    }
}

async fn view(runtime: &Runtime, person: &Person, case: &Case) -> Result<OwnView, Problem> {
    let (agreements, readers) = sharing::of(runtime, case).await?;
    let wishes = wishes(runtime, person, case).await?;
    let looked = readings::of_case(runtime, Some(&person.reading), case.id, (None, READ)).await?;
    let others: Vec<&Consultation> = looked.iter().filter(|one| one.role != Role::PERSONNE).collect();
    let looked_more = looked.len() == READ;
    let own = looked.iter().filter(|one| one.role == Role::PERSONNE).map(|one| one.at);
    let names = case.cards.names();
    let until = case.seen.standing.own_access(case.today).map(|access| in_french(access.until));
    let given = case.identity.as_ref().map(|one| one.given_name.clone());
    let platform = case.status.platform_id.and_then(|id| case.cards.platform(id));
    Ok(OwnView {
        called: given.unwrap_or_default(),
        structure: case.cards.card(case.status.structure_id).name,
        until: until.unwrap_or_default(),
        today: in_french(case.today),
        circle: case.circle.iter().map(follows).collect(),
        shares: agreements.iter().filter(|one| one.standing == Standing::Holds).map(shares).collect(),
        readers: readers.iter().filter(|one| !one.classes.is_empty()).map(reads).collect(),
        told: words::told(&recipients::of_case(runtime, case.id).await?),
        platform: platform.map(|one| one.name.clone()),
        next: words::next(&case.status, case.today, &names),
        wishes,
        hours: Some(case.status.activity_weekly_minutes()).filter(|all| *all > 0).map(crate::french::hours),
        steps: words::steps(&case.status, case.today, &names),
        looked: together(others.into_iter().map(looked_by)).into_iter().take(LOOKED).collect(),
        looked_more,
        visits: visits(own).into_iter().take(LOOKED).map(at_what_hour).collect(),
        asked: case.status.rectifications.len(),
        limited: case.seen.standing.restrictions.hold(),
    })
}

fn follows(one: &read::case::CircleMember) -> Follows {
    let at = one.organisation.as_ref().map(|card| format!(", {}", card.name)).unwrap_or_default();
    let since = one.since.map(|day| format!("Depuis le {}.", in_french(day)));
    Follows {
        name: one.holder.clone().unwrap_or_else(|| "Quelqu’un va arriver".to_owned()),
        what: typeset(&format!("{}{at}", capital(&one.title))),
        since: since.unwrap_or_default(),
    }
}

fn shares(one: &Agreement) -> Shares {
    let opened = one.classes.iter().filter_map(|class| class.as_known());
    let what = opened.map(|class| sharing::called(words::class_name(class)));
    Shares {
        with: capital(&one.organisation.name),
        what: what.collect(),
        until: one.until.map(in_french).unwrap_or_default(),
    }
}

fn reads(one: &Reader) -> Reads {
    let organisation = one.organisation.as_ref().map(|card| card.name.as_str()).unwrap_or_default();
    let who = match one.post_id {
        Some(_) => format!("{}, {organisation}", capital(&one.title)),
        None => capital(organisation),
    };
    Reads { who: typeset(&who), what: one.classes.iter().map(|class| sharing::called(class)).collect() }
}

fn looked_by(one: &Consultation) -> Looked {
    let own = one.role == Role::PERSONNE;
    let who = match &one.name {
        _ if own => "vous-même".to_owned(),
        Some(name) => format!("{name}, {}", one.post),
        None => one.post.clone(),
    };
    let seen = one.classes.iter().filter(|class| *class != "trace").map(|class| sharing::called(class));
    let seen = seen.collect::<Vec<_>>().join(" ; ");
    let seen = if seen.is_empty() { "vos étapes, sans rien de personnel".to_owned() } else { seen };
    let urgent = if one.emergency { ". En urgence" } else { "" };
    Looked {
        day: in_french(day_in_paris(one.at)),
        who: typeset(&capital(&who)),
        what: typeset(&capital(&format!("{seen}{urgent}"))),
    }
}

/// The person’s own visits, last first: what they looked at within one stay is one visit. Told with its hour, so that
/// they see whether someone else came in.
fn visits(looked: impl DoubleEndedIterator<Item = Timestamp>) -> Vec<Timestamp> {
    let mut visits: Vec<Timestamp> = Vec::new();
    for at in looked.rev() {
        if visits.last().is_none_or(|begun| at.duration_since(*begun) >= STAY) {
            visits.push(at);
        }
    }
    visits.reverse();
    visits
}

fn at_what_hour(at: Timestamp) -> String {
    let there = at.to_zoned(paris());
    typeset(&format!("{} à {} h {:02}", in_french(there.date()), there.hour(), there.minute()))
}

/// The same person the same day is told once for each thing they looked at.
fn together(all: impl Iterator<Item = Looked>) -> Vec<Looked> {
    let mut told: Vec<Looked> = Vec::new();
    for one in all {
        if !told.contains(&one) {
            told.push(one);
        }
    }
    told
}

/// What the person wishes, as it was written.
async fn wishes(runtime: &Runtime, person: &Person, case: &Case) -> Result<Vec<String>, Problem> {
    let positions: Vec<i64> = case.status.wishes.values().map(|wish| wish.position).collect();
    let facts = runtime.journal.at(&positions).await?;
    let opened = runtime.open(&person.reading, &facts, |class| case.seen.opens(class)).await?;
    let names = case.cards.names();
    facts
        .iter()
        .zip(opened)
        .map(|(fact, opened)| {
            let text = sentence(fact.kind, &opened.bytes, "", &names)?;
            Ok::<_, service::BoxError>(typeset(&text))
        })
        .filter(|text| text.as_ref().is_ok_and(|text| !text.is_empty()) || text.is_err())
        .collect::<Result<_, _>>()
        .map_err(Problem::from)
}

/// A page of theirs, whatever it is.
fn plain(page: askama::Result<String>, status: axum::http::StatusCode) -> Result<Response, Problem> {
    Ok((status, html(page)?).into_response())
}

/// A key for a form: sent twice, it is applied once.
fn key(runtime: &Runtime) -> Uuid {
    runtime.ids.next(runtime.clock.now())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_looked_at_within_one_stay_is_one_visit_told_with_its_hour() {
        let at = |text: &str| text.parse::<Timestamp>().expect("an instant");
        let looked =
            ["2026-11-23T15:31:00Z", "2026-11-23T15:01:00Z", "2026-11-23T08:29:59Z", "2026-11-23T08:00:00Z"];
        let told: Vec<String> = visits(looked.into_iter().map(at)).into_iter().map(at_what_hour).collect();
        let told: Vec<String> = told.iter().map(|one| one.replace(['\u{a0}', '\u{202f}'], " ")).collect();
        let expected =
            ["23 novembre 2026 à 16 h 31", "23 novembre 2026 à 16 h 01", "23 novembre 2026 à 9 h 00"];
        assert_eq!(told, expected);
        assert!(visits(std::iter::empty()).is_empty());
    }
}
