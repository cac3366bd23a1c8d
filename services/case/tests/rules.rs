//! Given these facts, when this is asked, then these facts or that refusal.

#[path = "rules/activities.rs"]
mod activities;
#[path = "rules/agreements.rs"]
mod agreements;
#[path = "rules/appointments.rs"]
mod appointments;
#[path = "rules/cases.rs"]
mod cases;
#[path = "rules/emergencies.rs"]
mod emergencies;
#[path = "rules/facts.rs"]
mod facts;
#[path = "rules/forgetting.rs"]
mod forgetting;
#[path = "rules/handing.rs"]
mod handing;
#[path = "rules/handovers.rs"]
mod handovers;
#[path = "rules/own_access.rs"]
mod own_access;
#[path = "rules/recipients.rs"]
mod recipients;
#[path = "rules/rectifications.rs"]
mod rectifications;
#[path = "rules/restrictions.rs"]
mod restrictions;
#[path = "rules/standing.rs"]
mod standing;
#[path = "rules/support.rs"]
mod support;
#[path = "rules/wishes.rs"]
mod wishes;
#[path = "rules/writings.rs"]
mod writings;

use std::collections::BTreeSet;

use case::domain::RULES;

#[test]
fn every_rule_has_an_id_of_its_own_and_speaks_in_sentences() {
    let ids: BTreeSet<_> = RULES.iter().map(|rule| rule.id).collect();
    assert_eq!(ids.len(), RULES.len());
    assert!(RULES.iter().all(|rule| rule.text.ends_with('.') && !rule.source.is_empty()));
}

#[test]
fn what_the_clock_and_the_eraser_state_has_no_route() {
    let paths: BTreeSet<_> = case::api().routes.into_iter().map(|(_, path)| path).collect();
    let carried_out = ["expire", "forget-person", "begin", "complete", "propose", "tell-recipients"];
    let by_hand = |path: &String| carried_out.iter().any(|word| path.contains(word));
    assert!(!paths.iter().any(by_hand), "{paths:?}");
}
