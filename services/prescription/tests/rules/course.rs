//! Studied, put on hold, reminded, begun, completed, reopened; and the delay that a platform chose.

use contracts::{events::Platform, platform::v1::AnswerDelayChosen};
use prescription::domain::aggregate::{Prescription, Standing};
use service::Domain as _;

use super::*;

const REVIEW: ReviewPrescription = ReviewPrescription { since: None };
const REMIND: RemindAddressee = RemindAddressee { reminded_on: None };
const REOPEN: ReopenPrescription = ReopenPrescription { reopened_on: None };
const IAE: PrescriptionKind = PrescriptionKind::CANDIDATURE_IAE;

fn hold(until: Option<&str>) -> HoldPrescription {
    HoldPrescription { held_on: Some(day("2026-03-20")), until: until.map(day), comment: String::new() }
}

fn start(on: &str) -> StartPrescription {
    StartPrescription { started_on: Some(day(on)) }
}

fn complete(on: &str) -> CompletePrescription {
    CompletePrescription {
        outcome: Word(CompletionOutcome::CARRIED_THROUGH),
        completed_on: Some(day(on)),
        comment: String::new(),
    }
}

fn reviewed() -> Vec<Event> {
    then(PrescriptionUnderReview { since: "2026-03-10".into(), ..Default::default() })
}

fn held(until: &str) -> Vec<Event> {
    then(PrescriptionOnHold {
        held_on: "2026-03-20".into(),
        until: until.into(),
        answer_due_on: "2026-07-10".into(),
        ..Default::default()
    })
}

fn begun() -> Vec<Event> {
    let mut facts = accepted();
    facts.push(PrescriptionStarted { started_on: "2026-04-01".into(), ..Default::default() }.into());
    facts
}

fn completed() -> Vec<Event> {
    let mut facts = begun();
    facts.push(PrescriptionCompleted::default().into());
    facts
}

fn reminded(on: &str) -> Vec<Event> {
    then(ReminderSent { reminded_on: on.into(), step: 1, ..Default::default() })
}

fn clock() -> Actor {
    Actor::system("clock")
}

fn standing(facts: Vec<Event>) -> Standing {
    facts.into_iter().fold(State::default(), Prescription::apply).standing
}

// — studied and on hold —

#[test]
fn what_is_studied_or_on_hold_still_awaits_its_answer() {
    for waiting in [reviewed(), held("2026-06-30"), held("")] {
        assert!(standing(waiting.clone()).awaits());
        given(waiting.clone()).when(&ACCEPT).states(&["PrescriptionAccepted"]);
        given(waiting.clone()).when(&refuse()).states(&["PrescriptionRefused"]);
        given(waiting.clone()).when(&withdraw()).states(&["PrescriptionWithdrawn"]);
        given(waiting.clone()).on("2026-07-11").when(&NO_ANSWER).states(&["PrescriptionUnanswered"]);
        given(waiting.clone()).when(&SEND).states(&[]);
        given(waiting.clone()).when(&RECEIVE).states(&[]);
        let lapse = LapsePrescription { accepted_prescription_id: id(55) };
        given(waiting).knowing(other(accepted())).when(&lapse).states(&["PrescriptionLapsed"]);
    }
}

#[test]
fn the_addressee_studies_it_after_it_was_sent_received_put_on_hold_or_left_in_silence() {
    for facts in [under_way(IAE), then(PrescriptionReceived::default()), held(""), unanswered()] {
        given(facts).when(&REVIEW).states(&["PrescriptionUnderReview"]);
    }
    let facts = given(under_way(IAE))
        .when(&ReviewPrescription { since: Some(day("2026-03-10")) })
        .states(&["PrescriptionUnderReview"]);
    let Event::PrescriptionUnderReview(review) = &facts[0] else { panic!("{facts:?}") };
    assert_eq!(review.since, "2026-03-10");
    given(reviewed()).when(&REVIEW).states(&[]);
    given(vec![prepared(IAE)]).when(&REVIEW).refuses("prescription.non-envoyee");
    for over in [accepted(), refused(), withdrawn(), lapsed(), begun(), completed()] {
        given(over).when(&REVIEW).refuses("prescription.close");
    }
    let early = ReviewPrescription { since: Some(day("2026-03-01")) };
    given(under_way(IAE)).when(&early).refuses("prescription.dates");
}

