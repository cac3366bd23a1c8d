//! Measures, each beside a physical limit measured in the same run.
//!
//! Absolute figures belong to a machine and to a moment; what travels is the ratio to what the same
//! machine could do at best in the same minute. So every workload is measured between two measures
//! of its limit, and its ratio is to their mean: a slow drift of the machine cancels out.
//!
//! - [`append()`] writes facts, alone and through a whole command, beside one-row INSERTs;
//! - [`seal()`] writes facts whose words are sealed, beside the same without any;
//! - [`load()`] reads and folds aggregates of fifty facts;
//! - [`read_all()`] reads the journal from end to end, beside one streamed query;
//! - [`live_reader()`] reads beside writers and counts what it missed: never anything.
//!
//! The caller gives the URL of a database that holds nothing else, on a server with nothing else to do.

mod aggregate;
mod append;
mod error;
mod limit;
mod live;
mod load;
mod quiet;
mod read_all;
mod report;
mod seal;
mod setup;
mod timing;

pub use append::{AppendOptions, append};
pub use error::Error;
pub use live::{Live, live_reader};
pub use load::load;
pub use read_all::read_all;
pub use report::{Row, table};
pub use seal::seal;
