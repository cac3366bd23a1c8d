//! One server process: started so that it cannot outlive us, noted beside its data, ended for sure.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{OnceLock, mpsc};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::{Instant, sleep};

use crate::Error;
use crate::account::Account;
use crate::log::Log;
use crate::mark::{Mark, Note};

/// How long a server is given to stop by itself.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often a state is looked at while waiting for it.
pub(crate) const GLANCE: Duration = Duration::from_millis(10);

const SETPRIV: &str = "/usr/bin/setpriv";

/// The command that runs a server program, ended by the system if we end first.
pub(crate) fn server_command(program: &Path) -> Command {
    if !Path::new(SETPRIV).exists() {
        return Command::new(program);
    }
    let mut command = Command::new(SETPRIV);
    command.args(["--pdeathsig", "INT", "--"]).arg(program);
    command
}

/// Where a server process lives: what an error calls it, its directory, whom it runs as.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub name: &'static str,
    pub dir: PathBuf,
    pub stem: &'static str,
    pub account: Option<Account>,
}

impl Place {
    fn note(&self) -> PathBuf {
        self.dir.join(format!("{}.pid", self.stem))
    }

    /// Where the server writes its log.
    pub fn log(&self) -> PathBuf {
        self.dir.join(format!("{}.log", self.stem))
    }

    /// Ends the server a previous launcher left behind here; refuses if that launcher is still alive.
    pub async fn end_previous(&self) -> Result<(), Error> {
        let path = self.note();
        let Some(Note { server, owner }) = Note::read(&path) else { return Ok(()) };
        if server.is_running() {
            if owner.is_running() && owner.pid != std::process::id() {
                return Err(Error::InUse { path: self.dir.clone(), owner: owner.pid });
            }
            tracing::warn!(pid = server.pid, server = self.name, "ending a server left behind");
            self.end(server).await?;
        }
        fs::remove_file(&path).map_err(Error::io("supprimer", &path))
    }

    async fn end(&self, server: Mark) -> Result<(), Error> {
        for name in ["INT", "KILL"] {
            signal(name, server.pid);
            if wait_for(PATIENCE / 4, || (!server.is_running()).then_some(())).await.is_some() {
                return Ok(());
            }
        }
        let seconds = PATIENCE.as_secs() / 2;
        Err(Error::StillThere { server: self.name, pid: server.pid, seconds })
    }

    /// Starts the server and notes who it is.
    pub async fn launch(&self, mut command: Command) -> Result<Process, Error> {
        use std::os::unix::process::CommandExt;
        let path = self.log();
        let (log, file) = Log::open(path.clone(), self.account).map_err(Error::io("ouvrir", &path))?;
        let copy = file.try_clone().map_err(Error::io("ouvrir", &path))?;
        command.current_dir(&self.dir).stdin(Stdio::null()).stdout(copy).stderr(file);
        command.env("LC_ALL", "C").process_group(0);
        if let Some(account) = self.account {
            command.uid(account.uid).gid(account.gid);
        }
        let program = PathBuf::from(command.get_program());
        let child = spawn(command).await.map_err(Error::io("lancer", &program))?;
        let process = Process { pid: child.id(), child: Some(child), place: self.clone(), log };
        process.note()?;
        Ok(process)
    }
}

/// A server process we started.
#[derive(Debug)]
pub(crate) struct Process {
    pub pid: u32,
    pub log: Log,
    child: Option<Child>,
    place: Place,
}

impl Process {
    fn note(&self) -> Result<(), Error> {
        // A process that has already ended needs no note.
        let (Some(server), Some(owner)) = (Mark::of(self.pid), Mark::of(std::process::id())) else {
            return Ok(());
        };
        let path = self.place.note();
        // Left by another user in a directory that is now ours, it could not be written over.
        drop(fs::remove_file(&path));
        Note { server, owner }.write(&path).map_err(Error::io("écrire", &path))?;
        crate::account::give(&path, self.place.account).map_err(Error::io("donner", &path))
    }

