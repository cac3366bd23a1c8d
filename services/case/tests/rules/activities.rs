//! What the person takes part in.

use access::Actor;
use case::domain::activity::{commands::*, *};
use contracts::{Word, common::v1::OrganisationKind};
use service::Command as _;
use testkit::scenario::{Scenario, day, id, organisation};

use crate::support::{beside, closed_on, stream};

fn start(kind: ActivityKind) -> StartActivity {
    StartActivity {
        kind: Word(kind),
        organisation_id: Some(id(2)),
        organisation_name: String::new(),
        title: String::new(),
        weekly_minutes: 15 * 60,
        started_on: Some(day("2026-03-02")),
        planned_until: Some(day("2026-09-01")),
        renews_activity_id: None,
        employment_id: None,
        allowance_percent: if kind == ActivityKind::AAVA { 50 } else { 0 },
    }
}

/// Organisation 2 is of that kind.
fn with(kind: OrganisationKind) -> Scenario<Event> {
    Scenario::nothing().knowing(move |known| organisation(known, 2, kind))
}

fn started(kind: ActivityKind) -> Event {
    ActivityStarted { kind: kind.into(), started_on: "2026-03-02".into(), ..Default::default() }.into()
}

fn attended(from: &str, until: &str, minutes: u32) -> Event {
    AttendanceRecorded { from_day: from.into(), until_day: until.into(), minutes, ..Default::default() }
        .into()
}

fn ended() -> Event {
    ActivityEnded { ended_on: "2026-06-30".into(), ..Default::default() }.into()
}

fn attend(on: &str, minutes: u32) -> RecordAttendance {
    RecordAttendance { day: day(on), until: None, presence: Word(Presence::PRESENT), minutes }
}

fn over(from: &str, until: &str, minutes: u32) -> RecordAttendance {
    RecordAttendance { until: Some(day(until)), ..attend(from, minutes) }
}

#[test]
fn an_activity_begins_with_an_organisation_known_or_named() {
    let linked = StartActivity {
        employment_id: Some(id(77)),
        title: " FLE du matin ".into(),
        ..start(ActivityKind::FLE)
    };
    let facts = with(OrganisationKind::FORMATION_LINGUISTIQUE).when(&linked).states(&["ActivityStarted"]);
    let Event::ActivityStarted(stated) = &facts[0] else { panic!("{facts:?}") };
    assert_eq!((stated.kind.as_known(), stated.weekly_minutes), (Some(ActivityKind::FLE), 900));
    assert_eq!((&*stated.started_on, &*stated.planned_until), ("2026-03-02", "2026-09-01"));
    assert_eq!((stated.employment_id.clone(), &*stated.title), (id(77).to_string(), "FLE du matin"));
    let named = StartActivity {
        organisation_id: None,
        organisation_name: "Jardin partagé".into(),
        ..start(ActivityKind::BENEVOLAT)
    };
    Scenario::nothing().when(&named).states(&["ActivityStarted"]);
    Scenario::nothing().when(&start(ActivityKind::BENEVOLAT)).refuses("activite.organisation");
    let nobody = StartActivity { organisation_name: " ".into(), ..named };
    Scenario::nothing().when(&nobody).refuses("activite.organisation");
    let week = StartActivity { weekly_minutes: 35 * 60 + 1, ..start(ActivityKind::CHANTIER) };
    with(OrganisationKind::ACI).when(&week).states_with_warnings(&["ActivityStarted"], &["activite.semaine"]);
    let backwards = StartActivity { planned_until: Some(day("2026-03-01")), ..start(ActivityKind::FLE) };
    with(OrganisationKind::CHRS).when(&backwards).refuses("activite.dates");
}

#[test]
fn nothing_begins_in_a_closed_case_and_hours_still_reach_it() {
    let shut = |on: &'static str| with(OrganisationKind::CHRS).knowing(closed_on(on));
    shut("2026-03-01").when(&start(ActivityKind::FLE)).refuses("dossier.clos");
    shut("2026-03-02").when(&start(ActivityKind::FLE)).states(&["ActivityStarted"]);
    Scenario::given([started(ActivityKind::FLE)])
        .knowing(closed_on("2026-03-02"))
        .when(&attend("2026-03-03", 60))
        .states(&["AttendanceRecorded"]);
}

#[test]
fn an_aava_is_carried_by_a_chrs() {
    with(OrganisationKind::CHRS).when(&start(ActivityKind::AAVA)).states(&["ActivityStarted"]);
    for kind in [OrganisationKind::OACAS, OrganisationKind::ACI, OrganisationKind::CHU, OrganisationKind::CPH]
    {
        with(kind).when(&start(ActivityKind::AAVA)).refuses("aava.structure");
        with(kind).when(&start(ActivityKind::ATELIER_COLLECTIF)).states(&["ActivityStarted"]);
    }
    let named = StartActivity {
        organisation_id: None,
        organisation_name: "Un CHRS".into(),
        ..start(ActivityKind::AAVA)
    };
    Scenario::nothing().when(&named).refuses("aava.structure");
    with(OrganisationKind::OACAS)
        .by(Actor::system("les-emplois"))
        .when(&start(ActivityKind::AAVA))
        .states_with_warnings(&["ActivityStarted"], &["aava.structure"]);
}

