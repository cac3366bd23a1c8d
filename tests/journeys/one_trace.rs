//! One trace from the HTTP command through append, relay, read model and reaction.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use axum::http::HeaderMap;
use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest, common::v1::any_value::Value,
};
use prost::Message as _;
use serde_json::json;
use testkit::stack::{Demo, folder, until};

/// A span: its name, its trace, the traces it is linked to, and who sent it.
#[derive(Clone, Debug)]
struct Seen {
    name: String,
    sender: Vec<(String, String)>,
    trace: String,
    links: Vec<String>,
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

async fn receiver(spans: Arc<Mutex<Vec<Seen>>>) -> String {
    let keep = move |headers: HeaderMap, body: axum::body::Bytes| {
        let request = ExportTraceServiceRequest::decode(body).expect("OTLP");
        let shown = headers.get("x-tenant").and_then(|value| value.to_str().ok()).unwrap_or_default();
        for resource in request.resource_spans {
            let mut sender = vec![("x-tenant".to_owned(), shown.to_owned())];
            for attribute in resource.resource.into_iter().flat_map(|resource| resource.attributes) {
                if let Some(Value::StringValue(text)) = attribute.value.and_then(|value| value.value) {
                    sender.push((attribute.key, text));
                }
            }
            let all = resource.scope_spans.into_iter().flat_map(|scope| scope.spans);
            spans.lock().expect("a lock").extend(all.map(|span| Seen {
                name: span.name,
                sender: sender.clone(),
                trace: hexadecimal(&span.trace_id),
                links: span.links.iter().map(|link| hexadecimal(&link.trace_id)).collect(),
            }));
        }
        async { "" }
    };
    let router = axum::Router::new().route("/v1/traces", axum::routing::post(keep));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_is_followed_through_append_relay_read_model_and_reaction() {
    let spans = Arc::new(Mutex::new(Vec::new()));
    let endpoint = receiver(spans.clone()).await;
    let variables = [("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()), ("OTEL_BSP_SCHEDULE_DELAY", "100")];
    let demo = Demo::start_in(folder("one-trace"), true, &variables).await;
    is_followed(&demo, &spans).await;
    let senders: BTreeSet<String> = spans.lock().expect("a lock").iter().filter_map(service).collect();
    for unit in ["jalon-prescription", "jalon-relay", "jalon-followup"] {
        assert!(senders.contains(unit), "{unit} in {senders:?}");
    }
    demo.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_process_exports_as_the_standard_variables_say_and_logs_as_it_is_told() {
    let spans = Arc::new(Mutex::new(Vec::new()));
    let endpoint = format!("{}/v1/traces", receiver(spans.clone()).await);
    let variables = [
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", endpoint.as_str()),
        ("OTEL_EXPORTER_OTLP_HEADERS", "x-tenant=un%20essai"),
        ("OTEL_SERVICE_NAME", "jalon-essai"),
        ("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=essai%20local,autre=1"),
        ("OTEL_BSP_SCHEDULE_DELAY", "100"),
        ("JALON_LOG", "info"),
    ];
    let demo = Demo::start_in(folder("one-trace-alone"), false, &variables).await;
    is_followed(&demo, &spans).await;
    for (name, value) in [
        ("x-tenant", "un essai"),
        ("service.name", "jalon-essai"),
        ("deployment.environment.name", "essai local"),
        ("autre", "1"),
    ] {
        let said = (name.to_owned(), value.to_owned());
        assert!(
            spans.lock().expect("a lock").iter().all(|span: &Seen| span.sender.contains(&said)),
            "{said:?}"
        );
    }
    let log = std::fs::read_to_string(demo.dir.join("demo.log")).expect("a log");
    assert!(log.contains("\"serving\""), "at the level that was asked for: {log}");
    // How it goes is told at an address of its own, and to whoever administers it.
    let metrics = demo.api.get(&demo.token("ADMINISTRATEUR"), "/metrics").await;
    assert!(metrics.status == 200 && metrics.text.contains("# TYPE jalon_"), "{}", metrics.text);
    let environment = std::fs::read_to_string(demo.dir.join("environment")).expect("environment");
    let own =
        environment.lines().find_map(|line| line.strip_prefix("JALON_METRICS_ADDR=")).expect("an address");
    let answer = reqwest::get(format!("http://{own}/metrics")).await.expect("an answer");
    assert_eq!(answer.status(), 200);
    demo.stop().await;
}

fn service(span: &Seen) -> Option<String> {
    span.sender.iter().find(|(name, _)| name == "service.name").map(|(_, value)| value.clone())
}

/// A command of which a reaction follows is in one trace, whatever process does what.
async fn is_followed(demo: &Demo, spans: &Mutex<Vec<Seen>>) {
    let cip = demo.token("CIP");
    let case = demo.id("case-aya");
    let aci = demo.id("aci-fil");
    // Two candidatures; accepting one makes the other lapse: a reaction in another process.
    let mut sent = Vec::new();
    for _ in 0..2 {
        let body = json!({"kind": "CANDIDATURE_IAE", "addressee_id": aci, "position": {"label": "Couture"}});
        let prescription =
            demo.api.must(&cip, &format!("/api/v1/cases/{case}/prescriptions"), body).await.id();
        demo.api.must(&cip, &format!("/api/v1/prescriptions/{prescription}/send"), json!({})).await;
        sent.push(prescription);
    }
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let request =
        demo.api.request("POST", &format!("/api/v1/prescriptions/{}/accept", sent[0])).bearer_auth(&cip);
    let request = request
        .header("idempotency-key", "accept-1")
        .header("traceparent", format!("00-{trace}-00f067aa0ba902b7-01"));
    let answer = demo.api.send(request.json(&json!({}))).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let wanted = ["request", "command", "append", "publish", "project", "reaction"];
    let found = |wanted: &str| {
        let spans = spans.lock().expect("a lock");
        spans.iter().any(|span: &Seen| {
            let named = span.name.contains(wanted) || wanted == "request" && span.name.starts_with("POST /");
            named && (span.trace == trace || span.links.iter().any(|link| link == trace))
        })
    };
    until("every part of the way is in the trace", async || wanted.iter().all(|wanted| found(wanted))).await;
}
