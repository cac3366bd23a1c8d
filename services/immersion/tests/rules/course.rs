//! The immersion itself.

use access::Actor;
use contracts::{Word, common::v1::Role};
use immersion::domain::{aggregate::State, commands::*, *};
use testkit::scenario::{Scenario, actor, day};

use super::signing::{and, drafted, fully_signed, validated};

fn start(on: &str) -> StartImmersion {
    StartImmersion { started_on: Some(day(on)) }
}

fn begun() -> Vec<Event> {
    and(fully_signed(), ImmersionStarted { started_on: "2026-11-16".into(), ..Default::default() })
}

fn ended() -> Vec<Event> {
    and(begun(), ImmersionEnded { ended_on: "2026-11-27".into(), ..Default::default() })
}

fn interrupted() -> Vec<Event> {
    and(begun(), ImmersionInterrupted { interrupted_on: "2026-11-20".into(), ..Default::default() })
}

fn interrupt(on: &str) -> InterruptImmersion {
    InterruptImmersion { interrupted_on: Some(day(on)), reason: String::new() }
}

fn end(on: &str) -> EndImmersion {
    EndImmersion { ended_on: Some(day(on)) }
}

fn review(outcome: ReviewOutcome, on: &str) -> ReviewImmersion {
    ReviewImmersion {
        outcome: Word(outcome),
        hired: Some(Word(Hired::NOT_HIRED)),
        reviewed_on: Some(day(on)),
        person_answered_on: None,
        comment: String::new(),
    }
}

fn given(facts: Vec<Event>) -> Scenario<Event> {
    Scenario::given(facts).on("2026-12-15")
}

#[test]
fn an_immersion_starts_once_fully_signed_on_one_of_its_days() {
    given(vec![drafted()]).when(&start("2026-11-16")).refuses("convention.signatures");
    given(validated()).when(&start("2026-11-16")).states(&["ImmersionStarted"]);
    given(validated()).when(&start("2026-11-27")).states(&["ImmersionStarted"]);
    given(validated()).when(&start("2026-11-15")).refuses("immersion.debut");
    given(validated()).when(&start("2026-11-28")).refuses("immersion.debut");
    given(begun()).when(&start("2026-11-16")).states(&[]);
}

#[test]
fn a_pmsmp_starts_once_the_prescriber_validated_it_and_the_clock_is_no_exception() {
    given(fully_signed()).when(&start("2026-11-16")).refuses("pmsmp.validation");
    let approved = || and(fully_signed(), ConventionApproved::default());
    given(approved()).when(&start("2026-11-16")).refuses("pmsmp.validation");
    given(approved()).by(Actor::system("clock")).when(&start("2026-11-16")).refuses("pmsmp.validation");
}

#[test]
fn a_structures_own_convention_starts_without_a_prescriber() {
    let mut facts = fully_signed();
    let Event::ConventionDrafted(own) = &mut facts[0] else { panic!("no draft") };
    own.kind = ConventionKind::STAGE_STRUCTURE.into();
    given(facts).when(&start("2026-11-16")).states(&["ImmersionStarted"]);
}

#[test]
fn nothing_begins_while_the_representative_of_a_minor_has_not_signed() {
    let born = |on: &'static str, facts: Vec<Event>| {
        given(facts).knowing(|known| known.birth_date = Some(day(on).0))
    };
    born("2009-03-01", validated()).when(&start("2026-11-16")).refuses("pmsmp.signataires");
    born("2010-11-20", validated()).when(&start("2026-11-16")).refuses("pmsmp.age");
    born("2008-11-16", validated()).when(&start("2026-11-16")).states(&["ImmersionStarted"]);
    // What another tool says of who signs stands.
    let received = NotificationReceived { system: "immersion-facilitee".into(), ..Default::default() };
    born("2009-03-01", and(validated(), received)).when(&start("2026-11-16")).states(&["ImmersionStarted"]);
}

