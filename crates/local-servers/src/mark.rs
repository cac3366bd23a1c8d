//! Who a process is: its number and the instant it started, so that a number given again to another
//! process is never mistaken for the first.

use std::fs;
use std::io;
use std::path::Path;

/// A process, told apart from any other that had or will have its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    pub pid: u32,
    started: u64,
}

impl Mark {
    /// The process that has this number now; none when it has ended, even if nobody has reaped it yet.
    pub fn of(pid: u32) -> Option<Mark> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The name, second field, is in brackets and may itself hold spaces and brackets.
        let mut fields = stat[stat.rfind(')')? + 1..].split_whitespace();
        let state = fields.next()?;
        let started = fields.nth(18)?.parse().ok()?;
        (!matches!(state, "Z" | "X" | "x")).then_some(Mark { pid, started })
    }

    /// Is it still running?
    pub fn is_running(self) -> bool {
        Mark::of(self.pid) == Some(self)
    }
}

/// What is noted beside the data: the server, and the process that started it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Note {
    pub server: Mark,
    pub owner: Mark,
}

impl Note {
    /// Reads a note; none when there is none or it makes no sense.
    pub fn read(path: &Path) -> Option<Note> {
        let text = fs::read_to_string(path).ok()?;
        let mut words = text.split_whitespace();
        let mut mark =
            || Some(Mark { pid: words.next()?.parse().ok()?, started: words.next()?.parse().ok()? });
        Some(Note { server: mark()?, owner: mark()? })
    }

    /// Writes the note; its four numbers make one line.
    pub fn write(self, path: &Path) -> io::Result<()> {
        let Note { server, owner } = self;
        fs::write(path, format!("{} {} {} {}\n", server.pid, server.started, owner.pid, owner.started))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_recognised_and_its_number_alone_is_not_enough() {
        let me = Mark::of(std::process::id()).unwrap();
        assert!(me.is_running());
        assert!(!Mark { started: me.started + 1, ..me }.is_running());
    }

    #[test]
    fn a_process_that_ended_but_was_not_reaped_is_not_running() {
        let mut child = std::process::Command::new("sleep").arg("600").spawn().unwrap();
        let mark = Mark::of(child.id()).unwrap();
        child.kill().unwrap();
        while mark.is_running() {
            std::thread::yield_now();
        }
        assert!(Path::new(&format!("/proc/{}", mark.pid)).exists());
        child.wait().unwrap();
    }
}
