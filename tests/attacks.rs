//! Who is not entitled gets nothing, whatever they try; what is malformed is refused in French; no text that is
//! written becomes a program for who reads it; none of it is found in a log, and no name in an address.

#[path = "attacks/addresses.rs"]
mod addresses;
#[path = "attacks/bodies.rs"]
mod bodies;
#[path = "attacks/circle.rs"]
mod circle;
#[path = "attacks/doors.rs"]
mod doors;
#[path = "attacks/entitled.rs"]
mod entitled;
#[path = "attacks/ground.rs"]
mod ground;
#[path = "attacks/guards.rs"]
mod guards;
#[path = "attacks/hidden.rs"]
mod hidden;
#[path = "attacks/html.rs"]
mod html;
#[path = "attacks/limited.rs"]
mod limited;
#[path = "attacks/roles.rs"]
mod roles;
#[path = "attacks/routes.rs"]
mod routes;
#[path = "attacks/sample.rs"]
mod sample;
#[path = "attacks/table.rs"]
mod table;
#[path = "attacks/takeover.rs"]
mod takeover;
#[path = "attacks/texts.rs"]
mod texts;
#[path = "attacks/wall.rs"]
mod wall;
#[path = "attacks/words.rs"]
mod words;
#[path = "attacks/work.rs"]
mod work;
