//! How long what is kept: rules as data, `data/retention.json`, each with its source. What a rule ends is proposed
//! 30 days before to those who follow the person, and erased once they agree.
//!
//! What is kept of one case, and when it comes to its end, is folded from facts, from `trace` fields only.

use std::{collections::BTreeMap, sync::LazyLock};

use contracts::{Class, Recorded, case::v1::PersonalClass, events::Case};
use jiff::{Timestamp, ToSpan as _, civil::Date};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use vocabulary::dates::days_after;

use crate::{
    Forgettings, Runtime,
    forgettings::{CONTACTS, Standing},
};

mod path;

pub use path::Path;

/// How many days before its term an erasure is proposed.
pub const NOTICE: i32 = 30;
/// For how many months what was kept on purpose, a proposal having been declined, is not proposed again.
pub const RESPITE: i32 = 6;

/// From which day the time of a rule counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CountedFrom {
    /// The last day the person was seen or heard.
    LastContact,
    /// The last day the data are needed, as it was stated.
    EndOfNeed,
    /// The last note that was written.
    LastNote,
    /// The last day a professional entered.
    LastSignIn,
    /// The last day on which the sheet of a person could serve.
    EndOfSheet,
    /// The end of the insertion path (the PASS IAE, the contracts), or the last thing collected when that is later.
    EndOfPath,
    /// The last thing collected, when no immersion that was agreed took place, and no path is of IAE.
    UnexecutedImmersion,
    /// The month of the reading.
    EndOfMonthOfReading,
}

/// A rule of retention.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RetentionRule)]
pub struct Retention {
    /// Its id.
    pub id: String,
    /// What it says, in French.
    pub text: String,
    /// Of which data, in a few French words.
    pub what: String,
    /// The classes it ends: all of them for the whole person; none for what is kept of no case.
    classes: Vec<String>,
    /// From which day its time counts.
    pub counted_from: CountedFrom,
    /// How long, in months: the last day kept is the one that has the same date, or the last of its month.
    pub months: i32,
    /// Where it comes from.
    pub source: String,
}

impl Retention {
    /// The classes it ends.
    pub fn classes(&self) -> Vec<Class> {
        let named = |class: &Class| self.classes.iter().any(|name| name == class.name());
        Class::PERSONAL.into_iter().filter(named).collect()
    }

    /// Whether it is about what is kept of a case.
    pub fn is_of_cases(&self) -> bool {
        !self.classes.is_empty()
    }

    /// Whether it ends everything.
    pub fn is_whole(&self) -> bool {
        self.classes().len() == Class::PERSONAL.len()
    }

    /// The first day on which what counts from that day is to be erased.
    pub fn due_on(&self, from: Date) -> Date {
        days_after(from.saturating_add(self.months.months()), 1)
    }

    /// The last day from which what counts is to be erased on that day, or was before.
    pub fn ended_by(&self, day: Date) -> Date {
        let before = days_after(day, -1);
        let from = before.saturating_sub(self.months.months());
        // The last of a short month stands for the days that it lacks.
        let last = from.last_of_month();
        if before == before.last_of_month() && self.due_on(last) <= day { last } else { from }
    }
}

static RULES: LazyLock<Vec<Retention>> =
    LazyLock::new(|| serde_json::from_str(include_str!("../data/retention.json")).unwrap_or_default());

/// The rules in force.
pub fn rules() -> &'static [Retention] {
    &RULES
}

/// The rule of that id.
pub fn rule(id: &str) -> Option<&'static Retention> {
    RULES.iter().find(|rule| rule.id == id)
}

/// The first day on which an erasure that is due that day is proposed.
pub fn proposed_from(due_on: Date) -> Date {
    days_after(due_on, -NOTICE)
}

/// The rules in force, as they are listed.
#[derive(Debug, Serialize, ToSchema)]
pub struct RetentionRules {
    /// Each with its source.
    pub items: &'static [Retention],
    /// How many days before its term an erasure is proposed.
    pub notice_days: i32,
    /// For how many months a proposal that was declined is not made again.
    pub respite_months: i32,
}

/// `GET /api/v1/retention`.
pub async fn list(_: crate::api::Caller) -> axum::Json<RetentionRules> {
    axum::Json(RetentionRules { items: rules(), notice_days: NOTICE, respite_months: RESPITE })
}

/// What is kept of one case.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Kept {
    /// The case.
    pub case_id: Uuid,
    /// The last day the person was seen or heard, as far as facts tell it.
    pub last_contact: Option<Date>,
    /// The day of the last note that can still be read.
    pub last_note: Option<Date>,
    /// Where the path and the immersions of the person stand.
    pub path: Path,
    /// The requests, the holds, the needs.
    pub forgettings: Forgettings,
    /// Position of the last fact about each request and hold.
    pub positions: BTreeMap<Uuid, i64>,
    /// Position of the last fact.
    pub position: i64,
    /// When it was known.
    pub at: Timestamp,
}

