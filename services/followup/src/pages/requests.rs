//! `/demandes`: what the organisation was sent, what awaits its answer first.

use axum::{extract::State, response::Response};
use contracts::{EnumValue, case::v1::RecipientMatter};
use jiff::civil::Date;
use serde::Deserialize;
use service::{Problem, Reading, Runtime, api::Shared};
use vocabulary::dates::in_french;

use super::{
    Visitor,
    layout::Layout,
    lines::Told,
    sheet::{Cell, Row, Section, Sheet, Table, render, with},
};
use crate::{
    french::{Names, capital, count},
    queries::requests::NAMES,
    query::{self, Params, page as cut, wait},
    read::{
        copies,
        requests::{self, Key, Received},
    },
    views::copies::Copy,
};

/// Where it is.
pub const HERE: &str = "/demandes";

/// Requests on a page.
const ROWS: usize = 100;

/// Parameters of the page.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequestsParams {
    suite: Option<String>,
    min_position: Option<i64>,
}

/// `GET /demandes`.
pub async fn page(
    State(runtime): State<Shared>,
    Visitor(actor): Visitor,
    Params(params): Params<RequestsParams>,
) -> Result<Response, Problem> {
    wait(&runtime, NAMES, params.min_position).await?;
    show(&runtime, &actor, params.suite.as_deref(), &Layout::of(&runtime, &actor, HERE).await?).await
}

/// The page, at its own address or as the first page of those who answer and follow nobody.
///
/// # Errors
/// When it is not the reader’s to see, or cannot be read.
pub(super) async fn show(
    runtime: &Runtime,
    actor: &Reading,
    suite: Option<&str>,
    layout: &Layout,
) -> Result<Response, Problem> {
    runtime.policies.decide(actor, "case.read", None)?;
    let of = format!("demandes {:?}", actor.organisation_id);
    let after: Option<Key> = query::after(&of, suite)?;
    let items = requests::read(runtime, actor, after, ROWS + 1).await?;
    let (items, next) = cut(items, ROWS, &of, |(key, _)| *key);
    let today = runtime.clock.today();
    let (awaiting, answered): (Vec<&Received>, Vec<&Received>) =
        items.iter().map(|(_, one)| one).partition(|one| one.awaiting);
    let rows = |of: &[&Received]| Table {
        columns: vec!["Personne", "Ce qui est demandé", "De la part de"],
        rows: of.iter().map(|one| row(one, today)).collect(),
        figures: false,
    };
    let late = awaiting.iter().filter(|one| one.overdue).count();
    let intro = match late {
        0 => String::new(),
        late => count(late, "réponse était attendue plus tôt.", "réponses étaient attendues plus tôt."),
    };
    let mut sections = vec![
        Section::table(
            "Ce qui attend votre réponse",
            rows(&awaiting),
            "Aucune demande n’attend de réponse. Les prochaines arriveront ici, la plus pressée d’abord.",
        )
        .intro(intro),
    ];
    if !answered.is_empty() {
        sections.push(Section::table("Ce qui a eu sa réponse, ou n’en attend plus", rows(&answered), ""));
    }
    // On the first page only.
    let copies = if suite.is_none() { copies::read(runtime, actor).await? } else { Vec::new() };
    if !copies.is_empty() {
        sections.push(became(&copies));
    }
    let sheet = Sheet {
        title: "Demandes reçues".to_owned(),
        subtitle: "Ce que d’autres ont envoyé à votre organisation. Sans accord de la personne, son nom reste fermé."
            .to_owned(),
        next: next.map(|cursor| with(HERE, &format!("suite={cursor}"))),
        sections,
        href: HERE.to_owned(),
        ..Sheet::default()
    };
    render(layout, &sheet)
}

fn row(one: &Received, today: Date) -> Row {
    let names = Names::new();
    let whose = match one.case_id {
        Some(case) => Cell::link(format!("/dossiers/{case}"), &one.called),
        None => Cell::text(&one.called),
    };
    Row(vec![
        whose,
        Cell::lines(vec![Told { today, names: &names }.prescription(&one.sending)]),
        Cell::text(one.sent_by.as_deref().map(capital).unwrap_or_default()),
    ])
}

/// What became of data that were received, for the copies of the organisation.
fn became(copies: &[(Copy, bool)]) -> Section {
    let row = |(one, opens): &(Copy, bool)| {
        let case = match opens {
            true => Cell::link(format!("/dossiers/{}", one.case_id), "Voir le dossier"),
            false => Cell::text("Ce dossier ne vous est pas ouvert"),
        };
        let on = one.told_on.map(|day| format!("le {}", in_french(day))).unwrap_or_default();
        Row(vec![Cell::text(to_do(one.matter)).detail(on), case.detail(format!("référence {}", one.case_id))])
    };
    let table = Table {
        columns: vec!["Ce qu’il faut en faire", "Dossier"],
        rows: copies.iter().map(row).collect(),
        figures: false,
    };
    Section::table("Données que vous avez reçues", table, "").intro(
        "Elles ont été corrigées, effacées ou limitées dans Jalon : faites de même de vos copies, dans un fichier, sur papier ou dans un autre outil (RGPD, article 19).",
    )
}

/// What is to be done with copies of these data.
fn to_do(matter: EnumValue<RecipientMatter>) -> &'static str {
    match matter.as_known().unwrap_or_default() {
        RecipientMatter::DATA_CORRECTED => "Corriger vos copies",
        RecipientMatter::DATA_ERASED => "Effacer vos copies",
        RecipientMatter::USE_LIMITED | RecipientMatter::RECIPIENT_MATTER_UNSPECIFIED => {
            "Ne plus utiliser vos copies, sans les effacer"
        }
        RecipientMatter::USE_RESUMED => "Vos copies peuvent servir de nouveau",
    }
}
