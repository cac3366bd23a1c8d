//! Reviews, notes, summaries.

use access::Actor;
use case::domain::writing::{commands::*, *};
use contracts::{Class, Facts as _, Word};
use testkit::scenario::{Scenario, day, id};

use crate::support::closed_on;

fn reviewed(kind: ReviewKind) -> Reviewed {
    Reviewed {
        kind: Word(kind),
        held_on: Some(day("2026-03-02")),
        participant_post_ids: vec![id(9), id(7), id(9)],
        with_person: true,
        next_review_on: Some(day("2026-06-02")),
        decisions: vec![" refaire le CV ".into(), " ".into()],
    }
}

fn hold(kind: ReviewKind) -> HoldReview {
    HoldReview { review: reviewed(kind) }
}

fn correct() -> CorrectReview {
    CorrectReview { review: Reviewed { with_person: false, ..reviewed(ReviewKind::BILAN_TRIMESTRIEL) } }
}

fn nothing() -> Scenario<Event> {
    Scenario::nothing()
}

#[test]
fn a_review_says_who_took_part_what_was_decided_and_when_the_next_one_is() {
    let facts = nothing().when(&hold(ReviewKind::BILAN_TRIMESTRIEL)).states(&["ReviewHeld"]);
    let Event::ReviewHeld(stated) = &facts[0] else { panic!("{facts:?}") };
    assert_eq!(stated.participant_post_ids, [id(7).to_string(), id(9).to_string()]);
    assert_eq!(stated.decisions, ["refaire le CV"]);
    assert_eq!((&*stated.held_on, &*stated.next_review_on), ("2026-03-02", "2026-06-02"));
    let alone = Reviewed { participant_post_ids: Vec::new(), ..reviewed(ReviewKind::POINT_D_ETAPE) };
    let facts = nothing().when(&HoldReview { review: alone }).states(&["ReviewHeld"]);
    let Event::ReviewHeld(stated) = &facts[0] else { panic!("{facts:?}") };
    assert_eq!(stated.participant_post_ids, [id(7).to_string()], "whoever says it took part");
}

#[test]
fn the_next_review_comes_after() {
    for next in ["2026-03-02", "2026-03-01"] {
        let review = Reviewed { next_review_on: Some(day(next)), ..reviewed(ReviewKind::POINT_D_ETAPE) };
        nothing().when(&HoldReview { review: review.clone() }).refuses("bilan.dates");
        Scenario::given([ReviewHeld::default()]).when(&CorrectReview { review }).refuses("bilan.dates");
    }
}

#[test]
fn interviews_of_two_and_of_three_are_counted() {
    let of = |kind, posts: &[u128], with_person| HoldReview {
        review: Reviewed {
            participant_post_ids: posts.iter().copied().map(id).collect(),
            with_person,
            ..reviewed(kind)
        },
    };
    let incomplete = |command: &HoldReview| {
        nothing().when(command).states_with_warnings(&["ReviewHeld"], &["bilan.participants"]);
    };
    incomplete(&of(ReviewKind::ENTRETIEN_BINOME, &[7], true));
    incomplete(&of(ReviewKind::ENTRETIEN_BINOME, &[7, 7], true));
    incomplete(&of(ReviewKind::ENTRETIEN_TRIPARTITE, &[7, 8], false));
    incomplete(&of(ReviewKind::ENTRETIEN_TRIPARTITE, &[7], true));
    for complete in [
        of(ReviewKind::ENTRETIEN_BINOME, &[7, 8], false),
        of(ReviewKind::ENTRETIEN_TRIPARTITE, &[7, 8], true),
        of(ReviewKind::ENTRETIEN_FRANCE_TRAVAIL, &[7], true),
    ] {
        nothing().when(&complete).states(&["ReviewHeld"]);
    }
}

#[test]
fn a_correction_is_a_fact_that_names_what_it_corrects() {
    let facts = Scenario::given([ReviewHeld::default()]).when(&correct()).states(&["ReviewCorrected"]);
    let Event::ReviewCorrected(stated) = &facts[0] else { panic!("{facts:?}") };
    assert_eq!((stated.review_id.clone(), stated.corrected_version), (id(99).to_string(), 1));
    assert!(!stated.with_person);
    let corrected = [Event::from(ReviewHeld::default()), facts[0].clone()];
    let facts = Scenario::given(corrected).when(&correct()).states(&["ReviewCorrected"]);
    let Event::ReviewCorrected(stated) = &facts[0] else { panic!("{facts:?}") };
    assert_eq!(stated.corrected_version, 2);
    for other in [Event::from(NoteWritten::default()), SummaryWritten::default().into()] {
        Scenario::given([other]).when(&correct()).refuses("bilan.connu");
    }
}

#[test]
fn a_review_of_before_the_closing_is_still_told_and_corrected() {
    let command = hold(ReviewKind::BILAN_TRIMESTRIEL);
    nothing().knowing(closed_on("2026-03-01")).when(&command).refuses("dossier.clos");
    nothing().knowing(closed_on("2026-03-02")).when(&command).states(&["ReviewHeld"]);
    let held = Scenario::given([ReviewHeld::default()]).knowing(closed_on("2026-03-01"));
    held.when(&correct()).states(&["ReviewCorrected"]);
}

#[test]
fn notes_and_summaries_have_an_author_and_a_text() {
    let note = |text: &str| WriteNote { text: text.into(), written_on: None };
    let summary = |text: &str| WriteSummary { text: text.into(), written_on: Some(day("2026-03-02")) };
    let facts = nothing().when(&note(" à rappeler ")).states(&["NoteWritten"]);
    let Event::NoteWritten(stated) = &facts[0] else { panic!("{facts:?}") };
    assert_eq!((stated.author_post_id.clone(), &*stated.text), (id(7).to_string(), "à rappeler"));
    assert_eq!(stated.written_on, "2026-11-23");
    let facts = nothing().when(&summary("tout va bien")).states(&["SummaryWritten"]);
    let Event::SummaryWritten(stated) = &facts[0] else { panic!("{facts:?}") };
    assert_eq!((&*stated.written_on, &*stated.text), ("2026-03-02", "tout va bien"));
    nothing().when(&note(" ")).refuses("ecrit.texte");
    nothing().when(&summary("")).refuses("ecrit.texte");
    nothing().by(Actor::system("clock")).when(&note("a")).refuses("ecrit.auteur");
    nothing().by(Actor::system("clock")).when(&summary("a")).refuses("ecrit.auteur");
}

#[test]
fn a_note_is_sealed_apart_from_everything_else() {
    let class = |fact: &Event, field: u32| fact.encode().0.class_of(field);
    assert_eq!(class(&NoteWritten::default().into(), 3), Class::Note);
    assert_eq!(class(&SummaryWritten::default().into(), 3), Class::Social);
    assert_eq!(class(&ReviewHeld::default().into(), 6), Class::Project);
}
