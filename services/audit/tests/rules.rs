//! Given these facts of an access, when this is asked, then these facts or that refusal.

use access::Actor;
use audit::domain::{commands::*, *};
use contracts::{Word, common::v1::Role};
use jiff::Timestamp;
use testkit::scenario::{Scenario, actor, id};

fn guard(scenario: Scenario<Event>) -> Scenario<Event> {
    scenario.by(Actor::system("guard"))
}

fn administrator(scenario: Scenario<Event>) -> Scenario<Event> {
    scenario.by(actor(Role::ADMINISTRATEUR, 90, 91))
}

fn batch(from: i64, to: i64) -> CloseBatch {
    CloseBatch { from, to, count: 2, digest: format!("digest of {from}"), skipped: vec![from + 1] }
}

fn suspend(suspension: u128) -> SuspendAccess {
    SuspendAccess {
        suspension_id: id(suspension),
        post_id: Some(id(7)),
        organisation_id: Some(id(70)),
        reason: Word(SuspensionReason::VOLUME),
        people: 41,
        hours: 1,
        suspended_at: Timestamp::UNIX_EPOCH,
        told_post_ids: vec![id(8), id(9)],
    }
}

fn suspended(suspension: u128) -> Vec<Event> {
    guard(Scenario::nothing()).when(&suspend(suspension)).states(&["AccessSuspended"])
}

fn restore() -> RestoreAccess {
    RestoreAccess { reason: Word(RestorationReason::EXPLAINED) }
}

#[test]
fn a_batch_follows_the_one_before_and_holds_its_digest() {
    let first = guard(Scenario::nothing()).when(&batch(1, 3)).states(&["AccessRecorded"]);
    let second = guard(Scenario::given(first.clone())).when(&batch(4, 9)).states(&["AccessRecorded"]);
    let Some(Event::AccessRecorded(second)) = second.last() else { panic!("a batch") };
    assert_eq!((second.from_reading, second.to_reading), (4, 9));
    assert_eq!(second.previous_digest, "digest of 1");
    assert_eq!(second.skipped_readings, [5]);
    for wrong in [batch(1, 3), batch(3, 9), batch(5, 9), batch(4, 3)] {
        guard(Scenario::given(first.clone())).when(&wrong).refuses("acces.suite");
    }
    guard(Scenario::<Event>::nothing()).when(&batch(2, 3)).refuses("acces.suite");
}

#[test]
fn nobody_closes_a_batch_or_suspends_by_hand() {
    administrator(Scenario::nothing()).when(&batch(1, 3)).refuses("acces.automatique");
    administrator(Scenario::nothing()).when(&suspend(1)).refuses("acces.automatique");
}

#[test]
fn a_suspension_says_who_is_told_and_is_stated_once() {
    let facts = suspended(1);
    let Some(Event::AccessSuspended(fact)) = facts.last() else { panic!("a suspension") };
    assert_eq!(fact.told_post_ids, [id(8).to_string(), id(9).to_string()]);
    assert_eq!((fact.people, fact.hours), (41, 1));
    guard(Scenario::given(facts)).when(&suspend(1)).states(&[]);
}

#[test]
fn an_administrator_restores_and_it_may_be_suspended_again() {
    let facts = suspended(1);
    let restored = administrator(Scenario::given(facts.clone())).when(&restore()).states(&["AccessRestored"]);
    let all: Vec<Event> = facts.into_iter().chain(restored).collect();
    administrator(Scenario::given(all.clone())).when(&restore()).states(&[]);
    guard(Scenario::given(all.clone())).when(&suspend(1)).states(&[]);
    guard(Scenario::given(all)).when(&suspend(2)).states(&["AccessSuspended"]);
}

#[test]
fn nobody_restores_their_own_access() {
    let mut own = actor(Role::ADMINISTRATEUR, 90, 91);
    // Scenarios are about that stream.
    own.professional_id = Some(id(99));
    let asked = Scenario::given(suspended(1)).by(own).when(&restore());
    asked.refuses("acces.par-un-autre");
}

fn by_hand(reason: SuspensionReason) -> SuspendByHand {
    SuspendByHand { reader_id: id(99), reason: Word(reason) }
}

#[test]
fn an_administrator_suspends_by_hand_and_says_why() {
    let stated = administrator(Scenario::nothing())
        .when(&by_hand(SuspensionReason::COMPROMISED))
        .states(&["AccessSuspended"]);
    let Some(Event::AccessSuspended(fact)) = stated.last() else { panic!("a suspension") };
    assert_eq!(fact.reason, SuspensionReason::COMPROMISED);
    assert_eq!((fact.people, fact.hours), (0, 0));
    // Once is enough, and it is restored as any other.
    let again = by_hand(SuspensionReason::DEPARTED);
    administrator(Scenario::given(stated.clone())).when(&again).states(&[]);
    administrator(Scenario::given(stated)).when(&restore()).states(&["AccessRestored"]);
}

#[test]
fn what_jalon_alone_finds_is_not_said_by_hand_and_nobody_suspends_themselves() {
    for reason in [SuspensionReason::VOLUME, SuspensionReason::HONEY] {
        administrator(Scenario::nothing()).when(&by_hand(reason)).refuses("acces.motif");
    }
    let mut own = actor(Role::ADMINISTRATEUR, 90, 91);
    // Scenarios are about that stream.
    own.professional_id = Some(id(99));
    let asked = Scenario::<Event>::nothing().by(own).when(&by_hand(SuspensionReason::UNEXPLAINED));
    asked.refuses("acces.d-un-autre");
}
