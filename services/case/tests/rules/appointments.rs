//! Appointments.

use case::domain::appointment::{commands::*, *};
use contracts::{Word, common::v1::OrganisationKind, events, platform::v1::PostOpened};
use serde_json::json;
use service::{Command as _, Known};
use testkit::scenario::{Scenario, day, id, organisation};

use crate::support::{closed_on, stream};

/// A Thursday to come.
const DAY: &str = "2026-12-03";

fn schedule(on: &str, hour: &str) -> ScheduleAppointment {
    ScheduleAppointment {
        day: day(on),
        hour: hour.into(),
        minutes: 45,
        post_id: None,
        organisation_id: None,
        accompanied: true,
        follows_appointment_id: None,
        place: String::new(),
        subject: String::new(),
    }
}

fn scheduled(on: &str, hour: &str) -> Event {
    AppointmentScheduled { day: on.into(), hour: hour.into(), accompanied: true, ..Default::default() }.into()
}

fn moving(on: &str, hour: &str) -> MoveAppointment {
    MoveAppointment { day: day(on), hour: hour.into(), by: Word(AppointmentSide::BY_PERSON) }
}

fn cancel(by: AppointmentSide) -> CancelAppointment {
    CancelAppointment { by: Word(by), cancelled_on: None, comment: String::new() }
}

const HOLD: HoldAppointment = HoldAppointment { held_on: None, accompanied: None };

fn miss() -> MissAppointment {
    MissAppointment { comment: String::new() }
}

fn held() -> Event {
    AppointmentHeld { accompanied: true, ..Default::default() }.into()
}

fn missed() -> Event {
    AppointmentMissed::default().into()
}

fn cancelled() -> Event {
    AppointmentCancelled::default().into()
}

/// The person has a contract over these days.
fn at_work(first: &str, last: Option<&str>) -> impl FnOnce(&mut Known) {
    let contract = json!({ "started_on": first, "ends_on": last, "weekly_minutes": 1200 });
    let body = json!({ "open": true, "employments": { id(60).to_string(): contract } });
    move |known| known.document = Some(body)
}

#[test]
fn an_appointment_is_with_whoever_asks_a_post_or_an_organisation() {
    let facts = Scenario::nothing().when(&schedule(DAY, "18:00")).states(&["AppointmentScheduled"]);
    let Event::AppointmentScheduled(stated) = &facts[0] else { panic!("{facts:?}") };
    assert_eq!((&*stated.day, &*stated.hour, stated.minutes), (DAY, "18:00", 45));
    assert_eq!(
        (stated.post_id.clone(), stated.organisation_id.clone()),
        (id(7).to_string(), id(1).to_string())
    );

    let with_post = ScheduleAppointment { post_id: Some(id(9)), ..schedule(DAY, "") };
    assert_eq!(with_post.needs(&Default::default()).streams, [id(9)]);
    let opened = PostOpened { organisation_id: id(3).to_string(), ..Default::default() };
    let post: Vec<events::Post> = vec![opened.into()];
    let facts =
        Scenario::nothing().knowing(stream(9, None, post)).when(&with_post).states(&["AppointmentScheduled"]);
    let Event::AppointmentScheduled(stated) = &facts[0] else { panic!("{facts:?}") };
    assert_eq!(stated.organisation_id, id(3).to_string());

    let with_organisation = ScheduleAppointment { organisation_id: Some(id(2)), ..schedule(DAY, "") };
    let facts = Scenario::nothing()
        .knowing(|known| organisation(known, 2, OrganisationKind::FT))
        .when(&with_organisation)
        .states(&["AppointmentScheduled"]);
    let Event::AppointmentScheduled(stated) = &facts[0] else { panic!("{facts:?}") };
    assert_eq!((&*stated.post_id, stated.organisation_id.clone()), ("", id(2).to_string()));

    Scenario::nothing().when(&with_post).refuses("rendez-vous.avec");
    Scenario::nothing().when(&with_organisation).refuses("rendez-vous.avec");
    Scenario::nothing()
        .by(access::Actor::system("clock"))
        .when(&schedule(DAY, ""))
        .refuses("rendez-vous.avec");
}

#[test]
fn it_may_be_to_come_or_told_late_and_its_hour_is_written_in_one_way() {
    Scenario::nothing().when(&schedule("2026-03-02", "")).states(&["AppointmentScheduled"]);
    assert_eq!(schedule(DAY, "").occurred_on(), None, "it is made today, whenever it takes place");
    for wrong in ["9:00", "14h30", "24:00", "14:60", "14:30:00", "-1:00"] {
        Scenario::nothing().when(&schedule(DAY, wrong)).refuses("rendez-vous.heure");
        Scenario::given([scheduled(DAY, "")]).when(&moving(DAY, wrong)).refuses("rendez-vous.heure");
    }
}

#[test]
fn a_slot_in_the_hours_of_work_is_noticed_when_the_person_works() {
    let asked = |hour: &str| schedule(DAY, hour).needs(&Default::default()).case_document;
    assert_eq!((asked("14:30"), asked("17:00"), asked("")), (Some("live_status"), None, None));
    let working = |command: &ScheduleAppointment, first: &str, last| {
        Scenario::nothing().knowing(at_work(first, last)).when(command)
    };
    for hour in ["09:00", "16:59"] {
        working(&schedule(DAY, hour), "2026-11-02", None)
            .states_with_warnings(&["AppointmentScheduled"], &["rendez-vous.horaires"]);
    }
    for (on, hour) in [(DAY, "08:59"), (DAY, "17:00"), (DAY, ""), ("2026-12-05", "14:30")] {
        working(&schedule(on, hour), "2026-11-02", None).states(&["AppointmentScheduled"]);
    }
    working(&schedule(DAY, "14:30"), "2026-11-02", Some("2026-12-02")).states(&["AppointmentScheduled"]);
    working(&schedule(DAY, "14:30"), "2026-12-04", None).states(&["AppointmentScheduled"]);
    Scenario::given([scheduled(DAY, "18:00")])
        .knowing(at_work("2026-11-02", None))
        .when(&moving(DAY, "14:30"))
        .states_with_warnings(&["AppointmentMoved"], &["rendez-vous.horaires"]);
}

