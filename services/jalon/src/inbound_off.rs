use crate::{Outcome, cli::InboundCommand};
pub async fn run(_: InboundCommand) -> Outcome { Err("".into()) }
