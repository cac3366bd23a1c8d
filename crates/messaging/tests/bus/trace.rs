//! The trace of a command goes with its facts.

use std::sync::{Arc, Mutex};

use contracts::Message as _;
use contracts::common::v1::Metadata;
use messaging::{Envelope, subjects};
use opentelemetry::trace::{SpanKind, TracerProvider as _};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanData, SpanExporter};
use tracing_subscriber::layer::SubscriberExt as _;

use crate::support::{Running, Stack, command, until, until_relayed};

const COMMAND: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// Keeps the spans that end.
#[derive(Clone, Debug, Default)]
struct Ended(Arc<Mutex<Vec<SpanData>>>);

impl SpanExporter for Ended {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        self.0.lock().expect("no panic").extend(batch);
        Ok(())
    }
}

#[tokio::test]
async fn a_publication_is_a_producer_span_linked_to_the_command_and_goes_with_the_message() {
    let ended = Ended::default();
    let provider = SdkTracerProvider::builder().with_simple_exporter(ended.clone()).build();
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));
    // For this thread, where everything below runs.
    let _subscriber = tracing::subscriber::set_default(tracing_subscriber::registry().with(layer));

    let stack = Stack::start().await;
    let (journal, bus) = (stack.journal(), stack.bus().await);
    let mut traced = command(1);
    let metadata = Metadata { traceparent: COMMAND.into(), ..Metadata::default() };
    traced.facts[0].metadata = metadata.encode_to_vec();
    journal.append(traced).await.expect("an append");
    journal.append(command(1)).await.expect("an append nobody traces");
    let relay = Running::start(journal.clone(), bus.clone());
    until_relayed(&bus, 2).await;
    relay.stop().await;

    let published = || {
        let spans = ended.0.lock().expect("no panic").clone();
        spans.into_iter().filter(|span| span.name.starts_with("publish ")).collect::<Vec<_>>()
    };
    until("the span", async || !published().is_empty()).await;
    let [span] = published().try_into().expect("one span: the other fact has no trace");
    let fact = journal.at(&[1]).await.expect("facts").remove(0);
    assert_eq!(span.name, format!("publish {}", subjects::template(fact.kind)));
    assert_eq!(span.span_kind, SpanKind::Producer);
    let [link] = &span.links.links[..] else { panic!("{:?}", span.links) };
    let linked = &link.span_context;
    assert_eq!(format!("00-{}-{}-01", linked.trace_id(), linked.span_id()), COMMAND);

    let stream = bus.jetstream().get_stream(subjects::JOURNAL).await.expect("a stream");
    let message = stream.get_raw_message(1).await.expect("the message");
    let context = &span.span_context;
    let hop = format!("00-{}-{}-01", context.trace_id(), context.span_id());
    assert_eq!(Envelope::hop_in(&message.headers), Some(hop.as_str()));
    assert_eq!(message.headers.get("ce-traceparent").map(|value| value.as_str()), Some(COMMAND));
    let untraced = stream.get_raw_message(2).await.expect("the message");
    assert_eq!(Envelope::hop_in(&untraced.headers), None);
}
