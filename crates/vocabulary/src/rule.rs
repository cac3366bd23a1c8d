//! How a rule speaks: it refuses, or it warns, in French, and says where it comes from.

use std::borrow::Cow;

use jiff::civil::Date;

use crate::dates::{days_after, parse};

/// Whether a rule refuses or only warns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strictness {
    /// The command is refused, nothing is written.
    Strict,
    /// The fact is recorded with a warning that the circle sees.
    Soft,
}

/// A rule of the domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its id, e.g. `pmsmp.duree`: named in problems and warnings.
    pub id: &'static str,
    /// What it says, in French.
    pub text: &'static str,
    /// The article or the practice it comes from.
    pub source: &'static str,
    /// Whether it refuses or warns.
    pub strictness: Strictness,
    /// Its version: a number that changes is a new version, and what is judged or counted by it says which one it
    /// used.
    pub version: u32,
    /// What it said before, the oldest first.
    pub formers: &'static [Former],
}

/// What a rule said until it changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Former {
    /// What it said, in French.
    pub text: &'static str,
    /// The article or the practice it came from.
    pub source: &'static str,
    /// Whether it refused or warned.
    pub strictness: Strictness,
    /// The last day it held, as an ISO civil date: what is stated on that day is judged by it.
    pub until: &'static str,
}

impl Rule {
    /// A rule that refuses.
    pub const fn strict(id: &'static str, text: &'static str, source: &'static str) -> Self {
        Self { id, text, source, strictness: Strictness::Strict, version: 1, formers: &[] }
    }

    /// A rule that warns.
    pub const fn soft(id: &'static str, text: &'static str, source: &'static str) -> Self {
        Self { id, text, source, strictness: Strictness::Soft, version: 1, formers: &[] }
    }

    /// The same rule, that said otherwise before: each change makes a version.
    #[must_use]
    pub const fn after(mut self, formers: &'static [Former]) -> Self {
        self.formers = formers;
        self.version = formers.len() as u32 + 1;
        self
    }

    /// The rule as it holds on that day.
    #[must_use]
    pub fn on(&self, day: Date) -> Self {
        let held = |former: &&Former| parse(former.until).is_some_and(|until| day <= until);
        match self.formers.iter().zip(1..).find(|(former, _)| held(former)) {
            Some((former, version)) => self.at(former, version),
            None => *self,
        }
    }

    /// Every version of it, the oldest first, with the day since which it holds and the last one it held.
    pub fn history(&self) -> impl Iterator<Item = (Self, Option<Date>, Option<Date>)> {
        let mut since = None;
        let formers = self
            .formers
            .iter()
            .zip(1..)
            .map(|(former, version)| (self.at(former, version), parse(former.until)));
        formers.chain([(*self, None)]).map(move |(rule, until)| {
            let from = std::mem::replace(&mut since, until.map(|until| days_after(until, 1)));
            (rule, from, until)
        })
    }

    fn at(&self, former: &Former, version: u32) -> Self {
        let Former { text, source, strictness, .. } = *former;
        Self { text, source, strictness, version, ..*self }
    }

    /// Whether it refuses.
    pub const fn is_strict(&self) -> bool {
        matches!(self.strictness, Strictness::Strict)
    }

    /// Refuses in the name of this rule.
    pub fn refuse(&self, detail: impl Into<Cow<'static, str>>) -> Refusal {
        Refusal { rule: self.id, version: self.version, detail: detail.into(), pointer: None }
    }

    /// Warns in the name of this rule.
    pub const fn warn(&self) -> Warning {
        Warning { rule: self.id, version: self.version }
    }
}

/// A command was refused. The detail is a French sentence that names no person.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{rule}: {detail}")]
pub struct Refusal {
    /// The rule's id.
    pub rule: &'static str,
    /// Its version.
    pub version: u32,
    /// What is wrong and what to do, in French.
    pub detail: Cow<'static, str>,
    /// The member of the body it is about, e.g. `/terms/ends_on`.
    pub pointer: Option<&'static str>,
}

impl Refusal {
    /// Says which member of the body is concerned.
    #[must_use]
    pub const fn at(mut self, pointer: &'static str) -> Self {
        self.pointer = Some(pointer);
        self
    }
}

/// A fact departs from a soft rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Warning {
    /// The rule's id.
    pub rule: &'static str,
    /// The version of the rule that was judged by.
    pub version: u32,
}

impl Warning {
    /// As it is kept beside a fact: `pmsmp.jours@2`.
    pub fn reference(&self) -> String {
        format!("{}@{}", self.rule, self.version)
    }

    /// The id and the version that a reference says; an id alone is version 1.
    pub fn read(reference: &str) -> (&str, u32) {
        let versioned = reference.rsplit_once('@');
        versioned.and_then(|(id, version)| Some((id, version.parse().ok()?))).unwrap_or((reference, 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHANGED: Rule = Rule::strict("x.jours", "Au plus 30.", "décret 2").after(&[
        Former { text: "Rien.", source: "usage", strictness: Strictness::Soft, until: "2024-12-31" },
        Former {
            text: "Au plus 60.",
            source: "décret 1",
            strictness: Strictness::Strict,
            until: "2025-03-26",
        },
    ]);

    fn day(text: &str) -> Date {
        parse(text).expect("a date")
    }

    #[test]
    fn a_rule_that_changed_is_on_each_day_what_it_was() {
        for (on, version, text) in [
            ("2020-01-01", 1, "Rien."),
            ("2024-12-31", 1, "Rien."),
            ("2025-01-01", 2, "Au plus 60."),
            ("2025-03-26", 2, "Au plus 60."),
            ("2025-03-27", 3, "Au plus 30."),
        ] {
            let rule = CHANGED.on(day(on));
            assert_eq!((rule.version, rule.text, rule.id), (version, text, "x.jours"), "{on}");
        }
        assert!(!CHANGED.on(day("2024-01-01")).is_strict());
        let days: Vec<_> = CHANGED.history().map(|(rule, from, until)| (rule.version, from, until)).collect();
        let (first, second) = (day("2024-12-31"), day("2025-03-26"));
        assert_eq!(
            days,
            [
                (1, None, Some(first)),
                (2, Some(day("2025-01-01")), Some(second)),
                (3, Some(day("2025-03-27")), None)
            ]
        );
    }

    #[test]
    fn a_warning_keeps_the_version_it_was_given_under() {
        let warning = CHANGED.on(day("2024-06-01")).warn();
        assert_eq!(warning.reference(), "x.jours@1");
        assert_eq!(Warning::read("x.jours@1"), ("x.jours", 1));
        assert_eq!(Warning::read("x.jours"), ("x.jours", 1));
        assert_eq!(Warning::read("x.jours@12"), ("x.jours", 12));
    }
}
