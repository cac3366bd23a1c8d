//! Given these facts, what is due and when; and what is kept of the conventions of a case.

use contracts::{
    Facts as _, Message as _, Recorded,
    common::v1::{Metadata, Source},
};
use immersion::{
    domain::{past::Conventions, *},
    reactions::Immersions,
};
use service::{Agenda as _, Due};
use testkit::scenario::{day, id};
use uuid::Uuid;
use vocabulary::clock::start_of_day;

fn recorded(position: i64, event: &Event, source: Option<&str>) -> Recorded {
    let (kind, payload) = event.encode();
    let source = source.map(|system| Source { system: system.into(), ..Default::default() });
    Recorded {
        position,
        stream_id: id(99),
        version: u32::try_from(position).expect("a version"),
        kind,
        event_id: id(1),
        case_id: Some(id(42)),
        occurred_on: day("2026-10-01").0,
        recorded_at: jiff::Timestamp::UNIX_EPOCH,
        command_id: Uuid::nil(),
        metadata: Metadata { source: source.into(), ..Default::default() }.encode_to_vec(),
        payload,
    }
}

fn due_from(source: Option<&str>, facts: Vec<Event>) -> Vec<Due> {
    let mut state = Default::default();
    for (event, position) in facts.iter().zip(1..) {
        let fact = recorded(position, event, source);
        assert_eq!(Immersions::key(&fact), Some(id(99)));
        Immersions::fold(&mut state, &fact).expect("understood");
    }
    Immersions::due(&state)
}

fn due(facts: Vec<Event>) -> Vec<Due> {
    due_from(None, facts)
}

fn terms(starts_on: &str, ends_on: &str) -> Terms {
    Terms { starts_on: starts_on.into(), ends_on: ends_on.into(), presence_days: 10, ..Default::default() }
}

fn drafted() -> Event {
    ConventionDrafted {
        kind: ConventionKind::PMSMP.into(),
        terms: terms("2026-11-16", "2026-11-27").into(),
        ..Default::default()
    }
    .into()
}

fn fully_signed() -> Event {
    ConventionFullySigned { signed_on: "2026-11-12".into(), ..Default::default() }.into()
}

fn validated() -> Event {
    ConventionValidated { validated_on: "2026-11-13".into(), ..Default::default() }.into()
}

fn started() -> Event {
    ImmersionStarted { started_on: "2026-11-16".into(), ends_on: "2026-11-27".into(), ..Default::default() }
        .into()
}

fn start_due(on: &str, cause: i64) -> Due {
    Due {
        target: id(99),
        at: start_of_day(day(on).0),
        command: "immersion.start",
        body: serde_json::json!({ "started_on": on }),
        cause,
    }
}

fn lapse_due(on: &str, cause: i64) -> Due {
    Due {
        target: id(99),
        at: start_of_day(day(on).0),
        command: "immersion.lapse",
        body: serde_json::json!({ "lapsed_on": on }),
        cause,
    }
}

fn end_due(at: &str, cause: i64) -> Due {
    Due {
        target: id(99),
        at: start_of_day(day(at).0),
        command: "immersion.end",
        body: serde_json::json!({ "ended_on": "2026-11-27" }),
        cause,
    }
}

#[test]
fn nothing_is_due_before_everyone_signed() {
    let dues = due(vec![drafted(), ConventionSigned::default().into()]);
    assert_eq!(dues, [lapse_due("2026-11-17", 2)], "but that it is left without an answer");
}

#[test]
fn signed_and_validated_it_starts_on_its_first_day_in_paris() {
    assert_eq!(due(vec![drafted(), fully_signed()]), [lapse_due("2026-11-28", 2)]);
    let dues = due(vec![drafted(), fully_signed(), validated()]);
    assert_eq!(dues, [start_due("2026-11-16", 3)]);
    assert_eq!(dues[0].at.to_string(), "2026-11-15T23:00:00Z");
    let signed_again = vec![drafted(), fully_signed(), validated(), fully_signed()];
    assert_eq!(due(signed_again), [start_due("2026-11-16", 4)], "by a representative asked later");
}

#[test]
fn a_structures_own_convention_starts_once_signed() {
    let mut own = drafted();
    let Event::ConventionDrafted(draft) = &mut own else { panic!("no draft") };
    draft.kind = ConventionKind::STAGE_STRUCTURE.into();
    assert_eq!(due(vec![own, fully_signed()]), [start_due("2026-11-16", 2)]);
}

#[test]
fn what_is_typed_late_has_a_week_before_it_is_left_without_an_answer() {
    let told = |at: &str, facts: Vec<Event>| {
        let mut state = Default::default();
        for (event, position) in facts.iter().zip(1..) {
            let fact = Recorded { recorded_at: start_of_day(day(at).0), ..recorded(position, event, None) };
            Immersions::fold(&mut state, &fact).expect("understood");
        }
        Immersions::due(&state)
    };
    assert_eq!(told("2026-11-02", vec![drafted()]), [lapse_due("2026-11-17", 1)]);
    assert_eq!(told("2026-12-01", vec![drafted()]), [lapse_due("2026-12-08", 1)]);
    assert_eq!(told("2026-12-01", vec![drafted(), fully_signed()]), [lapse_due("2026-12-08", 2)]);
}

#[test]
fn once_started_it_ends_at_the_start_of_the_day_after_its_last_day() {
    assert_eq!(due(vec![drafted(), fully_signed(), started()]), [end_due("2026-11-28", 3)]);
}

