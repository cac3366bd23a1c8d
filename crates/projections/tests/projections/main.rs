//! The promises of this crate, on a real Postgres.

#![expect(clippy::unwrap_used, reason = "in a test, what goes wrong is shown by failing")]

mod database;
mod exactly_once;
mod facts;
mod freshness;
mod installing;
mod parking;
mod rebuilding;
mod sharing;
mod story;
mod wall;
