//! The PASS IAE: the two years of the insertion par l'activité économique, whichever employer they are
//! spent with. Jalon does not deliver it: it keeps what Les emplois and the person say of it.

pub mod aggregate;
pub mod commands;
pub mod others;

pub use contracts::events::Pass as Event;
