//! The PMSMP of each case, for the rules that look at several of them.

use contracts::Recorded;
use projections::{Poison, Rows, document::View};
use uuid::Uuid;
use vocabulary::dates;

use crate::domain::{
    ConventionKind, Event,
    past::{CONVENTIONS_BY_CASE, Conventions, Past},
};

/// The read model.
#[derive(Debug)]
pub struct ConventionsByCase;

impl View for ConventionsByCase {
    type Body = Conventions;

    const NAME: &'static str = CONVENTIONS_BY_CASE;
    const VERSION: u32 = 2;
    const ROWS: Rows = Rows::Hidden;

    fn key(fact: &Recorded) -> Option<Uuid> {
        fact.case_id.filter(|_| fact.kind.aggregate().name == "convention")
    }

    fn fold(body: &mut Conventions, fact: &Recorded) -> Result<(), Poison> {
        body.apply(fact.stream_id, fact.trace()?);
        Ok(())
    }
}

impl Conventions {
    /// Folds a fact of one of the conventions. Only PMSMP are kept.
    pub fn apply(&mut self, id: Uuid, fact: Event) {
        if let Event::ConventionDrafted(drafted) = &fact {
            let starts_on = dates::parse(&drafted.terms.starts_on);
            let (true, Some(starts_on)) = (drafted.kind == ConventionKind::PMSMP, starts_on) else { return };
            self.items.push(Past {
                id,
                host_id: drafted.host_id.parse().ok(),
                object: drafted.object.to_i32(),
                starts_on,
                presence_days: drafted.terms.presence_days,
                renews: drafted.renews_convention_id.parse().ok(),
                closed: false,
                same_as: None,
            });
        }
        let Some(past) = self.items.iter_mut().find(|past| past.id == id) else { return };
        let (object, terms) = match &fact {
            Event::ConventionAmended(amended) => (amended.object.to_i32(), amended.terms.as_option()),
            Event::ConventionCorrected(corrected) => (corrected.object.to_i32(), corrected.terms.as_option()),
            _ => (0, None),
        };
        if object != 0 {
            past.object = object;
        }
        if let Some((terms, starts_on)) =
            terms.and_then(|terms| Some((terms, dates::parse(&terms.starts_on)?)))
        {
            past.starts_on = starts_on;
            past.presence_days = terms.presence_days;
        }
        match fact {
            Event::ConventionRejected(_) | Event::ConventionCancelled(_) | Event::ConventionLapsed(_) => {
                past.closed = true;
            }
            Event::ConventionAmended(_) | Event::ConventionValidated(_) => past.closed = false,
            Event::ConventionRecognised(same) => past.same_as = same.same_as_convention_id.parse().ok(),
            Event::ConventionToldApart(_) => past.same_as = None,
            _ => {}
        }
    }
}
