//! The command `jalon`: all services, their upkeep, and the demonstration.

use std::process::ExitCode;

// Before all others: what they print, they print by it.
#[macro_use]
mod out;

mod bench;
mod cli;
mod demo;
mod forget;
mod import;
mod inbound;
mod invite;
mod keep;
mod key;
mod migrate;
mod pooler;
mod readings;
mod replay;
mod retention;
mod rights;
mod runtime;
mod said;
mod serve;
mod services;
mod status;
mod token;
mod watched;

/// What went wrong, on its way to whoever typed the command: [`said`] puts it in French.
type Error = Box<dyn std::error::Error + Send + Sync>;

/// What a command of `jalon` ends with.
type Outcome = Result<ExitCode, Error>;

#[tokio::main]
async fn main() -> ExitCode {
    let command = async {
        match cli::parse() {
            Ok(typed) => cli::run(typed).await,
            Err(code) => Ok(code),
        }
    };
    out::ended(command).await
}
