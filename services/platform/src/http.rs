//! One line per route.

use service::Api;

use crate::domain::{
    action::commands::{CompleteAction, PlanAction, ProgressAction, ReviseAction},
    attendance::commands::AttendGathering,
    employer::{
        self,
        commands::{AssignLead, ContactEmployer, ReleaseLead},
    },
    gathering::commands::{HoldGathering, PlanGathering, ReplanGathering},
    local_service::commands::{DelistService, ListService},
    matches::commands::{AcceptMatch, AnswerMatch, DeclineMatch, ProposeMatch, PutForward},
    meeting::commands::{HoldMeeting, RescheduleMeeting, ScheduleMeeting, SettleDecision, TakeDecision},
    offer::commands::{FillOffer, ImportOffer, PublishOffer, UpdateOffer, WithdrawOffer},
    organisation::{
        commands::{EndMandate, GrantMandate, RegisterOrganisation, UpdateOrganisation},
        openings::{EndJudicialAccess, EndSecrecy, GrantJudicialAccess, RecogniseSecrecy},
    },
    partnership::commands::{RecordPartnership, ReviewPartnership},
    platform::commands::{ChooseAnswerDelay, JoinPlatform, LeavePlatform, OpenPlatform},
    post::{
        commands::{FillPost, OpenPost, VacatePost},
        missions::{EndMission, OpenMission},
    },
};

/// The routes of this context.
pub fn api() -> Api {
    Api::default()
        .begin::<RegisterOrganisation>("/api/v1/organisations")
        .command::<UpdateOrganisation>("/api/v1/organisations/{id}/update")
        .command::<GrantMandate>("/api/v1/organisations/{id}/mandates")
        .command::<EndMandate>("/api/v1/organisations/{id}/mandates/end")
        .command::<RecogniseSecrecy>("/api/v1/organisations/{id}/secrecy")
        .command::<EndSecrecy>("/api/v1/organisations/{id}/secrecy/end")
        .command::<GrantJudicialAccess>("/api/v1/organisations/{id}/judicial-access")
        .command::<EndJudicialAccess>("/api/v1/organisations/{id}/judicial-access/end")
        .begin::<OpenPost>("/api/v1/posts")
        .command::<FillPost>("/api/v1/posts/{id}/fill")
        .command::<VacatePost>("/api/v1/posts/{id}/vacate")
        .command::<OpenMission>("/api/v1/posts/{id}/missions")
        .command::<EndMission>("/api/v1/posts/{id}/missions/end")
        .begin::<OpenPlatform>("/api/v1/platforms")
        .command::<JoinPlatform>("/api/v1/platforms/{id}/members")
        .command::<LeavePlatform>("/api/v1/platforms/{id}/members/leave")
        .command::<ChooseAnswerDelay>("/api/v1/platforms/{id}/answer-delays")
        .merge(employers())
        .merge(together())
}

/// Employers, their offers, and who is put forward to them.
fn employers() -> Api {
    Api::default()
        .command_on::<AssignLead>("/api/v1/employers/leads", |command| {
            employer::stream_id(command.platform_id, command.organisation_id)
        })
        .command_on::<ReleaseLead>("/api/v1/employers/leads/release", |command| {
            employer::stream_id(command.platform_id, command.organisation_id)
        })
        .command_on::<ContactEmployer>("/api/v1/employers/contacts", |command| {
            employer::stream_id(command.platform_id, command.organisation_id)
        })
        .begin::<PublishOffer>("/api/v1/offers")
        .command_on::<ImportOffer>("/api/v1/offers/import", ImportOffer::stream_id)
        .command::<UpdateOffer>("/api/v1/offers/{id}/update")
        .command::<FillOffer>("/api/v1/offers/{id}/fill")
        .command::<WithdrawOffer>("/api/v1/offers/{id}/withdraw")
        .begin_in_case::<ProposeMatch>("/api/v1/cases/{case_id}/matches")
        .command::<AcceptMatch>("/api/v1/matches/{id}/accept")
        .command::<DeclineMatch>("/api/v1/matches/{id}/decline")
        .command::<PutForward>("/api/v1/matches/{id}/put-forward")
        .command::<AnswerMatch>("/api/v1/matches/{id}/answer")
}

/// Gatherings, meetings, the action plan, partnerships, and the services of the territory.
fn together() -> Api {
    Api::default()
        .begin::<PlanGathering>("/api/v1/gatherings")
        .command::<ReplanGathering>("/api/v1/gatherings/{id}/replan")
        .command::<HoldGathering>("/api/v1/gatherings/{id}/hold")
        .begin_in_case::<AttendGathering>("/api/v1/cases/{case_id}/gatherings")
        .begin::<ScheduleMeeting>("/api/v1/meetings")
        .command::<RescheduleMeeting>("/api/v1/meetings/{id}/reschedule")
        .command::<HoldMeeting>("/api/v1/meetings/{id}/hold")
        .command::<TakeDecision>("/api/v1/meetings/{id}/decisions")
        .command::<SettleDecision>("/api/v1/meetings/{id}/decisions/settle")
        .begin::<PlanAction>("/api/v1/actions")
        .command::<ReviseAction>("/api/v1/actions/{id}/revise")
        .command::<ProgressAction>("/api/v1/actions/{id}/progress")
        .command::<CompleteAction>("/api/v1/actions/{id}/complete")
        .begin::<RecordPartnership>("/api/v1/partnerships")
        .command::<ReviewPartnership>("/api/v1/partnerships/{id}/review")
        .command_on::<ListService>("/api/v1/services", ListService::stream_id)
        .command::<DelistService>("/api/v1/services/{id}/delist")
}