#[test]
fn a_wait_moves_the_day_on_which_silence_is_stated_and_never_backwards() {
    for (until, due) in [
        (None, "2026-05-01"),
        (Some("2026-04-01"), "2026-05-01"),
        (Some("2026-04-25"), "2026-05-05"),
        (Some("2026-06-30"), "2026-07-10"),
    ] {
        let facts = given(under_way(IAE)).when(&hold(until)).states(&["PrescriptionOnHold"]);
        let Event::PrescriptionOnHold(held) = &facts[0] else { panic!("{facts:?}") };
        assert_eq!(held.answer_due_on, due, "{until:?}");
        assert_eq!(held.held_on, "2026-03-20");
    }
    given(held("2026-06-30")).on("2026-07-10").when(&NO_ANSWER).refuses("prescription.delai");
    given(held("2026-06-30")).on("2026-07-11").when(&NO_ANSWER).states(&["PrescriptionUnanswered"]);
}

#[test]
fn a_wait_is_said_once_and_again_when_it_changes() {
    given(held("2026-06-30")).when(&hold(Some("2026-06-30"))).states(&[]);
    given(held("2026-06-30")).when(&hold(Some("2026-07-31"))).states(&["PrescriptionOnHold"]);
    let words = HoldPrescription { comment: " On recrute en juillet. ".into(), ..hold(Some("2026-06-30")) };
    let facts = given(held("2026-06-30")).when(&words).states(&["PrescriptionOnHold"]);
    let Event::PrescriptionOnHold(again) = &facts[0] else { panic!("{facts:?}") };
    assert_eq!(again.comment, "On recrute en juillet.");
    given(unanswered()).when(&hold(None)).states(&["PrescriptionOnHold"]);
    given(reviewed()).when(&hold(None)).states(&["PrescriptionOnHold"]);
}

#[test]
fn a_wait_does_not_end_before_it_begins_nor_begin_before_the_sending() {
    given(under_way(IAE)).when(&hold(Some("2026-03-19"))).refuses("prescription.attente");
    given(under_way(IAE)).when(&hold(Some("2026-03-20"))).states(&["PrescriptionOnHold"]);
    let early = HoldPrescription { held_on: Some(day("2026-03-01")), ..hold(None) };
    given(under_way(IAE)).when(&early).refuses("prescription.dates");
    given(vec![prepared(IAE)]).when(&hold(None)).refuses("prescription.non-envoyee");
    for over in [accepted(), refused(), withdrawn(), lapsed(), begun(), completed()] {
        given(over).when(&hold(None)).refuses("prescription.close");
    }
}

// — reminded —

#[test]
fn the_addressee_is_reminded_while_an_answer_is_awaited() {
    for waiting in [under_way(IAE), reviewed(), held(""), then(PrescriptionReceived::default())] {
        given(waiting).when(&REMIND).states(&["ReminderSent"]);
    }
    let facts = given(reminded("2026-03-12")).knowing(posts).by(clock()).on("2026-03-22").when(&REMIND);
    let facts = facts.states(&["ReminderSent"]);
    let Event::ReminderSent(reminder) = &facts[0] else { panic!("{facts:?}") };
    assert_eq!((reminder.step, reminder.days, reminder.reminded_on.as_str()), (2, 20, "2026-03-22"));
    assert_eq!(reminder.addressee_id, id(2).to_string());
}

/// Organisation 2 answers by one post.
fn posts(known: &mut Known) {
    known.document = Some(serde_json::json!({ "posts": [id(200)] }));
}

