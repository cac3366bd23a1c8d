//! Pages without a server.

use contracts::employment::v1::*;
use followup::{
    french::Names,
    pages::{lanes::draw, lines::Told},
    views::{live_status::LiveStatus, status::Status},
};
use projections::Projection as _;

use super::invented::*;

fn status(story: &Story) -> Status {
    story.facts.iter().fold(Status::default(), |mut status, fact| {
        LiveStatus.fold(&mut status, fact).expect("every fact folds");
        status
    })
}

#[test]
fn what_happens_at_the_same_time_is_drawn_side_by_side_and_stays_within_the_drawing() {
    let mut story = Story::default();
    path(&mut story);
    let names = Names::new();
    let told = Told { today: day("2026-11-23"), names: &names };
    let drawn = draw(&status(&story), told).expect("there is something to draw");
    assert_eq!(
        drawn.lanes.iter().map(|lane| lane.name).collect::<Vec<_>>(),
        ["Diagnostic", "Prescriptions", "Immersions", "Emplois"]
    );
    let percent = |text: &str| text.trim_end_matches('%').parse::<f64>().expect("a percentage");
    for bar in drawn.lanes.iter().flat_map(|lane| &lane.bars) {
        let width = percent(&bar.width) + bar.to_come.as_ref().map_or(0.0, |(_, width)| percent(width));
        assert!(percent(&bar.x) >= 0.0 && percent(&bar.x) + width <= 100.7, "{bar:?}");
        assert!(!bar.title.is_empty());
    }
    assert!(drawn.ticks.len() >= 4);
}

#[test]
fn nothing_is_drawn_of_a_path_that_has_just_begun() {
    let mut story = Story::default();
    opening(&mut story, CASE, "Ana", "Essai");
    let names = Names::new();
    assert!(draw(&status(&story), Told { today: day("2026-11-23"), names: &names }).is_none());
}

#[test]
fn an_overdue_answer_is_told_by_its_own_shape_and_in_words() {
    let mut story = Story::default();
    opening(&mut story, CASE, "Ana", "Essai");
    sent(
        &mut story,
        300,
        contracts::prescription::v1::PrescriptionKind::VAE,
        FT,
        ("2026-09-01", "2026-10-01"),
    );
    let names = Names::from([(id(FT), "France Travail Alès".to_owned())]);
    let told = Told { today: day("2026-11-23"), names: &names };
    let line = told.prescription(&status(&story).prescriptions[&id(300)]);
    assert_eq!(line.mark.id(), "echu");
    assert_eq!(line.text, "VAE auprès de France Travail Alès");
    assert_eq!(line.detail, "envoyée le 1er septembre, réponse attendue depuis le 1er octobre");
}

#[test]
fn hours_are_written_as_people_say_them() {
    let names = Names::new();
    let told = Told { today: day("2026-11-23"), names: &names };
    let one = followup::views::status::Employment {
        contract: ContractKind::CDI.into(),
        weekly_minutes: 24 * 60 + 30,
        started_on: Some(day("2025-03-01")),
        ..Default::default()
    };
    let line = told.employment(&one);
    assert_eq!(line.text, "CDI, 24\u{a0}h 30 par semaine");
    assert_eq!(line.detail, "depuis le 1er mars 2025");
}
