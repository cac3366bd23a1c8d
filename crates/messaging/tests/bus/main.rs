//! The bus beside real servers, private to each test.

mod connection;
mod crash;
mod reader;
mod relay;
mod republish;
mod support;
mod trace;
mod wakes;
