//! Days of presence and the longest week, from a schedule of wall-clock hours.

use std::collections::BTreeMap;

use jiff::civil::{Date, ISOWeekDate};
use vocabulary::dates;

use super::{Reader, utc_day};
use crate::inbound::payload::{Schedule, TimePeriod};

/// Days of presence, and minutes of the week that holds most.
pub(super) fn read(
    schedule: Option<&Schedule>,
    starts_on: Date,
    ends_on: Date,
    read: &mut Reader<'_>,
) -> (u32, u32) {
    let Some(schedule) = schedule else { return (0, 0) };
    let mut weeks: BTreeMap<(i16, i8), u32> = BTreeMap::new();
    let mut days = 0;
    for day in schedule.complex_schedule.iter().flatten() {
        let minutes: u32 = day.time_periods.iter().flatten().map(|period| minutes(period, read)).sum();
        if let (Some(date), true) =
            (read.read(&day.date, "complexSchedule.date", |d| utc_day(d).ok()), minutes > 0)
        {
            let week: ISOWeekDate = date.iso_week_date();
            *weeks.entry((week.year(), week.week())).or_default() += minutes;
            days += 1;
        }
    }
    let worked = schedule.worked_days.filter(|days| days.is_finite() && *days >= 0.0);
    let presence = worked.map_or(days, |days| days.round().min(f64::from(u32::MAX)) as u32);
    let average = || {
        let hours =
            schedule.total_hours.filter(|hours| hours.is_finite() && *hours >= 0.0).unwrap_or_default();
        let weeks = (dates::days_between(starts_on, ends_on) / 7 + 1).max(1);
        (hours * 60.0 / f64::from(weeks)).round().min(f64::from(u32::MAX)) as u32
    };
    (presence, weeks.values().copied().max().unwrap_or_else(average))
}

fn minutes(period: &TimePeriod, read: &mut Reader<'_>) -> u32 {
    let start = read.read(&period.start, "timePeriods.start", clock);
    let end = read.read(&period.end, "timePeriods.end", clock);
    match (start, end) {
        // A period that ends after midnight.
        (Some(start), Some(end)) if end < start => end + 24 * 60 - start,
        (Some(start), Some(end)) => end - start,
        _ => 0,
    }
}

fn clock(text: &str) -> Option<u32> {
    let (hours, minutes) = text.split_once(':')?;
    let (hours, minutes): (u32, u32) = (hours.parse().ok()?, minutes.parse().ok()?);
    (hours <= 24 && minutes < 60).then_some(hours * 60 + minutes)
}
