//! `/dossiers/{id}`: how things stand, who is around, what comes, and the thread of facts.

use askama::Template;
use axum::{
    extract::{Path, State},
    response::Response,
};
use contracts::{common::v1::Role, label_of};
use jiff::civil::Date;
use serde::Deserialize;
use service::{
    Problem,
    api::{Shared, read_id},
    readership,
};
use vocabulary::{
    clock::day_in_paris,
    dates::{in_french, parse},
};

mod above;
mod facets;

use above::{standing, veiled};
use facets::facets;

use super::{
    Visitor,
    followups::waiting,
    html,
    lanes::{Lanes, draw},
    layout::Layout,
    lines::{Line, Told},
    restrictions,
};
use crate::{
    facets::next_dates,
    french::{self, capital, typeset},
    prompts::prompts,
    query::{self, Params, page, wait},
    read::{
        self,
        case::Case,
        followups::Waiting,
        identity::{Identity, pseudonym},
        timeline::{Asked, Item, Key},
    },
    views::NAMES,
};

/// Facts on a page.
const FACTS: usize = 100;

/// Parameters of the page.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseParams {
    fragment: Option<u8>,
    suite: Option<String>,
    min_position: Option<i64>,
}

#[derive(Template)]
#[template(path = "case.html")]
struct CasePage<'a> {
    layout: &'a Layout,
    view: &'a CaseView,
}

#[derive(Template)]
#[template(path = "case_fragment.html")]
struct CaseFragment<'a> {
    view: &'a CaseView,
}

