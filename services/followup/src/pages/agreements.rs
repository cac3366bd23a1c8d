//! `/dossiers/{id}/accords`: who reads what of a person, since when, until when, for what; one more agreement, or
//! one less, at once.

use askama::Template;
use axum::{
    extract::{Path, State},
    response::Response,
};
use contracts::{
    EnumValue,
    buffa::Enumeration as _,
    case::v1::{AgreementForm, PersonalClass},
    label_of, values_of,
};
use jiff::civil::Date;
use serde::Deserialize;
use service::{
    Problem, Reading, Runtime,
    api::{Shared, read_id},
};
use uuid::Uuid;
use vocabulary::dates::{in_french, valid_for_months};

use super::{Visitor, html, layout::Layout, search::plain};
use crate::{
    french::{capital, list, typeset},
    query::{Params, wait},
    read::{
        self,
        cards::of_kind,
        case::Case,
        sharing::{self, Agreement, Reader, Standing},
    },
    views::{NAMES, directory::Entry},
};

pub mod printed;

/// Parameters of the page.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgreementsParams {
    fragment: Option<u8>,
    min_position: Option<i64>,
}

#[derive(Template)]
#[template(path = "agreements.html")]
struct AgreementsPage<'a> {
    layout: &'a Layout,
    view: &'a AgreementsView,
}

#[derive(Template)]
#[template(path = "agreements_fragment.html")]
struct AgreementsFragment<'a> {
    view: &'a AgreementsView,
}

/// What the page shows.
#[derive(Debug)]
pub struct AgreementsView {
    /// The address of the case.
    pub case_href: String,
    /// Position of the last fact it shows.
    pub position: i64,
    /// How the person is called.
    pub called: String,
    /// Those that hold, or will.
    pub open: Vec<Told>,
    /// The others.
    pub past: Vec<Told>,
    /// Who reads what today.
    pub readers: Vec<Reads>,
    /// The platform whose members know of the case, without who it is.
    pub platform: Option<String>,
    /// What is needed to write one down, for those who may.
    pub form: Option<Blank>,
}

/// An agreement, in French.
#[derive(Debug)]
pub struct Told {
    /// Its id.
    pub id: Uuid,
    /// Whom it is given to.
    pub organisation: String,
    /// What it opens.
    pub what: String,
    /// For what.
    pub purposes: String,
    /// From when to when.
    pub period: String,
    /// How it was given, and to whom it was said.
    pub how: String,
    /// Where it stands.
    pub standing: &'static str,
    /// Whether it holds today.
    pub holds: bool,
    /// A key for the form that takes it back.
    pub key: Uuid,
}

/// Who reads.
#[derive(Debug)]
pub struct Reads {
    /// The post, or the organisation.
    pub who: String,
    /// Its organisation, for a post.
    pub organisation: String,
    /// What they read.
    pub what: String,
    /// Since when, or until when.
    pub until: String,
}

/// A box to tick: its word, what it says, what is said below.
#[derive(Debug)]
pub struct Choice {
    /// Its word.
    pub word: &'static str,
    /// What it says.
    pub text: String,
    /// What is said below.
    pub plain: &'static str,
}

/// What is needed to write an agreement down.
#[derive(Debug)]
pub struct Blank {
    /// A key: the same form sent twice is one agreement.
    pub key: Uuid,
    /// The organisations, by name.
    pub organisations: Vec<(Uuid, String)>,
    /// What can be opened.
    pub classes: Vec<Choice>,
    /// For what.
    pub purposes: Vec<Choice>,
    /// How the person says yes.
    pub forms: Vec<Choice>,
    /// Today, the day proposed as the last one, and the last possible.
    pub today: Date,
    /// See `today`.
    pub last: Date,
}

/// `GET /dossiers/{id}/accords`.
pub async fn page(
    State(runtime): State<Shared>,
    Visitor(reading): Visitor,
    Path(id): Path<String>,
    Params(params): Params<AgreementsParams>,
) -> Result<Response, Problem> {
    wait(&runtime, NAMES, params.min_position).await?;
    let case = read::case::read(&runtime, &reading, read_id(&id)?).await?;
    let view = view(&runtime, &reading, &case).await?;
    if params.fragment.is_some() {
        return html(AgreementsFragment { view: &view }.render());
    }
    let layout = Layout::of(&runtime, &reading, &view.case_href).await?;
    html(AgreementsPage { layout: &layout, view: &view }.render())
}

