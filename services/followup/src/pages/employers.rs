//! `/plateformes/{id}/employeurs`: who speaks to each employer, what was said, what came of it.

use axum::{
    extract::{Path, State},
    response::Response,
};
use contracts::{label_of, platform::v1::ContactOutcome};
use jiff::civil::Date;
use serde::Deserialize;
use service::{Problem, api::Shared};

use super::{
    Visitor,
    followups::platform,
    layout::Layout,
    lines::{Line, Mark},
    search::plain,
    sheet::{Cell, Row, Section, Sheet, Table, Tile, render},
};
use crate::{
    french::{capital, count, short},
    query::{Params, wait},
    read::together::{self as read_together, EmployerLine},
    views::{directory, milestones, together},
};

/// Parameters of the page.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EmployersParams {
    #[serde(default)]
    voir: Seeing,
    min_position: Option<i64>,
}

/// Which employers, as the address says it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub enum Seeing {
    /// All.
    #[default]
    #[serde(rename = "tous")]
    All,
    /// Those with a lead.
    #[serde(rename = "suivis")]
    Led,
    /// Those without.
    #[serde(rename = "libres")]
    Free,
}

impl Seeing {
    const ALL: [(Self, &str, &str); 3] = [
        (Self::All, "tous", "Tous les employeurs"),
        (Self::Led, "suivis", "Avec un référent"),
        (Self::Free, "libres", "Sans référent"),
    ];

    fn shows(self, one: &EmployerLine) -> bool {
        match self {
            Self::All => true,
            Self::Led => one.lead.is_some(),
            Self::Free => one.lead.is_none(),
        }
    }
}

/// `GET /plateformes/{id}/employeurs`.
pub async fn page(
    State(runtime): State<Shared>,
    Visitor(actor): Visitor,
    Path(id): Path<String>,
    Params(params): Params<EmployersParams>,
) -> Result<Response, Problem> {
    wait(&runtime, &[together::NAME, directory::NAME, milestones::NAME], params.min_position).await?;
    let (id, name) = platform(&runtime, &actor, &id).await?;
    let today = runtime.clock.today();
    let mut all = read_together::employers(&runtime, &actor, id).await?;
    all.sort_by_cached_key(|one| (one.lead.is_none(), plain(&one.organisation.name)));
    let href = format!("/plateformes/{id}/employeurs");
    let tiles = Seeing::ALL.map(|(seeing, word, text)| Tile {
        href: if seeing == Seeing::All { href.clone() } else { format!("{href}?voir={word}") },
        text,
        count: all.iter().filter(|one| seeing.shows(one)).count(),
        here: seeing == params.voir,
    });
    let rows = all.iter().filter(|one| params.voir.shows(one)).map(|one| row(one, today)).collect();
    let columns =
        vec!["Employeur", "Référent", "Derniers contacts", "Immersions", "Embauches", "Offres ouvertes"];
    let table = Table { columns, rows, figures: false };
    let empty = "Aucun employeur ici pour l’instant. Ils apparaîtront avec un premier contact, une immersion ou une embauche.";
    let sheet = Sheet {
        title: "Employeurs".to_owned(),
        subtitle: format!("{name} · une seule voix auprès de chacun."),
        tiles: tiles.into(),
        sections: vec![Section::table("Les employeurs du territoire", table, empty)],
        href: href.clone(),
        ..Sheet::default()
    };
    render(&Layout::of(&runtime, &actor, &href).await?, &sheet)
}

fn row(one: &EmployerLine, today: Date) -> Row {
    let lead = match (&one.lead_called, one.lead.and_then(|lead| lead.until)) {
        (Some(called), Some(until)) => Cell::text(called).detail(format!("jusqu’au {}", short(until, today))),
        (Some(called), None) => Cell::text(called),
        (None, _) => Cell::default(),
    };
    let mut contacts: Vec<Line> = one
        .contacts
        .iter()
        .map(|contact| {
            let day = contact.on.map(|day| short(day, today)).unwrap_or_default();
            let how = label_of(contact.channel);
            let detail = if how.is_empty() { day } else { format!("{day}, {how}") };
            let no = [ContactOutcome::SANS_REPONSE, ContactOutcome::PAS_POUR_L_INSTANT];
            let mark = if no.iter().any(|one| contact.outcome == *one) { Mark::Over } else { Mark::Done };
            Line::new(mark, capital(label_of(contact.outcome)), detail)
        })
        .collect();
    if let Some(day) = one.next_contact_on {
        let mark = if day < today { Mark::Late } else { Mark::Plan };
        contacts.insert(0, Line::new(mark, "À recontacter", short(day, today)));
    }
    let number = |number: usize| if number == 0 { Cell::default() } else { Cell::text(number.to_string()) };
    let shown = u32::try_from(one.contacts.len()).unwrap_or_default();
    let earlier = one.contact_count.saturating_sub(shown) as usize;
    let earlier = if earlier > 0 {
        count(earlier, "contact plus ancien", "contacts plus anciens")
    } else {
        String::new()
    };
    Row(vec![
        Cell::text(capital(&one.organisation.name)).detail(label_of(one.organisation.kind)),
        lead,
        Cell::lines(contacts).detail(earlier),
        number(one.immersions),
        number(one.hires),
        number(one.open_offers),
    ])
}
