//! What calls for someone, day by day, as facts come.

use contracts::{
    case::v1::*, common::v1::Role, employment::v1::*, events, immersion::v1::*, platform::v1::*,
    prescription::v1::*,
};
use followup::{
    facets::{What, next_dates},
    prompts::{Call, mandates, prompts},
    views::{
        directory::Mandate,
        live_status::LiveStatus,
        status::{PrescriptionState, Status},
    },
};
use projections::Projection as _;
use uuid::Uuid;

use super::invented::*;

pub fn folded(story: &Story) -> Status {
    story.facts.iter().fold(Status::default(), |mut status, fact| {
        LiveStatus.fold(&mut status, fact).expect("every fact folds");
        status
    })
}

pub fn opened() -> Story {
    let mut story = Story::default();
    opening(&mut story, CASE, "Ana", "Essai");
    story
}

#[track_caller]
fn calls(story: &Story, on: &str) -> Vec<(Call, String)> {
    let all = prompts(&folded(story), day(on));
    assert!(all.iter().all(|one| one.on <= day(on) && one.text.ends_with('.')), "{all:?}");
    all.into_iter().map(|one| (one.what, one.on.to_string())).collect()
}

#[track_caller]
pub fn call(story: &Story, on: &str, expected: &[(Call, &str)]) {
    let expected: Vec<_> = expected.iter().map(|(call, on)| (*call, (*on).to_owned())).collect();
    assert_eq!(calls(story, on), expected, "on {on}");
}

pub fn not_for_now() -> WishExpressed {
    WishExpressed { expressed_on: "2026-01-01".into(), not_for_now: true, ..Default::default() }
}

#[test]
fn an_answer_calls_the_day_after_its_own_until_it_comes() {
    let mut story = opened();
    sent(&mut story, 300, PrescriptionKind::CANDIDATURE_IAE, ACI, ("2026-02-02", "2026-04-03"));
    call(&story, "2026-04-03", &[]);
    call(&story, "2026-04-04", &[(Call::AnswerOverdue, "2026-04-04")]);
    let reminder = ReminderSent { reminded_on: "2026-04-05".into(), step: 2, ..Default::default() };
    story.tell(300, "2026-04-05", events::Prescription::from(reminder));
    assert!(prompts(&folded(&story), day("2026-04-06"))[0].text.contains("2 relances"));
    let held = PrescriptionOnHold {
        held_on: "2026-04-07".into(),
        until: "2026-05-15".into(),
        answer_due_on: "2026-05-15".into(),
        ..Default::default()
    };
    story.tell(300, "2026-04-07", events::Prescription::from(held));
    call(&story, "2026-05-15", &[]);
    call(&story, "2026-05-16", &[(Call::AnswerOverdue, "2026-05-16")]);
    let refused = PrescriptionRefused { refused_on: "2026-05-16".into(), ..Default::default() };
    story.tell(300, "2026-05-16", events::Prescription::from(refused));
    call(&story, "2026-09-01", &[]);
}

#[test]
fn a_silence_that_was_stated_calls_for_a_month_then_stays_in_the_history() {
    let mut story = opened();
    sent(&mut story, 300, PrescriptionKind::CANDIDATURE_IAE, ACI, ("2026-02-02", "2026-04-03"));
    story.tell(300, "2026-04-04", events::Prescription::from(PrescriptionUnanswered::default()));
    call(&story, "2026-04-04", &[(Call::AnswerOverdue, "2026-04-04")]);
    call(&story, "2026-05-03", &[(Call::AnswerOverdue, "2026-04-04")]);
    call(&story, "2026-05-04", &[]);
    story.tell(300, "2026-04-10", events::Prescription::from(PrescriptionWithdrawn::default()));
    call(&story, "2026-04-10", &[]);
}

