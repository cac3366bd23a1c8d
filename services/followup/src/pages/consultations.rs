//! `/dossiers/{id}/consultations`: who looked at what of a person. `/consultations`: who reads how much, and who reads
//! no more.

use askama::Template;
use axum::{
    extract::{Path, State},
    response::Response,
};
use contracts::{
    EnumValue,
    audit::v1::{RestorationReason, SuspensionReason},
    buffa::Enumeration as _,
    common::v1::Role,
    label_of, values_of,
};
use jiff::Timestamp;
use serde::Deserialize;
use service::{
    Problem,
    api::{Shared, read_id},
};
use uuid::Uuid;
use vocabulary::clock::day_in_paris;

use super::{
    Visitor, hour, html,
    layout::Layout,
    sheet::{Cell, Row, Section, Sheet, Table, render},
};
use crate::{
    french::{capital, short, typeset},
    query::{self, Params, page as cut, wait},
    read::readings::{self, Consultation, Volume, Volumes},
    views::directory,
};

/// Readings on a page.
const ROWS: usize = 200;

/// Where the volumes are.
pub const HERE: &str = "/consultations";

/// Parameters of the page of a case.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseParams {
    suite: Option<String>,
}

/// `GET /dossiers/{id}/consultations`.
pub async fn of_case(
    State(runtime): State<Shared>,
    Visitor(reading): Visitor,
    Path(id): Path<String>,
    Params(params): Params<CaseParams>,
) -> Result<Response, Problem> {
    let id = read_id(&id)?;
    let named = readings::may(&runtime, &reading, id).await?;
    let of = format!("consultations {id}");
    let before: Option<i64> = query::after(&of, params.suite.as_deref())?;
    let items = readings::of_case(&runtime, named.then_some(&reading), id, (before, ROWS + 1)).await?;
    let (items, next) = cut(items, ROWS, &of, |item| item.id);
    let today = runtime.clock.today();
    let href = format!("/dossiers/{id}/consultations");
    let table = Table {
        columns: vec!["Qui", "Quand", "Ce qui a été regardé", "Pour quoi"],
        rows: gathered(items)
            .iter()
            .map(|(one, times)| {
                let post = capital(&one.post);
                let who = match &one.name {
                    Some(name) => Cell::text(name).detail(post),
                    None => Cell::text(post),
                };
                let day = short(day_in_paris(one.at), today);
                let often = if *times > 1 { format!("{times} fois ce jour-là") } else { String::new() };
                let emergency = if one.emergency { "Accès ouvert en urgence" } else { "" };
                let purpose = if one.purpose_text.is_empty() { "non précisé" } else { one.purpose_text };
                Row(vec![
                    who,
                    Cell::text(format!("{day} à {}", hour(one.at))).detail(often),
                    Cell::text(capital(one.looked_at)).detail(one.classes_text.join(", ")),
                    Cell::text(capital(purpose)).detail(emergency),
                ])
            })
            .collect(),
        figures: false,
    };
    let section = Section::table("Sur douze mois, les dernières d’abord", table, "Personne n’a encore consulté ce dossier.").note(
        "Chaque consultation est consignée avant d’être montrée, et gardée un an. Les listes qui ne montrent que le nom aux professionnels du cercle n’y figurent pas.",
    );
    let sheet = Sheet {
        back: href.strip_suffix("/consultations").map(|case| (case.to_owned(), "Revenir au dossier")),
        title: "Qui a consulté ce dossier".to_owned(),
        subtitle: "Qui, depuis quelle organisation, quand, ce qui a été ouvert, et pour quoi.".to_owned(),
        sections: vec![section],
        next: next.map(|cursor| format!("{href}?suite={cursor}")),
        href: href.clone(),
        ..Sheet::default()
    };
    render(&Layout::of(&runtime, &reading, &href).await?, &sheet)
}

/// The same look by the same person on the same day is told once, with how many times.
fn gathered(items: Vec<Consultation>) -> Vec<(Consultation, usize)> {
    let mut gathered: Vec<(Consultation, usize)> = Vec::new();
    for item in items {
        let same = |one: &Consultation| {
            (one.post_id, &one.name, one.looked_at, &one.classes, &one.purpose, one.emergency)
                == (item.post_id, &item.name, item.looked_at, &item.classes, &item.purpose, item.emergency)
                && day_in_paris(one.at) == day_in_paris(item.at)
        };
        match gathered.iter_mut().find(|(one, _)| same(one)) {
            Some((_, times)) => *times += 1,
            None => gathered.push((item, 1)),
        }
    }
    gathered
}

