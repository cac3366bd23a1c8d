//! `jalon import`: offers and the directory, from files.

use std::{process::ExitCode, sync::Arc};

use platform::import::{Mode, data_inclusion, offers};
use service::Config;

use crate::{Outcome, cli::ImportCommand, runtime};

/// Imports, and tells what was done; a record that was refused makes the command fail, once the others are in.
pub async fn run(command: ImportCommand) -> Outcome {
    let runtime = Arc::new(runtime::build(Config::from_env()?)?);
    let mode = |dry_run| if dry_run { Mode::DryRun } else { Mode::Apply };
    let report = match command {
        ImportCommand::DataInclusion { files, dry_run, complete, force } => {
            let options = data_inclusion::Options { mode: mode(dry_run), complete, force };
            data_inclusion::import(&runtime, &files, options).await?
        }
        ImportCommand::Offers { file, platform, dry_run } => {
            let bytes = std::fs::read(&file)
                .map_err(|error| format!("{} : {}", file.display(), crate::said::io(&error)))?;
            offers::import(&runtime, &bytes, platform, mode(dry_run)).await?
        }
    };
    print!("{report}");
    Ok(if report.rejected.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
