//! The read models. They hold traces only: whatever is personal is opened from the journal, by its
//! position, when someone who may see it asks.
//!
//! To show something new of a case: a line in the fold of `live_status`, in the crate `situation`. The timeline and
//! the directory take new kinds of facts as they come; what members do together is in [`together`].

pub mod copies;
pub mod directory;
pub mod emergencies;
pub mod milestones;
pub mod timeline;
pub mod together;

use std::sync::Arc;

use contracts::{Facts, Recorded};
use projections::{AnyProjection, Poison, document::view, erased};
use situation::{array, is_shown};
pub use situation::{live_status, received, status};

/// Those a board and a case are read from.
pub const NAMES: &[&str] = &[live_status::NAME, timeline::NAME, directory::NAME];

/// All of them.
pub fn all() -> Vec<Arc<dyn AnyProjection>> {
    vec![
        erased(live_status::LiveStatus),
        erased(timeline::Timeline),
        erased(directory::Directory),
        erased(milestones::Milestones),
        erased(together::Together),
        received::model(),
        view::<emergencies::Emergencies>(),
        view::<copies::Copies>(),
    ]
}

/// The fact, when it is one of that aggregate.
fn as_fact<E: Facts>(fact: &Recorded) -> Result<E, Poison> {
    Ok(fact.trace()?)
}
