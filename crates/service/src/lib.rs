//! What every service is made of: commands with their rule, the one path they take, the HTTP routes
//! and problems, the agenda of what is due. A service brings its domain; the rest is here, once.
//!
//! To add a command: a struct with its fields, `impl Command` with its rule right below, one line in
//! the service's `http.rs`.

pub mod agenda;
pub mod api;
pub mod command;
pub mod config;
pub mod due;
pub mod execute;
pub mod forgettings;
pub mod known;
pub mod listener;
pub mod offer;
pub mod problem;
pub mod query;
pub mod rates;
pub mod reader;
pub mod readership;
pub mod reading;
pub mod retention;
pub mod runtime;
pub mod search;
pub mod server;
pub mod words;

pub use api::Api;
pub use command::{Command, Context, Domain, Needs};
pub use config::Config;
pub use due::{Agenda, Due};
pub use execute::{Outcome, Request, Target, execute};
pub use forgettings::Forgettings;
pub use known::{
    CaseStanding, Known, OfCase, Organisation, OwnAccess, Restriction, Restrictions, class_of, employer,
    employs, hosts,
};
pub use offer::{Service, Store};
pub use problem::Problem;
pub use rates::Rates;
pub use reader::ReaderClient;
pub use reading::{OpenError, Reading};
pub use runtime::Runtime;
pub use words::Day;

/// Any fault of the service itself: its cause goes to the log, never to the caller.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;
