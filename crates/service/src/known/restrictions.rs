//! What keeps the data of a person from being used (RGPD, articles 18 and 21): folded from the facts of a case, from
//! `trace` fields only.

use std::collections::BTreeMap;

use contracts::{
    EnumValue,
    case::v1::{ObjectionOutcome, RestrictionGround},
    events::Case,
};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use vocabulary::dates::parse;

/// The restrictions and the objections of a case, by id; those that are over too.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Restrictions(pub BTreeMap<Uuid, Restriction>);

/// A restriction, or an objection.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Restriction {
    /// Why, when the person did not object.
    pub ground: EnumValue<RestrictionGround>,
    /// Whether the person objected.
    pub objection: bool,
    /// First day.
    pub since: Option<Date>,
    /// What became of the objection, once it was answered.
    pub outcome: EnumValue<ObjectionOutcome>,
    /// Whether it was lifted, or the person took their objection back.
    pub lifted: bool,
}

impl Restriction {
    /// Whether the data are left alone because of it.
    pub fn holds(&self) -> bool {
        !self.lifted && self.outcome != ObjectionOutcome::NOT_UPHELD
    }

    /// Whether it is an objection that nobody answered yet.
    pub fn waits(&self) -> bool {
        let unanswered = self.outcome == ObjectionOutcome::OBJECTION_OUTCOME_UNSPECIFIED;
        self.objection && !self.lifted && unanswered
    }
}

impl Restrictions {
    /// The names of the facts that it is folded from.
    pub const KINDS: [&str; 4] =
        ["ProcessingRestricted", "RestrictionLifted", "ObjectionRaised", "ObjectionSettled"];

    /// Folds a fact of the case.
    pub fn apply(&mut self, event: &Case) {
        match event {
            Case::ProcessingRestricted(restricted) => {
                let one = Restriction {
                    ground: restricted.ground,
                    since: parse(&restricted.restricted_on),
                    ..Restriction::default()
                };
                self.0.extend(restricted.restriction_id.parse().map(|id: Uuid| (id, one)));
            }
            Case::ObjectionRaised(raised) => {
                let one = Restriction {
                    objection: true,
                    since: parse(&raised.raised_on),
                    ..Restriction::default()
                };
                self.0.extend(raised.objection_id.parse().map(|id: Uuid| (id, one)));
            }
            Case::ObjectionSettled(settled) => {
                if let Some(one) = self.known(&settled.objection_id) {
                    one.outcome = settled.outcome;
                }
            }
            Case::RestrictionLifted(lifted) => {
                if let Some(one) = self.known(&lifted.restriction_id) {
                    one.lifted = true;
                }
            }
            _ => {}
        }
    }

    fn known(&mut self, id: &str) -> Option<&mut Restriction> {
        id.parse().ok().and_then(|id: Uuid| self.0.get_mut(&id))
    }

    /// Whether the data are left alone.
    pub fn hold(&self) -> bool {
        self.0.values().any(Restriction::holds)
    }

    /// Those that hold, the oldest first.
    pub fn holding(&self) -> Vec<(Uuid, &Restriction)> {
        let mut holding: Vec<_> =
            self.0.iter().filter(|(_, one)| one.holds()).map(|(id, one)| (*id, one)).collect();
        holding.sort_by_key(|(_, one)| one.since);
        holding
    }

    /// Whether there never was any.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
