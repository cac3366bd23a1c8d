//! A private Postgres.

mod cluster;
mod slow_disk;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use tokio::time::{Instant, sleep};
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Config, NoTls};

use crate::account::Account;
use crate::process::{GLANCE, Place, Process, server_command};
use crate::{Error, Tools, free_port};

/// How long Postgres may take to be ready; recovering after a crash with a slow disk takes a while.
const READY_WITHIN: Duration = Duration::from_secs(120);

/// How long the remains of a killed server may take to let go of its memory and its port.
const FREED_WITHIN: Duration = Duration::from_secs(30);

/// The longest path of a Unix socket.
const LONGEST_SOCKET: usize = 107;

/// How a private Postgres is set up. By default as durable as Postgres can be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostgresOptions {
    /// Simulates a slow disk: every fsync lasts that many microseconds more.
    pub slow_fsync_us: Option<u32>,
    /// The memory Postgres keeps pages in, in mebibytes.
    pub shared_buffers_mb: u32,
    /// For tests, which start faster: a new cluster is copied from one made once on this machine, and nobody waits for
    /// its files to reach the disk. What is committed later is durable either way, unless the power fails at once.
    pub short_lived: bool,
    /// More settings, by name; they win over ours.
    pub settings: Vec<(String, String)>,
}

impl Default for PostgresOptions {
    fn default() -> PostgresOptions {
        PostgresOptions {
            slow_fsync_us: None,
            shared_buffers_mb: 128,
            short_lived: false,
            settings: Vec::new(),
        }
    }
}

/// A running private Postgres; told to stop when dropped.
#[derive(Debug)]
pub struct Postgres {
    tools: Tools,
    options: PostgresOptions,
    place: Place,
    port: u16,
    process: Process,
}

/// Why a server that was just launched is not ready.
enum Unready {
    /// Another program took the port meanwhile.
    PortTaken,
    /// What is left of a killed server still holds the data.
    StillHeld,
    /// No use trying again.
    Failed(Error),
}

impl Postgres {
    /// Starts Postgres on a free port of 127.0.0.1, in a directory that is its own; makes a new cluster
    /// there when the directory is empty. Returns once it accepts connections.
    ///
    /// # Errors
    /// When the directory cannot be used or Postgres does not start.
    pub async fn start(tools: &Tools, dir: &Path, options: &PostgresOptions) -> Result<Postgres, Error> {
        let dir = std::path::absolute(dir).map_err(Error::io("trouver", dir))?;
        let account = Account::for_data(&cluster::data(&dir));
        let place = Place { name: "Postgres", stem: "postgres", dir, account };
        place.end_previous().await?;
        cluster::prepare(tools, &place, options.short_lived).await?;
        if options.slow_fsync_us.is_some() {
            slow_disk::build(&place).await?;
        }
        let (port, process) = run(tools, options, &place, None).await?;
        tracing::debug!(port, pid = process.pid, dir = %place.dir.display(), "Postgres is ready");
        Ok(Postgres { tools: tools.clone(), options: options.clone(), place, port, process })
    }

    /// The URL of one of its databases; the user is `jalon`, a superuser without password.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        format!("postgres://jalon@127.0.0.1:{}/{database}", self.port)
    }

    /// The port it listens on; the same after a [`restart`](Postgres::restart).
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The process id of the postmaster.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.process.pid
    }

    /// Where it writes its log.
    #[must_use]
    pub fn log(&self) -> PathBuf {
        self.place.log()
    }

    /// Creates a database unless there is one of that name.
    ///
    /// # Errors
    /// When Postgres refuses.
    pub async fn create_database_if_missing(&self, name: &str) -> Result<(), Error> {
        let refused = |source| Error::Sql { doing: format!("créer la base « {name} »"), source };
        let client = connect(self.port).await.map_err(refused)?;
        let found = client.query_opt("select 1 from pg_database where datname = $1", &[&name]).await;
        if found.map_err(refused)?.is_some() {
            return Ok(());
        }
        let quoted = name.replace('"', "\"\"");
        match client.batch_execute(&format!("create database \"{quoted}\"")).await {
            // Someone else has just created it.
            Err(error)
                if matches!(
                    error.code(),
                    Some(&SqlState::DUPLICATE_DATABASE | &SqlState::UNIQUE_VIOLATION)
                ) =>
            {
                Ok(())
            }
            created => created.map_err(refused),
        }
    }

    /// Stops it in good order (a fast shutdown: sessions are ended, everything is written) and waits
    /// until it has ended.
    ///
    /// # Errors
    /// When it does not end.
    pub async fn stop(mut self) -> Result<(), Error> {
        self.end().await
    }

    pub(crate) async fn end(&mut self) -> Result<(), Error> {
        self.process.stop().await
    }

    /// Kills the postmaster as a crash would (SIGKILL). Returns once it is gone; its children follow.
    ///
    /// # Errors
    /// When it does not end.
    pub async fn kill(&mut self) -> Result<(), Error> {
        self.process.kill().await
    }

    /// Starts it again on the same port and the same data, after a [`kill`](Postgres::kill) or whatever
    /// ended it; if it still runs, it is killed first.
    ///
    /// # Errors
    /// When it does not start again.
    pub async fn restart(&mut self) -> Result<(), Error> {
        self.process.kill().await?;
        (_, self.process) = run(&self.tools, &self.options, &self.place, Some(self.port)).await?;
        Ok(())
    }
}

