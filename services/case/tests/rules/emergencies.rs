//! What cannot wait.

use access::Actor;
use case::domain::case::{commands::*, *};
use contracts::{Word, common::v1::Role};
use testkit::scenario::{Scenario, actor, id};

fn opened() -> Event {
    CaseOpened { structure_id: id(1).to_string(), opened_on: "2026-01-05".into(), ..Default::default() }
        .into()
}

fn open(reason: &str, minutes: Option<u32>) -> OpenEmergencyAccess {
    OpenEmergencyAccess { reason_code: Some(Word(EmergencyReason::VITAL)), reason: reason.into(), minutes }
}

/// The access of number 100, opened by the holder of post 7.
fn access() -> Event {
    let facts = Scenario::given([opened()]).when(&open("malaise", None)).states(&["EmergencyAccessOpened"]);
    facts[0].clone()
}

fn review(access: u128) -> ReviewEmergencyAccess {
    ReviewEmergencyAccess {
        access_id: id(access),
        finding: Word(EmergencyFinding::JUSTIFIED),
        reviewed_on: None,
        comment: String::new(),
    }
}

#[test]
fn it_lasts_an_hour_and_says_who_and_why() {
    let Event::EmergencyAccessOpened(stated) = access() else { panic!("it is opened") };
    assert_eq!(stated.post_id, id(7).to_string());
    assert_eq!(stated.professional_id, id(1_000_007).to_string());
    assert_eq!(stated.organisation_id, id(1).to_string());
    assert_eq!(stated.opened_at, "2026-11-23T11:00:00Z");
    assert_eq!(stated.ends_at, "2026-11-23T12:00:00Z");
    assert_eq!(stated.reason, "malaise");
    assert_eq!(stated.reason_code, EmergencyReason::VITAL);
    let facts =
        Scenario::given([opened()]).when(&open("malaise", Some(15))).states(&["EmergencyAccessOpened"]);
    let Event::EmergencyAccessOpened(stated) = &facts[0] else { panic!("{facts:?}") };
    assert_eq!(stated.ends_at, "2026-11-23T11:15:00Z");
    Scenario::given([opened(), access()]).when(&open("encore", None)).states(&["EmergencyAccessOpened"]);
}

#[test]
fn it_is_not_opened_without_a_reason_for_longer_or_by_nobody() {
    let scenario = || Scenario::given([opened()]);
    for blank in ["", "  ", &" ".repeat(3_000), "\u{200b}\u{2060}\u{feff}", "…!?"] {
        scenario().when(&open(blank, None)).refuses("urgence.motif");
    }
    scenario().when(&open("malaise", Some(61))).refuses("urgence.duree");
    scenario().when(&open("malaise", Some(0))).refuses("urgence.duree");
    scenario()
        .when(&OpenEmergencyAccess { reason_code: None, ..open("malaise", None) })
        .refuses("urgence.nature");
    scenario().by(Actor::system("clock")).when(&open("malaise", None)).refuses("urgence.poste");
}

#[test]
fn another_professional_looks_back_on_it_once() {
    let facts = || vec![opened(), access()];
    let colleague = || actor(Role::REFERENT_SOCIAL, 8, 1);
    Scenario::given(facts()).when(&review(100)).refuses("urgence.relecture");
    let moved = Actor { post_id: Some(id(9)), ..actor(Role::CIP, 7, 1) };
    Scenario::given(facts()).by(moved).when(&review(100)).refuses("urgence.relecture");
    Scenario::given(facts()).by(Actor::system("clock")).when(&review(100)).refuses("urgence.relecture");
    let unnamed = Actor { professional_id: None, ..actor(Role::CIP, 7, 1) };
    Scenario::given(facts()).by(unnamed).when(&review(100)).refuses("urgence.relecture");
    let stated =
        Scenario::given(facts()).by(colleague()).when(&review(100)).states(&["EmergencyAccessReviewed"]);
    let successor = Actor { professional_id: Some(id(5)), ..actor(Role::CIP, 7, 1) };
    Scenario::given(facts()).by(successor).when(&review(100)).states(&["EmergencyAccessReviewed"]);
    let reviewed = facts().into_iter().chain(stated);
    Scenario::given(reviewed).by(colleague()).when(&review(100)).states(&[]);
    Scenario::given(facts()).by(colleague()).when(&review(55)).refuses("urgence.connu");
}
