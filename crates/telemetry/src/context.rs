//! Carrying a trace across facts and messages, as a W3C `traceparent`.
//!
//! Only `traceparent` travels: we add nothing to `tracestate`, and an empty one is not sent.

use opentelemetry::{
    Context,
    trace::{SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState},
};
use tracing::Span;
use tracing_opentelemetry::{OpenTelemetrySpanExt as _, SetParentError};

/// The `traceparent` of the current span, to put in a header or in a fact's metadata.
///
/// None outside any span of level `info` or above, or before [`start`](crate::start).
pub fn current_traceparent() -> Option<String> {
    let context = Context::current();
    let span = context.span();
    let span = span.span_context();
    span.is_valid().then(|| write(span))
}

/// Makes `span` a child of the span named by `traceparent`. A malformed one is ignored.
///
/// Call it before the span is first entered: afterwards its parent is settled.
pub fn set_parent(span: &Span, traceparent: &str) {
    let Some(parent) = parse(traceparent) else { return };
    if let Err(SetParentError::AlreadyStarted) =
        span.set_parent(Context::new().with_remote_span_context(parent))
    {
        tracing::warn!("a span's parent was set too late and is ignored");
    }
}

/// Links `span` to the span named by `traceparent`, which caused it without waiting for it: the
/// command behind a fact, seen from the projection that reads it. A malformed one is ignored.
pub fn add_link(span: &Span, traceparent: &str) {
    if let Some(cause) = parse(traceparent) {
        span.add_link(cause);
    }
}

/// Validates a `traceparent` header that came from outside, and writes it back the way we would:
/// 55 ASCII characters, version 00, no flag but `sampled`. None if it is malformed.
pub fn traceparent_from(header: &str) -> Option<String> {
    parse(header).map(|span| write(&span))
}

fn write(span: &SpanContext) -> String {
    let sampled = span.trace_flags() & TraceFlags::SAMPLED;
    format!("00-{}-{}-{sampled:02x}", span.trace_id(), span.span_id())
}

/// Reads `version-trace_id-span_id-flags`, all lowercase hexadecimal and ids not zero. A version
/// after 00 may add parts at the end, which are ignored; version ff does not exist.
fn parse(traceparent: &str) -> Option<SpanContext> {
    let mut parts = traceparent.trim().split('-');
    let mut hex = |digits: usize| {
        parts.next().filter(|part| {
            part.len() == digits && part.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        })
    };
    let (version, trace_id, span_id, flags) = (hex(2)?, hex(32)?, hex(16)?, hex(2)?);
    if version == "ff" || (version == "00" && parts.next().is_some()) {
        return None;
    }
    let flags = TraceFlags::new(u8::from_str_radix(flags, 16).ok()?) & TraceFlags::SAMPLED;
    let (trace_id, span_id) = (TraceId::from_hex(trace_id).ok()?, SpanId::from_hex(span_id).ok()?);
    let span = SpanContext::new(trace_id, span_id, flags, true, TraceState::default());
    span.is_valid().then_some(span)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
    const SPAN: &str = "00f067aa0ba902b7";

    #[test]
    fn a_valid_traceparent_comes_back_normalized() {
        let ours = format!("00-{TRACE}-{SPAN}-01");
        for header in [
            ours.clone(),
            format!(" {ours} "),
            format!("00-{TRACE}-{SPAN}-ff"),
            format!("01-{TRACE}-{SPAN}-03-more"),
        ] {
            assert_eq!(traceparent_from(&header).as_ref(), Some(&ours), "{header}");
        }
    }

    #[test]
    fn a_malformed_traceparent_is_nothing() {
        for header in [
            String::new(),
            format!("00-{TRACE}-{SPAN}"),
            format!("00-{TRACE}-{SPAN}-"),
            format!("00-{TRACE}-{SPAN}-1"),
            format!("00-{TRACE}-{SPAN}-01-more"),
            format!("ff-{TRACE}-{SPAN}-01"),
            format!("0-{TRACE}-{SPAN}-01"),
            format!("00-{}-{SPAN}-01", TRACE.to_uppercase()),
            format!("00-{}-{SPAN}-01", "0".repeat(32)),
            format!("00-{TRACE}-{}-01", "0".repeat(16)),
            format!("00-{TRACE}-+{}-01", &SPAN[1..]),
            format!("00-{}é-{SPAN}-01", &TRACE[2..]),
        ] {
            assert_eq!(traceparent_from(&header), None, "{header}");
        }
    }
}
