//! Paths, and what is counted of them.

use std::collections::HashMap;

use contracts::{
    case::v1::*, common::v1::OrganisationKind, employment::v1::*, events, immersion::v1::*,
    prescription::v1::*,
};
use followup::{
    indicators::{Counted, Figure, HIDDEN, Indicator},
    views::{
        directory::Post,
        milestones::{Milestones, Outcome, Path},
    },
};
use projections::Projection as _;
use uuid::Uuid;

use super::invented::*;

fn folded(story: &Story) -> Path {
    story.facts.iter().fold(Path::default(), |mut path, fact| {
        Milestones.fold(&mut path, fact).expect("every fact folds");
        path
    })
}

/// The path of someone who wished on 1 March, was refused or taken after some days, and began to work.
fn path_of(number: u128, days: i8, accepted: bool, left_on: Option<&str>) -> (Uuid, Path) {
    let mut story = Story::default();
    opening(&mut story, 1000 + number, "Ana", "Essai");
    let wish = WishExpressed { expressed_on: "2026-03-01".into(), ..Default::default() };
    story.tell(2000 + number, "2026-03-01", events::Wish::from(wish));
    let stream = 3000 + number;
    sent(&mut story, stream, PrescriptionKind::CANDIDATURE_IAE, ACI, ("2026-03-02", "2026-05-01"));
    let answered = day("2026-03-02") + jiff::Span::new().days(days);
    if accepted {
        let one = PrescriptionAccepted { accepted_on: answered.to_string(), ..Default::default() };
        story.tell(stream, "2026-03-20", events::Prescription::from(one));
        let started = EmploymentStarted {
            employer_id: id(ACI).to_string(),
            started_on: "2026-04-01".into(),
            ..Default::default()
        };
        story.tell(4000 + number, "2026-04-01", events::Employment::from(started));
    } else {
        let one = PrescriptionRefused { refused_on: answered.to_string(), ..Default::default() };
        story.tell(stream, "2026-03-20", events::Prescription::from(one));
    }
    if let Some(left) = left_on {
        let ended = EmploymentEnded { ended_on: left.into(), ..Default::default() };
        story.tell(4000 + number, left, events::Employment::from(ended));
    }
    (id(1000 + number), folded(&story))
}

/// Twenty people: fourteen taken after 10 days, of whom six left in May; six refused after 20 days.
fn twenty() -> Vec<(Uuid, Path)> {
    let taken = (0..14).map(|n| path_of(n, 10, true, (n < 6).then_some("2026-05-10")));
    taken.chain((14..20).map(|n| path_of(n, 20, false, None))).collect()
}

fn counted(paths: &[(Uuid, Path)]) -> HashMap<String, Figure> {
    let kinds = HashMap::from([(id(ACI), OrganisationKind::ACI)]);
    let post =
        |filled: &[&str]| Post { filled: filled.iter().map(|text| day(text)).collect(), ..Post::default() };
    let mut posts = vec![post(&["2025-01-01", "2026-06-01"]); 6];
    posts.extend(vec![post(&["2025-01-01"]); 7]);
    let counted = Counted {
        platform_id: id(TESA),
        paths,
        kinds: &kinds,
        posts: &posts,
        from: day("2026-01-01"),
        to: day("2026-12-31"),
        today: day("2026-11-23"),
    };
    let all: Vec<Indicator> = counted.indicators();
    assert!(all.iter().all(|one| one.rules.iter().all(|rule| rule.version >= 1 && !rule.id.is_empty())));
    all.into_iter().flat_map(|one| one.figures).map(|figure| (figure.key.clone(), figure)).collect()
}

#[test]
fn indicators_are_counted_from_facts() {
    let figures = counted(&twenty());
    let shown = |key: &str| figures[key].shown.as_str();
    assert_eq!(shown("suivies"), "20");
    assert_eq!(shown("emploi"), "14 sur 20 (70\u{a0}%)");
    assert_eq!(shown("envie-travail"), "31 jours");
    assert_eq!(shown("envoi-reponse"), "10 jours");
    // Everyone wished and was answered: that would tell it of each of them.
    assert_eq!(shown("envie"), HIDDEN);
    assert_eq!(shown("ACI"), "20");
    assert_eq!(shown("ACI-reponse"), HIDDEN);
    assert_eq!(shown("ACI-accord"), "14 sur 20 (70\u{a0}%)");
    assert_eq!(shown("commences"), "14");
    assert_eq!(shown("a-30-jours"), HIDDEN);
    assert_eq!(shown("a-90-jours"), "8 sur 14 (57\u{a0}%)");
    // Nobody reached the year yet.
    assert_eq!(shown("a-365-jours"), HIDDEN);
    assert_eq!(shown("changes"), "6 sur 13 (46\u{a0}%)");
}

