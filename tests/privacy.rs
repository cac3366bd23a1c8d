//! No personal value leaves the sealed parts: logs, traces, metrics, subjects and a dump of the
//! database are searched for every seeded name.

use std::{
    path::Path,
    sync::{Arc, Mutex},
};

use futures::StreamExt as _;
use serde_json::Value;
use testkit::stack::{Demo, folder, jalon, project};

/// Every personal text of the story: names, birth dates of identities, telephones, free texts.
fn seeded(story: &Value) -> Vec<String> {
    let mut texts = Vec::new();
    for step in story["steps"].as_array().expect("steps") {
        collect(&step["body"], "", &mut texts);
    }
    texts.sort();
    texts.dedup();
    texts
}

fn collect(value: &Value, name: &str, texts: &mut Vec<String>) {
    const PERSONAL: [&str; 16] = [
        "family_name",
        "given_name",
        "birth_date",
        "phone",
        "email",
        "professional_name",
        "text",
        "comment",
        "reason",
        "conclusion",
        "motivation",
        "justification",
        "tutor_name",
        "tutor_contact",
        "activities",
        "how",
    ];
    match value {
        Value::Object(object) => object.iter().for_each(|(name, value)| collect(value, name, texts)),
        Value::Array(items) => items.iter().for_each(|value| collect(value, name, texts)),
        // Short words would be found everywhere; codes are not personal.
        Value::String(text)
            if PERSONAL.contains(&name)
                && text.len() > 4
                && (text.to_uppercase() != *text || matches!(name, "birth_date" | "phone")) =>
        {
            texts.push(text.clone());
        }
        _ => {}
    }
}

fn search(what: &str, text: &str, seeded: &[String]) {
    for name in seeded {
        assert!(!text.contains(name.as_str()), "{what} holds « {name} »");
    }
}

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
    let tools = local_servers::Tools::find(&project(), &local_servers::Overrides::default()).expect("tools");
    let output = std::process::Command::new(tools.postgres_bin.join("pg_dump"))
        .arg(postgres)
        .output()
        .expect("pg_dump");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// bytea is dumped in hexadecimal: a name in clear inside it is looked for in that form too.
fn in_hexadecimal(texts: &[String]) -> Vec<String> {
    texts.iter().map(|text| text.bytes().map(|byte| format!("{byte:02x}")).collect()).collect()
}

async fn messages(nats: &str) -> String {
    let client = async_nats::connect(nats).await.expect("NATS");
    let stream = async_nats::jetstream::new(client).get_stream("JOURNAL").await.expect("the stream");
    let config = async_nats::jetstream::consumer::pull::OrderedConfig::default();
    let consumer = stream.create_consumer(config).await.expect("a consumer");
    let pending = consumer.cached_info().num_pending;
    let mut messages =
        consumer.messages().await.expect("messages").take(usize::try_from(pending).expect("a count"));
    let mut text = String::new();
    while let Some(Ok(message)) = messages.next().await {
        text.push_str(&format!(
            "{} {:?} {}\n",
            message.subject,
            message.headers,
            String::from_utf8_lossy(&message.payload)
        ));
    }
    text
}

fn files(dir: &Path, text: &mut String) {
    for entry in std::fs::read_dir(dir).expect("a folder").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.ends_with(".log") {
            text.push_str(&std::fs::read_to_string(entry.path()).unwrap_or_default());
        }
        text.push_str(&name);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_seeded_name_is_found_outside_the_sealed_parts() {
    let story =
        std::fs::read_to_string(project().join("deploy/demonstration/small.json")).expect("the story");
    let seeded = seeded(&serde_json::from_str(&story).expect("JSON"));
    assert!(seeded.len() > 12, "the story names people: {seeded:?}");
    let traces = Arc::new(Mutex::new(String::new()));
    let endpoint = receiver(traces.clone()).await;
    let variables = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()),
        ("JALON_LOG", "debug"),
        ("OTEL_BSP_SCHEDULE_DELAY", "200"),
    ];
    let demo = Demo::start_in(folder("privacy"), true, &variables).await;
    assert!(jalon().exists());

    // What the entitled read holds the names: the search would find them.
    let cip = demo.token("CIP");
    let board = demo
        .api
        .get(&cip, &format!("/api/v1/platforms/{}/board", demo.run["platform_id"].as_str().expect("an id")))
        .await;
    assert!(seeded.iter().any(|name| board.text.contains(name.as_str())), "{}", board.text);

    let dump = dump(demo.run["postgres"].as_str().expect("a URL"));
    search("the database", &dump, &seeded);
    search("the database", &dump, &in_hexadecimal(&seeded));
    search("NATS", &messages(demo.run["nats"].as_str().expect("a URL")).await, &seeded);
    for unit in ["case", "followup", "relay"] {
        let address = std::fs::read_to_string(demo.dir.join(format!("{unit}.metrics"))).expect("an address");
        let watched = testkit::api::Api::new(&format!("http://{address}"));
        let metrics = watched.send(watched.request("GET", "/metrics")).await;
        assert!(metrics.status == 200 && metrics.text.contains("jalon_"), "{unit}: {}", metrics.text);
        search("the metrics", &metrics.text, &seeded);
    }
    let dir = demo.dir.clone();
    demo.stop().await;
    let mut logs = String::new();
    files(&dir, &mut logs);
    assert!(logs.contains("serving"), "the logs were found");
    search("the logs", &logs, &seeded);
    let traces = traces.lock().expect("a lock");
    assert!(traces.contains("case.open"), "the traces were received");
    search("the traces", &traces, &seeded);
}
