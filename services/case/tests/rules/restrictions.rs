//! What is left alone, since when, and how it is used again.

use case::domain::case::{commands::*, *};
use contracts::{Word, common::v1::Role};
use testkit::scenario::{Scenario, day, id};

fn case() -> Event {
    CaseOpened { structure_id: id(1).to_string(), opened_on: "2026-01-05".into(), ..Default::default() }
        .into()
}

fn restrict(ground: RestrictionGround, reason: &str) -> RestrictProcessing {
    RestrictProcessing { ground: Word(ground), reason: reason.into(), restricted_on: None }
}

/// The restriction of that number, since 20 November 2026.
fn restricted(number: u128) -> Event {
    ProcessingRestricted {
        restriction_id: id(number).to_string(),
        ground: RestrictionGround::ACCURACY_CONTESTED.into(),
        restricted_on: "2026-11-20".into(),
        ..Default::default()
    }
    .into()
}

/// The objection of that number, since 20 November 2026.
fn objected(number: u128) -> Event {
    ObjectionRaised {
        objection_id: id(number).to_string(),
        raised_on: "2026-11-20".into(),
        ..Default::default()
    }
    .into()
}

fn lift(number: u128, reason: RestrictionEnd) -> LiftRestriction {
    LiftRestriction {
        restriction_id: id(number),
        reason: Word(reason),
        person_told_on: Some(day("2026-11-22")),
        lifted_on: None,
    }
}

fn object(text: &str) -> RaiseObjection {
    RaiseObjection { text: text.into(), raised_on: None }
}

fn settle(number: u128, outcome: ObjectionOutcome, answer: &str) -> SettleObjection {
    SettleObjection {
        objection_id: id(number),
        outcome: Word(outcome),
        answer: answer.into(),
        person_told_on: Some(day("2026-11-22")),
        settled_on: None,
    }
}

#[test]
fn a_restriction_says_why_and_since_when_once_for_each_ground() {
    let asked = restrict(RestrictionGround::ACCURACY_CONTESTED, " Les dates sont fausses. ");
    let facts = Scenario::given([case()]).when(&asked).states(&["ProcessingRestricted"]);
    let Event::ProcessingRestricted(one) = &facts[0] else { panic!("{facts:?}") };
    assert_eq!((&*one.reason, &*one.restricted_on), ("Les dates sont fausses.", "2026-11-23"));
    // Already so; for another reason, one more.
    Scenario::given([case(), facts[0].clone()]).when(&asked).states(&[]);
    let other = restrict(RestrictionGround::KEPT_FOR_LEGAL_CLAIM, "");
    Scenario::given([case(), facts[0].clone()]).when(&other).states(&["ProcessingRestricted"]);
    // An objection is another thing.
    Scenario::given([case(), objected(7)]).when(&asked).states(&["ProcessingRestricted"]);
}

#[test]
fn what_is_said_of_a_restriction_is_short() {
    let ground = RestrictionGround::KEPT_RATHER_THAN_ERASED;
    Scenario::given([case()]).when(&restrict(ground, &"x".repeat(2_001))).refuses("limitation.texte");
    Scenario::given([case()]).when(&restrict(ground, &"x".repeat(2_000))).states(&["ProcessingRestricted"]);
}

#[test]
fn a_restriction_is_lifted_once_and_may_begin_again() {
    let over = lift(5, RestrictionEnd::GROUND_OVER);
    let facts = Scenario::given([case(), restricted(5)]).when(&over).states(&["RestrictionLifted"]);
    let Event::RestrictionLifted(one) = &facts[0] else { panic!("{facts:?}") };
    assert_eq!((&*one.person_told_on, &*one.lifted_on), ("2026-11-22", "2026-11-23"));
    let given = || Scenario::given([case(), restricted(5), facts[0].clone()]);
    given().when(&over).states(&[]);
    given().when(&restrict(RestrictionGround::ACCURACY_CONTESTED, "")).states(&["ProcessingRestricted"]);
    Scenario::given([case()]).when(&over).refuses("limitation.connue");
}

