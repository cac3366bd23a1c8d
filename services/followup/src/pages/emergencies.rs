//! `/dossiers/{id}/urgences`: who opened the case in an emergency and why, for the circle, which looks back on it.

use askama::Template;
use axum::{
    extract::{Path, State},
    response::Response,
};
use contracts::{Class, case::v1::EmergencyFinding, label_of};
use serde::Deserialize;
use service::{
    Problem,
    api::{Shared, read_id},
};
use uuid::Uuid;
use vocabulary::{clock::day_in_paris, dates::in_french};

use super::{Visitor, hour, html, layout::Layout, may_state, rectifications::choices};
use crate::{
    french::{capital, typeset},
    query::{Params, wait},
    read::{
        self,
        cards::Cards,
        emergencies::{Told, of_case},
    },
    views::NAMES,
};

/// Parameters of the page.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EmergenciesParams {
    min_position: Option<i64>,
}

#[derive(Template)]
#[template(path = "emergencies.html")]
struct EmergenciesPage<'a> {
    layout: &'a Layout,
    case_href: &'a str,
    called: String,
    waiting: Vec<Shown>,
    reviewed: Vec<Shown>,
    findings: Vec<(&'static str, String)>,
}

/// One, in French.
#[derive(Debug)]
struct Shown {
    id: Uuid,
    /// A key for the form; nothing when whoever visits may not look back on this one.
    key: Option<Uuid>,
    when: String,
    by: String,
    kind: String,
    reason: String,
    finding: String,
    comment: String,
}

/// `GET /dossiers/{id}/urgences`.
pub async fn page(
    State(runtime): State<Shared>,
    Visitor(reading): Visitor,
    Path(id): Path<String>,
    Params(params): Params<EmergenciesParams>,
) -> Result<Response, Problem> {
    wait(&runtime, NAMES, params.min_position).await?;
    let case = read::case::read(&runtime, &reading, read_id(&id)?).await?;
    if !case.seen.in_circle {
        return Err(Problem::forbidden(
            "les ouvertures en urgence se relisent depuis le cercle de la personne",
        ));
    }
    let all = of_case(&runtime, &reading, &case.seen).await?;
    let posts: Vec<Uuid> = all.iter().filter_map(|one| one.post_id).collect();
    let cards = Cards::read(&runtime, &posts).await?;
    let may = may_state(&runtime, &reading, &case.seen.standing, "case.review-emergency-access").await?;
    let open = case.seen.opens(Class::Social);
    let told = |one: &Told| {
        let other = one.post_id != reading.post_id;
        let key = (may && other && one.reviewed_on.is_none()).then(|| runtime.ids.next(runtime.clock.now()));
        shown(one, &cards, open, key)
    };
    let (reviewed, waiting): (Vec<&Told>, Vec<&Told>) = all.iter().partition(|one| one.reviewed_on.is_some());
    let case_href = format!("/dossiers/{}", case.id);
    let layout = Layout::of(&runtime, &reading, &case_href).await?;
    let page = EmergenciesPage {
        layout: &layout,
        case_href: &case_href,
        called: case.called(),
        waiting: waiting.into_iter().map(told).collect(),
        reviewed: reviewed.into_iter().map(told).collect(),
        findings: choices::<EmergencyFinding>(),
    };
    html(page.render())
}

fn shown(one: &Told, cards: &Cards, open: bool, key: Option<Uuid>) -> Shown {
    let when = match (one.opened_at, one.ends_at) {
        (Some(from), Some(until)) => {
            format!("Le {}, de {} à {}", in_french(day_in_paris(from)), hour(from), hour(until))
        }
        _ => String::new(),
    };
    let reason = match (open, one.reason.is_empty()) {
        (false, _) => "La raison est fermée pour vous.".to_owned(),
        (true, true) => "La raison a été effacée.".to_owned(),
        (true, false) => format!("« {} »", one.reason),
    };
    let found = one.reviewed_on.map(|day| format!("{}, le {}", label_of(one.finding), in_french(day)));
    Shown {
        id: one.id,
        key,
        when: typeset(&when),
        by: typeset(&capital(&one.post_id.and_then(|id| cards.post_called(id)).unwrap_or_default())),
        kind: typeset(&capital(label_of(one.kind))),
        reason: typeset(&reason),
        finding: typeset(&capital(&found.unwrap_or_default())),
        comment: typeset(&one.comment),
    }
}
