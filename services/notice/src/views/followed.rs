//! Who spoke last about each person: what a digest calls a change.

use std::collections::BTreeMap;

use contracts::{Audience, Class, Recorded};
use projections::{Poison, Rows, document::View};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Its name.
pub const NAME: &str = "followed_cases";

/// The read model.
#[derive(Debug)]
pub struct FollowedCases;

/// A case, as far as digests tell that it changed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Followed {
    /// Position of the last fact each post stated; under the nil id, that of systems.
    last_by: BTreeMap<Uuid, i64>,
}

impl Followed {
    /// Whether others than that post said something after that position.
    pub fn changed(&self, post: Uuid, position: i64) -> bool {
        self.last_by.iter().any(|(by, last)| *by != post && *last > position)
    }
}

/// Whether the circle can read something new in it: notes are their author’s.
fn is_news(fact: &Recorded) -> bool {
    let note = fact.kind.fields.iter().any(|field| Class::from_code(field.class) == Some(Class::Note));
    fact.kind.audience != Audience::Internal && !note
}

impl View for FollowedCases {
    type Body = Followed;

    const NAME: &'static str = NAME;
    const VERSION: u32 = 4;
    const ROWS: Rows = Rows::Hidden;

    fn key(fact: &Recorded) -> Option<Uuid> {
        fact.case_id
    }

    fn fold(case: &mut Followed, fact: &Recorded) -> Result<(), Poison> {
        if is_news(fact) {
            let by = fact.metadata()?.actor.post_id.parse().unwrap_or_default();
            case.last_by.insert(by, fact.position);
        }
        Ok(())
    }
}
