//! What every stack grows from: databases migrated and streams made by `jalon migrate`, once for each program that is
//! built. The first test that needs it makes it; each takes a copy.

use std::{
    fs::{self, File},
    hash::{DefaultHasher, Hash as _, Hasher as _},
    path::{Path, PathBuf},
    time::Duration,
};

use local_servers::{Nats, NatsOptions, Postgres, Tools};
use tokio::process::Command;

use super::{Manner, ROLES, UNITS, jalon, project, sql};

/// What a stack begins with, in its folder.
const PARTS: [&str; 3] = ["postgres/data", "nats/store", "kek"];

/// For how long a seed is good: some tables are made month by month.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Puts the beginning of a stack in that folder, with the roles of one process, or those of each unit too.
///
/// # Panics
/// When it cannot be made or copied.
pub(super) async fn sow(tools: &Tools, dir: &Path, each: bool) {
    let seeds = project().join("target/stacks/.seeds");
    fs::create_dir_all(&seeds).expect("a folder can be made");
    let kind = if each { "each" } else { "whole" };
    let lock = File::create(seeds.join(format!("{kind}.lock"))).expect("a lock");
    let seed = seeds.join(format!("{kind}-{}", of_programs(tools)));
    lock.lock_shared().expect("the lock");
    if !is_good(&seed) {
        lock.unlock().expect("the lock");
        lock.lock().expect("the lock");
        // Another test may have made it meanwhile.
        if !is_good(&seed) {
            forget(&seeds, kind);
            make(tools, &seed, each).await;
        }
    }
    for part in PARTS {
        let to = dir.join(part);
        fs::create_dir_all(to.parent().expect("a folder")).expect("a folder can be made");
        let copied = Command::new("cp").arg("-a").arg(seed.join(part)).arg(to).status().await;
        assert!(copied.expect("cp runs").success(), "{part} is copied");
    }
}

/// Other programs have another seed.
fn of_programs(tools: &Tools) -> String {
    let mut hasher = DefaultHasher::new();
    (&tools.postgres_bin, &tools.nats_server).hash(&mut hasher);
    let built = fs::metadata(jalon()).expect("the program is there");
    (built.len(), built.modified().expect("an instant")).hash(&mut hasher);
    format!("{:x}", hasher.finish())
}

fn is_good(seed: &Path) -> bool {
    let made = fs::metadata(seed).and_then(|seed| seed.modified());
    made.is_ok_and(|made| made.elapsed().is_ok_and(|age| age < DAY))
}

/// Removes the seeds of that kind, and what was left of one that was not finished.
fn forget(seeds: &Path, kind: &str) {
    for entry in fs::read_dir(seeds).expect("a folder").flatten() {
        if entry.file_name().to_string_lossy().starts_with(&format!("{kind}-")) {
            fs::remove_dir_all(entry.path()).expect("an old seed can be removed");
        }
    }
}

async fn make(tools: &Tools, seed: &Path, each: bool) {
    let growing = PathBuf::from(format!("{}.new", seed.display()));
    let options = Manner { each, durable: false }.postgres();
    let postgres =
        Postgres::start(tools, &growing.join("postgres"), &options).await.expect("Postgres starts");
    let lazy = NatsOptions { sync_always: false };
    let nats = Nats::start(tools, &growing.join("nats"), &lazy).await.expect("NATS starts");
    for database in ["jalon", "jalon_keys"] {
        postgres.create_database_if_missing(database).await.expect("a database");
    }
    // Migrated by who owns it, served by a role that is above nothing.
    let owner = postgres.url("jalon");
    sql(&owner, ROLES).await;
    for unit in if each { UNITS } else { &[] } {
        let own = format!(
            "create role jalon_{unit} login;
             create role jalon_{unit}_machinery login in role jalon_{unit}, jalon_machinery"
        );
        sql(&owner, &own).await;
    }
    let migrated = Command::new(jalon())
        .arg("migrate")
        .env("DATABASE_URL", owner)
        .env("KEYS_DATABASE_URL", postgres.url("jalon_keys"))
        .env("NATS_URL", nats.url())
        .env("JALON_KEK_FILE", growing.join("kek"))
        .env("JALON_DEMONSTRATION", "1")
        .output()
        .await
        .expect("migrate");
    assert!(migrated.status.success(), "{}", String::from_utf8_lossy(&migrated.stderr));
    // Stopped in good order, all of it is in its files.
    nats.stop().await.expect("NATS stops");
    postgres.stop().await.expect("Postgres stops");
    fs::rename(&growing, seed).expect("the seed is put in its place");
}
