//! The promises of the journal, on a real Postgres.

#![expect(clippy::unwrap_used, reason = "in a test, what goes wrong is shown by failing")]

mod commands;
mod order;
mod support;
mod versions;
