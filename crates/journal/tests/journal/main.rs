//! The promises of the journal, on a real Postgres.

#![expect(clippy::unwrap_used, reason = "in a test, what goes wrong is shown by failing")]

mod append_only;
mod batches;
mod check;
mod commands;
mod conformance;
mod crash;
mod malformed;
mod model;
mod order;
mod partitions;
mod proxy;
mod reads;
mod sealed;
mod support;
mod unmoved;
mod versions;
