//! What the person says is wrong, and the answer they get.

use case::domain::case::{commands::*, *};
use contracts::Word;
use testkit::scenario::{Scenario, day, id};

use crate::support::stream;

fn case() -> Event {
    CaseOpened { structure_id: id(1).to_string(), opened_on: "2026-01-05".into(), ..Default::default() }
        .into()
}

fn request(class: PersonalClass, text: &str) -> RequestRectification {
    RequestRectification { of_class: Word(class), text: text.into(), requested_on: None }
}

/// The request of number 100, made by the person about who they are, on 23 November 2026.
fn asked() -> Event {
    let own = RequestOwnRectification {
        of_class: Word(PersonalClass::IDENTITY),
        text: "Je suis née le 17, pas le 7.".into(),
    };
    Scenario::given([case()]).when(&own).states(&["RectificationRequested"]).remove(0)
}

fn settle(outcome: RectificationOutcome, answer: &str) -> SettleRectification {
    SettleRectification {
        rectification_id: id(100),
        outcome: Word(outcome),
        corrected_in: None,
        answer: answer.into(),
        settled_on: None,
    }
}

#[test]
fn the_text_is_kept_in_the_class_it_is_about_and_nowhere_else() {
    use PersonalClass as C;
    for class in [C::IDENTITY, C::PROJECT, C::SOCIAL, C::HEALTH, C::JUDICIAL, C::NOTE] {
        let facts = Scenario::given([case()])
            .when(&request(class, " Ce n’est pas vrai. "))
            .states(&["RectificationRequested"]);
        let Event::RectificationRequested(one) = &facts[0] else { panic!("{facts:?}") };
        let texts = [
            (C::IDENTITY, &one.text_identity),
            (C::PROJECT, &one.text_project),
            (C::SOCIAL, &one.text_social),
            (C::HEALTH, &one.text_health),
            (C::JUDICIAL, &one.text_judicial),
            (C::NOTE, &one.text_note),
        ];
        for (of, text) in texts {
            assert_eq!(text, if of == class { "Ce n’est pas vrai." } else { "" }, "{class:?} {of:?}");
        }
        assert!(!one.by_person);
    }
    let Event::RectificationRequested(own) = asked() else { panic!("it is asked") };
    assert!(own.by_person && own.requested_on == "2026-11-23");
}

#[test]
fn it_says_something_and_not_too_much() {
    for text in ["", " \n ", &"x".repeat(2_001)] {
        let refused = Scenario::given([case()]).when(&request(PersonalClass::SOCIAL, text));
        refused.refuses("rectification.texte");
    }
    Scenario::given([case()])
        .when(&request(PersonalClass::SOCIAL, &"x".repeat(2_000)))
        .states(&["RectificationRequested"]);
}

#[test]
fn twenty_wait_at_once_at_most() {
    let waiting = |number: u128| -> Event {
        RectificationRequested { rectification_id: id(number).to_string(), ..Default::default() }.into()
    };
    let facts: Vec<Event> = [case()].into_iter().chain((200..220).map(waiting)).collect();
    let one = request(PersonalClass::PROJECT, "Encore.");
    Scenario::given(facts.clone()).when(&one).refuses("rectification.nombre");
    let answered: Event =
        RectificationSettled { rectification_id: id(200).to_string(), ..Default::default() }.into();
    Scenario::given(facts.into_iter().chain([answered])).when(&one).states(&["RectificationRequested"]);
}

#[test]
fn an_answer_names_the_fact_that_corrects() {
    let corrected: Event = IdentityCorrected::default().into();
    let joined: Event = CircleMemberJoined::default().into();
    let answer = SettleRectification {
        corrected_in: Some(id(42)),
        ..settle(RectificationOutcome::RECTIFIED, "C’est corrigé.")
    };
    let given = || Scenario::given([case(), asked()]);
    let facts = given()
        .knowing(stream(42, Some(42), vec![case(), corrected, joined]))
        .when(&answer)
        .states(&["RectificationSettled"]);
    let Event::RectificationSettled(one) = &facts[0] else { panic!("{facts:?}") };
    assert!(!one.correcting_fact_id.is_empty());
    assert_eq!((&*one.answer_identity, &*one.answer_social), ("C’est corrigé.", ""));
    // Nothing was corrected there, or it is somebody else’s.
    given().knowing(stream(42, Some(42), vec![case()])).when(&answer).refuses("rectification.fait");
    let elsewhere = SettleRectification { corrected_in: Some(id(43)), ..answer };
    let note: Event = IdentityCorrected::default().into();
    given().knowing(stream(43, Some(77), vec![note])).when(&elsewhere).refuses("rectification.fait");
}

#[test]
fn when_nothing_is_corrected_the_person_is_told_why() {
    let given = || Scenario::given([case(), asked()]);
    given().when(&settle(RectificationOutcome::NOT_RECTIFIED, " ")).refuses("rectification.raison");
    let long = "x".repeat(2_001);
    given().when(&settle(RectificationOutcome::RECTIFIED, &long)).refuses("rectification.raison");
    let why = settle(RectificationOutcome::NOT_RECTIFIED, "C’est ce que dit la carte de séjour.");
    let answered = given().when(&why).states(&["RectificationSettled"]).remove(0);
    Scenario::given([case(), asked(), answered.clone()]).when(&why).states(&[]);
    // The person may ask again.
    let again = request(PersonalClass::IDENTITY, "La carte est fausse aussi.");
    Scenario::given([case(), asked(), answered]).when(&again).states(&["RectificationRequested"]);
}

#[test]
fn what_was_not_asked_is_not_answered_nor_before_it_was() {
    let yes = || settle(RectificationOutcome::RECTIFIED, "");
    Scenario::given([case()]).when(&yes()).refuses("rectification.connue");
    let early = SettleRectification { settled_on: Some(day("2026-11-22")), ..yes() };
    Scenario::given([case(), asked()]).when(&early).refuses("rectification.dates");
}