/// What the page shows.
#[derive(Debug)]
pub struct CaseView {
    /// Where it is.
    pub href: String,
    /// Position of the last fact it shows.
    pub position: i64,
    /// How the person is called.
    pub called: String,
    /// What a browser calls the page, and keeps in its history: nobody’s name.
    pub pseudonym: String,
    /// What stands under the name.
    pub standing: String,
    /// Whether the case is open.
    pub open: bool,
    /// Since when its data are limited, and why, when they are.
    pub limited: Option<String>,
    /// Why the name is not shown, when it is not.
    pub veiled: Option<String>,
    /// Where to show a second factor, when it would open more.
    pub second_factor: Option<String>,
    /// The hour at which it closes, and in how many seconds, when it is open by an emergency only.
    pub urgent: Option<(String, i64)>,
    /// Where it says who opened it in an emergency, for the circle, when anyone did.
    pub emergencies: Option<String>,
    /// Telephone and the like.
    pub contact: Vec<(&'static str, String)>,
    /// The facets.
    pub facets: Vec<Facet>,
    /// What calls for someone.
    pub waiting: Vec<Line>,
    /// The dates that come.
    pub next: Vec<Line>,
    /// The professionals around the person.
    pub circle: Vec<Member>,
    /// Whether the reader is in the circle: they look after what is shared.
    pub in_circle: bool,
    /// Where it says who looked, for those who may know.
    pub consultations: Option<String>,
    /// The path.
    pub lanes: Option<Lanes>,
    /// The thread.
    pub months: Vec<Month>,
    /// Whether this is a later page of the thread.
    pub continued: bool,
    /// The address of what came before.
    pub older: Option<String>,
}

/// A facet.
#[derive(Debug)]
pub struct Facet {
    /// Its name.
    pub name: &'static str,
    /// How many of what.
    pub count: String,
    /// What stands now, and stood.
    pub lines: Vec<Line>,
    /// Those that are folded away.
    pub more: Vec<Line>,
    /// What is said when there is nothing.
    pub empty: &'static str,
}

/// A professional around the person.
#[derive(Debug)]
pub struct Member {
    /// Their name, or their post.
    pub called: String,
    /// Their post and organisation.
    pub post: String,
    /// Since when.
    pub since: String,
}

/// The facts of a month.
#[derive(Debug)]
pub struct Month {
    /// Its name.
    pub name: String,
    /// Its facts.
    pub facts: Vec<Fact>,
}

/// A fact on the thread.
#[derive(Debug)]
pub struct Fact {
    /// Its position.
    pub position: i64,
    /// Its context, also its style.
    pub context: &'static str,
    /// The day it happened, as people write it and as machines read it.
    pub day: String,
    /// See `day`.
    pub day_iso: String,
    /// What happened.
    pub label: &'static str,
    /// In a sentence.
    pub summary: String,
    /// Who stated it.
    pub who: String,
    /// When it was known, as people write it and as machines read it.
    pub known: String,
    /// See `known`.
    pub known_iso: String,
    /// Whether that was late.
    pub late: bool,
    /// The tool it was first said in.
    pub source: Option<String>,
    /// The soft rules it departs from.
    pub warnings: Vec<String>,
    /// Where the fact is that has said it anew since, and when that was known.
    pub corrected: Option<(String, String)>,
    /// What of it is closed to the reader.
    pub closed: String,
    /// What of it was erased.
    pub forgotten: bool,
}

/// `GET /dossiers/{id}`.
pub async fn case(
    State(runtime): State<Shared>,
    Visitor(actor): Visitor,
    Path(id): Path<String>,
    Params(params): Params<CaseParams>,
) -> Result<Response, Problem> {
    wait(&runtime, NAMES, params.min_position).await?;
    // Whoever has just opened it in an emergency is around the person as soon as this knows it.
    wait(&runtime, &[readership::NAME], params.min_position).await?;
    let case = read::case::read(&runtime, &actor, read_id(&id)?).await?;
    let of = format!("page {}", case.id);
    let after: Option<Key> = query::after(&of, params.suite.as_deref())?;
    let asked = Asked { after, limit: FACTS + 1, known_at: None };
    let items = read::timeline::read(&runtime, &actor, (&case.seen, &case.status), asked).await?;
    let (items, next) = page(items, FACTS, &of, |item| (item.occurred_on, item.position));
    let mut view = view(&case, items, next);
    view.continued = after.is_some();
    let hosts = actor.organisation_id == Some(case.seen.standing.structure_id);
    let looks = actor.role == Role::AUDITEUR || actor.role == Role::REFERENT_SOCIAL && hosts;
    let now = runtime.clock.now();
    view.urgent =
        case.seen.emergency_until.map(|until| (super::hour(until), until.duration_since(now).as_secs() + 1));
    // Nothing waits for whoever may only read.
    if view.urgent.is_some() {
        view.waiting.clear();
    }
    view.consultations = looks.then(|| format!("/dossiers/{}/consultations", case.id));
    if params.fragment.is_some() {
        return html(CaseFragment { view: &view }.render());
    }
    let layout = Layout::of(&runtime, &actor, &view.href).await?;
    html(render(&layout, &view))
}

/// The page.
///
/// # Errors
/// When it cannot be written.
pub fn render(layout: &Layout, view: &CaseView) -> askama::Result<String> {
    CasePage { layout, view }.render()
}

/// What the page of that case shows.
pub fn view(case: &Case, items: Vec<Item>, next: Option<String>) -> CaseView {
    let names = case.cards.names();
    let told = Told { today: case.today, names: &names };
    let (href, more) = (format!("/dossiers/{}", case.id), case.seen.second_factor_opens_more);
    CaseView {
        position: case.status.last.position,
        called: case.identity.as_ref().map_or_else(|| pseudonym(case.id), Identity::full_name),
        pseudonym: pseudonym(case.id),
        standing: standing(case, &names),
        open: case.status.open,
        limited: restrictions::banner(&case.seen.standing.restrictions),
        veiled: veiled(case),
        second_factor: more.then(|| format!("/connexion/second-facteur?suite={href}")),
        contact: case.identity.as_ref().map(contact).unwrap_or_default(),
        facets: facets(case, told),
        waiting: prompts(&case.status, case.today)
            .into_iter()
            .map(|prompt| waiting(&Waiting::of(prompt, &case.status, &names)))
            .collect(),
        next: next_dates(&case.status, case.today).iter().map(|one| told.next(one)).collect(),
        circle: circle(case),
        in_circle: case.seen.in_circle,
        urgent: None,
        emergencies: (case.seen.in_circle && !case.seen.standing.emergencies.is_empty())
            .then(|| format!("{href}/urgences")),
        consultations: None,
        lanes: draw(&case.status, told),
        months: months(items, case.today),
        continued: false,
        older: next.map(|cursor| format!("{href}?suite={cursor}")),
        href,
    }
}

fn contact(one: &Identity) -> Vec<(&'static str, String)> {
    let birth = parse(&one.birth_date).map(in_french).unwrap_or_default();
    let all = [
        ("Date de naissance", birth),
        ("Téléphone", one.phone.clone()),
        ("Courriel", one.email.clone()),
        ("Langue préférée", one.language.clone()),
    ];
    all.into_iter().filter(|(_, value)| !value.is_empty()).collect()
}

fn circle(case: &Case) -> Vec<Member> {
    let member = |one: &read::case::CircleMember| {
        let organisation = one.organisation.as_ref().map(|card| format!(", {}", card.name));
        let post = format!("{}{}", capital(&one.title), organisation.unwrap_or_default());
        let since = one.since.map(|day| format!("depuis le {}", in_french(day)));
        let frame = label_of(one.frame);
        let frame = if frame.is_empty() { String::new() } else { format!("{frame}, ") };
        Member {
            called: one.holder.clone().unwrap_or_else(|| "Poste à pourvoir".to_owned()),
            post: typeset(&post),
            since: typeset(&format!("{frame}{}", since.unwrap_or_default())),
        }
    };
    case.circle.iter().map(member).collect()
}

fn months(items: Vec<Item>, today: Date) -> Vec<Month> {
    let mut months: Vec<Month> = Vec::new();
    for item in items {
        let name = capital(&french::month(item.occurred_on));
        let fact = fact(item, today);
        match months.last_mut().filter(|month| month.name == name) {
            Some(month) => month.facts.push(fact),
            None => months.push(Month { name, facts: vec![fact] }),
        }
    }
    months
}

fn fact(item: Item, today: Date) -> Fact {
    let known_on = day_in_paris(item.recorded_at);
    let hour = super::hour(item.recorded_at);
    let known_text = if known_on == item.occurred_on {
        format!("su le jour même à {hour}")
    } else {
        format!("su le {} à {hour}", french::short(known_on, today))
    };
    let warning = |one: read::timeline::Warning| {
        let text = typeset(if one.text.is_empty() { &one.rule } else { one.text });
        if one.rule_version > 1 { format!("{text} (règle, version {})", one.rule_version) } else { text }
    };
    Fact {
        position: item.position,
        context: item.context,
        day: french::short(item.occurred_on, item.occurred_on),
        day_iso: item.occurred_on.to_string(),
        label: item.label,
        summary: typeset(&item.summary),
        who: item.who.called,
        known: typeset(&known_text),
        known_iso: item.recorded_at.to_string(),
        late: item.late,
        corrected: item
            .corrected
            .map(|by| (format!("#fait-{}", by.position), french::short(day_in_paris(by.recorded_at), today))),
        source: item.source.as_deref().map(french::system),
        warnings: item.warnings.into_iter().map(warning).collect(),
        closed: item.closed.iter().map(|class| class_in_french(class)).collect::<Vec<_>>().join(", "),
        forgotten: !item.forgotten.is_empty(),
    }
}

fn class_in_french(class: &str) -> &'static str {
    match class {
        "identity" => "identité",
        "project" => "projet",
        "social" => "situation sociale",
        "health" => "santé",
        "judicial" => "situation judiciaire",
        _ => "note de travail",
    }
}
