//! Figures that may leave: no number under five people, nor one that would tell it.

use serde::Serialize;
use utoipa::ToSchema;

/// Under so many people a number is not shown.
pub const SMALLEST: usize = 5;
/// What stands in the place of a number that is not shown. The same words whether the number or its
/// complement is small: two words would tell which.
pub const HIDDEN: &str = "non montré (moins de 5)";

/// A figure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Figure {
    /// What it counts, for machines.
    pub key: String,
    /// What it counts, in French.
    pub label: String,
    /// The number; nothing when it is not shown, or when there is none.
    pub value: Option<u64>,
    /// Out of how many.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub of: Option<u64>,
    /// The share, in whole percents.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub percent: Option<u64>,
    /// The figure as people read it.
    pub shown: String,
}

impl Figure {
    fn new(key: impl Into<String>, label: impl Into<String>, shown: String) -> Self {
        Self { key: key.into(), label: label.into(), value: None, of: None, percent: None, shown }
    }

    /// A figure that is not shown.
    pub fn hidden(key: impl Into<String>, label: impl Into<String>) -> Self {
        Self::new(key, label, HIDDEN.to_owned())
    }

    /// A number shown whatever it is, to those who count their own.
    pub fn plain(key: impl Into<String>, label: impl Into<String>, number: u64) -> Self {
        Self { value: Some(number), ..Self::new(key, label, number.to_string()) }
    }

    /// A number that is about so many people.
    pub fn about(
        key: impl Into<String>,
        label: impl Into<String>,
        (number, unit): (u64, &str),
        people: usize,
    ) -> Self {
        if people < SMALLEST {
            return Self::hidden(key, label);
        }
        let shown = if unit.is_empty() { number.to_string() } else { format!("{number} {unit}") };
        Self { value: Some(number), ..Self::new(key, label, shown) }
    }

    /// A number of people.
    pub fn people(key: impl Into<String>, label: impl Into<String>, people: usize) -> Self {
        Self::about(key, label, (people as u64, ""), people)
    }

    /// A part of a whole that is shown: neither the part nor the rest is small.
    pub fn part(key: impl Into<String>, label: impl Into<String>, part: usize, whole: usize) -> Self {
        Self::share(key, label, (part, whole), (part, whole))
    }

    /// A share of things that are about people: so many things of so many, about so many people of so
    /// many.
    pub fn share(
        key: impl Into<String>,
        label: impl Into<String>,
        (part, whole): (usize, usize),
        (people, everyone): (usize, usize),
    ) -> Self {
        if people < SMALLEST || everyone.saturating_sub(people) < SMALLEST {
            return Self::hidden(key, label);
        }
        let percent = (part * 100 + whole / 2) / whole.max(1);
        Self {
            value: Some(part as u64),
            of: Some(whole as u64),
            percent: Some(percent as u64),
            ..Self::new(key, label, format!("{part} sur {whole} ({percent}\u{a0}%)"))
        }
    }

    /// The median of some days, each with whom it is about.
    pub fn median(
        key: impl Into<String>,
        label: impl Into<String>,
        mut days: Vec<i32>,
        people: usize,
    ) -> Self {
        if people < SMALLEST || days.is_empty() {
            return Self::hidden(key, label);
        }
        days.sort_unstable();
        let middle = days.len() / 2;
        let median = if days.len() % 2 == 1 { days[middle] } else { (days[middle - 1] + days[middle]) / 2 };
        let median = u64::from(median.unsigned_abs());
        Self::about(key, label, (median, if median > 1 { "jours" } else { "jour" }), people)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_number_is_not_shown_nor_one_that_tells_it() {
        for (part, whole) in [(4, 30), (0, 30), (26, 30), (30, 30), (3, 4), (0, 0)] {
            let figure = Figure::part("x", "x", part, whole);
            assert_eq!(
                (figure.value, figure.percent, &*figure.shown),
                (None, None, HIDDEN),
                "{part}/{whole}"
            );
        }
        let figure = Figure::part("x", "x", 5, 10);
        assert_eq!(
            (figure.value, figure.percent, &*figure.shown),
            (Some(5), Some(50), "5 sur 10 (50\u{a0}%)")
        );
        assert_eq!(Figure::people("x", "x", 4).value, None);
        assert_eq!(Figure::people("x", "x", 5).value, Some(5));
    }

    #[test]
    fn what_is_about_few_people_is_not_shown_however_many_things_it_is() {
        assert_eq!(Figure::about("x", "x", (120, "h"), 4).value, None);
        assert_eq!(Figure::about("x", "x", (120, "h"), 6).shown, "120 h");
        assert_eq!(Figure::share("x", "x", (40, 90), (4, 30)).value, None);
        assert_eq!(Figure::share("x", "x", (40, 90), (9, 30)).percent, Some(44));
    }

    #[test]
    fn a_median_is_the_day_in_the_middle() {
        assert_eq!(Figure::median("x", "x", vec![30, 1, 2], 5).value, Some(2));
        assert_eq!(Figure::median("x", "x", vec![4, 1, 2, 30], 5).value, Some(3));
        assert_eq!(Figure::median("x", "x", vec![1], 9).shown, "1 jour");
        assert_eq!(Figure::median("x", "x", vec![1, 2, 3], 3).value, None);
    }
}
