//! Given these facts of a case, these commands are due.

use contracts::{
    case::v1::{CaseClosed, CaseReopened},
    employment::v1::EmploymentEnded,
    events,
};
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

/// What is kept after these facts, each about the prescription of that number, from position 1.
fn awaited_after(facts: &[(u128, Event)]) -> Awaited {
    let mut state = Awaited::default();
    for (position, (prescription, fact)) in (1..).zip(facts) {
        let fact = recorded(position, *prescription, fact);
        assert_eq!(AwaitedAnswers::key(&fact), Some(id(42)));
        AwaitedAnswers::fold(&mut state, &fact).expect("it is understood");
        // What is kept is kept as JSON.
        let kept = serde_json::to_value(&state).expect("JSON");
        assert_eq!(serde_json::from_value::<Awaited>(kept).expect("the same"), state);
    }
    state
}

/// What is due after these facts, reminders aside.
fn due_after(facts: &[(u128, Event)]) -> Vec<Due> {
    let due = AwaitedAnswers::due(&awaited_after(facts));
    due.into_iter().filter(|due| due.command != "prescription.remind").collect()
}

/// The reminders that are due after these facts: of which prescription, when, and because of which fact.
fn reminders_in(state: &Awaited) -> Vec<(u128, String, i64)> {
    let due = AwaitedAnswers::due(state).into_iter().filter(|due| due.command == "prescription.remind");
    due.map(|due| {
        assert_eq!(due.body, json!({}));
        let on = vocabulary::clock::day_in_paris(due.at).to_string();
        assert_eq!(due.at, start_of_day(day(&on).0));
        (due.target.as_u128(), on, due.cause)
    })
    .collect()
}

fn reminders_after(facts: &[(u128, Event)]) -> Vec<(u128, String, i64)> {
    reminders_in(&awaited_after(facts))
}

fn reminded(on: &str) -> Event {
    ReminderSent { reminded_on: on.into(), ..Default::default() }.into()
}

fn held(until: &str, answer_due_on: &str) -> Event {
    PrescriptionOnHold { until: until.into(), answer_due_on: answer_due_on.into(), ..Default::default() }
        .into()
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
    assert_eq!(after(PrescriptionUnderReview::default().into()), [no_answer(10, "2026-04-02", 1)]);
    assert_eq!(after(reminded("2026-03-12")), [no_answer(10, "2026-04-02", 1)]);
    assert_eq!(after(EligibilityEstablished::default().into()), [no_answer(10, "2026-04-02", 1)]);
    assert_eq!(after(accepted(FORMATION)), []);
    assert_eq!(after(PrescriptionRefused::default().into()), []);
    assert_eq!(after(PrescriptionUnanswered::default().into()), []);
    assert_eq!(after(PrescriptionWithdrawn::default().into()), []);
    assert_eq!(after(PrescriptionLapsed::default().into()), []);
    assert_eq!(after(PrescriptionReopened::default().into()), []);
    assert_eq!(after(PrescriptionStarted::default().into()), []);
    assert_eq!(after(PrescriptionCompleted::default().into()), []);
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
    let told_otherwise = [&facts[..3], &[(10, PrescriptionRefused::default().into())]].concat();
    assert_eq!(due_after(&told_otherwise), [no_answer(11, "2026-05-02", 2)]);
}

#[test]
fn the_addressee_is_reminded_every_ten_days_until_the_day_before_the_answer_is_due() {
    let on = |days: &[&str]| {
        let mut facts = vec![(10, sent(FORMATION, "2026-03-02"))];
        facts.extend(days.iter().map(|day| (10, reminded(day))));
        reminders_after(&facts)
    };
    assert_eq!(on(&[]), [(10, "2026-03-12".into(), 1)]);
    assert_eq!(on(&["2026-03-12"]), [(10, "2026-03-22".into(), 2)]);
    // The answer is due on 1 April, ten days later: silence speaks next.
    assert_eq!(on(&["2026-03-12", "2026-03-22"]), []);
    assert_eq!(on(&["2026-03-05"]), [(10, "2026-03-15".into(), 2)], "a reminder by hand counts");
    let iae = [(10, sent(CANDIDATURE_IAE, "2026-03-02")), (10, reminded("2026-04-11"))];
    assert_eq!(reminders_after(&iae), [(10, "2026-04-21".into(), 2)]);
}

