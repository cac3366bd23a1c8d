//! Spans as a collector receives them. One test, as it installs the subscriber of the process.

use axum::{Router, body::Bytes, extract::State, http::HeaderMap, routing::post};
use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    common::v1::any_value::Value,
    trace::v1::{ResourceSpans, Span},
};
use prost::Message as _;
use telemetry::{Settings, context};
use tokio::{net::TcpListener, sync::mpsc};
use tracing::{Instrument as _, info_span};

type Received = mpsc::UnboundedReceiver<(HeaderMap, ExportTraceServiceRequest)>;

const CAUSE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const CAUSE_TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const CAUSE_SPAN: &str = "00f067aa0ba902b7";

#[tokio::test]
async fn spans_reach_the_collector_with_their_parents_and_links() {
    let (endpoint, mut received) = collector().await;
    let telemetry = telemetry::start(&Settings {
        filter: "off".to_owned(),
        otlp_endpoint: Some(endpoint),
        otlp_headers: vec![("x-tenant".to_owned(), "jalon".to_owned())],
        resource_attributes: vec![("deployment.environment.name".to_owned(), "test".to_owned())],
        ..Settings::new("case-service")
    })
    .unwrap();

    do_some_work().await;
    telemetry.shutdown().await;

    let (headers, request) = received.try_recv().unwrap();
    assert_eq!(headers["x-tenant"], "jalon");
    let [resource] = request.resource_spans.try_into().unwrap();
    assert_eq!(attribute(&resource, "service.name"), Some("case-service"));
    assert_eq!(attribute(&resource, "deployment.environment.name"), Some("test"));
    check_spans(&resource);
}

/// A request from outside that runs a command, then a projection that follows it.
async fn do_some_work() {
    let request = info_span!("request");
    context::set_parent(&request, CAUSE);
    async {
        tokio::task::yield_now().await;
        info_span!("command", command = "open_case").in_scope(|| {});
    }
    .instrument(request)
    .await;

    let projection = info_span!("projection");
    context::set_parent(&projection, "00-not-a-traceparent");
    context::add_link(&projection, CAUSE);
    context::add_link(&projection, "neither");
    projection.in_scope(|| context::add_link(&projection, CAUSE));
}

fn check_spans(resource: &ResourceSpans) {
    let request = span(resource, "request");
    assert_eq!(hex(&request.trace_id), CAUSE_TRACE);
    assert_eq!(hex(&request.parent_span_id), CAUSE_SPAN);
    assert_eq!(request.trace_state, "");

    let command = span(resource, "command");
    assert_eq!(command.trace_id, request.trace_id);
    assert_eq!(command.parent_span_id, request.span_id);

    let projection = span(resource, "projection");
    assert_ne!(hex(&projection.trace_id), CAUSE_TRACE);
    assert_eq!(hex(&projection.parent_span_id), "");
    let links: Vec<String> = projection.links.iter().map(|link| hex(&link.span_id)).collect();
    assert_eq!(links, [CAUSE_SPAN, CAUSE_SPAN], "linked before and after the span was entered");
}

/// A collector on loopback that hands over whatever it receives.
async fn collector() -> (String, Received) {
    let (sender, received) = mpsc::unbounded_channel();
    let receive = |State(sender): State<mpsc::UnboundedSender<_>>, headers: HeaderMap, body: Bytes| async move {
        let request = ExportTraceServiceRequest::decode(body).expect("spans in protobuf");
        sender.send((headers, request)).expect("a test that listens");
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
    let app = Router::new().route("/v1/traces", post(receive)).with_state(sender);
    tokio::spawn(async move { axum::serve(listener, app).await });
    (endpoint, received)
}

fn span<'a>(resource: &'a ResourceSpans, name: &str) -> &'a Span {
    let mut spans = resource.scope_spans.iter().flat_map(|scope| &scope.spans);
    spans.find(|span| span.name == name).expect(name)
}

fn attribute<'a>(resource: &'a ResourceSpans, key: &str) -> Option<&'a str> {
    let attribute = resource.resource.as_ref()?.attributes.iter().find(|attribute| attribute.key == key)?;
    match attribute.value.as_ref()?.value.as_ref()? {
        Value::StringValue(text) => Some(text),
        _ => None,
    }
}

fn hex(id: &[u8]) -> String {
    id.iter().map(|byte| format!("{byte:02x}")).collect()
}
