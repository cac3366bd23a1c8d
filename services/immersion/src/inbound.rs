//! What Immersion Facilitée tells of a convention, turned into facts.
//!
//! ```text
//! body ─▶ payload: its shape, read tolerantly ─▶ border: what must not be kept is dropped
//!      ─▶ attach: whose convention it is, or aside, sealed ─▶ facts: what it proves and is not known yet
//! ```
//!
//! That tool is the authority: no rule refuses what it says, a divergence is noted beside. Nothing here
//! ever writes a value of a body in a log, a problem or a report.

pub mod apply;
pub mod aside;
pub mod attach;
pub mod border;
pub mod facts;
pub mod http;
pub mod index;
pub mod key;
pub mod payload;
pub mod receive;
pub mod report;
pub mod snapshot;

use access::Actor;

pub use receive::{Mode, receive};
pub use report::Report;

/// The tool's name, in sources, notifications and routes.
pub const SYSTEM: &str = "immersion-facilitee";

/// In whose name its facts are stated.
pub const TOOL: Actor = Actor::system(SYSTEM);
