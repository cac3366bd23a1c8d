//! What calls for some of the circle only: the prescriber of a PMSMP, and whoever may look back on an emergency.

use contracts::{case::v1::*, common::v1::Role, events, immersion::v1::*};
use followup::prompts::{Call, prompts, prompts_for};

use super::{
    invented::*,
    prompts::{call, folded, not_for_now, opened},
};

const CONVENTION: u128 = 400;

/// A PMSMP from Monday 16 to Friday 27 March 2026, prescribed by that organisation, that everyone signed that day.
fn signed(story: &mut Story, prescriber: u128, kind: ConventionKind, on: &str) {
    let terms = Terms { starts_on: "2026-03-16".into(), ends_on: "2026-03-27".into(), ..Default::default() };
    let drafted = ConventionDrafted {
        kind: kind.into(),
        terms: terms.clone().into(),
        prescriber_id: id(prescriber).to_string(),
        ..Default::default()
    };
    story.tell(CONVENTION, "2026-03-01", events::Convention::from(drafted));
    sign(story, kind, terms, on);
}

fn sign(story: &mut Story, kind: ConventionKind, terms: Terms, on: &str) {
    let signed = ConventionFullySigned {
        signed_on: on.into(),
        kind: kind.into(),
        terms: terms.into(),
        ..Default::default()
    };
    story.tell(CONVENTION, on, events::Convention::from(signed));
}

fn pmsmp() -> Story {
    let mut story = opened();
    signed(&mut story, FT, ConventionKind::PMSMP, "2026-03-02");
    story
}

#[test]
fn a_pmsmp_that_everyone_signed_calls_its_prescriber_3_then_1_working_days_before() {
    let mut story = pmsmp();
    for (today, since) in [
        ("2026-03-10", None),
        ("2026-03-11", Some("2026-03-11")),
        ("2026-03-12", Some("2026-03-11")),
        ("2026-03-13", Some("2026-03-13")),
        ("2026-03-27", Some("2026-03-13")),
        ("2026-03-28", None),
    ] {
        let expected: Vec<_> = since.map(|since| (Call::ValidationWaits, since)).into_iter().collect();
        call(&story, today, &expected);
    }
    let says = |story: &Story, today: &str| prompts(&folded(story), day(today))[0].text.clone();
    assert!(says(&story, "2026-03-16").contains("qui commence le 16 mars 2026 :"));
    assert!(says(&story, "2026-03-17").contains("qui devait commencer le 16 mars 2026 :"));
    let status = folded(&story);
    assert_eq!(prompts(&status, day("2026-03-17"))[0].rule, Some("rappel.validation"));
    // A first reading is not the validation.
    story.tell(CONVENTION, "2026-03-12", events::Convention::from(ConventionApproved::default()));
    call(&story, "2026-03-12", &[(Call::ValidationWaits, "2026-03-11")]);
    story.tell(CONVENTION, "2026-03-12", events::Convention::from(ConventionValidated::default()));
    call(&story, "2026-03-13", &[]);
}

#[test]
fn what_was_changed_is_signed_again_before_it_calls() {
    let mut story = pmsmp();
    let terms = Terms { starts_on: "2026-03-16".into(), ends_on: "2026-03-27".into(), ..Default::default() };
    let amended = ConventionAmended { terms: terms.clone().into(), ..Default::default() };
    story.tell(CONVENTION, "2026-03-11", events::Convention::from(amended));
    call(&story, "2026-03-12", &[]);
    sign(&mut story, ConventionKind::PMSMP, terms, "2026-03-12");
    call(&story, "2026-03-12", &[(Call::ValidationWaits, "2026-03-12")]);
}

#[test]
fn nobody_is_called_for_what_waits_for_no_prescriber() {
    let mut own = opened();
    signed(&mut own, FT, ConventionKind::STAGE_STRUCTURE, "2026-03-02");
    call(&own, "2026-03-12", &[]);
    let over: [events::Convention; 5] = [
        ConventionRejected::default().into(),
        ConventionCancelled::default().into(),
        ConventionLapsed::default().into(),
        ImmersionStarted::default().into(),
        ConventionRecognised { same_as_convention_id: id(401).to_string(), ..Default::default() }.into(),
    ];
    for fact in over {
        let mut story = pmsmp();
        story.tell(CONVENTION, "2026-03-11", fact);
        call(&story, "2026-03-12", &[]);
    }
    let mut story = pmsmp();
    story.tell(710, "2026-03-11", events::Wish::from(not_for_now()));
    call(&story, "2026-03-12", &[]);
}

#[test]
fn who_prescribes_is_called_alone_and_everyone_when_it_is_not_around() {
    let called = |story: &Story, post: u128| {
        let found = prompts_for(&folded(story), id(post), day("2026-03-12"));
        found.iter().any(|one| one.what == Call::ValidationWaits)
    };
    let mut story = pmsmp();
    assert!(called(&story, REFERENT), "nobody of France Travail is around");
    story.tell(CASE, "2026-03-03", events::Case::from(member(30, FT, Role::CONSEILLER)));
    assert_eq!([REFERENT, 30].map(|post| called(&story, post)), [false, true]);
    // It passes to another prescriber, of whom nobody is around.
    let elsewhere = OutsideOrganisation { reference: "agence".into(), ..Default::default() };
    let corrected = ConventionCorrected {
        prescriber_id: id(ACI).to_string(),
        outside_prescriber: elsewhere.into(),
        ..Default::default()
    };
    story.tell(CONVENTION, "2026-03-04", events::Convention::from(corrected));
    assert_eq!([REFERENT, 30].map(|post| called(&story, post)), [true, true]);
}

#[test]
fn an_emergency_calls_those_who_accompany_and_did_not_open_it() {
    let mut story = opened();
    for (post, role) in [(30, Role::CONSEILLER), (31, Role::EMPLOYEUR_SIAE), (32, Role::CIP)] {
        story.tell(CASE, "2026-03-03", events::Case::from(member(post, FT, role)));
    }
    let accessed = EmergencyAccessOpened {
        access_id: id(800).to_string(),
        post_id: id(32).to_string(),
        opened_at: "2026-03-04T22:00:00Z".into(),
        ..Default::default()
    };
    story.tell(CASE, "2026-03-04", events::Case::from(accessed));
    call(&story, "2026-03-04", &[(Call::EmergencyToReview, "2026-03-04")]);
    let called = |post: u128| prompts_for(&folded(&story), id(post), day("2026-03-05")).len();
    assert_eq!([REFERENT, 30, 31, 32].map(called), [1, 1, 0, 0]);
}
