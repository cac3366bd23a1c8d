//! Notifications received by the real route, over a private Postgres: who they are attached to, what is
//! kept aside, what is answered.

#[path = "reception/aside.rs"]
mod aside;
#[path = "reception/doors.rs"]
mod doors;
#[path = "reception/ended.rs"]
mod ended;
#[path = "reception/hidden.rs"]
mod hidden;
#[path = "reception/recognised.rs"]
mod recognised;
#[path = "inbound/tool.rs"]
#[expect(dead_code, reason = "shared with the tests without a server")]
mod tool;
#[path = "reception/twice.rs"]
mod twice;
#[path = "reception/world.rs"]
mod world;