#[test]
fn a_convention_that_nobody_signed_or_validated_in_time_is_left_without_an_answer() {
    let lapse = |on| LapseConvention { lapsed_on: day(on) };
    let facts = given(vec![drafted()]).when(&lapse("2026-11-17")).states(&["ConventionLapsed"]);
    assert_eq!(own_day(&facts[0]), Some(day("2026-11-17").0));
    given(vec![drafted()]).when(&lapse("2026-11-16")).refuses("convention.sans-suite");
    given(fully_signed()).when(&lapse("2026-11-27")).refuses("convention.sans-suite");
    given(fully_signed()).when(&lapse("2026-11-28")).states(&["ConventionLapsed"]);
    given(begun()).when(&lapse("2026-11-28")).states(&[]);
    given(validated()).when(&lapse("2026-11-28")).states(&[]);
    let too_late = ConventionValidated { validated_on: "2026-11-30".into(), ..Default::default() };
    given(and(fully_signed(), too_late)).when(&lapse("2026-11-30")).states(&["ConventionLapsed"]);
    given(and(fully_signed(), ConventionLapsed::default())).when(&lapse("2026-11-28")).states(&[]);
    given(and(fully_signed(), ConventionCancelled::default()))
        .when(&lapse("2026-11-28"))
        .refuses("convention.close");
    let told = || NotificationReceived { system: "immersion-facilitee".into(), ..Default::default() };
    given(and(fully_signed(), told())).when(&lapse("2026-11-28")).states(&[]);
}

#[test]
fn what_came_from_another_tool_starts_once_validated_there() {
    let received = || NotificationReceived { system: "immersion-facilitee".into(), ..Default::default() };
    given(and(fully_signed(), received())).when(&start("2026-11-16")).refuses("immersion.debut");
    given(and(validated(), received())).when(&start("2026-11-16")).states(&["ImmersionStarted"]);
}

#[test]
fn an_immersion_is_interrupted_while_it_lasts() {
    given(begun()).when(&interrupt("2026-11-20")).states(&["ImmersionInterrupted"]);
    given(fully_signed()).when(&interrupt("2026-11-20")).refuses("immersion.cours");
    given(ended()).when(&interrupt("2026-11-20")).refuses("immersion.cours");
    given(begun()).when(&interrupt("2026-11-15")).refuses("immersion.cours");
    given(begun()).when(&interrupt("2026-11-28")).refuses("immersion.cours");
    given(interrupted()).when(&interrupt("2026-11-21")).states(&[]);
}

#[test]
fn an_immersion_ends_after_it_began_and_at_most_on_its_last_day() {
    given(begun()).when(&end("2026-11-27")).states(&["ImmersionEnded"]);
    given(begun()).when(&end("2026-11-28")).refuses("immersion.cours");
    given(begun()).when(&end("2026-11-15")).refuses("immersion.cours");
    given(fully_signed()).when(&end("2026-11-27")).refuses("immersion.cours");
    given(ended()).when(&end("2026-11-27")).states(&[]);
    given(interrupted()).when(&end("2026-11-27")).states(&[]);
}

#[test]
fn without_a_day_an_immersion_ends_on_the_one_planned_and_never_tomorrow() {
    let last_day = |today: &str| {
        let facts = Scenario::given(begun()).on(today).when(&EndImmersion { ended_on: None });
        let facts = facts.states(&["ImmersionEnded"]);
        own_day(&facts[0])
    };
    assert_eq!(last_day("2026-12-15"), Some(day("2026-11-27").0));
    assert_eq!(last_day("2026-11-20"), Some(day("2026-11-20").0));
}

#[test]
fn a_cancelled_immersion_neither_ends_nor_stops() {
    let cancelled = || and(begun(), ConventionCancelled::default());
    given(cancelled()).when(&end("2026-11-27")).refuses("convention.close");
    given(cancelled()).when(&interrupt("2026-11-27")).refuses("convention.close");
}

