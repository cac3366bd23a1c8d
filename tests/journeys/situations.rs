//! The ten situations that a shared memory must hold, each told on the real stack and named after itself; and what
//! waits too long.

#[path = "situations/counting.rs"]
mod counting;
#[path = "situations/paths.rs"]
mod paths;
#[path = "situations/people.rs"]
mod people;
#[path = "situations/sharing.rs"]
mod sharing;
#[path = "situations/time.rs"]
mod time;
#[path = "situations/tools.rs"]
mod tools;
#[path = "situations/waiting.rs"]
mod waiting;
