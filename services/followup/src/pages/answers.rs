//! `/plateformes/{id}/reponses`: every answer that is awaited, and how each organisation answers.

use axum::{
    extract::{Path, State},
    response::Response,
};
use contracts::{Word, prescription::v1::PrescriptionKind, values_of};
use jiff::civil::Date;
use serde::Deserialize;
use service::{Problem, api::Shared};
use uuid::Uuid;

use super::{
    Visitor,
    followups::platform,
    layout::Layout,
    lines::{Line, Mark},
    sheet::{Cell, Field, Row, Section, Sheet, Table, render, with},
};
use crate::{
    french::{capital, count, short},
    query::{self, Params, page as cut, wait},
    read::answers::{self, Awaited, Filter, Key, Order, Rates},
    views::{NAMES, milestones},
};

/// Answers on a page.
const ROWS: usize = 100;

/// Parameters of the page; a choice that is left open is empty.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnswersParams {
    #[serde(default)]
    quoi: String,
    #[serde(default)]
    qui: String,
    #[serde(default)]
    retard: String,
    #[serde(default)]
    ordre: String,
    suite: Option<String>,
    min_position: Option<i64>,
}

/// `GET /plateformes/{id}/reponses`.
pub async fn page(
    State(runtime): State<Shared>,
    Visitor(actor): Visitor,
    Path(id): Path<String>,
    Params(params): Params<AnswersParams>,
) -> Result<Response, Problem> {
    wait(&runtime, NAMES, params.min_position).await?;
    wait(&runtime, &[milestones::NAME], params.min_position).await?;
    let (id, name) = platform(&runtime, &actor, &id).await?;
    let unreadable =
        || Problem::bad_request("Un choix de l’adresse est illisible. Reprenez-le dans la page.");
    let word = |text: &str| -> Result<Option<Word<PrescriptionKind>>, Problem> {
        let read = |text: &str| serde_json::from_value(text.into()).map_err(|_| unreadable());
        if text.is_empty() { Ok(None) } else { read(text).map(Some) }
    };
    let addressee: Option<Uuid> =
        if params.qui.is_empty() { None } else { Some(params.qui.parse().map_err(|_| unreadable())?) };
    let overdue = match &*params.retard {
        "oui" => Some(true),
        "non" => Some(false),
        "" => None,
        _ => return Err(unreadable()),
    };
    let order = if params.ordre == "organisation" { Order::Addressee } else { Order::Age };
    let filter = Filter { kind: word(&params.quoi)?.map(|word| word.0), addressee, overdue };
    let of = format!("reponses {id} {filter:?} {order:?}");
    let after: Option<Key> = query::after(&of, params.suite.as_deref())?;
    let items = answers::read(&runtime, &actor, id, (filter, order), (after, ROWS + 1)).await?;
    let (items, next) = cut(items, ROWS, &of, |(key, _)| *key);
    let rates = answers::rates(&runtime, id).await?;
    let today = runtime.clock.today();
    let late = items.iter().filter(|(_, one)| one.overdue).count();
    let table = Table {
        columns: vec!["Personne", "Ce qui a été envoyé", "À qui", "Depuis", "Réponse attendue"],
        rows: items.iter().map(|(_, one)| row(one, today)).collect(),
        figures: false,
    };
    let href = format!("/plateformes/{id}/reponses");
    let kept =
        [("quoi", &params.quoi), ("qui", &params.qui), ("retard", &params.retard), ("ordre", &params.ordre)];
    let here = kept.iter().filter(|(_, value)| !value.is_empty());
    let here = here.fold(href.clone(), |href, (name, value)| with(&href, &format!("{name}={value}")));
    let sheet = Sheet {
        title: "Réponses attendues".to_owned(),
        subtitle: format!("{name} · le silence est une nouvelle comme une autre : chacun le voit."),
        fields: fields(&params, &rates),
        sections: vec![
            Section::table(
                "Ce qui attend une réponse",
                table,
                "Aucune réponse n’est attendue ici. Tout a été entendu.",
            )
            .intro(if late > 0 {
                count(late, "réponse tarde sur cette page.", "réponses tardent sur cette page.")
            } else {
                String::new()
            }),
            Section::table(
                "Qui répond",
                rates_table(&rates),
                "Rien n’a encore été envoyé depuis cette plateforme.",
            )
            .note("Un taux n’est donné qu’à partir de 5 envois dont le délai est passé ou la réponse venue."),
        ],
        next: next.map(|cursor| with(&here, &format!("suite={cursor}"))),
        href: href.clone(),
        ..Sheet::default()
    };
    render(&Layout::of(&runtime, &actor, &href).await?, &sheet)
}