    /// How it ended, if it has.
    pub fn ended(&mut self) -> Option<String> {
        let Some(child) = self.child.as_mut() else { return Some("arrêté".to_owned()) };
        match child.try_wait() {
            Ok(None) => None,
            Ok(Some(status)) => {
                self.child = None;
                Some(describe(status))
            }
            Err(error) => Some(error.to_string()),
        }
    }

    /// Asks the server to stop and waits until it has.
    pub async fn stop(&mut self) -> Result<(), Error> {
        if self.ended().is_none() {
            signal("INT", self.pid);
        }
        self.wait().await
    }

    /// Ends the server at once, as a power cut would, and waits until it is gone.
    pub async fn kill(&mut self) -> Result<(), Error> {
        if let Some(child) = self.child.as_mut() {
            child.kill().map_err(Error::io("tuer", &self.place.dir))?;
        }
        self.wait().await
    }

    async fn wait(&mut self) -> Result<(), Error> {
        let (server, pid) = (self.place.name, self.pid);
        let still_there = Error::StillThere { server, pid, seconds: PATIENCE.as_secs() };
        wait_for(PATIENCE, || self.ended()).await.ok_or(still_there)?;
        drop(fs::remove_file(self.place.note()));
        Ok(())
    }

    /// The error that says it ended too early.
    pub fn ended_early(&self, status: String) -> Error {
        Error::Ended { server: self.place.name, status, log: self.log.path.clone(), tail: self.log.tail() }
    }

    /// The error that says it does not answer.
    pub fn silent(&self, waited: Duration) -> Error {
        let log = self.log.path.clone();
        Error::Silent { server: self.place.name, seconds: waited.as_secs(), log, tail: self.log.tail() }
    }
}

impl Drop for Process {
    /// Dropped without [`Process::stop`], as a failing test does: the server is told to stop all the same.
    fn drop(&mut self) {
        if self.ended().is_some() {
            return;
        }
        signal("INT", self.pid);
        if let Some(mut child) = self.child.take() {
            std::thread::spawn(move || child.wait());
        }
    }
}

fn describe(status: ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt;
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("code {code}"),
        (None, Some(signal)) => format!("signal {signal}"),
        (None, None) => "sans code".to_owned(),
    }
}

/// Sends a signal to one process; it may have ended meanwhile, which is fine.
fn signal(name: &str, pid: u32) {
    let sent = Command::new("/bin/sh")
        .args(["-c", "kill -s \"$1\" \"$2\"", "sh", name, &pid.to_string()])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    if let Err(error) = sent {
        tracing::warn!(%error, pid, "could not send a signal");
    }
}

/// Looks again and again until there is something to see, or gives up after `limit`.
pub(crate) async fn wait_for<T>(limit: Duration, mut look: impl FnMut() -> Option<T>) -> Option<T> {
    let end = Instant::now() + limit;
    loop {
        match look() {
            Some(seen) => return Some(seen),
            None if Instant::now() >= end => return None,
            None => sleep(GLANCE).await,
        }
    }
}

type Errand = (Command, oneshot::Sender<io::Result<Child>>);

/// Spawns from a thread that lives as long as we do: `--pdeathsig` follows the thread, not the process,
/// and the threads of an async runtime come and go.
async fn spawn(command: Command) -> io::Result<Child> {
    static PARENT: OnceLock<mpsc::Sender<Errand>> = OnceLock::new();
    let parent = PARENT.get_or_init(|| {
        let (sender, errands) = mpsc::channel::<Errand>();
        std::thread::spawn(move || {
            for (mut command, reply) in errands {
                // Nobody waits any more: let it not be an orphan.
                if let Err(Ok(mut child)) = reply.send(command.spawn()) {
                    drop(child.kill().and_then(|()| child.wait()));
                }
            }
        });
        sender
    });
    let (reply, child) = oneshot::channel();
    parent.send((command, reply)).map_err(|_| io::Error::other("no thread to start it from"))?;
    child.await.map_err(io::Error::other)?
}
