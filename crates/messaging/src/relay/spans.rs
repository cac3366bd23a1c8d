//! One span a publication, linked to the command that stated the fact.

use contracts::Recorded;
use telemetry::context;
use tracing::{Span, field::Empty, info_span};

use crate::{Envelope, subjects};

/// The span of publishing a fact, when a trace asked for it; its context goes with the message, or
/// that of the command when nothing records spans here.
pub(super) fn publish(fact: &Recorded, message: &mut Envelope) -> Span {
    let Some(origin) = message.origin.clone() else { return Span::none() };
    let span = info_span!(
        target: "jalon::relay",
        "publish",
        otel.name = Empty,
        otel.kind = "producer",
        "messaging.system" = "nats",
        "messaging.operation.name" = "publish",
        "messaging.operation.type" = "send",
        "messaging.destination.name" = %message.subject,
        "messaging.destination.template" = Empty,
        "messaging.message.id" = %fact.event_id,
        "jalon.position" = fact.position,
    );
    if !span.is_disabled() {
        let template = subjects::template(fact.kind);
        span.record("otel.name", format!("publish {template}"));
        span.record("messaging.destination.template", template);
        context::add_link(&span, &origin);
    }
    let hop = span.in_scope(context::current_traceparent).or_else(|| context::traceparent_from(&origin));
    if let Some(hop) = hop {
        message.set_hop(&hop);
    }
    span
}
