//! One process per unit: the same program, told which unit it is, and started again when it dies.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use service::Config;
use tokio::{
    process::{Child, Command},
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;

use super::Error;
use crate::{rights, services};

/// How long after a death a unit is started again.
const AGAIN: Duration = Duration::from_millis(200);
/// How long a unit has to end what it is doing.
const GRACE: Duration = Duration::from_secs(15);

/// The processes.
#[derive(Debug)]
pub struct Children {
    units: Vec<(&'static str, SocketAddr, JoinHandle<()>)>,
    cancel: CancellationToken,
}

/// How to start one unit. Its process id is written beside its log, each time it starts.
#[derive(Clone, Debug)]
struct Unit {
    name: &'static str,
    program: PathBuf,
    config: Config,
    dir: PathBuf,
}

impl Children {
    /// Starts one a unit, each on a port of its own, its logs in `dir`.
    ///
    /// # Errors
    /// When one cannot be started.
    pub fn start(config: &Config, dir: &Path) -> Result<Self, Error> {
        let (program, cancel) = (std::env::current_exe()?, CancellationToken::new());
        let mut units = Vec::new();
        for name in services::names() {
            let address = SocketAddr::from(([127, 0, 0, 1], local_servers::free_port()?));
            // Each as the role of its unit, which may do what concerns it and no more.
            let database_url = rights::url(&config.database_url, name);
            // Each is watched over at an address of its own, written beside its log.
            let metrics = SocketAddr::from(([127, 0, 0, 1], local_servers::free_port()?));
            std::fs::write(dir.join(format!("{name}.metrics")), metrics.to_string())?;
            let config = Config { listen: address, database_url, metrics: Some(metrics), ..config.clone() };
            let unit = Unit { name, program: program.clone(), config, dir: dir.to_owned() };
            let first = unit.spawn()?;
            units.push((name, address, tokio::spawn(keep(unit, first, cancel.clone()))));
        }
        Ok(Self { units, cancel })
    }

    /// Where each unit answers.
    pub fn addresses(&self) -> Vec<(&'static str, SocketAddr)> {
        self.units.iter().map(|(unit, address, _)| (*unit, *address)).collect()
    }

    /// Asks each to stop, and waits.
    pub async fn stop(self) {
        self.cancel.cancel();
        for (_, _, kept) in self.units {
            let _ = kept.await;
        }
    }
}

impl Unit {
    fn spawn(&self) -> Result<Child, Error> {
        let log = self.dir.join(format!("{}.log", self.name));
        let log = std::fs::OpenOptions::new().create(true).append(true).open(log)?;
        let child = Command::new(&self.program)
            .args(["serve", self.name, "--until-input-closes"])
            .envs(self.config.environment())
            // Held open by this process alone: however it dies, its units end with it.
            .stdin(std::process::Stdio::piped())
            .stdout(log.try_clone()?)
            .stderr(log)
            .kill_on_drop(true)
            .spawn()?;
        std::fs::write(
            self.dir.join(format!("{}.pid", self.name)),
            child.id().unwrap_or_default().to_string(),
        )?;
        Ok(child)
    }
}

/// Keeps a unit alive until cancelled.
async fn keep(unit: Unit, mut child: Child, cancel: CancellationToken) {
    loop {
        // Waiting closes the input a child still has, and it ends with its input.
        let _input = child.stdin.take();
        let ended = cancel.run_until_cancelled(child.wait()).await;
        if ended.is_none() {
            if let Some(pid) = child.id() {
                let _ = Command::new("kill").arg(pid.to_string()).status().await;
            }
            let _ = tokio::time::timeout(GRACE, child.wait()).await;
            return;
        }
        tracing::warn!(unit = unit.name, "a unit died; it is started again");
        tokio::time::sleep(AGAIN).await;
        match unit.spawn() {
            Ok(again) => child = again,
            Err(error) => tracing::error!(unit = unit.name, error = %error, "a unit cannot be started"),
        }
    }
}