#[test]
fn the_person_is_told_before_their_data_are_used_again() {
    let given = || Scenario::given([case(), restricted(5), objected(6)]);
    for told in [None, Some("2026-11-19"), Some("2026-11-23")] {
        let on = Some(day("2026-11-22"));
        let told = told.map(day);
        let lifted =
            LiftRestriction { person_told_on: told, lifted_on: on, ..lift(5, RestrictionEnd::GROUND_OVER) };
        given().when(&lifted).refuses("limitation.prevenir");
        let no = settle(6, ObjectionOutcome::NOT_UPHELD, "Un juge demande de les garder.");
        given()
            .when(&SettleObjection { person_told_on: told, settled_on: on, ..no })
            .refuses("limitation.prevenir");
    }
    let same_day =
        LiftRestriction { person_told_on: Some(day("2026-11-20")), ..lift(5, RestrictionEnd::PERSON_AGREES) };
    let same_day = LiftRestriction { lifted_on: Some(day("2026-11-20")), ..same_day };
    given().when(&same_day).states(&["RestrictionLifted"]);
    let early =
        LiftRestriction { lifted_on: Some(day("2026-11-19")), ..lift(5, RestrictionEnd::GROUND_OVER) };
    given().when(&early).refuses("limitation.dates");
}

#[test]
fn an_objection_says_why_and_one_waits_at_a_time() {
    for text in ["", " \n ", &"x".repeat(2_001)] {
        Scenario::given([case()]).when(&object(text)).refuses("opposition.texte");
        Scenario::given([case()]).when(&RaiseOwnObjection { text: text.into() }).refuses("opposition.texte");
    }
    let facts = Scenario::given([case()]).when(&object(" On me cherche. ")).states(&["ObjectionRaised"]);
    let Event::ObjectionRaised(one) = &facts[0] else { panic!("{facts:?}") };
    assert_eq!((&*one.text, &*one.raised_on, one.by_person), ("On me cherche.", "2026-11-23", false));
    let own = RaiseOwnObjection { text: "On me cherche.".into() };
    let facts = Scenario::given([case()]).when(&own).states(&["ObjectionRaised"]);
    let Event::ObjectionRaised(one) = &facts[0] else { panic!("{facts:?}") };
    assert!(one.by_person && one.raised_on == "2026-11-23");
    let waiting = || Scenario::given([case(), facts[0].clone()]);
    waiting().when(&own).refuses("opposition.en-cours");
    waiting().when(&object("Encore.")).refuses("opposition.en-cours");
}

#[test]
fn whatever_was_answered_the_person_may_object_again() {
    for outcome in [ObjectionOutcome::UPHELD, ObjectionOutcome::NOT_UPHELD] {
        let answered = Scenario::given([case(), objected(6)])
            .when(&settle(6, outcome, "Voici pourquoi."))
            .states(&["ObjectionSettled"])
            .remove(0);
        let given = || Scenario::given([case(), objected(6), answered.clone()]);
        given().when(&settle(6, outcome, "Voici pourquoi.")).states(&[]);
        given().when(&object("Ma situation a changé.")).states(&["ObjectionRaised"]);
        // What is upheld holds until the person agrees; what is not is over.
        let agrees = lift(6, RestrictionEnd::PERSON_AGREES);
        let kept = outcome == ObjectionOutcome::UPHELD;
        given().when(&agrees).states(if kept { &["RestrictionLifted"] } else { &[] });
        if kept {
            given().when(&lift(6, RestrictionEnd::GROUND_OVER)).refuses("limitation.opposition");
        }
    }
}

