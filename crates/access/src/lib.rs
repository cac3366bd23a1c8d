//! Who is asking, and may they. Everything is denied unless a policy allows it; what a guard forbids, nothing
//! opens. The policies are Cedar, in `policies/`; [`Policies`] is the only door to them: [`Policies::decide`]
//! for what is done and read, [`Policies::classes`] for the classes of data that are opened.

mod actor;
mod case_view;
mod policies;
mod tokens;

pub use actor::Actor;
pub use case_view::{Agreement, Asking, CaseView};
pub use policies::{Allowed, BY_DEFAULT, Decision, Denied, Policies, PolicyError, UNCERTAIN};
pub use tokens::{AccessError, Tokens};
