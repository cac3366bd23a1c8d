//! Messages over real SMTP, facts in a real Postgres, time moved by hand.

#[path = "mail/api.rs"]
mod api;
#[path = "mail/clocks.rs"]
mod clocks;
#[path = "mail/digests.rs"]
mod digests;
#[path = "mail/notices.rs"]
mod notices;
#[path = "mail/postbox.rs"]
mod postbox;
#[path = "mail/recipients.rs"]
mod recipients;
#[path = "mail/requests.rs"]
mod requests;
#[path = "mail/world.rs"]
mod world;
