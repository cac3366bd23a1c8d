//! A post changes hands, and nothing is lost.

use std::collections::BTreeSet;

use access::Actor;
use case::domain::handover::{commands::*, *};
use contracts::{
    common::v1::Role,
    events,
    platform::v1::{PostFilled, PostOpened, PostVacated},
};
use serde_json::{Value, json};
use service::{Command as _, Known};
use testkit::scenario::{Scenario, actor, id};

use crate::support::stream;

/// Post 7, of organisation 1.
fn post(course: &[events::Post]) -> impl FnOnce(&mut Known) + use<> {
    let opened = PostOpened { organisation_id: id(1).to_string(), ..Default::default() };
    stream(7, None, [opened.into()].into_iter().chain(course.iter().cloned()).collect())
}

fn filled(professional: u128) -> events::Post {
    PostFilled { professional_id: id(professional).to_string(), ..Default::default() }.into()
}

fn vacated(professional: u128) -> events::Post {
    PostVacated { professional_id: id(professional).to_string(), ..Default::default() }.into()
}

const HOLDER: u128 = 1_000_007;

/// Someone left post 7, and who asks by default holds it today.
fn taken_over() -> Vec<events::Post> {
    vec![filled(5), vacated(5), filled(HOLDER)]
}

const PROPOSE: ProposeHandover =
    ProposeHandover { post_id: id_of(7), to_professional_id: None, proposed_on: None };

const fn id_of(number: u128) -> uuid::Uuid {
    uuid::Uuid::from_u128(number)
}

fn proposal(facts: &[Event]) -> HandoverProposed {
    let Event::HandoverProposed(proposed) = &facts[0] else { panic!("{facts:?}") };
    proposed.clone()
}

/// How case 42 stands, and case 43, which is closed.
fn followed(known: &mut Known) {
    let key = |number: u128| id(number).to_string();
    let open = json!({
        "open": true,
        "structure_id": key(1),
        "prescriptions": {
            key(10): { "kind": "VAE", "state": "sent", "answer_due_on": "2026-12-01" },
            key(11): { "kind": "VAE", "state": "on_hold", "answer_due_on": "2026-12-02" },
            key(12): { "kind": "VAE", "state": "refused", "ended_on": "2026-10-01" },
            key(13): { "kind": "VAE", "state": "prepared" },
        },
        "immersions": {
            key(20): { "state": "validated", "starts_on": "2026-12-07", "ends_on": "2026-12-18" },
            key(21): { "state": "started", "starts_on": "2026-11-16", "ends_on": "2026-11-27" },
            key(22): { "state": "ended", "ends_on": "2026-10-30" },
            key(23): { "state": "ended", "ends_on": "2026-09-30", "outcome": "COMPLETED" },
            key(24): { "state": "cancelled", "starts_on": "2026-12-07" },
        },
        "employments": {
            key(30): { "contract": "CDDI", "started_on": "2026-09-01", "ends_on": "2026-12-31" },
            key(31): { "contract": "CDD", "started_on": "2026-01-01", "ended_on": "2026-06-30" },
            key(32): {
                "contract": "CDDI", "started_on": "2025-01-01", "ended_on": "2026-06-30", "followed_until": "2027-06-30"
            },
        },
        "activities": { key(35): { "kind": "FLE", "started_on": "2026-10-01", "planned_until": "2027-01-31" } },
        "passes": { key(36): { "ends_on": "2027-08-31" }, key(37): { "ends_on": "2026-08-31" } },
        "agreements": { key(40): { "organisation_id": key(2), "until": "2027-03-01" } },
        "appointments": {
            key(50): { "day": "2026-12-03", "hour": "14:30", "post_id": key(7) },
            key(51): { "day": "2026-12-04", "organisation_id": key(2) },
            key(52): { "day": "2026-12-05", "post_id": key(8) },
        },
        "review": { "kind": "BILAN_TRIMESTRIEL", "held_on": "2026-09-15", "next_on": "2026-12-15" },
        "rectifications": { key(70): { "of_class": "SOCIAL", "requested_on": "2026-11-10" } },
        "resources": {
            key(71): { "mobilised_on": "2026-10-01" },
            key(72): { "mobilised_on": "2026-09-01", "ended_on": "2026-10-01" },
        },
        "matches": {
            key(73): { "state": "put_forward", "since": "2026-11-02", "answer_due_on": "2026-12-02" },
            key(74): { "state": "answered", "since": "2026-11-02", "answer_due_on": "2026-12-02" },
        },
    });
    let shut = json!({ "open": false, "prescriptions": { key(60): { "state": "received" } } });
    known.documents = vec![(id(42), open), (id(43), shut)];
    let employers = json!({
        "leads": { key(80): "2027-02-28", key(81): "2026-10-31" },
        "contacts": { key(81): "2026-12-08" },
    });
    known.document = Some(employers);
}

