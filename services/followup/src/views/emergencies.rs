//! `emergencies`: the accesses opened in an emergency, case by case, and what was found of each. Traces only, and shown
//! to nobody as they are: administrators see counts, without a person.

use std::collections::BTreeMap;

use contracts::{
    EnumValue, Recorded,
    case::v1::{EmergencyFinding, EmergencyReason},
    events,
};
use jiff::Timestamp;
use projections::{Poison, Rows, document::View};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::as_fact;

/// Its name.
pub const NAME: &str = "emergencies";

/// The read model.
#[derive(Debug)]
pub struct Emergencies;

/// Those of a case, by their ids.
pub type Opened = BTreeMap<Uuid, Emergency>;

/// An access opened in an emergency.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Emergency {
    /// The post that opened it.
    pub post_id: Option<Uuid>,
    /// Its organisation.
    pub organisation_id: Option<Uuid>,
    /// When.
    pub opened_at: Option<Timestamp>,
    /// What pressed.
    pub reason: EnumValue<EmergencyReason>,
    /// What a colleague found; unspecified as long as nobody looked back on it.
    pub finding: EnumValue<EmergencyFinding>,
}

impl Emergency {
    /// Whether somebody looked back on it.
    pub fn is_reviewed(&self) -> bool {
        self.finding != EmergencyFinding::EMERGENCY_FINDING_UNSPECIFIED
    }
}

impl View for Emergencies {
    type Body = Opened;

    const NAME: &'static str = NAME;
    const VERSION: u32 = 1;
    const ROWS: Rows = Rows::Hidden;

    fn key(fact: &Recorded) -> Option<Uuid> {
        matches!(fact.kind.name, "EmergencyAccessOpened" | "EmergencyAccessReviewed")
            .then_some(fact.stream_id)
    }

    fn fold(opened: &mut Opened, fact: &Recorded) -> Result<(), Poison> {
        match as_fact(fact)? {
            events::Case::EmergencyAccessOpened(one) => {
                let emergency = Emergency {
                    post_id: one.post_id.parse().ok(),
                    organisation_id: one.organisation_id.parse().ok(),
                    opened_at: one.opened_at.parse().ok(),
                    reason: one.reason_code,
                    ..Emergency::default()
                };
                opened.extend(one.access_id.parse().map(|id| (id, emergency)));
            }
            events::Case::EmergencyAccessReviewed(one) => {
                if let Some(known) = one.access_id.parse().ok().and_then(|id: Uuid| opened.get_mut(&id)) {
                    known.finding = one.finding;
                }
            }
            _ => {}
        }
        Ok(())
    }
}