async fn view(runtime: &Runtime, reading: &Reading, case: &Case) -> Result<AgreementsView, Problem> {
    let (agreements, readers) = sharing::of(runtime, case).await?;
    let now = runtime.clock.now();
    let may = super::may_state(runtime, reading, &case.seen.standing, "case.give-agreement").await?;
    let host = case.seen.standing.structure_id;
    let own = reading.organisation_id.filter(|own| *own != host);
    let told = |one: &Agreement| told(one, runtime.ids.next(now), may);
    let (open, past): (Vec<&Agreement>, Vec<&Agreement>) =
        agreements.iter().partition(|one| matches!(one.standing, Standing::Holds | Standing::ToCome));
    let platform = case.status.platform_id.and_then(|id| case.cards.platform(id));
    Ok(AgreementsView {
        case_href: format!("/dossiers/{}", case.id),
        position: case.status.last.position,
        called: case.called(),
        open: open.into_iter().map(told).collect(),
        past: past.into_iter().map(told).collect(),
        readers: readers.iter().map(reads).collect(),
        platform: platform.map(|one| one.name.clone()),
        form: if may { Some(blank(runtime, case.today, own).await?) } else { None },
    })
}

fn told(one: &Agreement, key: Uuid, may: bool) -> Told {
    let how = label_of(one.form);
    let given = one.given_on.map(|day| format!("donné le {}", in_french(day))).unwrap_or_default();
    let how = [given, how.to_owned()].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>();
    Told {
        id: one.id,
        organisation: capital(&one.organisation.name),
        what: capital(&list(&one.classes)),
        purposes: list(&one.purposes),
        period: period(one),
        how: capital(&how.join(", ")),
        standing: standing(one.standing),
        holds: may && matches!(one.standing, Standing::Holds | Standing::ToCome),
        key,
    }
}

/// From when to when.
fn period(one: &Agreement) -> String {
    let from = one.from.map(|day| format!("du {}", in_french(day))).unwrap_or_default();
    let last = one.withdrawn_on.map(|day| format!(", retiré le {}", in_french(day))).unwrap_or_default();
    let until = one.until.map(|day| format!(" au {}", in_french(day))).unwrap_or_default();
    capital(&format!("{from}{until}{last}"))
}

const fn standing(standing: Standing) -> &'static str {
    match standing {
        Standing::Holds => "ouvert aujourd’hui",
        Standing::ToCome => "pas encore commencé",
        Standing::Withdrawn => "retiré par la personne",
        Standing::Over => "arrivé à son terme",
    }
}

fn reads(one: &Reader) -> Reads {
    let organisation = one.organisation.as_ref().map(|card| card.name.clone()).unwrap_or_default();
    let (who, organisation) = match one.post_id {
        Some(_) => (capital(&one.title), organisation),
        None => (capital(&organisation), "par accord de la personne".to_owned()),
    };
    let classes: Vec<&str> = one.classes.iter().map(|class| class_in_french(class)).collect();
    let what = if classes.is_empty() {
        "les étapes du parcours seulement, sans le nom".to_owned()
    } else {
        classes.join(", ")
    };
    let until = one.until.map(|day| format!("jusqu’au {}", in_french(day)));
    Reads {
        who,
        organisation: typeset(&organisation),
        what: capital(&what),
        until: until.unwrap_or_else(|| "tant que ce poste est dans le cercle".to_owned()),
    }
}

/// A class of data in French, as agreements call it.
pub fn class_in_french(class: &str) -> &'static str {
    let words = PersonalClass::values().iter();
    let found = words.map(|word| (word.proto_name(), label_of(EnumValue::from(*word))));
    found.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(class)).map_or("", |(_, text)| text)
}

/// Nothing is given to `but`: the organisation of whoever writes it down, unless it hosts the person.
async fn blank(runtime: &Runtime, today: Date, but: Option<Uuid>) -> Result<Blank, Problem> {
    let all = of_kind(runtime, "organisation", Uuid::nil(), 2_000).await?;
    let mut organisations: Vec<(Uuid, String)> = all
        .into_iter()
        .filter(|(id, _)| Some(*id) != but)
        .filter_map(|(id, entry)| match entry {
            Entry::Organisation(one) => {
                Some((id, format!("{} ({})", capital(&one.name), label_of(one.kind))))
            }
            _ => None,
        })
        .collect();
    organisations.sort_by_cached_key(|(_, name)| plain(name));
    Ok(Blank {
        key: runtime.ids.next(runtime.clock.now()),
        organisations,
        classes: printed::classes(),
        purposes: printed::purposes(),
        forms: choices::<AgreementForm>(|_| ""),
        today,
        last: valid_for_months(today, 12),
    })
}

/// The words of an enumeration that can be chosen.
fn choices<E: contracts::WordEnum>(plain: fn(&str) -> &'static str) -> Vec<Choice> {
    let all = values_of::<E>().filter(|(_, text)| !text.is_empty());
    all.map(|(word, text)| Choice { word, text: capital(text), plain: plain(word) }).collect()
}