#[test]
fn an_objection_that_waits_is_answered_unless_the_person_takes_it_back() {
    let given = || Scenario::given([case(), objected(6)]);
    given().when(&lift(6, RestrictionEnd::GROUND_OVER)).refuses("limitation.opposition");
    let taken =
        given().when(&lift(6, RestrictionEnd::PERSON_AGREES)).states(&["RestrictionLifted"]).remove(0);
    let after = || Scenario::given([case(), objected(6), taken.clone()]);
    after().when(&settle(6, ObjectionOutcome::UPHELD, "")).states(&[]);
    after().when(&object("Finalement, si.")).states(&["ObjectionRaised"]);
}

#[test]
fn when_an_objection_is_not_upheld_the_person_is_told_why() {
    let given = || Scenario::given([case(), objected(6), restricted(5)]);
    given().when(&settle(6, ObjectionOutcome::NOT_UPHELD, " ")).refuses("opposition.motifs");
    for outcome in [ObjectionOutcome::UPHELD, ObjectionOutcome::NOT_UPHELD] {
        given().when(&settle(6, outcome, &"x".repeat(2_001))).refuses("opposition.motifs");
        let early = SettleObjection { settled_on: Some(day("2026-11-19")), ..settle(6, outcome, "Non.") };
        given().when(&early).refuses("opposition.dates");
    }
    // Upheld, nothing is used again: the day the person is told is not asked.
    let upheld = SettleObjection { person_told_on: None, ..settle(6, ObjectionOutcome::UPHELD, "") };
    given().when(&upheld).states(&["ObjectionSettled"]);
    given().when(&settle(9, ObjectionOutcome::UPHELD, "")).refuses("opposition.connue");
    // A restriction is no objection.
    given().when(&settle(5, ObjectionOutcome::UPHELD, "")).refuses("opposition.connue");
}

#[test]
fn a_case_that_is_closed_may_still_be_restricted_and_objected_to() {
    let closed: Event = CaseClosed { closed_on: "2026-11-01".into(), ..Default::default() }.into();
    let given = || Scenario::given([case(), closed.clone()]);
    given().when(&object("On me cherche.")).states(&["ObjectionRaised"]);
    given().when(&restrict(RestrictionGround::KEPT_FOR_LEGAL_CLAIM, "")).states(&["ProcessingRestricted"]);
}

#[test]
fn whoever_alone_answers_the_person_stays_while_they_may_ask_or_data_are_limited() {
    let member = |post: u128, organisation: u128, role: Role| -> Event {
        CircleMemberJoined {
            post_id: id(post).to_string(),
            organisation_id: id(organisation).to_string(),
            role: role.into(),
            ..Default::default()
        }
        .into()
    };
    let circle = || [case(), member(8, 1, Role::REFERENT_SOCIAL), member(9, 2, Role::REFERENT_SOCIAL)];
    let leaves = |post: u128| LeaveCircle { post_id: id(post), until: None, reason: String::new() };
    Scenario::given(circle()).when(&leaves(8)).states(&["CircleMemberLeft"]);
    let handed = |until: &str| -> Event {
        OwnAccessOpened { access_id: id(7).to_string(), until_day: until.into(), ..Default::default() }.into()
    };
    let taken_back: Event = OwnAccessClosed { access_id: id(7).to_string(), ..Default::default() }.into();
    for over in [vec![handed("2026-01-31")], vec![handed("2100-01-31"), taken_back]] {
        Scenario::given(circle().into_iter().chain(over)).when(&leaves(8)).states(&["CircleMemberLeft"]);
    }
    for limit in [restricted(5), objected(6), handed("2100-01-31")] {
        let limited = || Scenario::given(circle().into_iter().chain([limit.clone()]));
        limited().when(&leaves(8)).refuses("limitation.referent");
        limited().when(&leaves(9)).states(&["CircleMemberLeft"]);
        let two = circle().into_iter().chain([member(10, 1, Role::REFERENT_SOCIAL), limit.clone()]);
        Scenario::given(two).when(&leaves(8)).states(&["CircleMemberLeft"]);
    }
}
