//! The files of a private Postgres: made once, checked at each start.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicU32, Ordering};

use tokio::process::Command;

use crate::account::{check_reachable, effective_uid, give, make_directory};
use crate::mark::Mark;
use crate::process::Place;
use crate::{Error, Tools};

/// Everyone on this machine may come in through 127.0.0.1; nobody from elsewhere can.
const WHO_MAY_CONNECT: &str = "\
# TYPE  DATABASE  USER  ADDRESS       METHOD
local   all       all                 trust
host    all       all   127.0.0.1/32  trust
";

/// What a private Postgres keeps in its directory.
const OURS: [&str; 7] =
    ["data", "data.new", "postgres.log", "postgres.pid", "slow_fsync.c", "slow_fsync.so", "lost+found"];

/// Where the cluster is, under the server's directory.
pub(super) fn data(dir: &Path) -> PathBuf {
    dir.join("data")
}

/// Makes sure there is a cluster this server can serve.
pub(super) async fn prepare(tools: &Tools, place: &Place, short_lived: bool) -> Result<(), Error> {
    let dir = &place.dir;
    make_directory(dir).map_err(Error::io("créer", dir))?;
    sweep(dir)?;
    give(dir, place.account).map_err(Error::io("donner", dir))?;
    check_reachable(dir, place.account)?;
    check_reachable(&tools.postgres_program("postgres"), place.account)?;
    match fs::read_to_string(data(dir).join("PG_VERSION")) {
        Ok(version) => check_version(tools, dir, version.trim()),
        Err(_) => create(tools, place, short_lived).await,
    }
}

/// Refuses a directory that holds anything else; removes the sockets killed servers left.
fn sweep(dir: &Path) -> Result<(), Error> {
    for entry in fs::read_dir(dir).map_err(Error::io("lire", dir))? {
        let entry = entry.map_err(Error::io("lire", dir))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with(".s.PGSQL.") {
            fs::remove_file(entry.path()).map_err(Error::io("supprimer", &entry.path()))?;
        } else if !OURS.contains(&name.as_str()) {
            return Err(Error::NotOurs { path: dir.to_owned(), found: name });
        }
    }
    Ok(())
}

fn check_version(tools: &Tools, dir: &Path, written_by: &str) -> Result<(), Error> {
    let server = tools.postgres_major()?;
    if written_by == server.to_string() {
        return Ok(());
    }
    Err(Error::OtherVersion { path: dir.to_owned(), data: written_by.to_owned(), server })
}

/// Makes the cluster beside its place, then puts it there: an interrupted start leaves no half of one.
async fn create(tools: &Tools, place: &Place, short_lived: bool) -> Result<(), Error> {
    let new = place.dir.join("data.new");
    if new.exists() {
        fs::remove_dir_all(&new).map_err(Error::io("supprimer", &new))?;
    }
    match if short_lived { model(tools, place).await? } else { None } {
        Some(model) => copy(&model, &new, place).await?,
        None => initdb(tools, place, &new, !short_lived).await?,
    }
    let access = new.join("pg_hba.conf");
    fs::write(&access, WHO_MAY_CONNECT).map_err(Error::io("écrire", &access))?;
    let data = data(&place.dir);
    fs::rename(&new, &data).map_err(Error::io("créer", &data))
}

async fn initdb(tools: &Tools, place: &Place, new: &Path, sync: bool) -> Result<(), Error> {
    let program = tools.postgres_program("initdb");
    let mut initdb = Command::new(&program);
    initdb.arg("-D").arg(new);
    initdb.args(["--username=jalon", "--encoding=UTF8", "--locale=C", "--auth=trust"]);
    if !sync {
        initdb.arg("--no-sync");
    }
    run("initdb", initdb, place).await?.map_err(Error::io("lancer", &program))
}

async fn copy(model: &Path, new: &Path, place: &Place) -> Result<(), Error> {
    let mut copy = Command::new("cp");
    copy.arg("-a").arg(model).arg(new);
    run("cp", copy, place).await?.map_err(Error::io("copier", model))
}

/// The cluster that short-lived ones are copied from, made when there is none; none when something that is not of the
/// server’s account bears its name.
async fn model(tools: &Tools, place: &Place) -> Result<Option<PathBuf>, Error> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let Some(uid) = place.account.map(|account| account.uid).or_else(effective_uid) else { return Ok(None) };
    let name = format!("jalon-cluster-{}-{uid}", tools.postgres_major()?);
    let model = std::env::temp_dir().join(&name);
    if fs::symlink_metadata(&model).is_err() {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let new = model.with_file_name(format!("{name}.{}.{number}", std::process::id()));
        initdb(tools, place, &new, false).await?;
        if fs::rename(&new, &model).is_err() {
            // Another test was first.
            fs::remove_dir_all(&new).map_err(Error::io("supprimer", &new))?;
        }
    }
    let found = fs::symlink_metadata(&model).map_err(Error::io("lire", &model))?;
    Ok((found.is_dir() && found.uid() == uid).then_some(model))
}

/// Runs a helper as the server's account, in its directory; what it says is only of interest if it fails.
pub(super) async fn run(
    tool: &'static str,
    mut command: Command,
    place: &Place,
) -> Result<std::io::Result<()>, Error> {
    command.current_dir(&place.dir).env("LC_ALL", "C").stdin(Stdio::null()).kill_on_drop(true);
    if let Some(account) = place.account {
        command.uid(account.uid).gid(account.gid);
    }
    let output = match command.output().await {
        Ok(output) => output,
        Err(error) => return Ok(Err(error)),
    };
    if output.status.success() {
        return Ok(Ok(()));
    }
    Err(Error::ToolFailed { tool, said: String::from_utf8_lossy(&output.stderr).trim().to_owned() })
}

/// Removes the lock a killed server left when Postgres would believe it is still held: its number now
/// belongs to a process that was never reaped, or to one that has nothing to do with these data.
///
/// Postgres still refuses by itself to share its memory with survivors.
pub(super) fn drop_misleading_lock(dir: &Path) -> Result<(), Error> {
    let data = data(dir);
    let lock = data.join("postmaster.pid");
    let Some(pid) =
        fs::read_to_string(&lock).ok().and_then(|text| text.lines().next()?.trim().parse::<u32>().ok())
    else {
        return Ok(());
    };
    let process = Path::new("/proc").join(pid.to_string());
    let serves =
        || Mark::of(pid).is_some() && fs::read_link(process.join("cwd")).ok() == fs::canonicalize(&data).ok();
    if !process.exists() || serves() {
        return Ok(());
    }
    tracing::debug!(pid, "removing the lock of a Postgres that is gone");
    fs::remove_file(&lock).map_err(Error::io("supprimer", &lock))
}

/// Lets everyone read a file we made for the server.
pub(super) fn open_to_all(path: &Path) -> Result<(), Error> {
    fs::set_permissions(path, Permissions::from_mode(0o644)).map_err(Error::io("ouvrir", path))
}