#[test]
fn the_clock_reminds_nobody_who_would_not_hear_of_it() {
    assert_eq!(REMIND.needs(&Default::default()).document, None);
    given(under_way(IAE)).by(clock()).on("2026-03-22").when(&REMIND).refuses("prescription.relance-recue");
    given(under_way(IAE)).on("2026-03-22").when(&REMIND).states(&["ReminderSent"]);
}

#[test]
fn nothing_reminds_of_what_awaits_no_answer() {
    for over in [accepted(), refused(), withdrawn(), lapsed(), begun(), completed()] {
        given(over.clone()).when(&REMIND).refuses("prescription.relance");
        given(over).by(clock()).when(&REMIND).refuses("prescription.relance");
    }
    given(vec![prepared(IAE)]).when(&REMIND).refuses("prescription.non-envoyee");
    // After silence a professional may still call; the clock has said its word.
    given(unanswered()).when(&REMIND).states(&["ReminderSent"]);
    given(unanswered()).by(clock()).when(&REMIND).refuses("prescription.relance");
}

#[test]
fn nothing_reminds_from_a_closed_case_nor_before_the_sending() {
    let closed = |known: &mut Known| {
        let case = known.case.as_mut().expect("a case");
        (case.open, case.closed_on) = (false, Some(day("2026-03-20").0));
    };
    given(under_way(IAE)).knowing(closed).on("2026-03-21").when(&REMIND).refuses("prescription.relance");
    let told_late = RemindAddressee { reminded_on: Some(day("2026-03-20")) };
    given(under_way(IAE)).knowing(closed).on("2026-03-21").when(&told_late).states(&["ReminderSent"]);
    let early = RemindAddressee { reminded_on: Some(day("2026-03-01")) };
    given(under_way(IAE)).when(&early).refuses("prescription.dates");
}

#[test]
fn a_reminder_is_sent_once_a_day_by_hand_and_every_ten_days_by_the_clock() {
    given(reminded("2026-03-12")).on("2026-03-12").when(&REMIND).states(&[]);
    given(reminded("2026-03-12")).on("2026-03-13").when(&REMIND).states(&["ReminderSent"]);
    given(reminded("2026-03-12")).knowing(posts).by(clock()).on("2026-03-21").when(&REMIND).states(&[]);
}

// — begun and completed —

#[test]
fn what_was_accepted_begins_then_comes_to_its_end() {
    let facts = given(accepted()).when(&start("2026-04-01")).states(&["PrescriptionStarted"]);
    let Event::PrescriptionStarted(started) = &facts[0] else { panic!("{facts:?}") };
    assert_eq!((started.started_on.as_str(), started.kind.as_known()), ("2026-04-01", Some(IAE)));
    given(begun()).when(&start("2026-04-02")).states(&[]);
    given(completed()).when(&start("2026-04-02")).states(&[]);
    let facts = given(begun()).when(&complete("2026-09-30")).states(&["PrescriptionCompleted"]);
    let Event::PrescriptionCompleted(over) = &facts[0] else { panic!("{facts:?}") };
    assert_eq!(over.outcome.as_known(), Some(CompletionOutcome::CARRIED_THROUGH));
    assert_eq!(over.completed_on, "2026-09-30");
    given(begun()).when(&complete("2026-04-01")).states(&["PrescriptionCompleted"]);
    given(completed()).when(&complete("2026-09-30")).states(&[]);
}

#[test]
fn what_was_not_accepted_does_not_begin_and_what_did_not_begin_does_not_end() {
    for not_accepted in [under_way(IAE), reviewed(), held(""), refused(), unanswered(), withdrawn(), lapsed()]
    {
        given(not_accepted.clone()).when(&start("2026-04-01")).refuses("prescription.suite");
        given(not_accepted).when(&complete("2026-04-01")).refuses("prescription.suite");
    }
    given(vec![prepared(IAE)]).when(&start("2026-04-01")).refuses("prescription.non-envoyee");
    given(accepted()).when(&complete("2026-04-01")).refuses("prescription.suite");
    given(accepted()).when(&start("2026-03-01")).refuses("prescription.dates");
    given(begun()).when(&complete("2026-03-31")).refuses("prescription.dates");
}

