//! `suspensions`: whose access is suspended, as facts say it. Shown to nobody: what the guard goes by.

use contracts::{Recorded, buffa::Enumeration as _, events};
use jiff::Timestamp;
use projections::{Poison, Rows, document::View};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The read model.
#[derive(Debug)]
pub struct Suspensions;

/// The last suspension of a reader.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Suspension {
    /// Its id.
    pub id: Option<Uuid>,
    /// Since when.
    pub at: Option<Timestamp>,
    /// Why, by its code.
    pub reason: String,
    /// Whether it lasts.
    pub lasts: bool,
}

impl View for Suspensions {
    type Body = Suspension;

    const NAME: &'static str = "suspensions";
    const VERSION: u32 = 1;
    const ROWS: Rows = Rows::Hidden;

    fn key(fact: &Recorded) -> Option<Uuid> {
        matches!(fact.kind.name, "AccessSuspended" | "AccessRestored").then_some(fact.stream_id)
    }

    fn fold(one: &mut Suspension, fact: &Recorded) -> Result<(), Poison> {
        match fact.trace::<events::Access>()? {
            events::Access::AccessSuspended(suspended) => {
                let reason = suspended.reason.as_known().unwrap_or_default();
                *one = Suspension {
                    id: suspended.suspension_id.parse().ok(),
                    at: suspended.suspended_at.parse().ok(),
                    reason: reason.proto_name().to_owned(),
                    lasts: true,
                };
            }
            events::Access::AccessRestored(_) => one.lasts = false,
            events::Access::AccessRecorded(_) => {}
        }
        Ok(())
    }
}
