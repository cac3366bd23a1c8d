//! What is counted: the indicators of a platform, the report of a structure.

use axum::{
    Json,
    extract::{Path, State},
};
use jiff::{ToSpan as _, civil::Date};
use serde::{Deserialize, Serialize};
use service::{
    Problem,
    api::{Caller, Shared, read_id},
};
use utoipa::ToSchema;
use uuid::Uuid;
use vocabulary::dates::days_after;

use crate::{
    indicators::Indicator,
    query::{Params, wait},
    read::{
        self, counted,
        report::{self, Report},
    },
    views::{directory, live_status, milestones, timeline},
};

/// Parameters of what is counted.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PeriodParams {
    from: Option<Date>,
    to: Option<Date>,
    min_position: Option<i64>,
}

/// Months of a period, when nothing is asked.
const MONTHS: i32 = 12;

/// The period that is asked, both days included: the last twelve months when nothing is.
///
/// # Errors
/// 400 when it ends before it begins.
pub fn period(from: Option<Date>, to: Option<Date>, today: Date) -> Result<(Date, Date), Problem> {
    let to = to.unwrap_or(today);
    let from = from.unwrap_or_else(|| days_after(to.saturating_sub(MONTHS.months()), 1));
    if from > to {
        return Err(Problem::bad_request(
            "La période finit avant de commencer. Échangez « from » et « to », ou corrigez l’une des dates.",
        ));
    }
    Ok((from, to))
}

/// The indicators of a platform.
#[derive(Debug, Serialize, ToSchema)]
pub struct IndicatorsAnswer {
    /// The platform.
    pub platform_id: Uuid,
    /// First day, included.
    #[schema(value_type = String, format = Date)]
    pub from: Date,
    /// Last day, included.
    #[schema(value_type = String, format = Date)]
    pub to: Date,
    /// The day it was counted.
    #[schema(value_type = String, format = Date)]
    pub counted_on: Date,
    /// The indicators.
    pub indicators: Vec<Indicator>,
}

/// `GET /platforms/{id}/indicators`.
pub async fn indicators(
    State(runtime): State<Shared>,
    Caller(actor): Caller,
    Path(id): Path<String>,
    Params(params): Params<PeriodParams>,
) -> Result<Json<IndicatorsAnswer>, Problem> {
    wait(&runtime, &[milestones::NAME, directory::NAME], params.min_position).await?;
    let id = read_id(&id)?;
    read::platform(&runtime, &actor, id).await?;
    let today = runtime.clock.today();
    let (from, to) = period(params.from, params.to, today)?;
    let indicators = counted::indicators(&runtime, id, (from, to)).await?;
    Ok(Json(IndicatorsAnswer { platform_id: id, from, to, counted_on: today, indicators }))
}

/// `GET /structures/{id}/report`.
pub async fn report(
    State(runtime): State<Shared>,
    Caller(actor): Caller,
    Path(id): Path<String>,
    Params(params): Params<PeriodParams>,
) -> Result<Json<Report>, Problem> {
    let models = &[milestones::NAME, timeline::NAME, directory::NAME, live_status::NAME];
    wait(&runtime, models, params.min_position).await?;
    let id = read_id(&id)?;
    let own = report::is_own(&runtime, &actor, id).await?;
    let period = period(params.from, params.to, runtime.clock.today())?;
    Ok(Json(report::read(&runtime, id, period, own).await?))
}