#[test]
fn what_began_is_not_taken_back_nor_refused_any_more() {
    for facts in [begun(), completed()] {
        given(facts.clone()).when(&withdraw()).refuses("prescription.close");
        given(facts.clone()).when(&refuse()).refuses("prescription.close");
        given(facts.clone()).when(&NO_ANSWER).refuses("prescription.close");
        given(facts.clone()).when(&ACCEPT).states(&[]);
        given(facts.clone()).when(&RECEIVE).states(&[]);
        let lapse = LapsePrescription { accepted_prescription_id: id(55) };
        given(facts.clone()).knowing(other(accepted())).when(&lapse).states(&[]);
        given(under_way(IAE)).knowing(other(facts)).when(&lapse).states(&["PrescriptionLapsed"]);
    }
}

// — again —

#[test]
fn whatever_was_refused_unanswered_withdrawn_or_lapsed_starts_again() {
    for over in [refused(), unanswered(), withdrawn(), lapsed()] {
        let facts = given(over.clone()).when(&REOPEN).states(&["PrescriptionReopened"]);
        let Event::PrescriptionReopened(reopened) = &facts[0] else { panic!("{facts:?}") };
        assert_eq!((reopened.attempt, reopened.kind.as_known()), (2, Some(IAE)));
        assert_eq!(reopened.addressee_id, id(2).to_string());
        let mut again = over;
        again.extend(facts);
        assert_eq!(standing(again.clone()), Standing::Prepared);
        given(again.clone()).when(&ACCEPT).refuses("prescription.non-envoyee");
        given(again.clone()).when(&REOPEN).states(&[]);
        let sent_again = given(again.clone()).on("2026-09-01").when(&SEND).states(&["PrescriptionSent"]);
        let Event::PrescriptionSent(sent) = &sent_again[0] else { panic!("{sent_again:?}") };
        assert_eq!((sent.sent_on.as_str(), sent.answer_due_on.as_str()), ("2026-09-01", "2026-10-31"));
        again.extend(sent_again);
        given(again.clone()).when(&ACCEPT).states(&["PrescriptionAccepted"]);
        let before_this_sending = RefusePrescription { refused_on: Some(day("2026-08-31")), ..refuse() };
        given(again.clone()).when(&before_this_sending).refuses("prescription.dates");
        again.push(PrescriptionRefused::default().into());
        let third = given(again).when(&REOPEN).states(&["PrescriptionReopened"]);
        let Event::PrescriptionReopened(third) = &third[0] else { panic!("{third:?}") };
        assert_eq!(third.attempt, 3);
    }
}

#[test]
fn what_follows_its_course_is_not_reopened_and_what_is_completed_is_prepared_anew() {
    for running in
        [vec![prepared(IAE)], under_way(IAE), reviewed(), held(""), accepted(), begun(), completed()]
    {
        given(running).when(&REOPEN).refuses("prescription.reprise");
    }
    let early = ReopenPrescription { reopened_on: Some(day("2026-03-01")) };
    given(refused()).when(&early).refuses("prescription.dates");
    let close = |known: &mut Known| known.case.as_mut().expect("a case").open = false;
    given(refused()).knowing(close).when(&REOPEN).refuses("prescription.dossier-clos");
}

// — who, and which delay —

#[test]
fn only_the_addressee_and_the_circle_say_what_follows() {
    let by = |who: Actor, facts: Vec<Event>| Scenario::given(facts).by(who);
    let stranger = || actor(Role::CONSEILLER, 30, 3);
    by(stranger(), under_way(IAE)).when(&REVIEW).refuses("prescription.reponse");
    by(stranger(), under_way(IAE)).when(&hold(None)).refuses("prescription.reponse");
    by(stranger(), accepted()).when(&start("2026-04-01")).refuses("prescription.reponse");
    by(stranger(), begun()).when(&complete("2026-05-01")).refuses("prescription.reponse");
    for who in [addressee(), actor(Role::CONSEILLER, 21, 2), Actor::system("les-emplois")] {
        by(who.clone(), under_way(IAE)).when(&REVIEW).states(&["PrescriptionUnderReview"]);
        by(who.clone(), under_way(IAE)).when(&hold(None)).states(&["PrescriptionOnHold"]);
        by(who.clone(), accepted()).when(&start("2026-04-01")).states(&["PrescriptionStarted"]);
        by(who, begun()).when(&complete("2026-05-01")).states(&["PrescriptionCompleted"]);
    }
}

