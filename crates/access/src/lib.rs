//! Who is asking, and may they. Everything is denied unless [`policy`] allows it; the decision is
//! taken in one place, [`decide`], which a policy engine will take over without a change elsewhere.

mod actor;
pub mod policy;
mod tokens;

pub use actor::Actor;
pub use policy::{CaseView, Decision, classes, decide};
pub use tokens::{AccessError, Tokens};
