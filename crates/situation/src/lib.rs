//! Where people stand, for those services that must know it alike: the live status of each case, what an
//! organisation was sent, and what calls for someone today. Traces only: nothing here names anyone.
//!
//! The read models are kept by the service that registers them; whoever reads one does so by its name.

pub mod live_status;
pub mod prompts;
pub mod received;
pub mod rules;
pub mod status;

use contracts::{Audience, Recorded};
use uuid::Uuid;

/// Whether a fact is for people: what stays inside Jalon is no news of anyone.
pub fn is_shown(fact: &Recorded) -> bool {
    fact.kind.audience != Audience::Internal
}

/// An array of ids as Postgres writes it: an array of arrays of different lengths cannot be unnested.
pub fn array<'a>(ids: impl Iterator<Item = &'a Uuid>) -> String {
    let ids: Vec<String> = ids.map(Uuid::to_string).collect();
    format!("{{{}}}", ids.join(","))
}
