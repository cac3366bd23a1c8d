//! Words and pure rules that every part of Jalon shares: dates as the law counts them, the clock
//! and the ids that are passed in, and how a rule refuses or warns. No input or output here.

pub mod clock;
pub mod codes;
pub mod dates;
pub mod ids;
pub mod names;
pub mod rule;
pub mod texts;

pub use clock::{Clock, SystemClock};
pub use ids::{Ids, SystemIds};
pub use rule::{Former, Refusal, Rule, Strictness, Warning};
