//! Whom Postgres runs as: it refuses root, so root hands it to an unprivileged account.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::Path;

use crate::Error;

/// The account that owns nothing (`nobody`).
const NOBODY: u32 = 65_534;

/// An account a server is run as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Account {
    pub uid: u32,
    pub gid: u32,
}

impl Account {
    /// The account to run as: none (ourselves) unless we are root; then the one that already owns the
    /// data, so that both root and that user may use the same directory, or else `nobody`.
    pub fn for_data(data: &Path) -> Option<Account> {
        if effective_uid() != Some(0) {
            return None;
        }
        let owner = fs::metadata(data).ok().filter(|found| found.uid() != 0);
        Some(owner.map_or(Account { uid: NOBODY, gid: NOBODY }, |found| Account {
            uid: found.uid(),
            gid: found.gid(),
        }))
    }

    fn may_enter(self, directory: &Metadata) -> bool {
        let bit = match (directory.uid() == self.uid, directory.gid() == self.gid) {
            (true, _) => 0o100,
            (false, true) => 0o010,
            (false, false) => 0o001,
        };
        directory.mode() & bit != 0
    }
}

/// Makes `directory` and its missing parents; those it makes can be traversed by everyone.
pub(crate) fn make_directory(directory: &Path) -> io::Result<()> {
    let missing: Vec<&Path> = directory.ancestors().take_while(|above| !above.exists()).collect();
    fs::create_dir_all(directory)?;
    missing.into_iter().try_for_each(|made| fs::set_permissions(made, fs::Permissions::from_mode(0o755)))
}

/// Gives a file to the account a server runs as.
pub(crate) fn give(path: &Path, account: Option<Account>) -> io::Result<()> {
    account.map_or(Ok(()), |to| chown(path, Some(to.uid), Some(to.gid)))
}

/// Refuses, naming the first obstacle from the top, a path the account cannot reach.
pub(crate) fn check_reachable(path: &Path, account: Option<Account>) -> Result<(), Error> {
    let Some(account) = account else { return Ok(()) };
    let real = fs::canonicalize(path).map_err(Error::io("trouver", path))?;
    let mut above: Vec<&Path> = real.ancestors().collect();
    above.reverse();
    for directory in above {
        let found = fs::metadata(directory).map_err(Error::io("lire", directory))?;
        if !account.may_enter(&found) {
            return Err(Error::NotTraversable { path: directory.to_owned(), uid: account.uid });
        }
    }
    Ok(())
}

/// Our effective user, as the system tells it.
pub(crate) fn effective_uid() -> Option<u32> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let uids = status.lines().find_map(|line| line.strip_prefix("Uid:"))?;
    uids.split_whitespace().nth(1)?.parse().ok()
}