#[test]
fn the_word_of_the_tool_that_is_the_authority_is_kept_even_where_our_rules_would_refuse_it() {
    let told = |facts: Vec<Event>| Scenario::given(facts).by(Actor::system("les-emplois"));
    for over in [refused(), withdrawn(), lapsed(), unanswered()] {
        told(over.clone()).when(&ACCEPT).states(&["PrescriptionAccepted"]);
        told(over.clone()).when(&REVIEW).states(&["PrescriptionUnderReview"]);
        told(over).when(&start("2026-04-01")).states(&["PrescriptionStarted"]);
    }
    told(accepted()).when(&refuse()).states(&["PrescriptionRefused"]);
    told(accepted()).when(&hold(Some("2026-03-19"))).states(&["PrescriptionOnHold"]);
    told(withdrawn()).when(&RECEIVE).states(&["PrescriptionReceived"]);
    told(accepted()).when(&complete("2026-04-01")).states(&["PrescriptionCompleted"]);
    let early = AcceptPrescription { accepted_on: Some(day("2026-03-01")), ..ACCEPT };
    told(under_way(IAE)).when(&early).states(&["PrescriptionAccepted"]);
    // What was never sent here has no outcome, whoever tells it.
    told(vec![prepared(IAE)]).when(&ACCEPT).refuses("prescription.non-envoyee");
    told(vec![prepared(IAE)]).when(&complete("2026-04-01")).refuses("prescription.non-envoyee");
}

/// The platform 300 shares the case, and chose these delays.
fn chosen(delays: &[(PrescriptionKind, u32)]) -> impl FnOnce(&mut Known) {
    let number =
        |kind: PrescriptionKind| u32::try_from(contracts::EnumValue::from(kind).to_i32()).expect("a number");
    let facts = (1..).zip(delays).map(|(position, (kind, days))| {
        let chosen =
            AnswerDelayChosen { prescription_kind: number(*kind), days: *days, ..Default::default() };
        recorded(position, 300, &Platform::from(chosen))
    });
    let facts: Vec<Recorded> = facts.collect();
    move |known| {
        known.case.as_mut().expect("a case").platform_id = Some(id(300));
        known.streams.insert(id(300), facts);
    }
}

#[test]
fn the_platform_that_shares_the_case_chooses_the_delay_of_each_kind() {
    assert!(SEND.needs(&State::default()).platform);
    let delays = [(IAE, 20), (PrescriptionKind::FORMATION, 90), (IAE, 45)];
    for (kind, due) in [
        (IAE, "2026-04-16"),
        (PrescriptionKind::FORMATION, "2026-05-31"),
        (PrescriptionKind::VAE, "2026-04-01"),
    ] {
        let facts = given(vec![prepared(kind)])
            .knowing(chosen(&delays))
            .on("2026-03-02")
            .when(&SEND)
            .states(&["PrescriptionSent"]);
        let Event::PrescriptionSent(sent) = &facts[0] else { panic!("{facts:?}") };
        assert_eq!(sent.answer_due_on, due, "{kind:?}");
    }
}

#[test]
fn these_facts_too_happen_on_the_day_that_is_said() {
    let said = Some(day("2026-03-20"));
    let days = [
        ReviewPrescription { since: said }.occurred_on(),
        hold(None).occurred_on(),
        RemindAddressee { reminded_on: said }.occurred_on(),
        start("2026-03-20").occurred_on(),
        complete("2026-03-20").occurred_on(),
        ReopenPrescription { reopened_on: said }.occurred_on(),
    ];
    assert_eq!(days, [said.map(|day| day.0); 6]);
}
