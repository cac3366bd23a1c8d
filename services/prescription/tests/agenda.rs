//! Given these facts of a case, these commands are due.

use contracts::{Recorded, case::v1::CaseOpened};
use prescription::{
    domain::{PrescriptionKind::*, *},
    reactions::{Awaited, AwaitedAnswers},
};
use serde_json::json;
use service::{Agenda as _, Due};
use testkit::scenario::{day, id};
use vocabulary::{clock::start_of_day, dates::days_after};

#[path = "rules/facts.rs"]
mod facts;
use facts::{prepared, recorded, sent};

/// What is due after these facts, each about the prescription of that number, from position 1.
fn due_after(facts: &[(u128, Event)]) -> Vec<Due> {
    let mut state = Awaited::default();
    for (position, (prescription, fact)) in (1..).zip(facts) {
        let fact = recorded(position, *prescription, fact);
        assert_eq!(AwaitedAnswers::key(&fact), Some(id(42)));
        AwaitedAnswers::fold(&mut state, &fact).expect("it is understood");
        // What is kept is kept as JSON.
        let kept = serde_json::to_value(&state).expect("JSON");
        assert_eq!(serde_json::from_value::<Awaited>(kept).expect("the same"), state);
    }
    AwaitedAnswers::due(&state)
}

fn accepted(kind: PrescriptionKind) -> Event {
    PrescriptionAccepted { kind: kind.into(), ..Default::default() }.into()
}

fn no_answer(prescription: u128, on: &str, cause: i64) -> Due {
    Due {
        target: id(prescription),
        at: start_of_day(day(on).0),
        command: "prescription.no-answer",
        body: json!({}),
        cause,
    }
}

/// Recorded at that position: as many days after the first of January 2026.
fn lapse(prescription: u128, accepted: u128, position: i64) -> Due {
    let recorded_on = days_after(day("2026-01-01").0, i32::try_from(position).expect("a small number"));
    Due {
        target: id(prescription),
        at: start_of_day(recorded_on),
        command: "prescription.lapse",
        body: json!({ "accepted_prescription_id": id(accepted) }),
        cause: position,
    }
}

#[test]
fn a_sending_is_due_for_silence_on_the_day_after_the_last_day_to_answer() {
    let facts = [
        (10, prepared(CANDIDATURE_IAE)),
        (10, sent(CANDIDATURE_IAE, "2026-03-02")),
        (11, sent(FORMATION, "2026-03-02")),
    ];
    assert_eq!(due_after(&facts[..1]), []);
    assert_eq!(due_after(&facts), [no_answer(10, "2026-05-02", 2), no_answer(11, "2026-04-02", 3)]);
}

#[test]
fn the_day_begins_in_paris() {
    let summer = due_after(&[(10, sent(CANDIDATURE_IAE, "2026-03-02"))]);
    assert_eq!(summer[0].at.to_string(), "2026-05-01T22:00:00Z");
    let winter = due_after(&[(10, sent(FORMATION, "2026-01-05"))]);
    assert_eq!(winter[0].at.to_string(), "2026-02-04T23:00:00Z");
}

#[test]
fn a_sending_that_is_received_still_awaits_its_answer_and_one_that_has_it_does_not() {
    let after = |last: Event| due_after(&[(10, sent(FORMATION, "2026-03-02")), (10, last)]);
    assert_eq!(after(PrescriptionReceived::default().into()), [no_answer(10, "2026-04-02", 1)]);
    assert_eq!(after(EligibilityEstablished::default().into()), [no_answer(10, "2026-04-02", 1)]);
    assert_eq!(after(accepted(FORMATION)), []);
    assert_eq!(after(PrescriptionRefused::default().into()), []);
    assert_eq!(after(PrescriptionUnanswered::default().into()), []);
    assert_eq!(after(PrescriptionWithdrawn::default().into()), []);
    assert_eq!(after(PrescriptionLapsed::default().into()), []);
}

#[test]
fn the_other_candidatures_that_wait_lapse_when_one_is_accepted() {
    let facts = [
        (10, sent(CANDIDATURE_IAE, "2026-03-02")),
        (11, sent(CANDIDATURE_IAE, "2026-03-03")),
        (12, sent(CANDIDATURE_IAE, "2026-03-04")),
        (12, PrescriptionReceived::default().into()),
        (13, sent(FORMATION, "2026-03-02")),
        (14, sent(CANDIDATURE_IAE, "2026-03-02")),
        (14, PrescriptionRefused::default().into()),
        (15, prepared(CANDIDATURE_IAE)),
        (10, accepted(CANDIDATURE_IAE)),
    ];
    assert_eq!(due_after(&facts), [lapse(11, 10, 9), lapse(12, 10, 9), no_answer(13, "2026-04-02", 5)]);
    let mut done = facts.to_vec();
    done.push((11, PrescriptionLapsed::default().into()));
    done.push((12, PrescriptionLapsed::default().into()));
    assert_eq!(due_after(&done), [no_answer(13, "2026-04-02", 5)]);
}

#[test]
fn a_late_yes_after_silence_takes_the_purpose_of_the_others_too() {
    let facts = [
        (10, sent(CANDIDATURE_IAE, "2026-01-05")),
        (10, PrescriptionUnanswered::default().into()),
        (11, sent(CANDIDATURE_IAE, "2026-03-09")),
        (10, accepted(CANDIDATURE_IAE)),
    ];
    assert_eq!(due_after(&facts), [lapse(11, 10, 4)]);
}

#[test]
fn the_yes_of_another_kind_takes_nothing_from_a_candidature() {
    let facts = [
        (10, sent(CANDIDATURE_IAE, "2026-03-02")),
        (11, sent(FORMATION, "2026-03-02")),
        (11, accepted(FORMATION)),
    ];
    assert_eq!(due_after(&facts), [no_answer(10, "2026-05-02", 1)]);
}

#[test]
fn a_candidature_sent_after_a_yes_starts_anew() {
    let facts = [
        (10, sent(CANDIDATURE_IAE, "2026-01-05")),
        (10, accepted(CANDIDATURE_IAE)),
        (11, sent(CANDIDATURE_IAE, "2026-07-01")),
    ];
    assert_eq!(due_after(&facts), [no_answer(11, "2026-08-31", 3)]);
}

#[test]
fn a_yes_that_is_taken_back_at_once_leaves_the_others_waiting() {
    let facts = [
        (10, sent(CANDIDATURE_IAE, "2026-03-02")),
        (11, sent(CANDIDATURE_IAE, "2026-03-02")),
        (10, accepted(CANDIDATURE_IAE)),
        (10, PrescriptionWithdrawn::default().into()),
    ];
    assert_eq!(due_after(&facts[..3]), [lapse(11, 10, 3)]);
    assert_eq!(due_after(&facts), [no_answer(11, "2026-05-02", 2)]);
}

#[test]
fn the_facts_of_other_contexts_are_of_no_concern() {
    let fact = recorded(1, 10, &prepared(CANDIDATURE_IAE));
    let (kind, payload) = contracts::Facts::encode(&contracts::events::Case::from(CaseOpened::default()));
    assert_eq!(AwaitedAnswers::key(&Recorded { kind, payload, ..fact }), None);
}

#[test]
fn a_day_that_cannot_be_read_is_reported_without_its_value() {
    let undated = PrescriptionSent { answer_due_on: "bientôt".into(), ..Default::default() };
    let fact = recorded(1, 10, &undated.into());
    let why = AwaitedAnswers::fold(&mut Awaited::default(), &fact).expect_err("it has no day");
    assert_eq!(why, "answer_due_on is not a day");
}
