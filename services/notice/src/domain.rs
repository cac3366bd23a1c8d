//! The mailbox of a post: its facts, its state, its commands.

pub mod aggregate;
pub mod commands;

pub use contracts::{events::Mailbox as Event, notice::v1::*};
use uuid::Uuid;
use vocabulary::ids::derived;

/// The mailbox of that post.
pub fn mailbox_of(post_id: Uuid) -> Uuid {
    derived(&[b"mailbox", post_id.as_bytes()])
}

/// The notice of that fact to that post.
pub fn notice_of(post_id: Uuid, cause_id: Uuid) -> Uuid {
    derived(&[b"notice", post_id.as_bytes(), cause_id.as_bytes()])
}
