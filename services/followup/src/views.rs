//! The read models. They hold traces only: whatever is personal is opened from the journal, by its
//! position, when someone who may see it asks.
//!
//! To show something new of a case: a line in [`live_status`]'s fold. The timeline and the directory
//! take new kinds of facts as they come.

pub mod directory;
pub mod live_status;
pub mod status;
pub mod timeline;

use std::sync::Arc;

use contracts::{Audience, Recorded};
use projections::{AnyProjection, erased};

/// Their names.
pub const NAMES: &[&str] = &[live_status::NAME, timeline::NAME, directory::NAME];

/// All of them.
pub fn all() -> Vec<Arc<dyn AnyProjection>> {
    vec![erased(live_status::LiveStatus), erased(timeline::Timeline), erased(directory::Directory)]
}

/// Whether a fact is for people: what stays inside Jalon is no news of anyone.
fn is_shown(fact: &Recorded) -> bool {
    fact.kind.audience != Audience::Internal
}