fn fields(params: &AnswersParams, rates: &[Rates]) -> Vec<Field> {
    let any = |text: &str, chosen: bool| (String::new(), text.to_owned(), chosen);
    let mut kinds = vec![any("Tout", params.quoi.is_empty())];
    kinds.extend(
        values_of::<PrescriptionKind>()
            .map(|(code, text)| (code.to_owned(), capital(text), params.quoi == code)),
    );
    let mut who = vec![any("Tout le monde", params.qui.is_empty())];
    who.extend(rates.iter().filter(|one| one.awaiting > 0).map(|one| {
        let id = one.organisation.id.to_string();
        let chosen = params.qui == id;
        (id, one.organisation.name.clone(), chosen)
    }));
    let late = [("", "Toutes"), ("oui", "Celles qui tardent"), ("non", "Celles dont le délai court")];
    let late = late.map(|(word, text)| (word.to_owned(), text.to_owned(), params.retard == word));
    let order = [("", "Les plus anciennes"), ("organisation", "Par organisation")];
    let order = order.map(|(word, text)| (word.to_owned(), text.to_owned(), params.ordre == word));
    vec![
        Field::choice("quoi", "Ce qui a été envoyé", kinds),
        Field::choice("qui", "À qui", who),
        Field::choice("retard", "Délai", late.into()),
        Field::choice("ordre", "D’abord", order.into()),
    ]
}

fn row(one: &Awaited, today: Date) -> Row {
    let sent = one.sent_on.map(|day| format!("le {}", short(day, today))).unwrap_or_default();
    let age = count(usize::try_from(one.age_days).unwrap_or_default(), "jour", "jours");
    let due = one.answer_due_on.map(|day| {
        let (mark, word) = if one.overdue { (Mark::Late, "depuis le") } else { (Mark::Wait, "jusqu’au") };
        let reminders = match one.reminders {
            0 => String::new(),
            many => count(many as usize, "relance", "relances"),
        };
        Line::new(mark, format!("{word} {}", short(day, today)), reminders)
    });
    Row(vec![
        Cell::link(format!("/dossiers/{}", one.case_id), &one.called),
        Cell::text(capital(one.kind_text)).detail(sent),
        Cell::text(one.addressee.as_ref().map(|card| card.name.as_str()).unwrap_or_default()),
        Cell::text(age),
        Cell::lines(due.into_iter().collect()),
    ])
}

fn rates_table(rates: &[Rates]) -> Table {
    let percent = |share: Option<usize>| {
        share.map_or_else(|| "moins de 5 envois".to_owned(), |share| format!("{share} %"))
    };
    let row = |one: &Rates| {
        let accepted = match (one.response_percent, one.acceptance_percent) {
            (Some(_), None) => "pas encore de réponse".to_owned(),
            (_, share) => percent(share),
        };
        Row(vec![
            Cell::text(capital(&one.organisation.name)).detail(contracts::label_of(one.organisation.kind)),
            Cell::text(one.awaiting.to_string()),
            Cell::text(one.sent.to_string()),
            Cell::text(percent(one.response_percent)),
            Cell::text(accepted),
        ])
    };
    Table {
        columns: vec!["Organisation", "En attente", "Envois comptés", "Réponses", "Accords"],
        rows: rates.iter().map(row).collect(),
        figures: true,
    }
}
