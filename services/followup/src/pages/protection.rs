//! `/protection-des-donnees`: what whoever looks after the protection of data must know, without any person.

use axum::{extract::State, response::Response};
use contracts::{Class, label_of};
use jiff::civil::Date;
use serde::Deserialize;
use service::{Problem, Reading, Runtime, api::Shared, forgettings::Standing};
use vocabulary::{clock::day_in_paris, dates::in_french};

use super::{
    Visitor, hour,
    layout::Layout,
    sheet::{Cell, Row, Section, Sheet, Table, render},
};
use crate::{
    french::capital,
    query::{Params, wait},
    read::{
        emergencies::Emergencies,
        protection::{Erasure, Limited, Overdue, VIEWS, read},
        readings::class_text,
    },
};

/// Where it is.
pub const HERE: &str = "/protection-des-donnees";

/// Parameters of the page.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProtectionParams {
    min_position: Option<i64>,
}

/// `GET /protection-des-donnees`.
pub async fn page(
    State(runtime): State<Shared>,
    Visitor(reading): Visitor,
    Params(params): Params<ProtectionParams>,
) -> Result<Response, Problem> {
    wait(&runtime, VIEWS, params.min_position).await?;
    show(&runtime, &reading, &Layout::of(&runtime, &reading, HERE).await?).await
}

/// The page, at its own address or as the first page of whoever looks after the protection of data.
///
/// # Errors
/// When it is not the reader’s to see, or cannot be read.
pub(super) async fn show(runtime: &Runtime, reading: &Reading, layout: &Layout) -> Result<Response, Problem> {
    let all = read(runtime, reading).await?;
    let sheet = Sheet {
        title: "Protection des données".to_owned(),
        subtitle: "Les accès en urgence, ce qui est gardé au-delà de son terme ou sans servir, et les effacements avec leur reçu. Aucune personne accompagnée n’est nommée ici.".to_owned(),
        sections: vec![
            to_review(&all.emergencies),
            by_organisation(&all.emergencies),
            overdue(&all.overdue),
            limited(&all.limited),
            erasures(&all.erasures),
        ],
        href: HERE.to_owned(),
        ..Sheet::default()
    };
    render(layout, &sheet)
}

fn to_review(all: &Emergencies) -> Section {
    let rows = all.to_review.iter().map(|one| {
        let when = one.opened_at.map(|at| format!("{} à {}", in_french(day_in_paris(at)), hour(at)));
        let by = one.structure.as_ref().map_or("la structure de la personne", |card| &card.name);
        Row(vec![
            Cell::text(when.unwrap_or_default()),
            Cell::text(capital(&one.post)),
            Cell::text(capital(label_of(one.reason))),
            Cell::text(by),
        ])
    });
    let columns = vec!["Ouvert le", "Par", "Ce qui pressait", "À faire relire par"];
    let table = Table { columns, rows: rows.collect(), figures: false };
    Section::table("Accès en urgence à relire", table, "Tous les accès en urgence ont été relus.")
}

fn by_organisation(all: &Emergencies) -> Section {
    let rows = all.organisations.iter().map(|one| {
        Row(vec![
            Cell::text(&one.organisation.name),
            Cell::text(one.opened.to_string()),
            Cell::text(one.to_review.to_string()),
            Cell::text(one.unjustified.to_string()),
        ])
    });
    let columns = vec!["Organisation", "Ouverts", "À relire", "Non justifiés"];
    let table = Table { columns, rows: rows.collect(), figures: true };
    Section::table("Accès en urgence sur douze mois", table, "Aucun accès en urgence en douze mois.")
}

fn overdue(all: &[Overdue]) -> Section {
    let rows = all.iter().map(|one| {
        Row(vec![
            Cell::text(&one.structure.name),
            Cell::text(one.people.to_string()),
            Cell::text(in_french(one.since)),
        ])
    });
    let columns = vec!["Structure", "Personnes", "Depuis le"];
    let table = Table { columns, rows: rows.collect(), figures: true };
    let empty = "Rien n’est gardé au-delà de son terme.";
    Section::table("Conservation dépassée", table, empty)
        .note("L’effacement a été proposé, et personne n’a dit oui ni pourquoi garder. Appelez la structure.")
}

fn limited(all: &[Limited]) -> Section {
    let rows = all.iter().map(|one| {
        Row(vec![
            Cell::text(&one.structure.name),
            Cell::text(one.people.to_string()),
            Cell::text(one.waiting.to_string()),
            Cell::text(one.since.map(in_french).unwrap_or_default()),
        ])
    });
    let columns = vec!["Structure", "Personnes", "Oppositions à examiner", "La plus ancienne"];
    let table = Table { columns, rows: rows.collect(), figures: true };
    Section::table("Limitations et oppositions", table, "Aucun traitement n’est limité.")
        .note("Une opposition reçoit sa réponse dans le mois ; ces données ne servent pas en attendant.")
}

fn erasures(all: &[Erasure]) -> Section {
    let on = |day: Option<Date>| day.map(in_french).unwrap_or_default();
    let rows = all.iter().map(|one| {
        let why = if one.retention { "au terme de la conservation" } else { "à la demande" };
        let classes: Vec<&str> = one.classes.iter().map(|class| class_text(class)).collect();
        let whole = classes.len() == Class::PERSONAL.len();
        let what = if whole { "tout le dossier".to_owned() } else { classes.join(", ") };
        let backups = one.backups_mute_on.map(|day| format!("sauvegardes muettes le {}", in_french(day)));
        let unreached =
            (!one.unreached.is_empty()).then(|| format!("pas encore joint : {}", one.unreached.join(", ")));
        Row(vec![
            Cell::text(&one.structure.name).detail(what),
            Cell::text(on(one.asked_on)).detail(why),
            Cell::text(format!("{} {}", capital(standing(one.standing)), on(one.since)))
                .detail(unreached.or(backups).unwrap_or_default()),
            Cell::default().detail(one.id.to_string()),
        ])
    });
    let columns = vec!["Structure et données", "Demandé le", "Où il en est", "Numéro du reçu"];
    let table = Table { columns, rows: rows.collect(), figures: false };
    Section::table("Effacements sur douze mois", table, "Aucun effacement n’a été demandé en douze mois.")
        .note("Le numéro est le même sur le reçu que garde la personne.")
}

const fn standing(standing: Standing) -> &'static str {
    match standing {
        Standing::Asked => "attend un accord, depuis le",
        Standing::Approved => "accordé le",
        Standing::Suspended => "suspendu par une obligation de garder, le",
        Standing::Begun => "commencé le",
        Standing::Incomplete => "incomplet depuis le",
        Standing::Done => "effacé le",
        Standing::Declined => "refusé le",
        Standing::Withdrawn => "retiré le",
    }
}
