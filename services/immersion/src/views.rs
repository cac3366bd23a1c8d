//! The PMSMP of each case, for the rules that look at several of them.

use std::collections::HashMap;

use contracts::Recorded;
use projections::{
    Poison, Projection, Table, Transaction,
    document::{self, Document},
};
use uuid::Uuid;
use vocabulary::dates;

use crate::domain::{
    ConventionKind, Event,
    past::{CONVENTIONS_BY_CASE, Conventions, Past},
};

/// The read model.
#[derive(Debug)]
pub struct ConventionsByCase;

impl Projection for ConventionsByCase {
    type State = Document<Conventions>;

    fn name(&self) -> &'static str {
        CONVENTIONS_BY_CASE
    }

    fn version(&self) -> u32 {
        2
    }

    fn tables(&self) -> &'static [Table] {
        const { &[Table::hidden(CONVENTIONS_BY_CASE)] }
    }

    fn ddl(&self) -> &'static str {
        "create table conventions_by_case (key uuid primary key, body jsonb not null, position bigint not null)"
    }

    fn key(&self, fact: &Recorded) -> Option<Uuid> {
        fact.case_id.filter(|_| fact.kind.aggregate().name == "convention")
    }

    async fn load(
        &self,
        tx: &Transaction<'_>,
        keys: &[Uuid],
    ) -> Result<HashMap<Uuid, Self::State>, tokio_postgres::Error> {
        document::load(tx, CONVENTIONS_BY_CASE, keys).await
    }

    fn fresh(&self, _key: Uuid) -> Self::State {
        Document::default()
    }

    fn fold(&self, state: &mut Self::State, fact: &Recorded) -> Result<(), Poison> {
        state.position = fact.position;
        state.body.apply(fact.stream_id, fact.trace()?);
        Ok(())
    }

    async fn save(
        &self,
        tx: &Transaction<'_>,
        states: Vec<(Uuid, Self::State)>,
    ) -> Result<(), tokio_postgres::Error> {
        document::save(tx, CONVENTIONS_BY_CASE, states).await
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
