//! The private NATS: starts, keeps its streams through crashes, stops.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use crate::support::{Scratch, tools};
use async_nats::jetstream;
use local_servers::{Nats, NatsOptions, Overrides, Tools};

async fn facts(nats: &Nats) -> jetstream::stream::Stream {
    let client = async_nats::connect(nats.url()).await.unwrap();
    let wanted = jetstream::stream::Config {
        name: "FACTS".into(),
        subjects: vec!["facts.>".into()],
        ..jetstream::stream::Config::default()
    };
    jetstream::new(client).get_or_create_stream(wanted).await.unwrap()
}

async fn publish(nats: &Nats, count: usize) {
    let context = jetstream::new(async_nats::connect(nats.url()).await.unwrap());
    for _ in 0..count {
        context.publish("facts.one", "x".into()).await.unwrap().await.unwrap();
    }
}

async fn count(nats: &Nats) -> u64 {
    facts(nats).await.cached_info().state.messages
}

#[tokio::test]
async fn what_nats_acknowledged_is_still_there_after_a_crash_and_a_restart_on_the_same_port() {
    let scratch = Scratch::new();
    let mut nats =
        Nats::start(&tools(), &scratch.path().join("nats"), &NatsOptions::default()).await.unwrap();
    let (url, first) = (nats.url(), nats.pid());
    facts(&nats).await;
    for crash in 1..=3 {
        publish(&nats, 5).await;
        nats.kill().await.unwrap();
        assert!(tokio::net::TcpStream::connect(("127.0.0.1", nats.port())).await.is_err());
        nats.restart().await.unwrap();
        assert_eq!(count(&nats).await, 5 * crash);
    }
    assert_eq!(nats.url(), url);
    assert_ne!(nats.pid(), first);
    nats.stop().await.unwrap();
}

#[tokio::test]
async fn a_wiped_nats_is_empty_and_on_the_same_port() {
    let scratch = Scratch::new();
    let mut nats =
        Nats::start(&tools(), &scratch.path().join("nats"), &NatsOptions::default()).await.unwrap();
    let url = nats.url();
    facts(&nats).await;
    publish(&nats, 3).await;
    nats.wipe_and_restart().await.unwrap();
    assert_eq!(nats.url(), url);
    assert_eq!(count(&nats).await, 0);
    nats.stop().await.unwrap();
}

#[tokio::test]
async fn nats_syncs_always_only_when_asked() {
    let scratch = Scratch::new();
    for sync_always in [true, false] {
        let nats = Nats::start(&tools(), scratch.path(), &NatsOptions { sync_always }).await.unwrap();
        let written = std::fs::read_to_string(scratch.path().join("nats.conf")).unwrap();
        assert_eq!(written.contains("sync_interval: always"), sync_always);
        nats.stop().await.unwrap();
    }
}

#[tokio::test]
async fn a_nats_that_cannot_use_its_store_fails_at_once_with_its_own_words() {
    let scratch = Scratch::new();
    std::fs::write(scratch.path().join("store"), "not a directory").unwrap();
    let begun = std::time::Instant::now();
    let failed = Nats::start(&tools(), scratch.path(), &NatsOptions::default()).await.unwrap_err();
    assert!(failed.to_string().contains("storage directory"), "{failed}");
    assert!(begun.elapsed() < Duration::from_secs(10));
}

#[test]
fn a_nats_that_is_too_old_is_refused_with_what_to_do() {
    let scratch = Scratch::new();
    let old = scratch.path().join("nats-server");
    pretend(&old, "nats-server: v2.11.9");
    let overrides = Overrides { nats_server: Some(old), ..Overrides::default() };
    let refused = Tools::find(&crate::support::root(), &overrides).unwrap_err().to_string();
    assert!(
        refused.contains("2.11") && refused.contains("2.12") && refused.contains("make setup"),
        "{refused}"
    );
}

#[test]
fn a_missing_nats_is_said_with_what_to_do() {
    let scratch = Scratch::new();
    let overrides = Overrides { postgres_bin: Some(tools().postgres_bin), nats_server: None };
    let missing = Tools::find(scratch.path(), &overrides).unwrap_err();
    assert!(missing.to_string().contains("make setup"), "{missing}");
}

fn pretend(program: &Path, says: &str) {
    std::fs::write(program, format!("#!/bin/sh\necho '{says}'\n")).unwrap();
    std::fs::set_permissions(program, std::fs::Permissions::from_mode(0o755)).unwrap();
}
