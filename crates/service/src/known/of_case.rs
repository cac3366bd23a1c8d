//! What other aggregates of the same person say, for the rules that look at several of them.

use std::any::type_name;

use contracts::{Class, Facts, Recorded, events};
use uuid::Uuid;

use super::RULE;
use crate::{BoxError, Runtime};

/// The read model that knows which facts a case has.
pub(super) const TIMELINE: &str = "timeline";
/// Where the facts of some aggregate of a case are.
const POSITIONS: &str = "
select position from read.timeline where case_id = $1 and (kind::integer & 65535) >> 8 = $2 order by position";

/// The facts of one kind of aggregate that a person’s case has: what a rule wants to know of them.
#[derive(Clone, Copy)]
pub struct OfCase {
    aggregate: u8,
    called: &'static str,
    class: Option<Class>,
    organisation: Option<fn(&Recorded) -> Option<Uuid>>,
}

impl std::fmt::Debug for OfCase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("OfCase").field(&self.called).finish()
    }
}

impl OfCase {
    /// All of that aggregate, traces only.
    pub fn all<E: Facts>() -> Self {
        Self { aggregate: E::aggregate().code, called: type_name::<E>(), class: None, organisation: None }
    }

    /// With their parts of that class opened for the rule. Nothing of them may be stated, nor said in a refusal.
    #[must_use]
    pub fn opening(self, class: Class) -> Self {
        Self { class: Some(class), ..self }
    }

    /// With the organisation that each of them names, when it does.
    #[must_use]
    pub fn with_organisations(self, named: fn(&Recorded) -> Option<Uuid>) -> Self {
        Self { organisation: Some(named), ..self }
    }

    /// The organisation that this fact names, when the rule wants to know it.
    pub(super) fn organisation(&self, fact: &Recorded) -> Option<Uuid> {
        self.organisation.and_then(|named| named(fact))
    }
}

/// The employer that the beginning of a contract names.
pub fn employer(fact: &Recorded) -> Option<Uuid> {
    match fact.trace() {
        Ok(events::Employment::EmploymentStarted(started)) => started.employer_id.parse().ok(),
        _ => None,
    }
}

impl Runtime {
    /// Those facts, from the journal, in order.
    ///
    /// # Errors
    /// When the journal, the keys or the read model cannot be read.
    pub(super) async fn facts_of_case(
        &self,
        case_id: Uuid,
        wanted: &OfCase,
    ) -> Result<Vec<Recorded>, BoxError> {
        let rows = {
            let client = self.machinery.get().await?;
            let statement = client.prepare_cached(POSITIONS).await?;
            client.query(&statement, &[&case_id, &i32::from(wanted.aggregate)]).await?
        };
        let positions = rows.iter().map(|row| row.try_get(0)).collect::<Result<Vec<i64>, _>>()?;
        let facts = self.journal.at(&positions).await?;
        let Some(class) = wanted.class else { return Ok(facts) };
        let opened = self.open(&RULE, &facts, |one| one == class).await?;
        let with = |(fact, opened): (Recorded, sealing::Opened)| Recorded { payload: opened.bytes, ..fact };
        Ok(facts.into_iter().zip(opened).map(with).collect())
    }
}
