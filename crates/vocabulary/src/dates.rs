//! Durations as the law counts them, on civil days. Every last day is included.

use jiff::{ToSpan as _, civil::Date};

/// The last day a PMSMP may have when it starts on that day (Code du travail, D. 5135-3: one month):
/// the eve of the same date next month, or the last day of next month when it has no such date.
///
/// 1 March → 31 March; 15 January → 14 February; 31 January → 28 or 29 February.
pub fn pmsmp_last_day(first: Date) -> Date {
    let same_date = first.saturating_add(1.month());
    if same_date.day() == first.day() { same_date.saturating_sub(1.day()) } else { same_date }
}

/// The last day of a validity of some months that starts on that day: the eve of the same date.
pub fn valid_for_months(first: Date, months: i32) -> Date {
    let same_date = first.saturating_add(months.months());
    if same_date.day() == first.day() { same_date.saturating_sub(1.day()) } else { same_date }
}

/// The last day of a validity of some days that starts on that day.
pub fn valid_for_days(first: Date, days: i32) -> Date {
    first.saturating_add((days - 1).days())
}

/// The day that comes some days after.
pub fn days_after(day: Date, days: i32) -> Date {
    day.saturating_add(days.days())
}

/// Days between two days; negative when the second is earlier.
pub fn days_between(from: Date, to: Date) -> i32 {
    (to - from).get_days()
}

/// Age in full years on a day. Someone born on 29 February is a year older on 1 March of common years.
pub fn age_on(birth: Date, day: Date) -> i16 {
    let had_birthday = (day.month(), day.day()) >= (birth.month(), birth.day());
    day.year() - birth.year() - i16::from(!had_birthday)
}

/// Reads a civil date, ISO 8601 (`2026-03-01`) and nothing else.
pub fn parse(text: &str) -> Option<Date> {
    (text.len() == 10).then(|| text.parse().ok()).flatten()
}

/// A date in French: `1er mars 2026`.
pub fn in_french(day: Date) -> String {
    const MONTHS: [&str; 12] = [
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ];
    let number = if day.day() == 1 { "1er".to_owned() } else { day.day().to_string() };
    format!("{number} {} {}", MONTHS[usize::from(day.month().unsigned_abs()) - 1], day.year())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_pmsmp_lasts_at_most_until_the_eve_of_the_same_date_next_month() {
        assert_eq!(pmsmp_last_day(date(2026, 3, 1)), date(2026, 3, 31));
        assert_eq!(pmsmp_last_day(date(2026, 1, 15)), date(2026, 2, 14));
        assert_eq!(pmsmp_last_day(date(2026, 1, 31)), date(2026, 2, 28));
        assert_eq!(pmsmp_last_day(date(2028, 1, 31)), date(2028, 2, 29));
        assert_eq!(pmsmp_last_day(date(2028, 1, 30)), date(2028, 2, 29));
        assert_eq!(pmsmp_last_day(date(2026, 12, 1)), date(2026, 12, 31));
    }

    #[test]
    fn validities_include_their_last_day() {
        assert_eq!(valid_for_months(date(2026, 1, 10), 6), date(2026, 7, 9));
        assert_eq!(valid_for_months(date(2025, 8, 31), 6), date(2026, 2, 28));
        assert_eq!(valid_for_days(date(2026, 1, 1), 92), date(2026, 4, 2));
        assert_eq!(valid_for_days(date(2027, 6, 1), 730), date(2029, 5, 30));
    }

    #[test]
    fn an_age_changes_on_the_birthday_even_on_29_february() {
        assert_eq!(age_on(date(2008, 2, 29), date(2026, 2, 28)), 17);
        assert_eq!(age_on(date(2008, 2, 29), date(2026, 3, 1)), 18);
        assert_eq!(age_on(date(2010, 6, 15), date(2026, 6, 15)), 16);
    }

    #[test]
    fn dates_are_read_strictly_and_written_in_french() {
        assert_eq!(parse("2026-03-01"), Some(date(2026, 3, 1)));
        for wrong in ["2026-3-1", "01/03/2026", "2026-02-30", "2026-03-01T00:00:00Z", ""] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
        assert_eq!(in_french(date(2026, 3, 1)), "1er mars 2026");
        assert_eq!(in_french(date(2026, 8, 14)), "14 août 2026");
    }

    proptest! {
        #[test]
        fn a_pmsmp_never_lasts_more_than_31_days(days in 0i32..20_000) {
            let first = date(2000, 1, 1).saturating_add(days.days());
            let last = pmsmp_last_day(first);
            prop_assert!((27..=30).contains(&days_between(first, last)));
        }
    }
}
