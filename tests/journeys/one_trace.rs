//! One trace from the HTTP command through append, relay, read model and reaction.

use std::sync::{Arc, Mutex};

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message as _;
use serde_json::json;
use testkit::stack::{Demo, folder, until};

/// A span: its name, its trace, and the traces it is linked to.
#[derive(Clone, Debug)]
struct Seen {
    name: String,
    trace: String,
    links: Vec<String>,
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

async fn receiver(spans: Arc<Mutex<Vec<Seen>>>) -> String {
    let keep = move |body: axum::body::Bytes| {
        let request = ExportTraceServiceRequest::decode(body).expect("OTLP");
        let all = request
            .resource_spans
            .into_iter()
            .flat_map(|resource| resource.scope_spans)
            .flat_map(|scope| scope.spans);
        spans.lock().expect("a lock").extend(all.map(|span| Seen {
            name: span.name,
            trace: hexadecimal(&span.trace_id),
            links: span.links.iter().map(|link| hexadecimal(&link.trace_id)).collect(),
        }));
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
    demo.stop().await;
}
