//! One line per route. An agreement expires by reaction and a person is forgotten by whoever destroys
//! the keys: no route asks for either.

use service::Api;

use crate::domain::{
    activity::commands::{EndActivity, RecordAttendance, StartActivity},
    appointment::commands::{
        CancelAppointment, HoldAppointment, MissAppointment, MoveAppointment, ScheduleAppointment,
    },
    case::commands::{
        CloseCase, GiveAgreement, JoinCircle, LeaveCircle, OpenCase, OpenEmergencyAccess, PauseCase,
        RecordIdentity, ReopenCase, ResumeCase, ReviewEmergencyAccess, TransferCase, WithdrawAgreement,
    },
    handover::commands::{AcceptHandover, ProposeHandover},
    wish::commands::{ExpressWish, ReviseWish, SetWishAside},
    writing::commands::{CorrectReview, HoldReview, WriteNote, WriteSummary},
};

/// The routes of this context.
pub fn api() -> Api {
    of_the_case()
        .begin_in_case::<ExpressWish>("/api/v1/cases/{case_id}/wishes")
        .command::<ReviseWish>("/api/v1/wishes/{id}/revise")
        .command::<SetWishAside>("/api/v1/wishes/{id}/set-aside")
        .begin_in_case::<StartActivity>("/api/v1/cases/{case_id}/activities")
        .command::<RecordAttendance>("/api/v1/activities/{id}/attendance")
        .command::<EndActivity>("/api/v1/activities/{id}/end")
        .begin_in_case::<ScheduleAppointment>("/api/v1/cases/{case_id}/appointments")
        .command::<MoveAppointment>("/api/v1/appointments/{id}/move")
        .command::<CancelAppointment>("/api/v1/appointments/{id}/cancel")
        .command::<HoldAppointment>("/api/v1/appointments/{id}/hold")
        .command::<MissAppointment>("/api/v1/appointments/{id}/miss")
        .begin_in_case::<HoldReview>("/api/v1/cases/{case_id}/reviews")
        .command::<CorrectReview>("/api/v1/reviews/{id}/correct")
        .begin_in_case::<WriteNote>("/api/v1/cases/{case_id}/notes")
        .begin_in_case::<WriteSummary>("/api/v1/cases/{case_id}/summaries")
        .begin::<ProposeHandover>("/api/v1/handovers")
        .command::<AcceptHandover>("/api/v1/handovers/{id}/accept")
}

fn of_the_case() -> Api {
    Api::default()
        .begin::<OpenCase>("/api/v1/cases")
        .command::<RecordIdentity>("/api/v1/cases/{id}/identity")
        .command::<JoinCircle>("/api/v1/cases/{id}/circle")
        .command::<LeaveCircle>("/api/v1/cases/{id}/circle/departures")
        .command::<PauseCase>("/api/v1/cases/{id}/pause")
        .command::<ResumeCase>("/api/v1/cases/{id}/resume")
        .command::<TransferCase>("/api/v1/cases/{id}/transfer")
        .command::<CloseCase>("/api/v1/cases/{id}/close")
        .command::<ReopenCase>("/api/v1/cases/{id}/reopen")
        .command::<GiveAgreement>("/api/v1/cases/{id}/agreements")
        .command::<WithdrawAgreement>("/api/v1/cases/{id}/agreements/withdraw")
        .command::<OpenEmergencyAccess>("/api/v1/cases/{id}/emergency-access")
        .command::<ReviewEmergencyAccess>("/api/v1/cases/{id}/emergency-access/review")
}