fn listed(proposed: &HandoverProposed) -> Vec<(HandoverItemKind, u128, String)> {
    let about = |item: &HandoverItem| item.about_id.parse::<uuid::Uuid>().expect("an id").as_u128();
    let kind = |item: &HandoverItem| item.kind.as_known().expect("a kind");
    proposed.items.iter().map(|item| (kind(item), about(item), item.due_on.clone())).collect()
}

#[test]
fn all_that_is_open_is_listed_and_nothing_that_is_over() {
    use HandoverItemKind::*;
    let needs = PROPOSE.needs(&Default::default());
    assert_eq!(needs.documents_of_post, Some(("live_status", id(7))));
    assert_eq!(needs.document, Some(("employers_of_post", id(7))));
    let facts = Scenario::nothing()
        .knowing(post(&taken_over()))
        .knowing(followed)
        .when(&PROPOSE)
        .states(&["HandoverProposed"]);
    let proposed = proposal(&facts);
    let expected = [
        (CASE, 42, ""),
        (AWAITED_ANSWER, 10, "2026-12-01"),
        (AWAITED_ANSWER, 11, "2026-12-02"),
        (AWAITED_ANSWER, 73, "2026-12-02"),
        (NEXT_DATE, 20, "2026-12-07"),
        (NEXT_DATE, 21, "2026-11-27"),
        (REVIEW, 22, "2026-10-30"),
        (NEXT_DATE, 30, "2026-12-31"),
        (CHECK_IN, 30, "2026-10-01"),
        (CHECK_IN, 32, "2027-06-30"),
        (NEXT_DATE, 35, "2027-01-31"),
        (NEXT_DATE, 36, "2027-08-31"),
        (AGREEMENT, 40, "2027-03-01"),
        (RECTIFICATION, 70, "2026-12-10"),
        (RESOURCE, 71, ""),
        (APPOINTMENT, 50, "2026-12-03"),
        (APPOINTMENT, 51, "2026-12-04"),
        (REVIEW, 42, "2026-12-15"),
        (AWAITED_ANSWER, 60, ""),
        (EMPLOYER_LEAD, 80, "2027-02-28"),
        (EMPLOYER_CONTACT, 81, "2026-12-08"),
    ];
    assert_eq!(listed(&proposed), expected.map(|(kind, about, due)| (kind, about, due.to_owned())));
    let ids: BTreeSet<_> = proposed.items.iter().map(|item| &item.item_id).collect();
    assert_eq!(ids.len(), expected.len(), "each has an id of its own");
    let cases: BTreeSet<_> = proposed.items.iter().map(|item| item.case_id.clone()).collect();
    assert_eq!(cases, [String::new(), id(42).to_string(), id(43).to_string()].into(), "employers are nobody");
    Scenario::given(facts).knowing(post(&taken_over())).knowing(followed).when(&PROPOSE).states(&[]);
}

#[test]
fn it_is_known_who_left_and_who_takes_over_as_far_as_it_is() {
    let between = |course: &[events::Post], to: Option<u128>| {
        let propose = ProposeHandover { to_professional_id: to.map(id), ..PROPOSE };
        let facts = Scenario::nothing().knowing(post(course)).knowing(followed).when(&propose);
        let proposed = proposal(&facts.states(&["HandoverProposed"]));
        (proposed.from_professional_id, proposed.to_professional_id)
    };
    let name = |number: u128| id(number).to_string();
    assert_eq!(between(&taken_over(), None), (name(5), name(HOLDER)));
    assert_eq!(between(&[filled(5), vacated(5)], None), (name(5), String::new()), "the post is empty");
    assert_eq!(between(&[filled(5), vacated(5)], Some(6)), (name(5), name(6)));
    assert_eq!(between(&[filled(HOLDER)], None), (String::new(), name(HOLDER)), "nobody before");
    assert_eq!(between(&[filled(5)], Some(6)), (name(5), name(6)), "before leaving");
    assert_eq!(between(&[], None), (String::new(), String::new()));
}

#[test]
fn a_handover_of_nothing_is_complete_at_once() {
    Scenario::nothing()
        .knowing(post(&taken_over()))
        .when(&PROPOSE)
        .states(&["HandoverProposed", "HandoverCompleted"]);
}

