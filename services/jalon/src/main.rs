//! The command `jalon`.
fn main() {}