#[test]
fn the_allowance_and_the_months_of_an_aava_are_reminded() {
    for (percent, noticed) in [(29, true), (30, false), (80, false), (81, true), (0, true)] {
        let command = StartActivity { allowance_percent: percent, ..start(ActivityKind::AAVA) };
        let decided = with(OrganisationKind::CHRS).when(&command);
        assert_eq!(decided.warnings.contains(&"aava.pecule"), noticed, "{percent}");
    }
    let longer = StartActivity { planned_until: Some(day("2026-09-02")), ..start(ActivityKind::AAVA) };
    with(OrganisationKind::CHRS).when(&longer).states_with_warnings(&["ActivityStarted"], &["aava.duree"]);
    let unpaid = StartActivity { planned_until: Some(day("2027-09-02")), ..start(ActivityKind::FLE) };
    with(OrganisationKind::CHRS).when(&unpaid).states(&["ActivityStarted"]);
    Scenario::given([started(ActivityKind::AAVA)])
        .when(&attend("2026-09-01", 60))
        .states(&["AttendanceRecorded"]);
    Scenario::given([started(ActivityKind::AAVA)])
        .when(&attend("2026-09-02", 60))
        .states_with_warnings(&["AttendanceRecorded"], &["aava.duree"]);
}

#[test]
fn an_aava_is_renewed_with_a_reminder_of_the_prefect() {
    let renewal = StartActivity { renews_activity_id: Some(id(50)), ..start(ActivityKind::AAVA) };
    assert_eq!(renewal.needs(&Default::default()).streams, [id(50)]);
    with(OrganisationKind::CHRS)
        .knowing(stream(50, Some(42), vec![started(ActivityKind::AAVA)]))
        .when(&renewal)
        .states_with_warnings(&["ActivityStarted"], &["aava.duree"]);
    with(OrganisationKind::CHRS).when(&renewal).refuses("activite.renouvellement");
    with(OrganisationKind::CHRS)
        .knowing(stream(50, Some(43), vec![started(ActivityKind::AAVA)]))
        .when(&renewal)
        .refuses("activite.renouvellement");
    with(OrganisationKind::CHRS)
        .knowing(stream(50, Some(42), vec![started(ActivityKind::FLE)]))
        .when(&renewal)
        .refuses("activite.renouvellement");
}

#[test]
fn an_aava_takes_eighty_hours_a_month_at_most() {
    let told = || {
        vec![
            started(ActivityKind::AAVA),
            attended("2026-03-02", "2026-03-27", 79 * 60),
            attended("2026-04-01", "2026-04-30", 80 * 60),
        ]
    };
    Scenario::given(told()).when(&attend("2026-03-30", 60)).states(&["AttendanceRecorded"]);
    Scenario::given(told()).when(&attend("2026-03-30", 61)).refuses("aava.heures");
    Scenario::given(told()).when(&over("2026-03-02", "2026-03-27", 80 * 60)).states(&["AttendanceRecorded"]);
    Scenario::given(told()).when(&over("2026-03-02", "2026-03-27", 80 * 60 + 1)).refuses("aava.heures");
    Scenario::given(told()).when(&attend("2026-05-04", 480)).states(&["AttendanceRecorded"]);
    Scenario::given(told())
        .by(Actor::system("les-emplois"))
        .when(&attend("2026-03-30", 61))
        .states_with_warnings(&["AttendanceRecorded"], &["aava.heures"]);
    let mut other = told();
    other[0] = started(ActivityKind::BENEVOLAT);
    Scenario::given(other).when(&attend("2026-03-30", 600)).states(&["AttendanceRecorded"]);
}

#[test]
fn the_aava_it_renews_counts_in_the_same_month() {
    let renewal = ActivityStarted {
        kind: ActivityKind::AAVA.into(),
        started_on: "2026-09-14".into(),
        renews_activity_id: id(50).to_string(),
        ..Default::default()
    };
    let before = || vec![started(ActivityKind::AAVA), attended("2026-09-01", "2026-09-11", 70 * 60)];
    let given = || Scenario::given([renewal.clone()]).knowing(beside(50, before()));
    given().when(&attend("2026-09-15", 10 * 60)).states(&["AttendanceRecorded"]);
    given().when(&attend("2026-09-15", 10 * 60 + 1)).refuses("aava.heures");
}

#[test]
fn ateliers_side_by_side_count_together() {
    let given = || {
        let elsewhere = vec![started(ActivityKind::AAVA), attended("2026-04-01", "2026-04-10", 70 * 60)];
        Scenario::given([started(ActivityKind::AAVA)]).knowing(beside(50, elsewhere))
    };
    given().when(&attend("2026-04-15", 10 * 60)).states(&["AttendanceRecorded"]);
    given().when(&attend("2026-04-15", 10 * 60 + 1)).refuses("aava.heures");
    given().when(&over("2026-05-04", "2026-05-29", 80 * 60)).states(&["AttendanceRecorded"]);
    let course = vec![started(ActivityKind::FLE), attended("2026-04-01", "2026-04-10", 70 * 60)];
    Scenario::given([started(ActivityKind::AAVA)])
        .knowing(beside(50, course))
        .when(&over("2026-04-13", "2026-04-30", 80 * 60))
        .states(&["AttendanceRecorded"]);
}

