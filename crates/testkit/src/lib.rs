//! For tests: scenarios of the domain without a server, one service on a Postgres, and a whole stack with real
//! servers.

pub mod api;
mod folder;
pub mod ground;
pub mod scenario;
pub mod stack;

pub use access::Secret;