#[test]
fn nothing_is_reminded_of_once_it_has_its_outcome() {
    for outcome in [
        accepted(FORMATION),
        PrescriptionRefused::default().into(),
        PrescriptionUnanswered::default().into(),
        PrescriptionWithdrawn::default().into(),
        PrescriptionLapsed::default().into(),
    ] {
        assert_eq!(reminders_after(&[(10, sent(FORMATION, "2026-03-02")), (10, outcome)]), []);
    }
    let other_accepted = [
        (10, sent(CANDIDATURE_IAE, "2026-03-02")),
        (11, sent(CANDIDATURE_IAE, "2026-03-02")),
        (10, accepted(CANDIDATURE_IAE)),
    ];
    assert_eq!(reminders_after(&other_accepted), [], "it is about to lapse");
}

#[test]
fn during_the_wait_that_the_addressee_asked_for_nothing_is_reminded_of_and_silence_waits_too() {
    let facts = [(10, sent(FORMATION, "2026-03-02")), (10, held("2026-06-30", "2026-07-10"))];
    assert_eq!(reminders_after(&facts), [(10, "2026-07-01".into(), 2)]);
    assert_eq!(due_after(&facts), [no_answer(10, "2026-07-11", 1)]);
    let without_end = [(10, sent(FORMATION, "2026-03-02")), (10, held("", "2026-04-01"))];
    assert_eq!(reminders_after(&without_end), [(10, "2026-03-12".into(), 2)]);
    assert_eq!(due_after(&without_end), [no_answer(10, "2026-04-02", 1)]);
}

#[test]
fn a_wait_asked_for_after_silence_opens_the_clock_again_and_other_words_do_not() {
    let silent = [(10, sent(FORMATION, "2026-03-02")), (10, PrescriptionUnanswered::default().into())];
    let then = |last: Event| [&silent[..], &[(10, last)]].concat();
    assert_eq!(due_after(&then(held("2026-06-30", "2026-07-10"))), [no_answer(10, "2026-07-11", 3)]);
    for last in [held("", "2026-04-01"), PrescriptionUnderReview::default().into(), reminded("2026-05-01")] {
        assert_eq!(due_after(&then(last.clone())), []);
        assert_eq!(reminders_after(&then(last)), []);
    }
}

#[test]
fn a_prescription_sent_again_has_a_clock_of_its_own() {
    let facts = [
        (10, sent(FORMATION, "2026-03-02")),
        (10, reminded("2026-03-12")),
        (10, PrescriptionUnanswered::default().into()),
        (10, PrescriptionReopened::default().into()),
        (10, sent(FORMATION, "2026-06-01")),
    ];
    assert_eq!(due_after(&facts[..4]), []);
    assert_eq!(due_after(&facts), [no_answer(10, "2026-07-02", 5)]);
    assert_eq!(reminders_after(&facts), [(10, "2026-06-11".into(), 5)]);
}

#[test]
fn a_closed_case_reminds_nobody_until_it_is_reopened_and_silence_is_still_stated() {
    let mut state = awaited_after(&[(10, sent(FORMATION, "2026-03-02"))]);
    let mut tell = |position, fact: events::Case| {
        let fact = recorded(position, 42, &fact);
        assert_eq!(AwaitedAnswers::key(&fact), Some(id(42)));
        AwaitedAnswers::fold(&mut state, &fact).expect("it is understood");
        (reminders_in(&state), AwaitedAnswers::due(&state).pop())
    };
    let silence = || Some(no_answer(10, "2026-04-02", 1));
    assert_eq!(tell(2, CaseClosed::default().into()), (vec![], silence()));
    // Another cause: a reminder that was refused meanwhile is asked for again.
    assert_eq!(tell(3, CaseReopened::default().into()), (vec![(10, "2026-03-12".into(), 3)], silence()));
}

#[test]
fn the_facts_of_other_contexts_are_of_no_concern() {
    let fact = recorded(1, 10, &events::Employment::from(EmploymentEnded::default()));
    assert_eq!(AwaitedAnswers::key(&fact), None);
}

#[test]
fn a_day_that_cannot_be_read_is_reported_without_its_value() {
    for (undated, expected) in [
        (
            PrescriptionSent { answer_due_on: "bientôt".into(), ..Default::default() },
            "answer_due_on is not a day",
        ),
        (
            PrescriptionSent {
                answer_due_on: "2026-04-01".into(),
                sent_on: "hier".into(),
                ..Default::default()
            },
            "sent_on is not a day",
        ),
    ] {
        let fact = recorded(1, 10, &Event::from(undated));
        let why = AwaitedAnswers::fold(&mut Awaited::default(), &fact).expect_err("it has no day");
        assert_eq!(why, expected);
    }
}
