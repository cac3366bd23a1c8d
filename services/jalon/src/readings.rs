//! `jalon audit`, `jalon honey`: what was read, and by whom it should not have been.

use std::process::ExitCode;

use audit::{chain, honey};
use service::Config;

use crate::{Outcome, runtime};

/// `jalon audit check`.
pub async fn check() -> Outcome {
    let runtime = runtime::build(Config::from_env()?)?;
    let report = chain::check(&runtime).await?;
    report.faults.iter().for_each(|fault| println!("{fault}"));
    println!(
        "{} lots vérifiés, {} lectures ; {} lots plus anciens que leur conservation ; {} lectures encore à clore : {}",
        report.batches,
        report.readings,
        report.gone,
        report.open,
        if report.faults.is_empty() { "rien ne manque." } else { "il y a des défauts." }
    );
    Ok(if report.faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// `jalon honey`.
pub async fn honey(show: bool) -> Outcome {
    let runtime = runtime::build(Config::from_env()?)?;
    let planted = honey::plant(&runtime).await?;
    let all = honey::all(&runtime).await?;
    println!("{} personnes inventées plantées, {} en tout.", planted.len(), all.len());
    for one in all.iter().filter(|_| show) {
        println!("{} dans la structure {}", one.case_id, one.structure_id);
    }
    Ok(ExitCode::SUCCESS)
}
