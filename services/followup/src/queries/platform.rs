//! The queries of a platform: awaited answers, employers, the next meeting, the action plan, partnerships.

use axum::{
    Json,
    extract::{Path, State},
};
use contracts::{Word, prescription::v1::PrescriptionKind};
use serde::{Deserialize, Serialize};
use service::{
    Problem,
    api::{Caller, Shared, read_id},
};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{ListParams, OneParams};
use crate::{
    query::{Params, after, limit, page, wait},
    read::{
        self,
        agenda::{self, Agenda},
        answers::{self, Awaited, Filter, Key, Order, Rates},
        meetings::{self, MeetingLine},
        together::{self as read_together, ActionLine, EmployerLine, PartnershipLine},
    },
    views::{directory, live_status, milestones, timeline, together},
};

/// Parameters of awaited answers.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnswersParams {
    limit: Option<usize>,
    cursor: Option<String>,
    min_position: Option<i64>,
    kind: Option<Word<PrescriptionKind>>,
    addressee: Option<Uuid>,
    overdue: Option<bool>,
    #[serde(default)]
    order: Order,
}

/// A page of awaited answers.
#[derive(Debug, Serialize, ToSchema)]
pub struct AnswersPage {
    /// The answers.
    pub items: Vec<Awaited>,
    /// The cursor of the next page; nothing on the last one.
    pub next: Option<String>,
    /// How each organisation answers.
    pub rates: Vec<Rates>,
}

/// `GET /platforms/{id}/awaited-answers`.
pub async fn awaited_answers(
    State(runtime): State<Shared>,
    Caller(actor): Caller,
    Path(id): Path<String>,
    Params(params): Params<AnswersParams>,
) -> Result<Json<AnswersPage>, Problem> {
    wait(&runtime, &[live_status::NAME, directory::NAME, milestones::NAME], params.min_position).await?;
    let id = read_id(&id)?;
    read::platform(&runtime, &actor, id).await?;
    let kind = params.kind.map(|word| word.0);
    let filter = Filter { kind, addressee: params.addressee, overdue: params.overdue };
    let of = format!("answers {id} {filter:?} {:?}", params.order);
    let limit = limit(params.limit)?;
    let after: Option<Key> = after(&of, params.cursor.as_deref())?;
    let items = answers::read(&runtime, &actor, id, (filter, params.order), (after, limit + 1)).await?;
    let (items, next) = page(items, limit, &of, |(key, _)| *key);
    let rates = answers::rates(&runtime, id).await?;
    let items = items.into_iter().map(|(_, item)| item).collect();
    Ok(Json(AnswersPage { items, next, rates }))
}

/// A page of employers.
#[derive(Debug, Serialize, ToSchema)]
pub struct EmployersPage {
    /// In the order of their ids.
    pub items: Vec<EmployerLine>,
    /// The cursor of the next page; nothing on the last one.
    pub next: Option<String>,
}

/// Parameters of employers.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EmployersParams {
    limit: Option<usize>,
    cursor: Option<String>,
    min_position: Option<i64>,
    led: Option<bool>,
}

/// `GET /platforms/{id}/employers`.
pub async fn employers(
    State(runtime): State<Shared>,
    Caller(actor): Caller,
    Path(id): Path<String>,
    Params(params): Params<EmployersParams>,
) -> Result<Json<EmployersPage>, Problem> {
    wait(&runtime, &[together::NAME, directory::NAME, milestones::NAME], params.min_position).await?;
    let id = read_id(&id)?;
    read::platform(&runtime, &actor, id).await?;
    let of = format!("employers {id} {:?}", params.led);
    let limit = limit(params.limit)?;
    let after: Option<Uuid> = after(&of, params.cursor.as_deref())?;
    let mut items = read_together::employers(&runtime, &actor, id).await?;
    items.retain(|one| params.led.is_none_or(|led| one.lead.is_some() == led));
    let items = beyond(items, after, limit, |one| one.organisation.id);
    let (items, next) = page(items, limit, &of, |one| one.organisation.id);
    Ok(Json(EmployersPage { items, next }))
}

/// The items after one of them, one more than a page.
fn beyond<T>(mut items: Vec<T>, after: Option<Uuid>, limit: usize, key: impl Fn(&T) -> Uuid) -> Vec<T> {
    items.retain(|item| after.is_none_or(|after| key(item) > after));
    items.truncate(limit + 1);
    items
}

/// Parameters of an agenda.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgendaParams {
    limit: Option<usize>,
    min_position: Option<i64>,
}

