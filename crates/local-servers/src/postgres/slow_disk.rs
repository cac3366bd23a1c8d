//! A slow disk, simulated under Postgres.

use std::fs;
use std::io::ErrorKind;
use std::process::Command;

use super::cluster;
use crate::Error;
use crate::process::Place;

const SOURCE: &str = include_str!("../../shim/slow_fsync.c");
const SOURCE_NAME: &str = "slow_fsync.c";
const LIBRARY: &str = "slow_fsync.so";

/// Compiles the shim beside the data.
pub(super) async fn build(place: &Place) -> Result<(), Error> {
    let source = place.dir.join(SOURCE_NAME);
    fs::write(&source, SOURCE).map_err(Error::io("écrire", &source))?;
    cluster::open_to_all(&source)?;
    let mut cc = tokio::process::Command::new("cc");
    cc.args(["-O2", "-Wall", "-shared", "-fPIC", "-o", LIBRARY, SOURCE_NAME]);
    cluster::run("cc", cc, place).await?.map_err(|error| match error.kind() {
        ErrorKind::NotFound => Error::NoCompiler,
        _ => Error::Io { doing: "compiler", path: source, source: error },
    })
}

/// Has the command run with every fsync made to last `delay` microseconds more.
pub(super) fn preload(command: &mut Command, place: &Place, delay: u32) {
    command.env("LD_PRELOAD", place.dir.join(LIBRARY)).env("JALON_SLOW_FSYNC_US", delay.to_string());
}
