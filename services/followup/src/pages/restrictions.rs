//! `/dossiers/{id}/limitation`: what is kept of the person and otherwise left alone, why, and how it is used again.

use access::Actor;
use askama::Template;
use axum::{
    extract::{Path, State},
    response::Response,
};
use contracts::{
    Class,
    case::v1::{ObjectionOutcome, RestrictionEnd, RestrictionGround},
    label_of,
};
use jiff::civil::Date;
use serde::Deserialize;
use service::{
    Problem, Restrictions,
    api::{Shared, read_id},
};
use situation::prompts::answered_before;
use uuid::Uuid;
use vocabulary::dates::in_french;

use super::{Visitor, html, layout::Layout, may_state, rectifications::choices};
use crate::{
    french::{capital, typeset},
    query::{Params, wait},
    read::{self, restrictions::Limit},
    views::NAMES,
};

/// Parameters of the page.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RestrictionsParams {
    min_position: Option<i64>,
}

#[derive(Template)]
#[template(path = "restrictions.html")]
struct RestrictionsPage<'a> {
    layout: &'a Layout,
    view: &'a RestrictionsView,
}

#[derive(Debug)]
struct RestrictionsView {
    case_href: String,
    called: String,
    holding: Vec<Told>,
    over: Vec<Told>,
    may_restrict: bool,
    may_object: bool,
    may_end: bool,
    /// Where to show a second factor, when it is all that is missing to answer and to lift.
    second_factor: Option<String>,
    key: Uuid,
    object_key: Uuid,
    today: Date,
    grounds: Vec<(&'static str, String)>,
    ends: Vec<(&'static str, String)>,
    outcomes: Vec<(&'static str, String)>,
}

/// One of them, in French.
#[derive(Debug)]
pub struct Told {
    /// Its id.
    pub id: Uuid,
    /// What it is, and why.
    pub about: String,
    /// Since when, and by whom.
    pub since: String,
    /// First day, as a form writes it.
    pub first: String,
    /// Whether the person objected.
    pub objection: bool,
    /// Whether an answer is waited for.
    pub waits: bool,
    /// What the person said.
    pub text: String,
    /// Where it stands.
    pub state: String,
    /// What the person is told.
    pub answer: String,
    /// A key for the answer.
    pub key: Uuid,
}

/// `GET /dossiers/{id}/limitation`.
pub async fn page(
    State(runtime): State<Shared>,
    Visitor(reading): Visitor,
    Path(id): Path<String>,
    Params(params): Params<RestrictionsParams>,
) -> Result<Response, Problem> {
    wait(&runtime, NAMES, params.min_position).await?;
    let case = read::case::read(&runtime, &reading, read_id(&id)?).await?;
    let all = read::restrictions::read(&runtime, &reading, &case.seen).await?;
    let key = || runtime.ids.next(runtime.clock.now());
    let waits = all.iter().any(|one| one.waits);
    let open = case.seen.opens(Class::Social);
    let (holding, over): (Vec<&Limit>, Vec<&Limit>) = all.iter().partition(|one| one.holds);
    let standing = &case.seen.standing;
    let case_href = format!("/dossiers/{}", case.id);
    let lift = "case.lift-restriction";
    let may_end = may_state(&runtime, &reading, standing, lift).await?;
    let link = runtime.view(&reading, Some(standing), runtime.clock.now()).await?;
    let strong = Actor { second_factor: true, ..reading.actor().clone() };
    let might = !may_end && runtime.policies.may(&strong, lift, Some(&link)).is_ok();
    let view = RestrictionsView {
        called: case.called(),
        holding: holding.into_iter().map(|one| told(one, open, key())).collect(),
        over: over.into_iter().map(|one| told(one, open, key())).collect(),
        may_restrict: may_state(&runtime, &reading, standing, "case.restrict").await?,
        may_object: !waits && may_state(&runtime, &reading, standing, "case.object").await?,
        may_end,
        second_factor: might.then(|| format!("/connexion/second-facteur?suite={case_href}/limitation")),
        key: key(),
        object_key: key(),
        today: case.today,
        grounds: choices::<RestrictionGround>(),
        ends: choices::<RestrictionEnd>(),
        outcomes: choices::<ObjectionOutcome>(),
        case_href,
    };
    let layout = Layout::of(&runtime, &reading, &view.case_href).await?;
    html(RestrictionsPage { layout: &layout, view: &view }.render())
}

/// One of them in French, as far as it is open.
pub fn told(one: &Limit, open: bool, key: Uuid) -> Told {
    let about = if one.objection {
        "Opposition".to_owned()
    } else {
        format!("Limitation : {}", label_of(one.ground))
    };
    let begun = if one.holds { "Depuis le" } else { "Le" };
    let since = one.since.map(|day| format!("{begun} {}", in_french(day))).unwrap_or_default();
    let by = match (one.objection, one.by_person) {
        (false, _) => "",
        (true, true) => ", écrite par la personne",
        (true, false) => ", écrite pour la personne",
    };
    let text = if open { one.text.as_str() } else { "Fermé pour vous." };
    Told {
        id: one.id,
        about: typeset(&about),
        since: typeset(&format!("{since}{by}")),
        first: one.since.map(|day| day.to_string()).unwrap_or_default(),
        objection: one.objection,
        waits: one.waits,
        text: typeset(text),
        state: typeset(&state(one)),
        answer: typeset(&one.answer),
        key,
    }
}

fn state(one: &Limit) -> String {
    let mut said = Vec::new();
    if one.waits {
        let due = one.since.map(|day| in_french(answered_before(day)));
        said.push(format!(
            "À examiner : la personne reçoit sa réponse avant le {}.",
            due.unwrap_or_default()
        ));
    }
    if let Some(day) = one.settled_on {
        said.push(format!("{}, le {}.", capital(label_of(one.outcome)), in_french(day)));
    }
    if let Some(day) = one.person_told_on {
        said.push(format!("Personne prévenue le {}.", in_french(day)));
    }
    if let Some(day) = one.lifted_on {
        said.push(format!("Levée le {} : {}.", in_french(day), label_of(one.end)));
    }
    said.join(" ")
}

/// What stands above a case whose data are limited: since when, and why; nothing when they are not.
pub fn banner(restrictions: &Restrictions) -> Option<String> {
    let holding = restrictions.holding();
    let (_, first) = holding.first()?;
    let why = holding.iter().map(|(_, one)| match (one.objection, one.waits()) {
        (true, true) => "la personne s’oppose à l’usage de ses données, et attend une réponse",
        (true, false) => "la personne s’est opposée à l’usage de ses données, et c’est accepté",
        (false, _) => label_of(one.ground),
    });
    let since = first.since.map(|day| format!(" depuis le {}", in_french(day))).unwrap_or_default();
    let why = why.collect::<Vec<_>>().join(" ; ");
    Some(typeset(&format!("Le traitement est limité{since} : {why}.")))
}

#[cfg(test)]
mod tests {
    use service::Restriction;

    use super::*;

    #[test]
    fn the_banner_says_since_when_and_why_and_nothing_once_it_is_over() {
        let since = Some(jiff::civil::date(2026, 11, 20));
        let objection = Restriction { objection: true, since, ..Restriction::default() };
        let ground = RestrictionGround::KEPT_FOR_LEGAL_CLAIM.into();
        let limit =
            Restriction { ground, since: Some(jiff::civil::date(2026, 11, 22)), ..Restriction::default() };
        let all = |all: &[&Restriction]| {
            Restrictions((1..).map(Uuid::from_u128).zip(all.iter().map(|one| (*one).clone())).collect())
        };
        let said = banner(&all(&[&limit, &objection])).map(|text| text.replace(['\u{a0}', '\u{202f}'], " "));
        assert_eq!(
            said.as_deref(),
            Some(
                "Le traitement est limité depuis le 20 novembre 2026 : la personne s’oppose à l’usage de ses données, \
                 et attend une réponse ; la personne en a besoin pour défendre ses droits en justice."
            )
        );
        let lifted = Restriction { lifted: true, ..limit };
        let refused = Restriction { outcome: ObjectionOutcome::NOT_UPHELD.into(), ..objection };
        assert_eq!(banner(&all(&[&lifted, &refused])), None);
    }
}
