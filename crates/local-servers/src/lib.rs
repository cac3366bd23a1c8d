//! A private Postgres and a private NATS on loopback, for the demo, the tests and the benches.
//!
//! Each server lives in a directory of its own, listens on a free port of 127.0.0.1 and belongs to
//! the process that started it: it ends when that process ends, and when even that failed (a `kill -9`
//! on a system without `setpriv`), the next start from the same directory ends exactly the process
//! that was left behind — never another one.
//!
//! ```text
//! let tools = Tools::find(root, &Overrides::from_environment())?;
//! let postgres = Postgres::start(&tools, &dir.join("postgres"), &PostgresOptions::default()).await?;
//! let nats = Nats::start(&tools, &dir.join("nats"), &NatsOptions::default()).await?;
//! ```

mod account;
mod error;
mod fleeting;
mod log;
mod mark;
mod nats;
mod port;
mod postgres;
mod process;
mod tools;

pub use error::Error;
pub use fleeting::Fleeting;
pub use nats::{Nats, NatsOptions};
pub use port::free_port;
pub use postgres::{Postgres, PostgresOptions};
pub use tools::{Overrides, Tools};
