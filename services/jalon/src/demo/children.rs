//! One process per unit: the same program, told which unit it is, and started again when it dies.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use service::Config;
use tokio::{
    process::{Child, Command},
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;

use super::Error;
use crate::rights;

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

/// How to start one unit. Where there is a folder, its log is there, and beside it its process id, each time it starts.
#[derive(Clone, Debug)]
struct Unit {
    name: &'static str,
    program: PathBuf,
    config: Config,
    dir: Option<PathBuf>,
}

impl Children {
    /// Starts one a unit, each on a port of its own, its logs in `dir`, or where those of this process go.
    ///
    /// # Errors
    /// When one cannot be started.
    pub fn start(config: &Config, names: &[&'static str], dir: Option<&Path>) -> Result<Self, Error> {
        let (program, cancel) = (std::env::current_exe()?, CancellationToken::new());
        let mut units = Vec::new();
        for name in names.iter().copied() {
            let address = SocketAddr::from(([127, 0, 0, 1], local_servers::free_port()?));
            // Each is watched over at an address of its own, written beside its log.
            let metrics = SocketAddr::from(([127, 0, 0, 1], local_servers::free_port()?));
            if let Some(dir) = dir {
                std::fs::write(dir.join(format!("{name}.metrics")), metrics.to_string())?;
            }
            // Each as the roles of its unit, which may do what concerns it and no more.
            let config = Config { listen: address, metrics: Some(metrics), ..rights::serving(config, name) };
            let unit = Unit { name, program: program.clone(), config, dir: dir.map(Path::to_owned) };
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
        let mut command = Command::new(&self.program);
        command
            .args(["serve", self.name, "--until-input-closes"])
            .envs(self.config.environment())
            // Each has a name of its own in traces.
            .env_remove("OTEL_SERVICE_NAME")
            // Held open by this process alone: however it dies, its units end with it.
            .stdin(Stdio::piped())
            .kill_on_drop(true);
        let Some(dir) = &self.dir else { return Ok(command.spawn()?) };
        let log = dir.join(format!("{}.log", self.name));
        let log = std::fs::OpenOptions::new().create(true).append(true).open(log)?;
        let child = command.stdout(log.try_clone()?).stderr(log).spawn()?;
        std::fs::write(dir.join(format!("{}.pid", self.name)), child.id().unwrap_or_default().to_string())?;
        Ok(child)
    }
}

/// Keeps a unit alive until cancelled.
async fn keep(unit: Unit, mut child: Child, cancel: CancellationToken) {
    loop {
        // Waiting closes the input a child still has, and it ends with its input.
        let input = child.stdin.take();
        let ended = cancel.run_until_cancelled(child.wait()).await;
        if ended.is_none() {
            drop(input);
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