/// Launches the server, on the given port or on a free one, until it is ready.
async fn run(
    tools: &Tools,
    options: &PostgresOptions,
    place: &Place,
    fixed: Option<u16>,
) -> Result<(u16, Process), Error> {
    let end = Instant::now() + FREED_WITHIN;
    loop {
        cluster::drop_misleading_lock(&place.dir)?;
        let port = fixed.map_or_else(free_port, Ok).map_err(Error::io("trouver un port pour", &place.dir))?;
        let mut process = place.launch(command(tools, options, place, port)).await?;
        match until_ready(&mut process, place, port).await {
            Ok(()) => return Ok((port, process)),
            Err(Unready::PortTaken | Unready::StillHeld) if Instant::now() < end => sleep(GLANCE * 5).await,
            Err(Unready::Failed(error)) => return Err(error),
            Err(Unready::PortTaken | Unready::StillHeld) => {
                return Err(process.ended_early("abandon".to_owned()));
            }
        }
    }
}

fn command(tools: &Tools, options: &PostgresOptions, place: &Place, port: u16) -> Command {
    let mut command = server_command(&tools.postgres_program("postgres"));
    command.arg("-D").arg(cluster::data(&place.dir));
    let ours = [
        ("listen_addresses", "127.0.0.1".to_owned()),
        ("port", port.to_string()),
        ("unix_socket_directories", socket_directory(&place.dir)),
        ("unix_socket_permissions", "0700".to_owned()),
        ("max_connections", "200".to_owned()),
        ("shared_buffers", format!("{}MB", options.shared_buffers_mb)),
        ("fsync", "on".to_owned()),
        ("synchronous_commit", "on".to_owned()),
        ("full_page_writes", "on".to_owned()),
        ("timezone", "UTC".to_owned()),
        ("log_timezone", "UTC".to_owned()),
    ];
    let theirs = options.settings.iter().map(|(name, value)| (name.as_str(), value.clone()));
    for (name, value) in ours.into_iter().chain(theirs) {
        command.arg("-c").arg(format!("{name}={value}"));
    }
    if let Some(delay) = options.slow_fsync_us {
        slow_disk::preload(&mut command, place, delay);
    }
    command
}

/// The directory of the Unix socket, quoted; empty, that is no socket, when it cannot be one.
fn socket_directory(dir: &Path) -> String {
    let fits = |path: &&str| path.len() + "/.s.PGSQL.65535".len() <= LONGEST_SOCKET && !path.contains('"');
    dir.to_str().filter(fits).map_or_else(String::new, |path| format!("\"{path}\""))
}

async fn until_ready(process: &mut Process, place: &Place, port: u16) -> Result<(), Unready> {
    let end = Instant::now() + READY_WITHIN;
    while Instant::now() < end {
        if let Some(status) = process.ended() {
            return Err(why_ended(process, status));
        }
        if is_ours(port, &cluster::data(&place.dir)).await {
            return Ok(());
        }
        sleep(GLANCE).await;
    }
    Err(Unready::Failed(process.silent(READY_WITHIN)))
}

fn why_ended(process: &Process, status: String) -> Unready {
    let said = process.log.said();
    let says = |words: &[&str]| words.iter().any(|word| said.contains(word));
    if says(&["Address already in use"]) {
        Unready::PortTaken
    } else if says(&["pre-existing shared memory block", "lock file \"postmaster.pid\" already exists"]) {
        Unready::StillHeld
    } else {
        Unready::Failed(process.ended_early(status))
    }
}

/// Does a Postgres answer on that port, and is it the one that serves these data?
async fn is_ours(port: u16, data: &Path) -> bool {
    let Ok(client) = connect(port).await else { return false };
    let Ok(row) = client.query_one("show data_directory", &[]).await else { return false };
    let served = row.get::<_, &str>(0);
    std::fs::canonicalize(served).ok() == std::fs::canonicalize(data).ok()
}

async fn connect(port: u16) -> Result<Client, tokio_postgres::Error> {
    let mut config = Config::new();
    config
        .host("127.0.0.1")
        .port(port)
        .user("jalon")
        .dbname("postgres")
        .connect_timeout(Duration::from_secs(2));
    let (client, connection) = config.connect(NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}
