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
    indicators::{Indicator, Publics},
    query::{Params, wait},
    read::{
        self, counted,
        report::{self, Report},
    },
    rules::MONTHS as MONTHS_RULE,
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

/// The period that is asked, both days included: the last twelve months when nothing is, this one among them.
///
/// # Errors
/// 400 when it ends before it begins; 422 when it is not of whole months.
pub fn period(from: Option<Date>, to: Option<Date>, today: Date) -> Result<(Date, Date), Problem> {
    let to = to.unwrap_or(today.last_of_month());
    let from = from.unwrap_or_else(|| to.first_of_month().saturating_sub((MONTHS - 1).months()));
    if from > to {
        return Err(Problem::bad_request(
            "La période finit avant de commencer. Échangez « from » et « to », ou corrigez l’une des dates.",
        ));
    }
    if from != from.first_of_month() || to != to.last_of_month() {
        return Err(MONTHS_RULE
            .refuse("Cette période ne compte pas des mois entiers. Commencez-la le premier jour d’un mois, et finissez-la le dernier jour d’un mois.")
            .into());
    }
    Ok((from, to))
}

/// Periods that are asked for often, that day: what they are called, first and last day. One that is not over goes
/// until the end of its last month.
pub fn usual_periods(today: Date) -> [(&'static str, Date, Date); 5] {
    let month = (today.month() - 1) / 3 * 3 + 1;
    let quarter = Date::new(today.year(), month, 1).unwrap_or(today);
    let year = Date::new(today.year(), 1, 1).unwrap_or(today);
    let eve = |day: Date| days_after(day, -1);
    [
        ("Ce trimestre", quarter, eve(quarter.saturating_add(3.months()))),
        ("Trimestre précédent", quarter.saturating_sub(3.months()), eve(quarter)),
        ("Cette année", year, eve(year.saturating_add(1.year()))),
        ("Année précédente", year.saturating_sub(1.year()), eve(year)),
        (
            "12 derniers mois",
            today.first_of_month().saturating_sub((MONTHS - 1).months()),
            today.last_of_month(),
        ),
    ]
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
    /// The people followed, by public.
    pub publics: Publics,
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
    let (indicators, publics) = counted::indicators(&runtime, id, (from, to)).await?;
    Ok(Json(IndicatorsAnswer { platform_id: id, from, to, counted_on: today, indicators, publics }))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_periods_follow_the_calendar() {
        let day = |text: &str| vocabulary::dates::parse(text).expect("a date");
        let of = |today: &str| usual_periods(day(today)).map(|(_, from, to)| format!("{from} {to}"));
        assert_eq!(
            of("2026-11-23"),
            [
                "2026-10-01 2026-12-31",
                "2026-07-01 2026-09-30",
                "2026-01-01 2026-12-31",
                "2025-01-01 2025-12-31",
                "2025-12-01 2026-11-30",
            ]
        );
        // Across New Year, and in a leap year.
        assert_eq!(of("2026-01-01")[..2], ["2026-01-01 2026-03-31", "2025-10-01 2025-12-31"]);
        assert_eq!(of("2028-05-31")[1], "2028-01-01 2028-03-31");
        assert_eq!(of("2028-02-29")[4], "2027-03-01 2028-02-29");
    }

    #[test]
    fn a_period_is_of_whole_months_and_ends_after_it_begins() {
        let day = |text: &str| vocabulary::dates::parse(text);
        let today = day("2026-11-23").expect("a date");
        let asked = |from: &str, to: &str| period(day(from), day(to), today);
        assert_eq!(asked("2026-03-01", "2026-01-31").expect_err("backwards").status.as_u16(), 400);
        for (from, to) in [
            ("2026-01-02", "2026-01-31"),
            ("2026-01-01", "2026-01-30"),
            ("2025-12-31", "2026-01-31"),
            ("2026-01-01", "2026-02-01"),
        ] {
            let problem = asked(from, to).expect_err("a day aside");
            assert_eq!((problem.status.as_u16(), problem.rule.as_deref()), (422, Some("indicateur.mois")));
        }
        assert!(asked("2026-02-01", "2026-02-28").is_ok());
        assert!(asked("2028-02-01", "2028-02-29").is_ok());
        let whole = |from, to| day(from).zip(day(to)).expect("dates");
        assert_eq!(period(None, None, today).expect("a year"), whole("2025-12-01", "2026-11-30"));
        for (_, from, to) in usual_periods(today) {
            assert!(period(Some(from), Some(to), today).is_ok(), "{from} {to}");
        }
    }
}
