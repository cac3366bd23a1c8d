//! For tests: scenarios of the domain without a server, and a whole stack with real servers.

pub mod api;
pub mod scenario;
pub mod stack;
