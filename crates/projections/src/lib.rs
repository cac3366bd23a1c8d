//! Read models, folded from the journal and always as it says.
//!
//! A [`Projection`] is a name, a version, its tables, and one function per fact. A [`Runner`] keeps
//! those of a process up to date; what it promises, each with its test in `tests/`:
//!
//! - every fact is applied once, whatever dies: the tables and the checkpoint move in one transaction,
//!   by compare-and-set, so that a second runner is fenced rather than trusted; facts that concern a model in
//!   nothing cost it no transaction, and its checkpoint follows 250 ms later at most;
//! - the facts of one key are applied in order; one that cannot be is set aside ([`parked`]) with the
//!   later facts of its key behind it, and the other keys go on;
//! - [`rebuild()`] makes a new generation beside the one that serves and puts it in its place in one
//!   transaction: readers, at Postgres' default isolation, never see a half-built model, nor an older
//!   state than before;
//! - every generation is made with the wall of its tables ([`Table`]): Postgres shows a reader the rows of the
//!   people they are around, and none when nobody said who reads;
//! - whoever has just written waits for their own fact ([`Positions::wait`]).
//!
//! ```text
//! projections::migrate(&mut client).await?;
//! let projection = projections::erased(LiveStatus);
//! projections::install(&pool, &*projection).await?;
//! let positions = Positions::new(pool.clone());
//! let wake = { let positions = positions.clone(); move |name, position| positions.set(name, position) };
//! Runner::new(pool, journal.clone(), JournalSource::new(journal), vec![projection], metrics, wake).run(cancel).await;
//! ```

mod apply;
pub mod document;
mod error;
mod follower;
mod gauges;
mod generation;
mod pages;
pub mod parked;
mod positions;
mod projection;
mod rebuild;
mod runner;
mod source;
mod status;
mod tail;
mod transaction;
mod wall;
mod withdrawn;
mod write;

pub use apply::{AnyProjection, Group, Outcome, Stop};
pub use error::ProjectionError;
pub use generation::{Installed, install, migrate};
pub use positions::{Positions, TooLate};
pub use projection::{Poison, Projection, erased};
pub use rebuild::{Progress, Rebuilt, rebuild};
pub use runner::{BATCH, Runner};
pub use source::{JournalSource, Source, SourceError};
pub use status::{ProjectionStatus, status};
pub use transaction::{Parameter, Transaction};
pub use wall::{EMPLOYED, MACHINERY, Rows, Table, admit};
pub use withdrawn::remove_others;