#[test]
fn the_hours_foreseen_in_ateliers_hold_in_a_month() {
    let aava = |weekly_minutes| StartActivity { weekly_minutes, ..start(ActivityKind::AAVA) };
    let with_chrs = || with(OrganisationKind::CHRS);
    with_chrs().when(&aava(18 * 60)).states(&["ActivityStarted"]);
    with_chrs().when(&aava(19 * 60)).refuses("aava.heures");
    let other = |until: &str| {
        let goes_on = ActivityStarted {
            kind: ActivityKind::AAVA.into(),
            started_on: "2026-01-05".into(),
            planned_until: until.into(),
            weekly_minutes: 10 * 60,
            ..Default::default()
        };
        with_chrs().knowing(beside(50, vec![Event::from(goes_on)]))
    };
    other("2026-07-04").when(&aava(8 * 60)).states(&["ActivityStarted"]);
    other("2026-07-04").when(&aava(9 * 60)).refuses("aava.heures");
    other("2026-03-01").when(&aava(18 * 60)).states(&["ActivityStarted"]);
    let first = ActivityStarted { kind: ActivityKind::AAVA.into(), ..Default::default() };
    let renewing = StartActivity { renews_activity_id: Some(id(50)), ..aava(18 * 60) };
    other("2026-07-04")
        .knowing(stream(50, Some(42), vec![Event::from(first)]))
        .when(&renewing)
        .states_with_warnings(&["ActivityStarted"], &["aava.duree"]);
}

#[test]
fn presence_is_told_for_days_of_one_month_and_each_day_once() {
    let facts = || vec![started(ActivityKind::FLE), attended("2026-03-09", "2026-03-13", 600)];
    let given = || Scenario::given(facts());
    let stated = given().when(&over("2026-03-02", "2026-03-06", 600)).states(&["AttendanceRecorded"]);
    let Event::AttendanceRecorded(recorded) = &stated[0] else { panic!("{stated:?}") };
    assert_eq!((&*recorded.from_day, &*recorded.until_day), ("2026-03-02", "2026-03-06"));
    assert_eq!((recorded.presence.as_known(), recorded.minutes), (Some(Presence::PRESENT), 600));
    given().when(&over("2026-03-09", "2026-03-13", 300)).states(&["AttendanceRecorded"]);
    given().when(&attend("2026-03-13", 60)).refuses("activite.jours-deja-releves");
    given().when(&over("2026-03-05", "2026-03-09", 60)).refuses("activite.jours-deja-releves");
    given().when(&over("2026-03-30", "2026-04-03", 60)).refuses("activite.jours");
    given().when(&over("2026-03-06", "2026-03-05", 60)).refuses("activite.jours");
    given().when(&attend("2026-03-01", 60)).refuses("activite.dates");
    assert_eq!(over("2026-03-02", "2026-03-06", 1).occurred_on(), Some(day("2026-03-06").0));
}

#[test]
fn a_presence_has_minutes_and_an_absence_none() {
    let given = || Scenario::given([started(ActivityKind::FLE)]);
    given().when(&attend("2026-03-03", 0)).refuses("activite.minutes");
    given().when(&attend("2026-03-03", 24 * 60 + 1)).refuses("activite.minutes");
    given().when(&attend("2026-03-03", 24 * 60)).states(&["AttendanceRecorded"]);
    for absence in [Presence::EXCUSED, Presence::ABSENT] {
        let away = |minutes| RecordAttendance { presence: Word(absence), ..attend("2026-03-03", minutes) };
        given().when(&away(0)).states(&["AttendanceRecorded"]);
        given().when(&away(1)).refuses("activite.minutes");
    }
}

#[test]
fn an_activity_ends_once_and_its_hours_with_it() {
    let end = |on: &str| EndActivity {
        ended_on: Some(day(on)),
        reason: Word(ActivityEndReason::TOWARDS_WORK),
        comment: String::new(),
    };
    let facts =
        Scenario::given([started(ActivityKind::FLE)]).when(&end("2026-06-30")).states(&["ActivityEnded"]);
    let Event::ActivityEnded(stated) = &facts[0] else { panic!("{facts:?}") };
    assert_eq!(stated.reason.as_known(), Some(ActivityEndReason::TOWARDS_WORK));
    Scenario::given([started(ActivityKind::FLE)]).when(&end("2026-03-01")).refuses("activite.dates");
    let over = || Scenario::given([started(ActivityKind::FLE), ended()]);
    over().when(&end("2026-07-01")).states(&[]);
    over().when(&attend("2026-06-30", 60)).states(&["AttendanceRecorded"]);
    over().when(&attend("2026-07-01", 60)).refuses("activite.terminee");
    with(OrganisationKind::CHRS).when(&start(ActivityKind::FLE)).states(&["ActivityStarted"]);
}