#[test]
fn a_review_is_written_once_the_immersion_is_over() {
    let completed = review(ReviewOutcome::COMPLETED, "2026-12-01");
    given(ended()).when(&completed).states(&["ImmersionReviewed"]);
    given(fully_signed()).when(&completed).refuses("immersion.bilan");
    given(interrupted()).when(&completed).refuses("immersion.bilan");
    given(begun()).when(&review(ReviewOutcome::COMPLETED, "2026-11-26")).refuses("immersion.bilan");
    given(begun()).when(&review(ReviewOutcome::COMPLETED, "2026-11-27")).states(&["ImmersionReviewed"]);
    given(interrupted())
        .when(&review(ReviewOutcome::PARTIALLY_COMPLETED, "2026-11-20"))
        .states(&["ImmersionReviewed"]);
    given(fully_signed())
        .when(&review(ReviewOutcome::PARTIALLY_COMPLETED, "2026-11-20"))
        .refuses("immersion.bilan");
    given(ended()).when(&review(ReviewOutcome::COMPLETED, "2026-11-15")).refuses("immersion.bilan");
}

#[test]
fn that_nobody_came_is_said_from_the_first_day_on() {
    given(fully_signed())
        .when(&review(ReviewOutcome::DID_NOT_SHOW, "2026-11-16"))
        .states(&["ImmersionReviewed"]);
    given(fully_signed()).when(&review(ReviewOutcome::DID_NOT_SHOW, "2026-11-15")).refuses("immersion.bilan");
    given(vec![]).when(&review(ReviewOutcome::DID_NOT_SHOW, "2026-11-16")).refuses("immersion.bilan");
}

#[test]
fn a_review_said_again_corrects_the_first_and_repeats_nothing() {
    let first = ImmersionReviewed {
        outcome: ReviewOutcome::PARTIALLY_COMPLETED.into(),
        hired: Hired::NOT_HIRED.into(),
        reviewed_on: "2026-12-01".into(),
        ..Default::default()
    };
    let reviewed = || and(ended(), first.clone());
    given(reviewed()).when(&review(ReviewOutcome::PARTIALLY_COMPLETED, "2026-12-02")).states(&[]);
    let facts = given(reviewed())
        .when(&review(ReviewOutcome::COMPLETED, "2026-12-02"))
        .states(&["ImmersionReviewCorrected"]);
    assert_eq!(own_day(&facts[0]), Some(day("2026-12-02").0));
    let corrected = || and(reviewed(), facts[0].clone());
    let review_now = State::of(corrected()).review.expect("a review");
    assert_eq!((review_now.outcome, review_now.hired), (ReviewOutcome::COMPLETED, Hired::NOT_HIRED));
    given(corrected()).when(&review(ReviewOutcome::COMPLETED, "2026-12-03")).states(&[]);
    given(corrected())
        .when(&review(ReviewOutcome::PARTIALLY_COMPLETED, "2026-12-03"))
        .states(&["ImmersionReviewCorrected"]);
    given(corrected())
        .when(&review(ReviewOutcome::PARTIALLY_COMPLETED, "2026-11-15"))
        .refuses("immersion.bilan");
}

#[test]
fn the_day_the_person_answered_the_review_is_told_with_it_or_later() {
    let answered = |on| ReviewImmersion {
        person_answered_on: Some(day(on)),
        ..review(ReviewOutcome::COMPLETED, "2026-12-01")
    };
    let told = |facts: Vec<Event>| {
        let facts = given(facts).when(&answered("2026-12-03")).states(&["ImmersionReviewed"]);
        let review = State::of(facts.clone()).review.expect("a review");
        assert_eq!(review.answered_on, Some(day("2026-12-03").0));
        facts
    };
    let at_once = told(ended());
    let first =
        given(ended()).when(&review(ReviewOutcome::COMPLETED, "2026-12-01")).states(&["ImmersionReviewed"]);
    told(and(ended(), first[0].clone()));
    given(and(ended(), at_once[0].clone())).when(&answered("2026-12-03")).states(&[]);
    given(ended()).when(&answered("2026-12-16")).refuses("immersion.bilan");
}

#[test]
fn outside_the_circle_an_employer_reviews_only_where_it_is_a_party() {
    let by = |organisation| given(ended()).by(actor(Role::EMPLOYEUR_SIAE, 9, organisation));
    by(super::support::HOST)
        .when(&review(ReviewOutcome::COMPLETED, "2026-12-01"))
        .states(&["ImmersionReviewed"]);
    by(6).when(&review(ReviewOutcome::COMPLETED, "2026-12-01")).refuses("immersion.employeur");
}
