//! What Immersion Facilitée shows, and the facts that follow: without a server.

#[path = "inbound/border.rs"]
mod border;
#[path = "inbound/order.rs"]
mod order;
#[path = "inbound/statuses.rs"]
mod statuses;
#[path = "inbound/tool.rs"]
mod tool;
