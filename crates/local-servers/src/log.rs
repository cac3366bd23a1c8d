//! The log of a server, and what it said since its last start.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use crate::account::{self, Account};

/// How many of its last lines an error quotes.
const QUOTED: usize = 12;

/// A server's log file; it is kept from one start to the next.
#[derive(Debug)]
pub(crate) struct Log {
    pub path: PathBuf,
    from: u64,
}

impl Log {
    /// Opens the log for one more start; returns it with the file the server writes to.
    pub fn open(path: PathBuf, account: Option<Account>) -> io::Result<(Log, File)> {
        let file = OpenOptions::new().create(true).append(true).open(&path)?;
        account::give(&path, account)?;
        let from = file.metadata()?.len();
        Ok((Log { path, from }, file))
    }

    /// What the server said since it was started.
    pub fn said(&self) -> String {
        read_from(&self.path, self.from).unwrap_or_default()
    }

    /// The last lines it said.
    pub fn tail(&self) -> String {
        let said = self.said();
        let lines: Vec<&str> = said.lines().collect();
        lines[lines.len().saturating_sub(QUOTED)..].join("\n")
    }
}

fn read_from(path: &Path, from: u64) -> io::Result<String> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(from))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
