//! Journeys across services, on the real stack.

#[path = "journeys/backbone.rs"]
mod backbone;
#[path = "journeys/both_ways.rs"]
mod both_ways;
#[path = "journeys/forgetting.rs"]
mod forgetting;
#[path = "journeys/immersion_facilitee.rs"]
mod immersion_facilitee;
#[path = "journeys/keys.rs"]
mod keys;
#[path = "journeys/one_trace.rs"]
mod one_trace;
#[path = "journeys/reactions.rs"]
mod reactions;
#[path = "journeys/recipients.rs"]
mod recipients;
#[path = "journeys/replay.rs"]
mod replay;
#[path = "journeys/situations.rs"]
mod situations;
#[path = "journeys/whole_world.rs"]
mod whole_world;