#[derive(Template)]
#[template(path = "consultations.html")]
struct VolumesPage<'a> {
    layout: &'a Layout,
    suspensions: Vec<Suspended>,
    volumes: Option<Vec<Read>>,
    an_hour: i32,
    a_day: i32,
    reasons: Vec<(&'static str, String)>,
    suspending: [(&'static str, String); 3],
}

/// Why someone is suspended by hand.
const BY_HAND: [SuspensionReason; 3] =
    [SuspensionReason::COMPROMISED, SuspensionReason::UNEXPLAINED, SuspensionReason::DEPARTED];

/// A suspension, as it is shown.
struct Suspended {
    /// Where its form goes; nothing when whoever looks may not restore it, or it is over.
    restore: Option<String>,
    /// The idempotency key of the form.
    key: Uuid,
    name: String,
    post: String,
    why: String,
    since: String,
    until: String,
}

/// How much someone reads, as it is shown.
struct Read {
    reader: Uuid,
    /// A key for the form that suspends them, for who may.
    key: Option<Uuid>,
    name: String,
    post: String,
    figures: [i64; 4],
    much: bool,
}

/// Parameters of the page of volumes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VolumesParams {
    min_position: Option<i64>,
}

/// `GET /consultations`.
pub async fn volumes(
    State(runtime): State<Shared>,
    Visitor(reading): Visitor,
    Params(params): Params<VolumesParams>,
) -> Result<Response, Problem> {
    wait(&runtime, &[directory::NAME], params.min_position).await?;
    let volumes = readings::volumes(&runtime, &reading).await?;
    let layout = Layout::of(&runtime, &reading, HERE).await?;
    let administers = reading.role == Role::ADMINISTRATEUR;
    let watches = administers || reading.role == Role::DPO;
    let now = runtime.clock.now();
    let key = || runtime.ids.next(now);
    let Volumes { an_hour, a_day, suspensions, items } = volumes;
    let suspensions = suspensions.into_iter().map(|one| suspended(one, administers, key(), now));
    let page = VolumesPage {
        layout: &layout,
        suspensions: suspensions.collect(),
        volumes: watches.then(|| {
            let own = reading.professional_id;
            let key = |one: &Volume| (administers && own != Some(one.reader_id)).then(key);
            items.into_iter().map(|one| read(key(&one), one, an_hour)).collect()
        }),
        suspending: BY_HAND.map(|reason| (reason.proto_name(), capital(label_of(EnumValue::from(reason))))),
        an_hour,
        a_day,
        reasons: values_of::<RestorationReason>().map(|(word, text)| (word, capital(text))).collect(),
    };
    html(page.render())
}

fn suspended(one: readings::Suspension, administers: bool, key: Uuid, now: Timestamp) -> Suspended {
    let today = day_in_paris(now);
    let at = |at: Timestamp| format!("{} à {}", short(day_in_paris(at), today), hour(at));
    let why = match (one.reason.as_str(), one.hours) {
        ("HONEY", _) => {
            "A demandé le dossier d’une personne que personne n’a de raison de demander.".to_owned()
        }
        ("VOLUME", hours) => {
            let within = if hours == 1 { "une heure".to_owned() } else { format!("{hours} heures") };
            format!("A voulu ouvrir {} personnes différentes en {within}.", one.people)
        }
        (reason, _) => {
            let reason = SuspensionReason::from_proto_name(reason).unwrap_or_default();
            format!("Suspendu par un administrateur : {}.", label_of(EnumValue::from(reason)))
        }
    };
    let lasts = one.restored_at.is_none();
    Suspended {
        restore: (administers && lasts).then(|| format!("{HERE}/{}/retablir", one.reader_id)),
        key,
        name: one.name.unwrap_or_default(),
        post: capital(&one.post),
        why: typeset(&why),
        since: at(one.at),
        until: one.restored_at.map(at).unwrap_or_default(),
    }
}

fn read(key: Option<Uuid>, one: Volume, an_hour: i32) -> Read {
    Read {
        reader: one.reader_id,
        key,
        name: one.name.unwrap_or_default(),
        post: capital(&one.post),
        much: one.people_hour * 2 >= i64::from(an_hour),
        figures: [one.people_hour, one.people_day, one.people_month, one.readings],
    }
}
