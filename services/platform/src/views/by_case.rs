//! `platform_by_case`: what a case has with platforms, for the rules and for the matching: where in the
//! journal its wishes are, never what they say.

use contracts::{Recorded, events};
use projections::{Poison, Rows, document::View};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::past::{PLATFORM_BY_CASE, Past};

/// The read model.
#[derive(Debug)]
pub struct ByCase;

/// A case.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct CaseBody {
    /// What it already has with a platform.
    #[serde(flatten)]
    pub past: Past,
    /// Its wishes, oldest first; those that were set aside are gone.
    pub wishes: Vec<WishAt>,
    /// Whether it is open.
    pub open: bool,
}

/// Where a wish is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct WishAt {
    /// The wish.
    pub id: Uuid,
    /// Position of the fact that last says it.
    pub position: i64,
    /// Whether the person does not wish to work for now.
    pub not_for_now: bool,
}

impl CaseBody {
    fn wish(&mut self, id: Uuid, position: i64, not_for_now: bool) {
        self.wishes.retain(|wish| wish.id != id);
        self.wishes.push(WishAt { id, position, not_for_now });
    }

    /// Whether the person's last word is that they do not wish to work for now.
    pub fn is_quiet(&self) -> bool {
        self.wishes.last().is_some_and(|wish| wish.not_for_now)
    }
}

impl View for ByCase {
    type Body = CaseBody;

    const NAME: &'static str = PLATFORM_BY_CASE;
    const VERSION: u32 = 2;
    const ROWS: Rows = Rows::OfCase("key");

    fn key(fact: &Recorded) -> Option<Uuid> {
        matches!(fact.kind.aggregate().name, "case" | "wish" | "match" | "attendance")
            .then_some(fact.case_id)
            .flatten()
    }

    fn fold(body: &mut CaseBody, fact: &Recorded) -> Result<(), Poison> {
        match fact.kind.aggregate().name {
            "match" => body.past.apply(fact.stream_id, fact.trace()?),
            "attendance" => {
                let events::Attendance::GatheringAttended(attended) = fact.trace()?;
                body.past.gatherings.extend(attended.gathering_id.parse::<Uuid>());
            }
            "wish" => match fact.trace()? {
                events::Wish::WishExpressed(wish) => {
                    body.wish(fact.stream_id, fact.position, wish.not_for_now);
                }
                events::Wish::WishRevised(wish) => {
                    body.wish(fact.stream_id, fact.position, wish.not_for_now);
                }
                events::Wish::WishSetAside(_) => body.wishes.retain(|wish| wish.id != fact.stream_id),
            },
            _ => match fact.trace()? {
                events::Case::CaseOpened(_) | events::Case::CaseReopened(_) => body.open = true,
                events::Case::CaseClosed(_) => body.open = false,
                _ => {}
            },
        }
        Ok(())
    }
}