#[test]
fn an_employer_that_does_not_answer_calls_the_day_after_its_own() {
    let mut story = opened();
    let forward = MatchPutForward {
        put_forward_on: "2026-02-02".into(),
        answer_due_on: "2026-02-20".into(),
        ..Default::default()
    };
    story.tell(600, "2026-02-02", events::Match::from(forward));
    call(&story, "2026-02-20", &[]);
    call(&story, "2026-02-21", &[(Call::EmployerSilent, "2026-02-21")]);
    let answered = |answer: EmployerAnswer| MatchAnswered { answer: answer.into(), ..Default::default() };
    let silent = answered(EmployerAnswer::REPONSE_ABSENTE);
    story.tell(600, "2026-02-21", events::Match::from(silent));
    call(&story, "2026-03-22", &[(Call::EmployerSilent, "2026-02-21")]);
    call(&story, "2026-03-23", &[]);
    story.tell(600, "2026-02-25", events::Match::from(answered(EmployerAnswer::ENTRETIEN)));
    call(&story, "2026-03-01", &[]);
    // A fact of before, which does not say until when: thirty days.
    let before = MatchPutForward { put_forward_on: "2026-03-02".into(), ..Default::default() };
    story.tell(601, "2026-03-02", events::Match::from(before));
    call(&story, "2026-04-01", &[]);
    call(&story, "2026-04-02", &[(Call::EmployerSilent, "2026-04-02")]);
    story.tell(710, "2026-04-02", events::Wish::from(not_for_now()));
    call(&story, "2026-04-02", &[]);
}

#[test]
fn staying_at_work_and_the_follow_up_of_convergence_go_on_beyond_the_case() {
    let mut story = started();
    let left = EmploymentStarted { started_on: "2025-10-01".into(), ..Default::default() };
    story.tell(501, "2025-10-01", events::Employment::from(left));
    let ended = EmploymentEnded {
        ended_on: "2026-01-10".into(),
        followed_until: "2027-01-10".into(),
        ..Default::default()
    };
    story.tell(501, "2026-01-10", events::Employment::from(ended));
    sent(&mut story, 300, PrescriptionKind::CANDIDATURE_IAE, ACI, ("2026-01-06", "2026-01-20"));
    story.tell(CASE, "2026-01-11", events::Case::from(CaseClosed::default()));
    call(&story, "2026-01-11", &[]);
    call(&story, "2026-01-30", &[(Call::CheckInDue, "2026-01-12")]);
    let due = [(Call::CheckInDue, "2026-04-05"), (Call::ConvergenceFollowUp, "2026-04-10")];
    call(&story, "2026-04-10", &due);
    // Nobody is asked for ever to call someone whose case is closed: the last one calls for ninety days.
    call(&story, "2027-04-05", &[(Call::CheckInDue, "2027-01-05")]);
    call(&story, "2027-04-06", &[]);
}

#[test]
fn a_person_who_rests_or_does_not_wish_to_work_for_now_is_not_pushed() {
    let mut story = opened();
    sent(&mut story, 300, PrescriptionKind::CANDIDATURE_IAE, ACI, ("2026-02-02", "2026-04-03"));
    let held = AppointmentScheduled { day: "2026-04-10".into(), ..Default::default() };
    story.tell(700, "2026-04-01", events::Appointment::from(held));
    let both = [(Call::AnswerOverdue, "2026-04-04"), (Call::AppointmentUntold, "2026-04-11")];
    call(&story, "2026-05-01", &both);
    story.tell(710, "2026-01-01", events::Wish::from(not_for_now()));
    call(&story, "2026-05-01", &both[1..]);
    let revised = WishRevised { revised_on: "2026-05-01".into(), ..Default::default() };
    story.tell(710, "2026-05-01", events::Wish::from(revised));
    call(&story, "2026-05-01", &both);
    let paused =
        CasePaused { paused_on: "2026-05-02".into(), until: "2026-05-31".into(), ..Default::default() };
    story.tell(CASE, "2026-05-02", events::Case::from(paused));
    call(&story, "2026-05-31", &both[1..]);
    call(&story, "2026-06-01", &both);
    let dates = next_dates(&folded(&story), day("2026-05-10"));
    assert!(dates.iter().any(|one| one.what == What::PauseEnds));
}

