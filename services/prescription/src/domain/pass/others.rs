//! The other PASS IAE of a person: they have one at a time.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use vocabulary::dates::parse;

use super::Event;

/// The read model that keeps them: one document a case.
pub const PASSES_BY_CASE: &str = "passes_by_case";

/// The PASS of one case.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Passes {
    /// First and last day of each, included.
    pub items: BTreeMap<Uuid, (Date, Date)>,
}

impl Passes {
    /// Another one than that, which has a day between these two, both included.
    pub fn overlapping(&self, own: Uuid, starts_on: Date, ends_on: Date) -> Option<Uuid> {
        let others = self.items.iter().filter(|(id, _)| **id != own);
        let mut met = others.filter(|(_, (first, last))| *first <= ends_on && starts_on <= *last);
        met.next().map(|(id, _)| *id)
    }

    /// Folds a fact of one of them.
    pub fn apply(&mut self, id: Uuid, fact: &Event) {
        let ends_on = match fact {
            Event::PassIaeReported(reported) => {
                let days = parse(&reported.starts_on).zip(parse(&reported.ends_on));
                self.items.extend(days.map(|days| (id, days)));
                return;
            }
            Event::PassIaeSuspended(suspended) => parse(&suspended.ends_on),
            Event::PassIaeProlonged(prolonged) => parse(&prolonged.until),
        };
        if let (Some(days), Some(ends_on)) = (self.items.get_mut(&id), ends_on) {
            days.1 = ends_on;
        }
    }
}
