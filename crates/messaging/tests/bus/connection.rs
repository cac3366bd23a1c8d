//! Connecting, streams, readiness.

use std::sync::atomic::{AtomicU32, Ordering};

use async_nats::jetstream::stream::{Config, StorageType};
use local_servers::{Nats, NatsOptions, free_port};
use messaging::{Bus, BusError, StreamSettings, subjects};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::support::{Scratch, tools};

async fn nats(scratch: &Scratch) -> Nats {
    Nats::start(&tools(), &scratch.path().join("nats"), &NatsOptions::default()).await.expect("NATS")
}

/// Greets and answers as a server of that version would, as far as a connection goes.
async fn pretend(version: &str) -> String {
    pretend_and_listen(version).await.0
}

/// The same, with what it is told.
async fn pretend_and_listen(version: &str) -> (String, mpsc::UnboundedReceiver<String>) {
    let (heard, told) = mpsc::unbounded_channel();
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("nats://{}", listener.local_addr().expect("an address"));
    let greeting = format!(
        "INFO {{\"server_id\":\"X\",\"server_name\":\"x\",\"version\":\"{version}\",\"proto\":1,\"headers\":true,\
         \"max_payload\":1048576,\"jetstream\":true,\"host\":\"127.0.0.1\",\"port\":4222}}\r\n"
    );
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let (read, mut write) = socket.into_split();
            let mut lines = BufReader::new(read).lines();
            if write.write_all(greeting.as_bytes()).await.is_err() {
                continue;
            }
            while let Ok(Some(line)) = lines.next_line().await {
                drop(heard.send(line.clone()));
                if line.starts_with("PING") && write.write_all(b"PONG\r\n").await.is_err() {
                    break;
                }
            }
        }
    });
    (url, told)
}