#[test]
fn refused_cancelled_or_lapsed_it_never_starts_and_cancelled_on_the_way_it_does_not_end() {
    let over: [Event; 3] = [
        ConventionRejected::default().into(),
        ConventionCancelled::default().into(),
        ConventionLapsed::default().into(),
    ];
    for fact in over {
        assert_eq!(due(vec![drafted(), fully_signed(), fact.clone()]), []);
        assert_eq!(due(vec![drafted(), fully_signed(), started(), fact]), []);
    }
}

#[test]
fn interrupted_or_ended_nothing_more_is_due_whatever_is_said_of_its_paper_later() {
    let over: [Event; 2] = [ImmersionInterrupted::default().into(), ImmersionEnded::default().into()];
    for fact in over {
        assert_eq!(due(vec![drafted(), fully_signed(), started(), fact.clone()]), []);
        assert_eq!(due(vec![drafted(), fully_signed(), started(), fact, validated()]), []);
    }
}

#[test]
fn when_nobody_came_it_neither_starts_nor_ends_unless_that_is_corrected() {
    let said = |outcome: ReviewOutcome| -> Event {
        ImmersionReviewed { outcome: outcome.into(), ..Default::default() }.into()
    };
    let nobody = said(ReviewOutcome::DID_NOT_SHOW);
    assert_eq!(due(vec![drafted(), fully_signed(), validated(), nobody.clone()]), []);
    let outcome = ReviewOutcome::PARTIALLY_COMPLETED;
    let by_hand: Event = ImmersionReviewCorrected { outcome: outcome.into(), ..Default::default() }.into();
    for corrected in [said(outcome), by_hand] {
        let facts = vec![drafted(), fully_signed(), started(), nobody.clone(), corrected];
        assert_eq!(due(facts), [end_due("2026-11-28", 3)]);
    }
}

#[test]
fn amended_it_waits_for_the_signatures_and_starts_on_its_new_first_day() {
    let amended: Event =
        ConventionAmended { terms: terms("2026-11-18", "2026-11-27").into(), ..Default::default() }.into();
    let facts = || vec![drafted(), fully_signed(), validated(), amended.clone()];
    assert_eq!(due(facts()), [lapse_due("2026-11-19", 4)]);
    let again = facts().into_iter().chain([fully_signed(), validated()]).collect();
    assert_eq!(due(again), [start_due("2026-11-18", 6)]);
}

#[test]
fn corrected_dates_are_followed_and_signatures_stay() {
    let corrected: Event =
        ConventionCorrected { terms: terms("2026-11-17", "2026-11-27").into(), ..Default::default() }.into();
    let ready = || vec![drafted(), fully_signed(), validated()];
    assert_eq!(due(ready().into_iter().chain([corrected]).collect()), [start_due("2026-11-17", 3)]);
    let details_only: Event = ConventionCorrected::default().into();
    assert_eq!(due(ready().into_iter().chain([details_only]).collect()), [start_due("2026-11-16", 3)]);
}

#[test]
fn signed_after_its_first_day_it_starts_that_day_and_after_its_last_one_never() {
    let late =
        |on: &str| -> Event { ConventionFullySigned { signed_on: on.into(), ..Default::default() }.into() };
    assert_eq!(due(vec![drafted(), late("2026-11-19"), validated()]), [start_due("2026-11-19", 3)]);
    assert_eq!(due(vec![drafted(), late("2026-11-28"), validated()]), [lapse_due("2026-11-28", 3)]);
}

#[test]
fn what_came_from_another_tool_starts_once_validated_there() {
    let from = Some("immersion-facilitee");
    assert_eq!(due_from(from, vec![drafted(), fully_signed()]), []);
    assert_eq!(due_from(from, vec![drafted(), fully_signed(), validated()]), [start_due("2026-11-16", 3)]);
    assert_eq!(
        due_from(from, vec![drafted(), fully_signed(), validated(), ConventionCancelled::default().into()]),
        []
    );
    assert_eq!(
        due(vec![drafted(), NotificationReceived::default().into(), fully_signed()]),
        [],
        "a notification shows it as well"
    );
}

#[test]
fn told_by_another_tool_it_neither_starts_nor_ends_here_until_they_are_told_apart() {
    let same: Event = ConventionRecognised::default().into();
    let apart: Event = ConventionToldApart::default().into();
    assert_eq!(due(vec![drafted(), fully_signed(), same.clone()]), []);
    assert_eq!(due(vec![drafted(), fully_signed(), started(), same.clone()]), []);
    assert_eq!(due(vec![drafted(), fully_signed(), started(), same, apart]), [end_due("2026-11-28", 3)]);
}

#[test]
fn the_conventions_of_a_case_are_kept_as_they_stand() {
    let mut kept = Conventions::default();
    let mut tell = |fact: Event| {
        kept.apply(id(99), fact);
        kept.items.first().cloned()
    };
    let first = tell(drafted()).expect("kept");
    assert_eq!((first.starts_on, first.presence_days, first.closed), (day("2026-11-16").0, 10, false));
    let amended = ConventionAmended {
        object: ImmersionObject::CONFIRMER_PROJET.into(),
        terms: terms("2026-11-18", "2026-11-27").into(),
        ..Default::default()
    };
    let second = tell(amended.into()).expect("kept");
    assert_eq!((second.starts_on, second.object), (day("2026-11-18").0, 2));
    assert!(tell(ConventionLapsed::default().into()).expect("kept").closed);
}

#[test]
fn a_structures_own_convention_is_not_counted_among_the_pmsmp() {
    let mut kept = Conventions::default();
    let own = ConventionDrafted {
        kind: ConventionKind::STAGE_STRUCTURE.into(),
        terms: terms("2026-11-16", "2026-11-27").into(),
        ..Default::default()
    };
    kept.apply(id(99), own.into());
    kept.apply(id(99), ConventionCancelled::default().into());
    assert!(kept.items.is_empty());
}
