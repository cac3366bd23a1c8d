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
#[path = "rules/handovers.rs"]
mod handovers;
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
fn every_command_has_its_route_but_those_of_the_clock_and_of_forgetting() {
    let paths: BTreeSet<_> = case::api().routes.into_iter().map(|(_, path)| path).collect();
    assert_eq!(paths.len(), 30);
    assert!(!paths.iter().any(|path| path.contains("expire") || path.contains("forget")), "{paths:?}");
}
