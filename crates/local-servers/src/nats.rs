//! A private NATS.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};

use crate::account::make_directory;
use crate::process::{GLANCE, Place, Process, server_command};
use crate::{Error, Tools, free_port};

/// How long NATS may take to be ready; it reads its streams again first.
const READY_WITHIN: Duration = Duration::from_secs(60);

/// How long its port may stay taken by something else.
const FREED_WITHIN: Duration = Duration::from_secs(30);

/// How a private NATS is set up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NatsOptions {
    /// Syncs every message to the disk before it is acknowledged.
    pub sync_always: bool,
}

impl Default for NatsOptions {
    fn default() -> NatsOptions {
        NatsOptions { sync_always: true }
    }
}

/// A running private NATS with JetStream; told to stop when dropped.
#[derive(Debug)]
pub struct Nats {
    tools: Tools,
    options: NatsOptions,
    place: Place,
    port: u16,
    process: Process,
}

/// Why a server that was just launched is not ready.
enum Unready {
    /// Another program took the port meanwhile.
    PortTaken,
    /// No use trying again.
    Failed(Error),
}

impl Nats {
    /// Starts NATS on a free port of 127.0.0.1, in a directory that is its own; what its streams held
    /// there is found again. Returns once it accepts connections.
    ///
    /// # Errors
    /// When the directory cannot be used or NATS does not start.
    pub async fn start(tools: &Tools, dir: &Path, options: &NatsOptions) -> Result<Nats, Error> {
        let dir = std::path::absolute(dir).map_err(Error::io("trouver", dir))?;
        make_directory(&dir).map_err(Error::io("créer", &dir))?;
        let place = Place { name: "NATS", stem: "nats", dir, account: None };
        place.end_previous().await?;
        let (port, process) = run(tools, options, &place, None).await?;
        tracing::debug!(port, pid = process.pid, dir = %place.dir.display(), "NATS is ready");
        Ok(Nats { tools: tools.clone(), options: options.clone(), place, port, process })
    }

    /// Its URL.
    #[must_use]
    pub fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// The port it listens on; the same after a [`restart`](Nats::restart).
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.process.pid
    }

    /// Where it writes its log.
    #[must_use]
    pub fn log(&self) -> PathBuf {
        self.place.log()
    }

    /// Stops it in good order and waits until it has ended.
    ///
    /// # Errors
    /// When it does not end.
    pub async fn stop(mut self) -> Result<(), Error> {
        self.process.stop().await
    }

    /// Kills it as a crash would (SIGKILL) and waits until it is gone.
    ///
    /// # Errors
    /// When it does not end.
    pub async fn kill(&mut self) -> Result<(), Error> {
        self.process.kill().await
    }

    /// Starts it again on the same port and the same streams, after a [`kill`](Nats::kill) or whatever
    /// ended it; if it still runs, it is killed first.
    ///
    /// # Errors
    /// When it does not start again.
    pub async fn restart(&mut self) -> Result<(), Error> {
        self.process.kill().await?;
        (_, self.process) = run(&self.tools, &self.options, &self.place, Some(self.port)).await?;
        Ok(())
    }

    /// Kills it, deletes everything its streams held, and starts it again on the same port.
    ///
    /// # Errors
    /// When its files cannot be deleted or it does not start again.
    pub async fn wipe_and_restart(&mut self) -> Result<(), Error> {
        self.process.kill().await?;
        let store = store(&self.place);
        if store.exists() {
            fs::remove_dir_all(&store).map_err(Error::io("supprimer", &store))?;
        }
        self.restart().await
    }
}

fn store(place: &Place) -> PathBuf {
    place.dir.join("store")
}

/// Launches the server, on the given port or on a free one, until it is ready.
async fn run(
    tools: &Tools,
    options: &NatsOptions,
    place: &Place,
    fixed: Option<u16>,
) -> Result<(u16, Process), Error> {
    let end = Instant::now() + FREED_WITHIN;
    loop {
        let port = fixed.map_or_else(free_port, Ok).map_err(Error::io("trouver un port pour", &place.dir))?;
        let name = format!("jalon-{}-{port}", std::process::id());
        let path = place.dir.join("nats.conf");
        fs::write(&path, configuration(&name, port, &store(place), options))
            .map_err(Error::io("écrire", &path))?;
        let mut process = place.launch(command(tools, &path)).await?;
        match until_ready(&mut process, &name, port).await {
            Ok(()) => return Ok((port, process)),
            Err(Unready::PortTaken) if Instant::now() < end => sleep(GLANCE * 5).await,
            Err(Unready::PortTaken) => return Err(process.ended_early("abandon".to_owned())),
            Err(Unready::Failed(error)) => return Err(error),
        }
    }
}

fn command(tools: &Tools, configuration: &Path) -> Command {
    let mut command = server_command(&tools.nats_server);
    command.arg("--config").arg(configuration);
    command
}

fn configuration(name: &str, port: u16, store: &Path, options: &NatsOptions) -> String {
    let store = store.to_string_lossy().replace('\\', "\\\\").replace('"', "\\\"");
    let sync = if options.sync_always { "\n  sync_interval: always" } else { "" };
    format!(
        "server_name: \"{name}\"\nlisten: \"127.0.0.1:{port}\"\nmax_payload: 1MB\n\
         jetstream {{\n  store_dir: \"{store}\"{sync}\n}}\n"
    )
}

async fn until_ready(process: &mut Process, name: &str, port: u16) -> Result<(), Unready> {
    let end = Instant::now() + READY_WITHIN;
    while Instant::now() < end {
        if let Some(status) = process.ended() {
            let taken = process.log.said().contains("address already in use");
            return Err(if taken {
                Unready::PortTaken
            } else {
                Unready::Failed(process.ended_early(status))
            });
        }
        if greets(port, name).await {
            return Ok(());
        }
        sleep(GLANCE).await;
    }
    Err(Unready::Failed(process.silent(READY_WITHIN)))
}

/// Does the NATS of that name greet whoever connects to that port?
async fn greets(port: u16, name: &str) -> bool {
    let greeting = async {
        let stream = TcpStream::connect(("127.0.0.1", port)).await?;
        let mut line = String::new();
        BufReader::new(stream).read_line(&mut line).await?;
        Ok::<String, std::io::Error>(line)
    };
    let Ok(Ok(line)) = timeout(Duration::from_secs(2), greeting).await else { return false };
    line.starts_with("INFO ") && line.contains(&format!("\"server_name\":\"{name}\""))
}
