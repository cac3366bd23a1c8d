//! The command `jalon`: all services, their upkeep, and the demonstration.

use std::process::ExitCode;

use clap::Parser as _;

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
mod readings;
mod replay;
mod retention;
mod rights;
mod runtime;
mod serve;
mod services;
mod status;
mod token;
mod watched;

/// What a command of `jalon` ends with: a French sentence for whoever typed it.
type Outcome = Result<ExitCode, Box<dyn std::error::Error + Send + Sync>>;

#[tokio::main]
async fn main() -> ExitCode {
    match cli::run(cli::Jalon::parse()).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("jalon : {error}");
            ExitCode::FAILURE
        }
    }
}
