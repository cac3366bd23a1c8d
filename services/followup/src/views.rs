//! The read models. They hold traces only: whatever is personal is opened from the journal, by its
//! position, when someone who may see it asks.
//!
//! To show something new of a case: a line in [`live_status`]'s fold. The timeline and the directory
//! take new kinds of facts as they come; what members do together is in [`together`].

pub mod directory;
pub mod live_status;
pub mod milestones;
pub mod status;
pub mod timeline;
pub mod together;

use std::sync::Arc;

use contracts::{Audience, Facts, Recorded};
use projections::{AnyProjection, Poison, erased};
use uuid::Uuid;

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
    ]
}

/// Whether a fact is for people: what stays inside Jalon is no news of anyone.
fn is_shown(fact: &Recorded) -> bool {
    fact.kind.audience != Audience::Internal
}

/// The fact, when it is one of that aggregate.
fn as_fact<E: Facts>(fact: &Recorded) -> Result<E, Poison> {
    Ok(fact.trace()?)
}

/// An array of ids as Postgres writes it: an array of arrays of different lengths cannot be unnested.
fn array<'a>(ids: impl Iterator<Item = &'a Uuid>) -> String {
    let ids: Vec<String> = ids.map(Uuid::to_string).collect();
    format!("{{{}}}", ids.join(","))
}