#[test]
fn few_people_give_no_number_at_all() {
    let figures = counted(&twenty()[..4]);
    let told: Vec<_> = figures.iter().filter(|(key, _)| !["postes", "changes"].contains(&&***key)).collect();
    assert!(told.iter().all(|(_, figure)| figure.value.is_none() && figure.percent.is_none()), "{told:?}");
}

#[test]
fn kinds_that_concern_few_people_are_counted_together() {
    let active = |number: u128, kind: ActivityKind| {
        let mut story = Story::default();
        opening(&mut story, 1000 + number, "Ana", "Essai");
        let started =
            ActivityStarted { kind: kind.into(), started_on: "2026-02-02".into(), ..Default::default() };
        story.tell(7000 + number, "2026-02-02", events::Activity::from(started));
        let came = AttendanceRecorded { from_day: "2026-02-03".into(), minutes: 90, ..Default::default() };
        story.tell(7000 + number, "2026-02-03", events::Activity::from(came));
        (id(1000 + number), folded(&story))
    };
    let kinds = [(6, ActivityKind::FLE), (3, ActivityKind::AAVA), (2, ActivityKind::NUMERIQUE)];
    let each = kinds.iter().flat_map(|(many, kind)| std::iter::repeat_n(*kind, *many));
    let paths: Vec<_> = (0..).zip(each).map(|(number, kind)| active(number, kind)).collect();
    let figures = counted(&paths);
    assert_eq!((&*figures["FLE"].shown, &*figures["FLE-heures"].shown), ("6", "9 h"));
    assert_eq!((&*figures["AUTRES"].shown, &*figures["AUTRES-heures"].shown), ("5", "8 h"));
    assert!(!figures.contains_key("AAVA") && !figures.contains_key("NUMERIQUE"));
}

#[test]
fn what_is_forgotten_changes_no_count() {
    let mut story = Story::default();
    opening(&mut story, 1, "Ana", "Essai");
    let before = folded(&story);
    let forgotten = PersonForgotten { forgotten_on: "2026-05-01".into(), ..Default::default() };
    story.tell(1, "2026-05-01", events::Case::from(forgotten));
    assert_eq!(folded(&story), before);
}

#[test]
fn a_late_answer_takes_the_place_of_silence_and_a_new_attempt_is_a_new_sending() {
    let mut story = Story::default();
    opening(&mut story, 1, "Ana", "Essai");
    sent(&mut story, 300, PrescriptionKind::GEIQ, ACI, ("2026-01-05", "2026-02-04"));
    story.tell(300, "2026-02-05", events::Prescription::from(PrescriptionUnanswered::default()));
    assert_eq!(folded(&story).sendings[0].outcome, Some(Outcome::Unanswered));
    let refused = PrescriptionRefused { refused_on: "2026-02-10".into(), ..Default::default() };
    story.tell(300, "2026-02-10", events::Prescription::from(refused));
    assert_eq!(folded(&story).sendings[0].outcome, Some(Outcome::Refused));
    story.tell(300, "2026-03-01", events::Prescription::from(PrescriptionWithdrawn::default()));
    assert_eq!(folded(&story).sendings[0].outcome, Some(Outcome::Refused));
    sent(&mut story, 300, PrescriptionKind::GEIQ, ACI, ("2026-04-01", "2026-05-01"));
    let path = folded(&story);
    assert_eq!((path.sendings.len(), path.sendings[1].outcome), (2, None));
    assert!(
        !path.sendings[1].is_counted(day("2026-05-01")) && path.sendings[1].is_counted(day("2026-05-02"))
    );
}

#[test]
fn a_stay_belongs_to_the_structure_of_its_days() {
    let mut story = Story::default();
    opening(&mut story, 1, "Ana", "Essai");
    let moved = CaseTransferred {
        structure_id: id(ACI).to_string(),
        transferred_on: "2026-02-01".into(),
        ..Default::default()
    };
    story.tell(1, "2026-02-01", events::Case::from(moved));
    let path = folded(&story);
    for (on, structure) in
        [("2025-01-01", CHRS), ("2026-01-31", CHRS), ("2026-02-01", ACI), ("2027-01-01", ACI)]
    {
        assert!(path.is_hosted_by(id(structure), day(on)), "{on}");
        assert!(!path.is_hosted_by(id(if structure == ACI { CHRS } else { ACI }), day(on)), "{on}");
    }
    assert!(path.is_followed(id(TESA), day("2026-01-01"), day("2026-12-31")));
    assert!(!path.is_followed(id(TESA), day("2026-02-01"), day("2026-12-31")));
}