#[tokio::test]
async fn the_user_and_password_of_an_address_are_given_to_the_server() {
    let (url, mut told) = pretend_and_listen("2.12.0").await;
    let host = url.trim_start_matches("nats://");
    let bus = Bus::connect(&format!("{url}, nats://jalon:secret@{host}")).await.expect("connected");
    let said = told.recv().await.expect("a first line");
    assert!(said.starts_with("CONNECT ") && said.contains(r#""user":"jalon""#), "{said}");
    assert!(said.contains(r#""pass":"secret""#) && !format!("{bus:?}").contains("secret"), "{said}");
}

#[tokio::test]
async fn a_server_older_than_2_12_is_refused_with_its_version() {
    let refused = Bus::connect(&pretend("2.9.10").await).await.expect_err("too old");
    assert!(matches!(&refused, BusError::TooOld { found } if found == "2.9.10"), "{refused:?}");
    assert!(refused.to_string().contains("2.9.10") && refused.to_string().contains("2.12"), "{refused}");
    Bus::connect(&pretend("2.12.0").await).await.expect("recent enough");
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_named_without_its_credentials() {
    let port = free_port().expect("a port");
    let failed = Bus::connect(&format!("nats://jalon:secret@127.0.0.1:{port}")).await.expect_err("nobody");
    let said = failed.to_string();
    assert!(said.contains(&format!("127.0.0.1:{port}")) && said.contains("NATS_URL"), "{said}");
    assert!(!said.contains("secret"), "{said}");
}

#[tokio::test]
async fn any_of_several_servers_will_do() {
    let scratch = Scratch::new();
    let nats = nats(&scratch).await;
    let nobody = free_port().expect("a port");
    Bus::connect(&format!("nats://127.0.0.1:{nobody}, {}", nats.url())).await.expect("the second one");
}

#[tokio::test]
async fn a_patient_connection_waits_for_the_server_and_says_so() {
    let scratch = Scratch::new();
    let mut nats = nats(&scratch).await;
    nats.kill().await.expect("killed");
    let (url, waits) = (nats.url(), AtomicU32::new(0));
    let patiently = Bus::connect_patiently(&url, |why| {
        assert!(matches!(why, BusError::Unreachable { .. }), "{why:?}");
        waits.fetch_add(1, Ordering::Relaxed);
    });
    let server = async {
        while waits.load(Ordering::Relaxed) < 2 {
            tokio::task::yield_now().await;
        }
        nats.restart().await
    };
    let (bus, restarted) = tokio::join!(patiently, server);
    restarted.expect("restarted");
    bus.expect("connected in the end");
    let too_old = Bus::connect_patiently(&pretend("2.11.0").await, |_| {}).await;
    assert!(matches!(too_old, Err(BusError::TooOld { .. })), "what will not pass is not waited for");
}

#[tokio::test]
async fn streams_are_made_once_and_a_changed_setting_is_found_and_put_right() {
    let scratch = Scratch::new();
    let nats = nats(&scratch).await;
    let bus = Bus::connect(&nats.url()).await.expect("connected");
    assert!(matches!(bus.verify().await, Err(BusError::StreamMissing { stream }) if stream == "JOURNAL"));
    bus.migrate().await.expect("made");
    bus.migrate().await.expect("the same again");
    bus.verify().await.expect("as asked");
    for stream in [subjects::JOURNAL, subjects::FEED, subjects::DLQ, subjects::ADVISORIES] {
        bus.jetstream().get_stream(stream).await.expect(stream);
    }
    let changed = Config { max_messages: 7, ..subjects::journal_stream(&StreamSettings::default()) };
    bus.jetstream().update_stream(&changed).await.expect("changed by hand");
    match bus.verify().await {
        Err(BusError::Differs { stream, field, asked, found }) => {
            let differs = (stream.as_str(), field.as_str(), asked.as_str(), found.as_str());
            assert_eq!(differs, ("JOURNAL", "max_msgs", "null", "7"));
        }
        other => panic!("{other:?}"),
    }
    bus.migrate().await.expect("put right");
    bus.verify().await.expect("as asked");
}

#[tokio::test]
async fn a_stream_that_cannot_become_what_it_must_be_is_refused() {
    let scratch = Scratch::new();
    let nats = nats(&scratch).await;
    let bus = Bus::connect(&nats.url()).await.expect("connected");
    let foreign = Config {
        name: subjects::JOURNAL.into(),
        subjects: vec!["jalon.evt.>".into()],
        storage: StorageType::Memory,
        ..Config::default()
    };
    bus.jetstream().create_stream(foreign).await.expect("made by someone else");
    let refused = bus.migrate().await.expect_err("refused");
    assert!(matches!(&refused, BusError::Refused { stream, .. } if stream == "JOURNAL"), "{refused:?}");
    assert!(!matches!(bus.verify().await, Ok(())));
    let three = Bus::connect(&nats.url()).await.expect("connected");
    let three = three.with_streams(StreamSettings { replicas: 3, ..StreamSettings::default() });
    bus.jetstream().delete_stream(subjects::JOURNAL).await.expect("deleted");
    let refused = three.migrate().await.expect_err("one server cannot hold three copies");
    assert!(matches!(refused, BusError::Refused { .. }), "{refused:?}");
}

#[tokio::test]
async fn the_bus_is_ready_when_jetstream_answers_for_the_stream() {
    let scratch = Scratch::new();
    let mut nats = nats(&scratch).await;
    let bus = Bus::connect(&nats.url()).await.expect("connected");
    assert!(matches!(bus.ready().await, Err(BusError::StreamMissing { .. })));
    bus.migrate().await.expect("made");
    bus.ready().await.expect("ready");
    nats.kill().await.expect("killed");
    let begun = Instant::now();
    assert!(matches!(bus.ready().await, Err(BusError::Unavailable(_))));
    assert!(begun.elapsed().as_secs_f64() < 3.0, "{:?}", begun.elapsed());
    nats.restart().await.expect("restarted");
    crate::support::until("readiness", async || bus.ready().await.is_ok()).await;
}