#[test]
fn a_wish_set_aside_silences_no_more() {
    let mut story = opened();
    story.tell(710, "2026-01-01", events::Wish::from(not_for_now()));
    assert!(folded(&story).is_not_for_now());
    story.tell(710, "2026-01-02", events::Wish::from(WishSetAside::default()));
    assert!(!folded(&story).is_not_for_now());
}

#[test]
fn an_immersion_without_review_calls_after_3_then_10_days() {
    let mut story = opened();
    let ended = ImmersionEnded { ended_on: "2026-03-13".into(), ..Default::default() };
    story.tell(400, "2026-03-13", events::Convention::from(ended));
    call(&story, "2026-03-15", &[]);
    call(&story, "2026-03-16", &[(Call::ReviewMissing, "2026-03-16")]);
    call(&story, "2026-03-23", &[(Call::ReviewMissing, "2026-03-23")]);
    let reviewed = ImmersionReviewed { reviewed_on: "2026-03-24".into(), ..Default::default() };
    story.tell(400, "2026-03-24", events::Convention::from(reviewed));
    call(&story, "2026-03-24", &[]);
}

fn started() -> Story {
    let mut story = opened();
    let started = EmploymentStarted { started_on: "2026-01-05".into(), ..Default::default() };
    story.tell(500, "2026-01-05", events::Employment::from(started));
    story
}

#[test]
fn a_contract_calls_for_its_check_ins_one_at_a_time() {
    let mut story = started();
    call(&story, "2026-01-11", &[]);
    for (today, due) in [
        ("2026-01-12", "2026-01-12"),
        ("2026-02-04", "2026-02-04"),
        ("2026-04-06", "2026-04-05"),
        ("2026-07-04", "2026-07-04"),
        ("2027-01-05", "2027-01-05"),
    ] {
        call(&story, today, &[(Call::CheckInDue, due)]);
    }
    let held = |step, on: &str| CheckInHeld { step, held_on: on.into(), ..Default::default() };
    story.tell(500, "2026-01-12", events::Employment::from(held(7, "2026-01-12")));
    call(&story, "2026-02-03", &[]);
    // One held after its day stands for those before it.
    story.tell(500, "2026-02-20", events::Employment::from(held(0, "2026-02-20")));
    call(&story, "2026-04-04", &[]);
    let next = next_dates(&folded(&story), day("2026-03-01"));
    assert!(next.iter().any(|one| one.what == What::CheckIn && one.on == day("2026-04-05")));
    let suspended = WorkSuspended { suspended_on: "2026-04-01".into(), ..Default::default() };
    story.tell(500, "2026-04-01", events::Employment::from(suspended));
    call(&story, "2026-04-10", &[]);
    let resumed = WorkResumed { resumed_on: "2026-04-11".into(), ..Default::default() };
    story.tell(500, "2026-04-11", events::Employment::from(resumed));
    call(&story, "2026-04-11", &[(Call::CheckInDue, "2026-04-05")]);
    let ended = EmploymentEnded { ended_on: "2026-04-12".into(), ..Default::default() };
    story.tell(500, "2026-04-12", events::Employment::from(ended));
    call(&story, "2026-12-31", &[]);
}

#[test]
fn after_convergence_someone_calls_until_the_last_day() {
    let mut story = started();
    let ended = EmploymentEnded {
        ended_on: "2026-02-28".into(),
        followed_until: "2027-02-27".into(),
        ..Default::default()
    };
    story.tell(500, "2026-02-28", events::Employment::from(ended));
    call(&story, "2026-05-27", &[]);
    call(&story, "2026-05-28", &[(Call::ConvergenceFollowUp, "2026-05-28")]);
    let held = CheckInHeld { held_on: "2026-06-01".into(), ..Default::default() };
    story.tell(500, "2026-06-01", events::Employment::from(held));
    call(&story, "2026-06-02", &[]);
    call(&story, "2026-08-28", &[(Call::ConvergenceFollowUp, "2026-08-28")]);
    call(&story, "2027-02-28", &[]);
}

