//! What the mailer and the readers of notices look at. No name, no address.

pub mod followed;
pub mod mailboxes;
