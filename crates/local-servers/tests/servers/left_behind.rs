//! Servers whose launcher was killed: ended by the system, or by the next start, and nothing else is.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::support::{Scratch, tools};
use local_servers::{Error, Nats, NatsOptions};

/// The example that holds both servers, built along with the tests.
fn launcher() -> PathBuf {
    let here = std::env::current_exe().unwrap();
    here.parent().and_then(Path::parent).unwrap().join("examples/private_servers")
}

/// Starts the launcher; returns it with the numbers of its two servers, once they are ready.
fn launch(dir: &Path) -> (Child, Vec<u32>) {
    let mut launcher = Command::new(launcher()).arg(dir).stdout(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(launcher.stdout.take().unwrap()).lines().map_while(Result::ok);
    let pids: Vec<u32> =
        lines.take(2).map(|line| line.rsplit(' ').next().unwrap().parse().unwrap()).collect();
    assert_eq!(pids.len(), 2, "both servers started");
    (launcher, pids)
}

async fn until_gone(pid: u32) {
    let gone = async {
        while std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z ")) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), gone).await.unwrap();
}

fn started(pid: u32) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    stat[stat.rfind(')').unwrap() + 1..].split_whitespace().nth(19).unwrap().parse().unwrap()
}

#[tokio::test]
async fn servers_end_when_their_launcher_is_killed_and_start_again_afterwards() {
    let scratch = Scratch::new();
    let (mut first, servers) = launch(scratch.path());
    first.kill().unwrap();
    first.wait().unwrap();
    if Path::new("/usr/bin/setpriv").exists() {
        for pid in &servers {
            until_gone(*pid).await;
        }
    }
    let (mut second, again) = launch(scratch.path());
    assert!(servers.iter().all(|pid| !again.contains(pid)));
    second.kill().unwrap();
    second.wait().unwrap();
    for pid in servers.into_iter().chain(again) {
        until_gone(pid).await;
    }
}

#[tokio::test]
async fn a_directory_whose_launcher_is_alive_is_refused() {
    let scratch = Scratch::new();
    let (mut other, servers) = launch(scratch.path());
    let refused =
        Nats::start(&tools(), &scratch.path().join("nats"), &NatsOptions::default()).await.unwrap_err();
    assert!(matches!(refused, Error::InUse { owner, .. } if owner == other.id()), "{refused}");
    assert!(other.try_wait().unwrap().is_none());
    other.kill().unwrap();
    other.wait().unwrap();
    for pid in servers {
        until_gone(pid).await;
    }
}

#[tokio::test]
async fn the_process_noted_beside_the_data_is_ended_when_its_launcher_is_gone() {
    let scratch = Scratch::new();
    let mut orphan = Command::new("sleep").arg("600").spawn().unwrap();
    let note = format!("{} {} 4194305 1\n", orphan.id(), started(orphan.id()));
    std::fs::write(scratch.path().join("nats.pid"), note).unwrap();
    let nats = Nats::start(&tools(), scratch.path(), &NatsOptions::default()).await.unwrap();
    assert!(!orphan.wait().unwrap().success());
    nats.stop().await.unwrap();
}

#[tokio::test]
async fn another_process_that_was_given_the_same_number_is_left_alone() {
    let scratch = Scratch::new();
    let mut stranger = Command::new("sleep").arg("600").spawn().unwrap();
    let note = format!("{} {} 4194305 1\n", stranger.id(), started(stranger.id()) - 1);
    std::fs::write(scratch.path().join("nats.pid"), note).unwrap();
    let nats = Nats::start(&tools(), scratch.path(), &NatsOptions::default()).await.unwrap();
    assert!(stranger.try_wait().unwrap().is_none());
    nats.stop().await.unwrap();
    stranger.kill().unwrap();
    stranger.wait().unwrap();
}