#[test]
fn a_document_that_says_little_is_read_all_the_same() {
    let little = |known: &mut Known| known.documents = vec![(id(42), json!({ "open": true }))];
    let facts = Scenario::nothing().knowing(post(&taken_over())).knowing(little).when(&PROPOSE);
    assert_eq!(
        listed(&proposal(&facts.states(&["HandoverProposed"]))),
        [(HandoverItemKind::CASE, 42, String::new())]
    );
    let other = |known: &mut Known| known.documents = vec![(id(43), json!({ "open": false, "passes": [] }))];
    let facts = Scenario::nothing().knowing(post(&taken_over())).knowing(other).when(&PROPOSE);
    let expected = [(HandoverItemKind::CASE, 43, String::new())];
    assert_eq!(listed(&proposal(&facts.states(&["HandoverProposed"]))), expected, "of another shape");
    let nothing = |known: &mut Known| known.documents = vec![(id(42), Value::Object(Default::default()))];
    Scenario::nothing()
        .knowing(post(&taken_over()))
        .knowing(nothing)
        .when(&PROPOSE)
        .states(&["HandoverProposed", "HandoverCompleted"]);
}

#[test]
fn the_holder_or_a_colleague_who_answers_for_the_structure_proposes() {
    let by = |actor: Actor| {
        Scenario::nothing().knowing(post(&taken_over())).knowing(followed).by(actor).when(&PROPOSE)
    };
    for entitled in [
        actor(Role::CIP, 7, 1),
        actor(Role::REFERENT_SOCIAL, 8, 1),
        actor(Role::ANIMATEUR_PLATEFORME, 9, 1),
        Actor::system("clock"),
    ] {
        by(entitled).states(&["HandoverProposed"]);
    }
    for other in
        [actor(Role::CIP, 8, 1), actor(Role::REFERENT_SOCIAL, 8, 2), actor(Role::ANIMATEUR_PLATEFORME, 9, 2)]
    {
        by(other).refuses("passation.proposee-par");
    }
    Scenario::nothing().when(&PROPOSE).refuses("passation.poste");
}

/// A handover of these items.
fn proposed(items: &[u128]) -> Event {
    let item = |number: &u128| HandoverItem { item_id: id(*number).to_string(), ..Default::default() };
    HandoverProposed {
        post_id: id(7).to_string(),
        items: items.iter().map(item).collect(),
        ..Default::default()
    }
    .into()
}

fn accept(items: &[u128]) -> AcceptHandover {
    AcceptHandover { item_ids: items.iter().copied().map(id).collect(), accepted_on: None }
}

#[test]
fn the_newcomer_takes_over_item_by_item_and_the_last_one_completes_it() {
    let given = |facts: Vec<Event>| Scenario::given(facts).knowing(post(&taken_over()));
    let first = given(vec![proposed(&[1, 2, 3])]).when(&accept(&[2])).states(&["HandoverItemAccepted"]);
    let Event::HandoverItemAccepted(stated) = &first[0] else { panic!("{first:?}") };
    assert_eq!(
        (stated.item_id.clone(), stated.professional_id.clone()),
        (id(2).to_string(), id(HOLDER).to_string())
    );
    let so_far = || vec![proposed(&[1, 2, 3]), first[0].clone()];
    given(so_far()).when(&accept(&[2])).states(&[]);
    given(so_far()).when(&accept(&[1, 1, 2])).states(&["HandoverItemAccepted"]);
    let last = given(so_far()).when(&accept(&[1, 3])).states(&[
        "HandoverItemAccepted",
        "HandoverItemAccepted",
        "HandoverCompleted",
    ]);
    let complete = so_far().into_iter().chain(last).collect();
    given(complete).when(&accept(&[1, 2, 3])).states(&[]);
}

#[test]
fn only_what_is_listed_is_taken_over() {
    let given = || Scenario::given([proposed(&[1, 2])]).knowing(post(&taken_over()));
    given().when(&accept(&[1, 9])).refuses("passation.element");
    given().when(&accept(&[])).refuses("passation.element");
}

#[test]
fn only_the_holder_of_the_post_today_takes_over_whoever_it_was_proposed_to() {
    let by = |actor: Actor, course: &[events::Post]| {
        Scenario::given([proposed(&[1])]).knowing(post(course)).by(actor).when(&accept(&[1]))
    };
    let newcomer = || actor(Role::CIP, 7, 1);
    by(newcomer(), &taken_over()).states(&["HandoverItemAccepted", "HandoverCompleted"]);
    by(newcomer(), &[filled(5), vacated(5)]).refuses("passation.titulaire");
    by(newcomer(), &[filled(5)]).refuses("passation.titulaire");
    by(actor(Role::REFERENT_SOCIAL, 8, 1), &taken_over()).refuses("passation.titulaire");
    by(Actor::system("clock"), &taken_over()).refuses("passation.titulaire");
    let elsewhere = Actor { post_id: Some(id(8)), ..newcomer() };
    by(elsewhere, &taken_over()).refuses("passation.titulaire");
    let needs = accept(&[1]).needs(&aggregate::State { post_id: Some(id(7)), ..Default::default() });
    assert_eq!(needs.streams, [id(7)]);
}
