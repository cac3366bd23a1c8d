//! One line per route.

use service::Api;

use crate::domain::{
    organisation::commands::{EndMandate, GrantMandate, RegisterOrganisation, UpdateOrganisation},
    platform::commands::{JoinPlatform, LeavePlatform, OpenPlatform},
    post::commands::{FillPost, OpenPost, VacatePost},
};

/// The routes of this context.
pub fn api() -> Api {
    Api::default()
        .begin::<RegisterOrganisation>("/api/v1/organisations")
        .command::<UpdateOrganisation>("/api/v1/organisations/{id}/update")
        .command::<GrantMandate>("/api/v1/organisations/{id}/mandates")
        .command::<EndMandate>("/api/v1/organisations/{id}/mandates/end")
        .begin::<OpenPost>("/api/v1/posts")
        .command::<FillPost>("/api/v1/posts/{id}/fill")
        .command::<VacatePost>("/api/v1/posts/{id}/vacate")
        .begin::<OpenPlatform>("/api/v1/platforms")
        .command::<JoinPlatform>("/api/v1/platforms/{id}/members")
        .command::<LeavePlatform>("/api/v1/platforms/{id}/members/leave")
}