#[test]
fn a_hire_follows_an_immersion_when_its_review_or_a_contract_says_so() {
    let immersed = |number: u128, hired: Hired, contract: Option<&str>| {
        let mut story = Story::default();
        opening(&mut story, 1000 + number, "Ana", "Essai");
        let drafted = ConventionDrafted { host_id: id(ACI).to_string(), ..Default::default() };
        story.tell(5000 + number, "2026-02-20", events::Convention::from(drafted));
        let started = ImmersionStarted { started_on: "2026-03-02".into(), ..Default::default() };
        story.tell(5000 + number, "2026-03-02", events::Convention::from(started));
        let ended = ImmersionEnded { ended_on: "2026-03-13".into(), ..Default::default() };
        story.tell(5000 + number, "2026-03-13", events::Convention::from(ended));
        if hired != Hired::HIRED_UNSPECIFIED {
            let reviewed = ImmersionReviewed {
                hired: hired.into(),
                reviewed_on: "2026-03-16".into(),
                ..Default::default()
            };
            story.tell(5000 + number, "2026-03-16", events::Convention::from(reviewed));
        }
        if let Some(on) = contract {
            let started = EmploymentStarted {
                employer_id: id(ACI).to_string(),
                started_on: on.into(),
                ..Default::default()
            };
            story.tell(6000 + number, on, events::Employment::from(started));
        }
        (id(1000 + number), folded(&story))
    };
    let mut paths: Vec<_> = (0..5).map(|n| immersed(n, Hired::HIRED_CDD, None)).collect();
    paths.extend((5..10).map(|n| immersed(n, Hired::NOT_HIRED, Some("2026-04-01"))));
    paths.extend((10..16).map(|n| immersed(n, Hired::HIRED_UNSPECIFIED, Some("2026-09-01"))));
    let figures = counted(&paths);
    assert_eq!(figures["terminees"].shown, "16");
    assert_eq!(figures["bilan"].shown, "10 sur 16 (63\u{a0}%)");
    assert_eq!(figures["embauche"].shown, "10 sur 16 (63\u{a0}%)");
}

#[test]
fn an_immersion_told_by_two_tools_counts_once_and_the_counter_says_by_which_version_of_its_rule() {
    let told = |number: u128, host: u128| {
        let mut story = Story::default();
        opening(&mut story, 1000 + number, "Ana", "Essai");
        for stream in [5000 + number, 8000 + number] {
            let drafted = ConventionDrafted { host_id: id(host).to_string(), ..Default::default() };
            story.tell(stream, "2026-02-20", events::Convention::from(drafted));
            let started = ImmersionStarted { started_on: "2026-03-02".into(), ..Default::default() };
            story.tell(stream, "2026-03-02", events::Convention::from(started));
            let ended = ImmersionEnded { ended_on: "2026-03-13".into(), ..Default::default() };
            story.tell(stream, "2026-03-13", events::Convention::from(ended));
        }
        story
    };
    let stories: Vec<Story> = (0..6).map(|number| told(number, ACI)).collect();
    let count = |stories: &[Story]| {
        let paths: Vec<_> = (1000..).zip(stories).map(|(case, story)| (id(case), folded(story))).collect();
        counted(&paths)["terminees"].shown.clone()
    };
    assert_eq!(count(&stories), "12");

    let mut stories = stories;
    for (number, story) in (0..).zip(&mut stories) {
        // What came of it was typed here, on the one that counts no more.
        let reviewed = ImmersionReviewed {
            hired: Hired::HIRED_CDD.into(),
            reviewed_on: "2026-03-16".into(),
            ..Default::default()
        };
        story.tell(5000 + number, "2026-03-16", events::Convention::from(reviewed));
        let same = ConventionRecognised {
            same_as_convention_id: id(8000 + number).to_string(),
            ..Default::default()
        };
        story.tell(5000 + number, "2026-03-17", events::Convention::from(same));
    }
    assert_eq!(count(&stories), "6");
    let path = folded(&stories[0]);
    assert_eq!((path.immersions.len(), path.immersions().count()), (2, 1));

    for (number, story) in (0..).zip(&mut stories) {
        let apart =
            ConventionToldApart { other_convention_id: id(8000 + number).to_string(), ..Default::default() };
        story.tell(5000 + number, "2026-03-18", events::Convention::from(apart));
    }
    assert_eq!(count(&stories), "12");
    assert_eq!(followup::rules::IMMERSIONS.version, 2);
}
