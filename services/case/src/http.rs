//! One line per route. An agreement expires by reaction and an erasure that was approved is carried out by
//! itself: no route asks for either.

mod forgetting;
mod own;

use axum::http::Method;
use service::{
    Api,
    api::{form, form_of_found, form_of_person},
    search::{self, Matches, Sought},
};

use crate::domain::{
    activity::commands::{EndActivity, RecordAttendance, StartActivity},
    appointment::commands::{
        CancelAppointment, HoldAppointment, MissAppointment, MoveAppointment, ScheduleAppointment,
    },
    case::commands::{
        CloseCase, CloseOwnAccess, GiveAgreement, JoinCircle, LeaveCircle, LiftRestriction, OpenCase,
        OpenEmergencyAccess, OpenOwnAccess, PauseCase, RaiseObjection, RaiseOwnObjection, RecordIdentity,
        ReopenCase, RequestOwnRectification, RequestRectification, RestrictProcessing, ResumeCase,
        ReviewEmergencyAccess, SettleObjection, SettleRectification, TransferCase, WithdrawAgreement,
    },
    handover::commands::{AcceptHandover, ProposeHandover},
    wish::commands::{ExpressWish, ReviseWish, SetWishAside},
    writing::commands::{CorrectReview, HoldReview, WriteNote, WriteSummary},
};
use crate::search::search as asked;

const SEARCH: &str = "/api/v1/search";

/// The routes of this context.
pub fn api() -> Api {
    own::routes(forgetting::routes(forms(of_the_case())))
        .route::<Matches, _, _>(
            (Method::POST, search::NAME),
            "Chercher si une personne est déjà suivie",
            SEARCH,
            asked,
        )
        .body::<Sought>(SEARCH)
        .command_on_found::<OpenEmergencyAccess>("/api/v1/search/{handle}/emergency-access")
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
        .command::<OpenOwnAccess>("/api/v1/cases/{id}/own-access")
        .command::<CloseOwnAccess>("/api/v1/cases/{id}/own-access/close")
        .command::<RequestRectification>("/api/v1/cases/{id}/rectifications")
        .command::<SettleRectification>("/api/v1/cases/{id}/rectifications/settle")
        .command::<RestrictProcessing>("/api/v1/cases/{id}/restrictions")
        .command::<LiftRestriction>("/api/v1/cases/{id}/restrictions/lift")
        .command::<RaiseObjection>("/api/v1/cases/{id}/objections")
        .command::<SettleObjection>("/api/v1/cases/{id}/objections/settle")
        .command::<OpenEmergencyAccess>("/api/v1/cases/{id}/emergency-access")
        .command::<ReviewEmergencyAccess>("/api/v1/cases/{id}/emergency-access/review")
}

/// What the pages send: the same commands, from forms that need no JavaScript.
fn forms(api: Api) -> Api {
    const AGREEMENTS: &str = "/dossiers/{id}/accords";
    const OWN_ACCESS: &str = "/dossiers/{id}/suivi-personnel";
    const RESTRICTION: &str = "/dossiers/{id}/limitation";
    const CORRECTIONS: &str = "/dossiers/{id}/corrections";
    const HANDOVERS: &str = "/passations/{id}";
    api.undescribed(Method::POST, "/dossiers/{id}/accords/donner", form::<GiveAgreement>(AGREEMENTS))
        .undescribed(Method::POST, "/dossiers/{id}/accords/retirer", form::<WithdrawAgreement>(AGREEMENTS))
        .undescribed(Method::POST, "/dossiers/{id}/suivi-personnel/ouvrir", form::<OpenOwnAccess>(OWN_ACCESS))
        .undescribed(
            Method::POST,
            "/dossiers/{id}/suivi-personnel/fermer",
            form::<CloseOwnAccess>(OWN_ACCESS),
        )
        .undescribed(
            Method::POST,
            "/dossiers/{id}/corrections/demander",
            form::<RequestRectification>(CORRECTIONS),
        )
        .undescribed(
            Method::POST,
            "/dossiers/{id}/corrections/repondre",
            form::<SettleRectification>(CORRECTIONS),
        )
        .undescribed(
            Method::POST,
            "/recherche/{handle}/urgence",
            form_of_found::<OpenEmergencyAccess>("/dossiers/{id}"),
        )
        .undescribed(
            Method::POST,
            "/dossiers/{id}/urgences/relire",
            form::<ReviewEmergencyAccess>("/dossiers/{id}/urgences"),
        )
        .undescribed(Method::POST, "/passations/{id}/reprendre", form::<AcceptHandover>(HANDOVERS))
        .undescribed(
            Method::POST,
            "/mon-suivi/corriger",
            form_of_person::<RequestOwnRectification>("/mon-suivi/corriger"),
        )
        .undescribed(
            Method::POST,
            "/mon-suivi/opposition",
            form_of_person::<RaiseOwnObjection>("/mon-suivi/opposition"),
        )
        .undescribed(
            Method::POST,
            "/dossiers/{id}/limitation/limiter",
            form::<RestrictProcessing>(RESTRICTION),
        )
        .undescribed(Method::POST, "/dossiers/{id}/limitation/lever", form::<LiftRestriction>(RESTRICTION))
        .undescribed(Method::POST, "/dossiers/{id}/limitation/opposer", form::<RaiseObjection>(RESTRICTION))
        .undescribed(Method::POST, "/dossiers/{id}/limitation/repondre", form::<SettleObjection>(RESTRICTION))
}