impl Kept {
    /// Whether that fact changes anything here.
    pub fn concerns(fact: &Recorded) -> bool {
        let name = fact.kind.name;
        matches!(name, "NoteWritten" | "PersonForgotten" | "DataNeedStated")
            || name.starts_with("Forgetting")
            || name.starts_with("LegalHold")
            || CONTACTS.contains(&name)
            || Path::concerns(fact)
    }

    /// Folds a fact.
    ///
    /// # Errors
    /// When it cannot be understood.
    pub fn apply(&mut self, fact: &Recorded) -> Result<(), String> {
        self.case_id = fact.case_id.unwrap_or(fact.stream_id);
        (self.position, self.at) = (fact.position, fact.recorded_at);
        if CONTACTS.contains(&fact.kind.name) {
            self.last_contact = self.last_contact.max(Some(fact.occurred_on));
        }
        if fact.kind.name == "NoteWritten" {
            self.last_note = self.last_note.max(Some(fact.occurred_on));
        }
        if Path::concerns(fact) {
            self.path.apply(fact).map_err(|error| error.to_string())?;
        }
        if fact.kind.aggregate().name != "case" {
            return Ok(());
        }
        let event = fact.trace::<Case>().map_err(|error| error.to_string())?;
        self.forgettings.apply(&event);
        if let Case::PersonForgotten(forgotten) = &event {
            if forgotten.classes.iter().any(|class| *class == PersonalClass::NOTE) {
                self.last_note = None;
            }
            if forgotten.classes.iter().any(|class| *class == PersonalClass::PROJECT) {
                self.path.forget_project();
            }
        }
        let about = about(&event).and_then(|id| id.parse().ok());
        self.positions.extend(about.map(|id: Uuid| (id, fact.position)));
        Ok(())
    }

    /// From which day the time of that rule counts, for this case; nothing when it counts from nothing.
    fn counted_from(&self, rule: &Retention) -> Option<Date> {
        match rule.counted_from {
            CountedFrom::LastContact => self.last_contact,
            CountedFrom::LastNote => self.last_note,
            CountedFrom::EndOfNeed => {
                let ends = rule.classes().into_iter().map(Class::name);
                ends.filter_map(|name| self.forgettings.needs.get(name).copied()).max()
            }
            CountedFrom::EndOfPath => self.path.end().filter(|end| self.goes_on_after(*end)),
            CountedFrom::UnexecutedImmersion => {
                self.path.end_of_unexecuted().filter(|end| self.goes_on_after(*end))
            }
            // Of no case.
            CountedFrom::LastSignIn | CountedFrom::EndOfSheet | CountedFrom::EndOfMonthOfReading => None,
        }
    }

    /// Whether the person was seen or heard after that day: otherwise what ends then ends with all the rest.
    fn goes_on_after(&self, day: Date) -> bool {
        self.last_contact.is_some_and(|last| day < last)
    }

    /// The first day on which what that rule ends is to be erased; later when it was kept on purpose.
    pub fn due_on(&self, rule: &Retention) -> Option<Date> {
        if self.forgettings.is_forgotten() {
            return None;
        }
        let due = rule.due_on(self.counted_from(rule)?);
        let kept = |one: &&crate::forgettings::Forgetting| {
            one.rule_id == rule.id && one.standing == Standing::Declined && one.due_on >= Some(due)
        };
        let declined = self.forgettings.requests.values().filter(kept);
        let respite = declined.filter_map(|one| Some(one.since?.saturating_add(RESPITE.months()))).max();
        Some(respite.map_or(due, |respite| due.max(respite)))
    }

    /// The last day of the holds that were not lifted, the latest.
    pub fn held_until(&self) -> Option<Date> {
        self.forgettings.holds.values().filter(|hold| !hold.lifted).filter_map(|hold| hold.until).max()
    }

    /// What ends when, the soonest first.
    pub fn terms(&self) -> Vec<(&'static Retention, Date)> {
        let mut terms: Vec<_> = rules().iter().filter_map(|rule| Some((rule, self.due_on(rule)?))).collect();
        terms.sort_by_key(|(_, due)| *due);
        terms
    }
}

/// The request or the hold that a fact is about.
fn about(event: &Case) -> Option<&str> {
    Some(match event {
        Case::ForgettingRequested(fact) => &fact.request_id,
        Case::ForgettingApproved(fact) => &fact.request_id,
        Case::ForgettingSuspended(fact) => &fact.request_id,
        Case::ForgettingBegun(fact) => &fact.request_id,
        Case::PersonForgotten(fact) => &fact.request_id,
        Case::LegalHoldPlaced(fact) => &fact.hold_id,
        Case::LegalHoldLifted(fact) => &fact.hold_id,
        _ => return None,
    })
}

impl Runtime {
    /// What is kept of that case, from the journal itself.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub async fn kept(&self, case_id: Uuid) -> Result<Kept, journal::JournalError> {
        let mut kept = Kept { case_id, ..Kept::default() };
        for fact in self.journal.of_case(case_id).await?.iter().filter(|fact| Kept::concerns(fact)) {
            if let Err(why) = kept.apply(fact) {
                tracing::warn!(
                    why,
                    position = fact.position,
                    "a fact about what is kept cannot be understood"
                );
            }
        }
        Ok(kept)
    }
}