#[test]
fn it_is_not_made_after_the_case_was_closed() {
    let shut = || Scenario::nothing().knowing(closed_on("2026-11-22"));
    shut().when(&schedule(DAY, "")).refuses("dossier.clos");
    shut().when(&schedule("2026-11-20", "")).states(&["AppointmentScheduled"]);
}

#[test]
fn it_is_moved_until_something_became_of_it() {
    Scenario::given([scheduled(DAY, "18:00")]).when(&moving(DAY, "19:00")).states(&["AppointmentMoved"]);
    Scenario::given([scheduled(DAY, "18:00")]).when(&moving(DAY, "18:00")).states(&[]);
    for outcome in [held(), missed(), cancelled()] {
        Scenario::given([scheduled(DAY, "18:00"), outcome])
            .when(&moving(DAY, "19:00"))
            .refuses("rendez-vous.passe");
    }
    let again = ScheduleAppointment { follows_appointment_id: Some(id(80)), ..schedule(DAY, "18:00") };
    Scenario::nothing().when(&again).states(&["AppointmentScheduled"]);
}

#[test]
fn whoever_cancels_nobody_is_absent() {
    for by in [AppointmentSide::BY_PERSON, AppointmentSide::BY_PROFESSIONAL, AppointmentSide::BY_ORGANISATION]
    {
        let facts = Scenario::given([scheduled(DAY, "")]).when(&cancel(by)).states(&["AppointmentCancelled"]);
        let Event::AppointmentCancelled(stated) = &facts[0] else { panic!("{facts:?}") };
        assert_eq!((stated.by.as_known(), &*stated.cancelled_on), (Some(by), "2026-11-23"));
    }
    let by = AppointmentSide::BY_PERSON;
    Scenario::given([scheduled(DAY, ""), cancelled()]).when(&cancel(by)).states(&[]);
    Scenario::given([scheduled("2026-11-20", ""), cancelled()]).when(&miss()).refuses("rendez-vous.annule");
    Scenario::given([scheduled("2026-11-20", ""), missed()])
        .when(&cancel(by))
        .states(&["AppointmentCancelled"]);
}

#[test]
fn it_is_held_from_its_day_on() {
    let given = |on: &str| Scenario::given([scheduled(on, "18:00")]);
    let facts = given("2026-11-20").when(&HOLD).states(&["AppointmentHeld"]);
    let Event::AppointmentHeld(stated) = &facts[0] else { panic!("{facts:?}") };
    assert_eq!((&*stated.held_on, stated.accompanied), ("2026-11-20", true));
    assert_eq!(HOLD.day_of(&facts[0]), Some(day("2026-11-20").0));
    let alone = HoldAppointment { held_on: None, accompanied: Some(false) };
    given("2026-11-23").when(&alone).states(&["AppointmentHeld"]);
    given("2026-11-24").when(&HOLD).refuses("rendez-vous.a-venir");
    let earlier = HoldAppointment { held_on: Some(day("2026-11-19")), accompanied: None };
    given("2026-11-24").when(&earlier).states(&["AppointmentHeld"]);
    Scenario::given([scheduled("2026-11-20", ""), held()]).when(&HOLD).states(&[]);
    Scenario::given([scheduled("2026-11-20", ""), held()]).when(&alone).states(&["AppointmentHeld"]);
    for corrected in [missed(), cancelled()] {
        Scenario::given([scheduled("2026-11-20", ""), corrected]).when(&HOLD).states(&["AppointmentHeld"]);
    }
}

#[test]
fn it_is_missed_once_its_hour_has_passed() {
    // It is noon.
    let given = |on: &str, hour: &str| Scenario::given([scheduled(on, hour)]);
    let facts = given("2026-11-23", "12:00").when(&miss()).states(&["AppointmentMissed"]);
    let Event::AppointmentMissed(stated) = &facts[0] else { panic!("{facts:?}") };
    assert_eq!(stated.missed_on, "2026-11-23");
    assert_eq!(miss().day_of(&facts[0]), Some(day("2026-11-23").0));
    given("2026-11-23", "12:01").when(&miss()).refuses("rendez-vous.a-venir");
    given("2026-11-23", "").when(&miss()).refuses("rendez-vous.a-venir");
    given("2026-11-22", "").when(&miss()).states(&["AppointmentMissed"]);
    given(DAY, "").when(&miss()).refuses("rendez-vous.a-venir");
    let put_off =
        [scheduled("2026-11-20", ""), AppointmentMoved { day: DAY.into(), ..Default::default() }.into()];
    Scenario::given(put_off).when(&miss()).refuses("rendez-vous.a-venir");
    Scenario::given([scheduled("2026-11-20", ""), missed()]).when(&miss()).states(&[]);
    Scenario::given([scheduled("2026-11-20", ""), held()]).when(&miss()).states(&["AppointmentMissed"]);
}
