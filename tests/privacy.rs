//! No personal value leaves the sealed parts: logs, traces, metrics, messages and a dump of the database are searched
//! for whatever the contracts declare personal, in a world that tells every kind of fact.

use std::{
    path::Path,
    sync::{Arc, Mutex},
};

use futures::StreamExt as _;
use testkit::stack::{Demo, folder, project};

#[path = "privacy/search.rs"]
mod search;
#[path = "privacy/seeded.rs"]
mod seeded;

use search::{Findings, Searched, bytes};

/// The world it is tried on.
const STORY: &str = "tesa.json";

/// A receiver of OTLP traces that keeps every body as text.
async fn receiver(bodies: Arc<Mutex<String>>) -> String {
    let keep = move |body: axum::body::Bytes| {
        bodies.lock().expect("a lock").push_str(&String::from_utf8_lossy(&body));
        async { "" }
    };
    let router = axum::Router::new().route("/v1/traces", axum::routing::post(keep));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

fn dump(postgres: &str) -> String {
    let tools =
        local_servers::Tools::find(&project(), &local_servers::Overrides::from_environment()).expect("tools");
    let output = std::process::Command::new(tools.postgres_bin.join("pg_dump"))
        .arg(postgres)
        .output()
        .expect("pg_dump");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Every message of every stream, with its subject and headers, and how many the journal's has.
async fn messages(nats: &str) -> (String, u64) {
    let client = async_nats::connect(nats).await.expect("NATS");
    let jetstream = async_nats::jetstream::new(client);
    let names: Vec<String> =
        jetstream.stream_names().map(|name| name.expect("the name of a stream")).collect().await;
    let (mut text, mut journal) = (String::new(), 0);
    for name in names {
        let mut stream = jetstream.get_stream(&name).await.expect("the stream");
        let held = stream.info().await.expect("its state").state.messages;
        let config = async_nats::jetstream::consumer::pull::OrderedConfig::default();
        let consumer = stream.create_consumer(config).await.expect("a consumer");
        let mut messages = consumer.messages().await.expect("messages");
        for read in 0..held {
            let message = messages.next().await.expect("another message");
            let message =
                message.unwrap_or_else(|error| panic!("{name} ends after {read} of {held}: {error}"));
            let payload = String::from_utf8_lossy(&message.payload);
            text.push_str(&format!("{} {:?} {payload}\n", message.subject, message.headers));
        }
        if name == "JOURNAL" {
            journal = held;
        }
    }
    (text, journal)
}

/// What the logs of that folder say, those of the servers too, and the name of every file.
fn files(dir: &Path, text: &mut String) {
    for entry in std::fs::read_dir(dir).expect("a folder").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        text.push_str(&format!("{name}\n"));
        if entry.path().is_dir() {
            files(&entry.path(), text);
        } else if name.ends_with(".log") {
            text.push_str(&String::from_utf8_lossy(&std::fs::read(entry.path()).expect("a log")));
        }
    }
}

/// What each unit says at its address of measures, and how many units there are.
async fn metrics(dir: &Path) -> (String, usize) {
    let (mut text, mut units) = (String::new(), 0);
    for entry in std::fs::read_dir(dir).expect("a folder").flatten() {
        if entry.path().extension().is_some_and(|extension| extension == "metrics") {
            let address = std::fs::read_to_string(entry.path()).expect("an address");
            let watched = testkit::api::Api::new(&format!("http://{}", address.trim()));
            let metrics = watched.send(watched.request("GET", "/metrics")).await;
            let unit = entry.file_name();
            assert!(metrics.status == 200 && metrics.text.contains("jalon_"), "{unit:?}: {}", metrics.text);
            text.push_str(&metrics.text);
            units += 1;
        }
    }
    (text, units)
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_personal_is_found_outside_the_sealed_parts() {
    let traces = Arc::new(Mutex::new(String::new()));
    let endpoint = receiver(traces.clone()).await;
    let variables = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()),
        ("JALON_LOG", "debug"),
        ("OTEL_BSP_SCHEDULE_DELAY", "200"),
    ];
    let story = format!("deploy/demonstration/{STORY}");
    let demo = Demo::tell(folder("privacy"), &story, true, &variables).await;
    let seeded::Seeded { texts, ambiguous, clear, kinds } = seeded::seeded(&demo, STORY).await;

    // The world tells every kind of fact that holds something personal, and it holds much.
    let facts = contracts::all_aggregates().iter().flat_map(|aggregate| aggregate.facts);
    let untold: Vec<&str> = facts
        .filter(|fact| {
            fact.is_personal() && !kinds.contains(fact.name) && !tests::is_told_elsewhere(fact.name)
        })
        .map(|fact| fact.name)
        .collect();
    assert!(untold.is_empty(), "never told, so never searched for: {untold:?}");
    assert!(texts.len() > 700, "{} personal texts", texts.len());
    assert!(
        ambiguous.is_empty(),
        "said of someone, and in clear elsewhere: reword the story: {ambiguous:#?}"
    );
    let short = texts.iter().filter(|text| text.len() <= 4).count();
    assert!(short > 3, "{short} short texts are looked for, as whole words");

    // What the entitled read holds them: the search would find them.
    let mut findings = Findings::default();
    let board = format!("/api/v1/platforms/{}/board", demo.run["platform_id"].as_str().expect("an id"));
    let board = demo.api.get(&demo.token("REFERENT_EMPLOI"), &board).await;
    let read = Searched::new([board.text.as_str()].into_iter());
    findings.control(read.found(&texts).len() > 5, "names on the board");
    let most_of = |searched: &Searched| {
        let found = searched.found(&clear);
        let missing: Vec<&String> = clear.iter().filter(|text| !found.contains(text)).collect();
        println!("{} of {} traces are not found, such as {:?}", missing.len(), clear.len(), missing.first());
        missing.len() * 5 < clear.len()
    };

    let dump = dump(demo.run["postgres"].as_str().expect("a URL"));
    let in_bytes = bytes(&dump);
    findings
        .control(most_of(&Searched::new([in_bytes.as_str()].into_iter())), "traces in the bytes of the dump");
    findings.search("the database", &dump, &texts);
    findings.search_bytes("the database, in bytes,", &in_bytes, &texts);

    let (said, count) = messages(demo.run["nats"].as_str().expect("a URL")).await;
    let (_, status) = demo.jalon(&["status", "--json"]).await;
    let status: serde_json::Value = serde_json::from_str(status.trim()).expect("JSON");
    assert_eq!(status["head"].as_u64(), Some(count), "every message of the journal was read");
    findings.control(most_of(&Searched::new([said.as_str()].into_iter())), "traces in the messages");
    findings.search_bytes("NATS", &said, &texts);

    let (said, units) = metrics(&demo.dir).await;
    assert!(units >= 11, "{units} units say how they are");
    findings.control(said.contains("command=\"case.open\""), "commands in the metrics");
    findings.search("the metrics", &said, &texts);

    let dir = demo.stop().await;
    let mut logs = String::new();
    files(&dir, &mut logs);
    for known in ["serving", "projections::", "database system is ready"] {
        findings.control(logs.contains(known), &format!("« {known} » in the logs"));
    }
    findings.search("the logs", &logs, &texts);
    let traces = traces.lock().expect("a lock");
    for known in ["case.open", "append case.open"] {
        findings.control(traces.contains(known), &format!("« {known} » in the traces"));
    }
    findings.search_bytes("the traces", &traces, &texts);
    findings.none();
}
