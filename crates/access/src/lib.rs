//! Who is asking, and may they. Everything is denied unless a policy allows it; what a guard forbids, nothing
//! opens. The policies are Cedar, in `policies/`; [`Policies`] is the only door to them: [`Policies::decide`]
//! for what is done and read, [`Policies::classes`] for the classes of data that are opened.

mod actor;
mod case_view;
mod policies;
pub mod quotas;
pub mod readings;
mod tokens;

pub use actor::{Actor, OwnCase, PERSON};
pub use case_view::{Agreement, Asking, CaseView, Period};
pub use policies::{Allowed, BY_DEFAULT, Decision, Denied, Policies, PolicyError, Statement, UNCERTAIN};
pub use tokens::{
    AccessError, Choice, Entry, FRESH, Given, Grant, Handed, Holder, IDLE, OVERLAP, OwnUse, SESSION, STAY,
    Secret, Session, Tokens, UNUSED, WRONG_CODES,
};