#[test]
fn what_ends_calls_before_its_last_day_and_not_after() {
    let mut story = opened();
    let pass = PassIaeReported {
        starts_on: "2025-01-01".into(),
        ends_on: "2026-12-31".into(),
        state: PassState::PASS_VALID.into(),
        ..Default::default()
    };
    story.tell(800, "2025-09-08", events::Pass::from(pass));
    let given = |id: u128, until: &str| AgreementGiven {
        agreement_id: super::invented::id(id).to_string(),
        organisation_id: super::invented::id(FT).to_string(),
        from_day: "2025-12-01".into(),
        until_day: until.into(),
        ..Default::default()
    };
    story.tell(CASE, "2025-12-01", events::Case::from(given(1, "2026-11-30")));
    call(&story, "2026-09-29", &[]);
    call(&story, "2026-09-30", &[(Call::PassEnds, "2026-09-30")]);
    call(&story, "2026-10-30", &[(Call::PassEnds, "2026-09-30"), (Call::AgreementEnds, "2026-10-30")]);
    // A new one stands for the first.
    story.tell(CASE, "2026-11-02", events::Case::from(given(2, "2027-10-31")));
    call(&story, "2026-11-02", &[(Call::PassEnds, "2026-09-30")]);
    let prolonged = PassIaeProlonged { until: "2027-06-30".into(), ..Default::default() };
    story.tell(800, "2026-11-03", events::Pass::from(prolonged));
    call(&story, "2026-11-03", &[]);
    let gone = AgreementWithdrawn { agreement_id: id(2).to_string(), ..Default::default() };
    story.tell(CASE, "2026-11-04", events::Case::from(gone));
    call(&story, "2026-11-04", &[(Call::AgreementEnds, "2026-10-30")]);
    call(&story, "2027-07-01", &[]);
}

#[test]
fn two_years_without_contact_propose_to_close_and_a_closed_case_calls_for_nothing() {
    let mut story = opened();
    call(&story, "2027-09-07", &[]);
    call(&story, "2027-09-08", &[(Call::NoContact, "2027-09-08")]);
    let held = AppointmentHeld { held_on: "2026-10-01".into(), ..Default::default() };
    story.tell(700, "2026-10-01", events::Appointment::from(held));
    call(&story, "2028-09-30", &[]);
    call(&story, "2028-10-01", &[(Call::NoContact, "2028-10-01")]);
    story.tell(CASE, "2028-10-02", events::Case::from(CaseClosed::default()));
    call(&story, "2029-01-01", &[]);
}

