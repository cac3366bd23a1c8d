//! How long what lets people in is kept: the accounts of professionals who enter no more, and what is left of the sheets
//! that were handed to persons. The rules are data, as those of cases are; nobody has to agree, since whoever comes back
//! is invited again.

use std::{sync::Arc, time::Duration};

use jiff::{Timestamp, ToSpan as _, civil::Date, tz::TimeZone};
use service::{
    BoxError, Runtime,
    retention::{self, Retention},
};
use sign_in::Accounts;
use tokio_util::sync::CancellationToken;
use vocabulary::{
    clock::{day_in_paris, start_of_day},
    dates::days_after,
};

/// How often what came to its end is looked for.
const UPKEEP: Duration = Duration::from_secs(3600);

/// The rule of the accounts of professionals.
const ACCOUNTS: &str = "conservation.comptes";
/// The rule of the sheets of persons.
const SHEETS: &str = "conservation.feuilles";

/// The rule of the register of readings: whole months of it are dropped, by `access.keep_readings`.
const READINGS: &str = "conservation.consultations";

/// What comes to the end of its time, of no case.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Ending {
    /// The rule that ends it.
    pub rule: &'static str,
    /// How many.
    pub count: usize,
    /// The first day on which the first of them is to be erased.
    pub due_on: Date,
}

/// What is due by then, without any name.
///
/// # Errors
/// When the database cannot be read.
pub async fn ending(runtime: &Runtime, until: Date) -> Result<Vec<Ending>, BoxError> {
    let accounts = Accounts::new(runtime.pool.clone());
    let mut endings = Vec::new();
    for id in [ACCOUNTS, SHEETS] {
        let Some(rule) = retention::rule(id) else { continue };
        let last = last_instant(rule, until);
        let ended = match id {
            ACCOUNTS => accounts.unused_since(last).await?,
            _ => runtime.tokens.sheets_over(last).await?,
        };
        let Some(first) = ended.first() else { continue };
        endings.push(Ending { rule: id, count: ended.len(), due_on: rule.due_on(day_in_paris(*first)) });
    }
    endings.extend(readings(runtime, until).await?);
    Ok(endings)
}

/// The readings whose month is dropped by then: those that lie in a month of their own, as all do unless a clock was
/// wrong.
const OLD_READINGS: &str = "select count(*), min(at) from access.reading
     where at < $1 and tableoid <> 'access.reading_other'::regclass";

/// How many they are. Months are those of UTC.
async fn readings(runtime: &Runtime, until: Date) -> Result<Option<Ending>, BoxError> {
    let Some(rule) = retention::rule(READINGS) else { return Ok(None) };
    let before = until.first_of_month().saturating_sub(rule.months.months());
    let before = before.to_zoned(TimeZone::UTC)?.timestamp();
    let client = runtime.pool.get().await?;
    let row = client.query_one(OLD_READINGS, &[&before]).await?;
    let (count, first): (i64, Option<Timestamp>) = (row.try_get(0)?, row.try_get(1)?);
    Ok(first.map(|first| {
        let month = first.to_zoned(TimeZone::UTC).date().first_of_month();
        let due_on = month.saturating_add((rule.months + 1).months());
        Ending { rule: READINGS, count: usize::try_from(count).unwrap_or(usize::MAX), due_on }
    }))
}

/// Erases what is due today. Says how much.
///
/// # Errors
/// When the database does not answer: the next time goes on.
pub async fn round(runtime: &Runtime) -> Result<u64, BoxError> {
    // Real time, whatever the demonstration says, as for all that lets people in.
    let now = runtime.clock.now();
    let today = day_in_paris(now);
    let mut gone = 0;
    if let Some(rule) = retention::rule(ACCOUNTS) {
        gone += Accounts::new(runtime.pool.clone()).forget(last_instant(rule, today), now).await?;
    }
    if let Some(rule) = retention::rule(SHEETS) {
        gone += runtime.tokens.forget_sheets(last_instant(rule, today)).await?;
    }
    Ok(gone)
}

/// The last instant from which what counts is due that day.
fn last_instant(rule: &Retention, day: Date) -> Timestamp {
    let next = start_of_day(days_after(rule.ended_by(day), 1));
    next - Duration::from_micros(1)
}

/// [`round`], for as long as the process lives.
pub async fn work(runtime: Arc<Runtime>, cancel: CancellationToken) {
    while !cancel.is_cancelled() {
        match round(&runtime).await {
            Ok(0) => {}
            Ok(gone) => tracing::info!(gone, "accounts and sheets came to the end of their time"),
            Err(error) => tracing::warn!(%error, "accounts are not looked after; trying again"),
        }
        let _: Option<()> = cancel.run_until_cancelled(tokio::time::sleep(UPKEEP)).await;
    }
}
