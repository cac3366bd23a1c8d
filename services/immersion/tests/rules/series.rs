//! Several conventions of one person, and those that are no PMSMP.

use std::collections::HashMap;

use contracts::Word;
use immersion::domain::{
    commands::*,
    past::{Conventions, Past},
    *,
};
use testkit::scenario::{Scenario, day, id};

use super::support::*;

#[test]
fn a_renewal_follows_a_convention_of_the_same_object() {
    let (scenario, command) =
        renewal_of(vec![earlier(ConventionKind::PMSMP, ImmersionObject::DECOUVRIR_METIER)]);
    let command = DraftConvention { renewal_justification: " Une fête à préparer. ".into(), ..command };
    let facts = scenario.when(&command).states(&["ConventionDrafted", "ConventionRenewed"]);
    let Event::ConventionRenewed(renewed) = &facts[1] else { panic!("not renewed") };
    assert_eq!(renewed.justification, "Une fête à préparer.");
    let (scenario, command) =
        renewal_of(vec![earlier(ConventionKind::PMSMP, ImmersionObject::CONFIRMER_PROJET)]);
    scenario.when(&command).refuses("pmsmp.renouvellement");
}

#[test]
fn a_pmsmp_is_renewed_once() {
    let first = || earlier(ConventionKind::PMSMP, ImmersionObject::DECOUVRIR_METIER);
    let itself = ConventionRenewed { from_convention_id: id(1).to_string(), ..Default::default() };
    let (scenario, command) = renewal_of(vec![first(), itself.into()]);
    scenario.when(&command).refuses("pmsmp.renouvellement");

    let (scenario, command) = renewal_of(vec![first()]);
    let mut past = Conventions::default();
    past.apply(id(EARLIER), first());
    let renewing = ConventionDrafted { renews_convention_id: id(EARLIER).to_string(), ..draft_of(first()) };
    past.apply(id(78), renewing.into());
    scenario
        .knowing(|known| known.document = serde_json::to_value(&past).ok())
        .when(&command)
        .refuses("pmsmp.renouvellement");
    past.apply(id(78), ConventionCancelled::default().into());
    let (scenario, command) = renewal_of(vec![first()]);
    scenario
        .knowing(|known| known.document = serde_json::to_value(&past).ok())
        .when(&command)
        .states(&["ConventionDrafted", "ConventionRenewed"]);
}

fn draft_of(fact: Event) -> ConventionDrafted {
    match fact {
        Event::ConventionDrafted(drafted) => drafted,
        _ => panic!("not a draft"),
    }
}

#[test]
fn what_came_from_another_tool_is_renewed_with_a_warning_only() {
    let received = NotificationReceived { system: "immersion-facilitee".into(), ..Default::default() };
    let (scenario, command) =
        renewal_of(vec![earlier(ConventionKind::PMSMP, ImmersionObject::CONFIRMER_PROJET), received.into()]);
    scenario.when(&command).states_with_warnings(
        &["ConventionDrafted", "ConventionRenewed"],
        &["pmsmp.renouvellement-exterieur"],
    );
}

#[test]
fn only_a_convention_of_the_same_case_is_renewed() {
    let (scenario, command) = renewal_of(vec![]);
    scenario.when(&command).refuses("pmsmp.renouvellement");
    let (scenario, command) = renewal_of(vec![]);
    let facts = vec![earlier(ConventionKind::PMSMP, ImmersionObject::DECOUVRIR_METIER)];
    scenario
        .knowing(|known| known.streams = HashMap::from([(id(EARLIER), recorded(EARLIER, 43, facts))]))
        .when(&command)
        .refuses("pmsmp.renouvellement");
}

#[test]
fn a_structures_own_convention_keeps_its_kind_and_the_rules_of_pmsmp_do_not_apply() {
    let own = DraftConvention {
        kind: Word(ConventionKind::STAGE_STRUCTURE),
        object: Objects::default(),
        terms: commands::Terms { weekly_minutes: 50 * 60, ..terms("2026-12-01", "2027-05-31") },
        prescriber_id: Some(id(1)),
        ..pmsmp()
    };
    let facts = drafting().when(&own).states(&["ConventionDrafted"]);
    let state = aggregate::State::of(facts);
    assert_eq!(state.kind, ConventionKind::STAGE_STRUCTURE);
    let amend = AmendConvention {
        object: Objects::default(),
        terms: Some(terms("2026-12-01", "2027-06-30")),
        has_current_employer: None,
        details: None,
    };
    let drafted = earlier(ConventionKind::STAGE_STRUCTURE, ImmersionObject::default());
    let amended = drafting_given(vec![drafted.clone()]).when(&amend).states(&["ConventionAmended"]);
    let state = aggregate::State::of(std::iter::once(drafted).chain(amended));
    assert_eq!(state.kind, ConventionKind::STAGE_STRUCTURE);
}