#[test]
fn a_mandate_calls_3_months_and_1_month_before_its_end_and_the_day_after() {
    let one =
        |until: &str| Mandate { by: Some(id(FT)), from: Some(day("2026-01-01")), until: Some(day(until)) };
    let mut all: std::collections::BTreeMap<Uuid, Mandate> = [(id(1), one("2026-12-31"))].into();
    let on = |all: &_, today: &str| {
        mandates(all, day(today)).iter().map(|one| one.on.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(on(&all, "2026-09-29"), [""; 0]);
    assert_eq!(on(&all, "2026-09-30"), ["2026-09-30"]);
    assert_eq!(on(&all, "2026-11-30"), ["2026-11-30"]);
    assert_eq!(on(&all, "2027-01-01"), ["2027-01-01"]);
    assert_eq!(on(&all, "2027-03-01"), [""; 0]);
    all.insert(id(2), one("2027-12-31"));
    assert_eq!(on(&all, "2026-12-31"), [""; 0]);
}

#[test]
fn a_prescription_reopened_keeps_how_many_times_and_starts_over() {
    let mut story = opened();
    sent(&mut story, 300, PrescriptionKind::CANDIDATURE_IAE, ACI, ("2026-02-02", "2026-04-03"));
    let refused = PrescriptionRefused { refused_on: "2026-03-01".into(), ..Default::default() };
    story.tell(300, "2026-03-01", events::Prescription::from(refused));
    let reopened = PrescriptionReopened {
        reopened_on: "2026-05-04".into(),
        attempt: 2,
        kind: PrescriptionKind::CANDIDATURE_IAE.into(),
        addressee_id: id(ACI).to_string(),
        ..Default::default()
    };
    story.tell(300, "2026-05-04", events::Prescription::from(reopened));
    let one = |story: &Story| folded(story).prescriptions[&id(300)].clone();
    assert_eq!((one(&story).state, one(&story).restarts), (PrescriptionState::Reopened, 1));
    assert_eq!(one(&story).ended_on, None);
    sent(&mut story, 300, PrescriptionKind::CANDIDATURE_IAE, ACI, ("2026-05-05", "2026-07-04"));
    assert_eq!((one(&story).state, one(&story).restarts), (PrescriptionState::Sent, 1));
    for (event, state) in [
        (events::Prescription::from(PrescriptionUnderReview::default()), PrescriptionState::UnderReview),
        (PrescriptionAccepted::default().into(), PrescriptionState::Accepted),
        (PrescriptionStarted::default().into(), PrescriptionState::Started),
        (PrescriptionCompleted::default().into(), PrescriptionState::Completed),
    ] {
        story.tell(300, "2026-06-01", event);
        assert_eq!(one(&story).state, state);
    }
}

#[test]
fn what_is_around_the_path_stands_in_the_status() {
    let mut story = opened();
    let started = ActivityStarted {
        kind: ActivityKind::FLE.into(),
        weekly_minutes: 360,
        started_on: "2026-01-12".into(),
        planned_until: "2026-06-30".into(),
        ..Default::default()
    };
    story.tell(720, "2026-01-12", events::Activity::from(started));
    assert_eq!(folded(&story).activity_weekly_minutes(), 360);
    let moved = |day: &str| AppointmentMoved { day: day.into(), hour: "09:30".into(), ..Default::default() };
    let scheduled = AppointmentScheduled { day: "2026-02-01".into(), ..Default::default() };
    story.tell(700, "2026-01-20", events::Appointment::from(scheduled));
    story.tell(700, "2026-01-25", events::Appointment::from(moved("2026-02-08")));
    let review = ReviewHeld {
        held_on: "2026-01-30".into(),
        next_review_on: "2026-04-30".into(),
        ..Default::default()
    };
    story.tell(730, "2026-01-30", events::Writing::from(review));
    let whats = |story: &Story| {
        let dates = next_dates(&folded(story), day("2026-02-01"));
        dates.into_iter().map(|one| (one.what, one.on.to_string())).collect::<Vec<_>>()
    };
    assert_eq!(
        whats(&story),
        [
            (What::Appointment, "2026-02-08".to_owned()),
            (What::Review, "2026-04-30".to_owned()),
            (What::ActivityEnds, "2026-06-30".to_owned()),
        ]
    );
    story.tell(700, "2026-01-31", events::Appointment::from(AppointmentCancelled::default()));
    let ended = ActivityEnded { ended_on: "2026-01-31".into(), ..Default::default() };
    story.tell(720, "2026-01-31", events::Activity::from(ended));
    assert_eq!(whats(&story), [(What::Review, "2026-04-30".to_owned())]);
    assert_eq!(folded(&story).activity_weekly_minutes(), 0);
    let transferred = CaseTransferred {
        structure_id: id(ACI).to_string(),
        transferred_on: "2026-02-01".into(),
        ..Default::default()
    };
    story.tell(CASE, "2026-02-01", events::Case::from(transferred));
    let status = folded(&story);
    assert_eq!((status.structure_id, status.platform_id), (id(ACI), None));
    assert_eq!(status.transferred_on, Some(day("2026-02-01")));
    assert_eq!(story.by.map(|actor| actor.role), Some(Role::REFERENT_SOCIAL));
}