/// `GET /platforms/{id}/agenda`.
pub async fn agenda(
    State(runtime): State<Shared>,
    Caller(actor): Caller,
    Path(id): Path<String>,
    Params(params): Params<AgendaParams>,
) -> Result<Json<Agenda>, Problem> {
    let models = &[live_status::NAME, timeline::NAME, directory::NAME, together::NAME];
    wait(&runtime, models, params.min_position).await?;
    let id = read_id(&id)?;
    read::platform(&runtime, &actor, id).await?;
    Ok(Json(agenda::read(&runtime, &actor, id, limit(params.limit)?).await?))
}

/// A page of meetings.
#[derive(Debug, Serialize, ToSchema)]
pub struct MeetingsPage {
    /// Those to come first, then the latest.
    pub items: Vec<MeetingLine>,
    /// The cursor of the next page; nothing on the last one.
    pub next: Option<String>,
}

/// `GET /platforms/{id}/meetings`.
pub async fn meetings(
    State(runtime): State<Shared>,
    Caller(actor): Caller,
    Path(id): Path<String>,
    Params(params): Params<ListParams>,
) -> Result<Json<MeetingsPage>, Problem> {
    wait(&runtime, &[together::NAME, directory::NAME], params.min_position).await?;
    let id = read_id(&id)?;
    read::platform(&runtime, &actor, id).await?;
    let of = format!("meetings {id}");
    let limit = limit(params.limit)?;
    let after: Option<meetings::Key> = after(&of, params.cursor.as_deref())?;
    let items = meetings::read(&runtime, &actor, id, (after, limit + 1)).await?;
    let (items, next) = page(items, limit, &of, |one| (one.card.on, one.card.id));
    Ok(Json(MeetingsPage { items, next }))
}

/// `GET /platforms/{id}/meetings/{meeting_id}`.
pub async fn meeting(
    State(runtime): State<Shared>,
    Caller(actor): Caller,
    Path((id, meeting_id)): Path<(String, String)>,
    Params(params): Params<OneParams>,
) -> Result<Json<MeetingLine>, Problem> {
    wait(&runtime, &[together::NAME, directory::NAME], params.min_position).await?;
    let id = read_id(&id)?;
    read::platform(&runtime, &actor, id).await?;
    Ok(Json(meetings::one(&runtime, &actor, id, read_id(&meeting_id)?).await?))
}

/// Which actions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActionState {
    /// All.
    #[default]
    All,
    /// Those that are not complete.
    Open,
    /// Those that are.
    Completed,
}

/// Parameters of an action plan.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanParams {
    limit: Option<usize>,
    cursor: Option<String>,
    min_position: Option<i64>,
    #[serde(default)]
    state: ActionState,
}

/// A page of an action plan.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlanPage {
    /// In the order of their ids.
    pub items: Vec<ActionLine>,
    /// The cursor of the next page; nothing on the last one.
    pub next: Option<String>,
}

/// `GET /platforms/{id}/action-plan`.
pub async fn action_plan(
    State(runtime): State<Shared>,
    Caller(actor): Caller,
    Path(id): Path<String>,
    Params(params): Params<PlanParams>,
) -> Result<Json<PlanPage>, Problem> {
    wait(&runtime, &[together::NAME, directory::NAME], params.min_position).await?;
    let id = read_id(&id)?;
    read::platform(&runtime, &actor, id).await?;
    let of = format!("action-plan {id} {:?}", params.state);
    let limit = limit(params.limit)?;
    let after: Option<Uuid> = after(&of, params.cursor.as_deref())?;
    let mut items = read_together::actions(&runtime, &actor, id).await?;
    items.retain(|one| match params.state {
        ActionState::All => true,
        ActionState::Open => one.action.completed_on.is_none(),
        ActionState::Completed => one.action.completed_on.is_some(),
    });
    let (items, next) = page(beyond(items, after, limit, |one| one.id), limit, &of, |one| one.id);
    Ok(Json(PlanPage { items, next }))
}

/// A page of partnerships.
#[derive(Debug, Serialize, ToSchema)]
pub struct PartnershipsPage {
    /// In the order of their ids.
    pub items: Vec<PartnershipLine>,
    /// The cursor of the next page; nothing on the last one.
    pub next: Option<String>,
}

/// `GET /platforms/{id}/partnerships`.
pub async fn partnerships(
    State(runtime): State<Shared>,
    Caller(actor): Caller,
    Path(id): Path<String>,
    Params(params): Params<ListParams>,
) -> Result<Json<PartnershipsPage>, Problem> {
    wait(&runtime, &[together::NAME, directory::NAME], params.min_position).await?;
    let id = read_id(&id)?;
    read::platform(&runtime, &actor, id).await?;
    let of = format!("partnerships {id}");
    let limit = limit(params.limit)?;
    let after: Option<Uuid> = after(&of, params.cursor.as_deref())?;
    let items = beyond(read_together::partnerships(&runtime, &actor, id).await?, after, limit, |one| one.id);
    let (items, next) = page(items, limit, &of, |one| one.id);
    Ok(Json(PartnershipsPage { items, next }))
}