fn drafting_given(facts: Vec<Event>) -> Scenario<Event> {
    Scenario::given(facts).knowing(|known| known.birth_date = Some(day("1990-06-15").0))
}

#[test]
fn a_pmsmp_and_a_structures_own_convention_do_not_renew_each_other() {
    let (scenario, command) =
        renewal_of(vec![earlier(ConventionKind::STAGE_STRUCTURE, ImmersionObject::default())]);
    scenario.when(&command).refuses("stage.structure");
    let (scenario, command) =
        renewal_of(vec![earlier(ConventionKind::STAGE_STRUCTURE, ImmersionObject::default())]);
    let own = DraftConvention { kind: Word(ConventionKind::STAGE_STRUCTURE), ..command };
    scenario.when(&own).states(&["ConventionDrafted", "ConventionRenewed"]);
}

fn past(number: u128, object: ImmersionObject, starts_on: &str, presence_days: u32) -> Past {
    Past {
        id: id(number),
        host_id: Some(id(HOST)),
        object: object as i32,
        starts_on: day(starts_on).0,
        presence_days,
        renews: None,
        closed: false,
        same_as: None,
    }
}

#[test]
fn the_same_host_within_twelve_months_is_noticed() {
    use ImmersionObject as Object;
    let drafted_after = |items: Vec<Past>| {
        let document = serde_json::to_value(Conventions { items }).ok();
        drafting().knowing(|known| known.document = document).when(&pmsmp())
    };
    let noticed = ["pmsmp.meme-accueil"];
    let two = || vec![past(80, Object::CONFIRMER_PROJET, "2026-02-01", 20)];
    drafted_after(two()).states(&["ConventionDrafted"]);
    let same_object = vec![past(80, Object::DECOUVRIR_METIER, "2026-02-01", 20)];
    drafted_after(same_object.clone()).states_with_warnings(&["ConventionDrafted"], &noticed);
    let three = [two(), vec![past(81, Object::INITIER_RECRUTEMENT, "2026-05-01", 5)]].concat();
    drafted_after(three).states_with_warnings(&["ConventionDrafted"], &noticed);
    let sixty_one_days = vec![past(80, Object::CONFIRMER_PROJET, "2026-02-01", 51)];
    drafted_after(sixty_one_days).states_with_warnings(&["ConventionDrafted"], &noticed);

    let long_ago = vec![past(80, Object::DECOUVRIR_METIER, "2025-12-01", 20)];
    drafted_after(long_ago).states(&["ConventionDrafted"]);
    let closed = same_object.iter().map(|past| Past { closed: true, ..past.clone() }).collect();
    drafted_after(closed).states(&["ConventionDrafted"]);
    let twice = same_object.iter().map(|past| Past { same_as: Some(id(90)), ..past.clone() }).collect();
    drafted_after(twice).states(&["ConventionDrafted"]);
    let elsewhere = same_object.iter().map(|past| Past { host_id: Some(id(6)), ..past.clone() }).collect();
    drafted_after(elsewhere).states(&["ConventionDrafted"]);
}

#[test]
fn a_renewal_counts_with_what_it_renews() {
    let first = past(80, ImmersionObject::DECOUVRIR_METIER, "2026-10-01", 20);
    let all = Conventions { items: vec![first.clone()] };
    let renewal = |presence_days| Past { id: id(81), renews: Some(id(80)), presence_days, ..first.clone() };
    assert!(!all.too_much_at_host(&renewal(40)));
    assert!(all.too_much_at_host(&renewal(41)));
}

#[test]
fn every_rule_has_its_own_id_a_french_sentence_and_a_source() {
    let mut ids = std::collections::BTreeSet::new();
    for rule in RULES {
        assert!(ids.insert(rule.id), "{} is there twice", rule.id);
        assert!(rule.text.ends_with('.') && !rule.text.contains('\''), "{}", rule.text);
        assert!(!rule.source.is_empty() && !rule.text.to_lowercase().contains("frein"));
    }
}
