//! Where identities were recorded last: what is read, in order, to keep the digests.

use std::sync::Arc;

use contracts::Recorded;
use projections::{
    AnyProjection, Poison, Rows,
    document::{View, view},
};
use uuid::Uuid;

/// The read model.
pub(super) const NAME: &str = "identities";

struct Identities;

/// The read model of where identities are.
pub fn identities() -> Arc<dyn AnyProjection> {
    view::<Identities>()
}

impl View for Identities {
    type Body = ();

    const NAME: &'static str = NAME;
    const VERSION: u32 = 1;
    const ROWS: Rows = Rows::Hidden;
    const INDEXES: &'static [&'static str] = &["(position)"];

    fn key(fact: &Recorded) -> Option<Uuid> {
        matches!(fact.kind.name, "IdentityRecorded" | "IdentityCorrected").then_some(fact.stream_id)
    }

    fn fold((): &mut (), _: &Recorded) -> Result<(), Poison> {
        Ok(())
    }
}
