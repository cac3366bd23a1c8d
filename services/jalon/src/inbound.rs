//! `jalon inbound`: what a partner's tool would have sent, from files.

use std::{process::ExitCode, sync::Arc};

use immersion::inbound::{Mode, receive};
use service::Config;

use crate::{Outcome, cli::InboundCommand, runtime};

/// Receives the files in their order; the first that cannot be read at all does not stop the others.
pub async fn run(command: InboundCommand) -> Outcome {
    let InboundCommand::ImmersionFacilitee { files, dry_run } = command;
    let runtime = Arc::new(runtime::build(Config::from_env()?)?);
    let mode = if dry_run { Mode::DryRun } else { Mode::Apply };
    let mut code = ExitCode::SUCCESS;
    for file in files {
        println!("{} :", file.display());
        let outcome = match std::fs::read(&file) {
            Ok(body) => receive(&runtime, &body, mode).await.map_err(|problem| problem.detail.into_owned()),
            Err(error) => Err(error.to_string()),
        };
        match outcome {
            Ok(report) => println!("{report}"),
            Err(why) => {
                println!("  refusé : {why}");
                code = ExitCode::FAILURE;
            }
        }
    }
    Ok(code)
}
