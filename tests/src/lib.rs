//! Tests across crates and services.
