//! Logs, traces and metrics, set up once per process from [`Settings`] passed in.
//!
//! Logs go to stderr, one line per event. Spans go to an OTLP collector when an endpoint is given;
//! without one nothing is exported, but trace ids and `traceparent` still work, so that every fact,
//! every message and every log line can be tied to the command that caused it.
//!
//! # The privacy rule
//!
//! No personal value ever enters a log field, a span field, a metric label or an error message:
//! only ids, kinds, counts, positions and durations. There is no helper that masks a value, because
//! the value must not get here in the first place. The libraries that would print what they carry at
//! debug level (SQL parameters, message bodies) are held at `info`, whatever the filter says.

mod lines;
mod settings;
mod traces;

pub mod context;
pub mod metrics;

use std::io::{IsTerminal as _, stderr};

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::{Metadata, Subscriber, level_filters::LevelFilter};
use tracing_subscriber::{
    EnvFilter, Layer,
    filter::{FilterExt as _, FilterFn, filter_fn},
    fmt,
    layer::SubscriberExt as _,
    registry::LookupSpan,
    util::SubscriberInitExt as _,
};

pub use metrics::Metrics;
pub use settings::{LogFormat, Settings};

/// Why telemetry could not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The log filter does not parse.
    #[error("the log filter is not valid: {0}")]
    Filter(#[from] tracing_subscriber::filter::ParseError),
    /// The OTLP endpoint is not a plain HTTP address; this build speaks no TLS to the collector.
    #[error("the OTLP endpoint must start with http:// (a collector nearby), not `{0}`")]
    Endpoint(String),
    /// The OTLP exporter refused its configuration.
    #[error("the OTLP exporter cannot be built: {0}")]
    Exporter(#[from] opentelemetry_otlp::ExporterBuildError),
    /// A subscriber is already installed in this process.
    #[error("telemetry is already started in this process: {0}")]
    AlreadyStarted(#[from] tracing_subscriber::util::TryInitError),
}

/// Keeps the spans flowing; hand it to [`Telemetry::shutdown`] last, or the last spans are lost.
#[derive(Debug)]
#[must_use = "the last spans are only sent by shutdown()"]
pub struct Telemetry {
    provider: SdkTracerProvider,
}

/// Installs logs and traces for the whole process. Works once per process.
///
/// The filter rules the logs only: spans are recorded from level `info` up, so that a quieter log
/// does not cut the traces.
pub fn start(settings: &Settings) -> Result<Telemetry, Error> {
    let filter = EnvFilter::builder().parse(&settings.filter)?;
    let provider = traces::provider(settings)?;
    let spans = tracing_opentelemetry::layer().with_tracer(provider.tracer("jalon")).with_threads(false);
    tracing_subscriber::registry()
        .with(spans.with_filter(LevelFilter::INFO.and(without_payloads())))
        .with(log_lines(settings.log_format).with_filter(filter.and(without_payloads())))
        .try_init()?;
    Ok(Telemetry { provider })
}

impl Telemetry {
    /// Sends the spans still waiting, for at most five seconds, then stops recording.
    ///
    /// Sending blocks, so it runs outside the async workers; call this inside a Tokio runtime.
    pub async fn shutdown(self) {
        match tokio::task::spawn_blocking(move || self.provider.shutdown()).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "the last spans could not be sent"),
            Err(error) => tracing::warn!(%error, "sending the last spans was interrupted"),
        }
    }
}

fn log_lines<S>(format: LogFormat) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    match format {
        LogFormat::Json => fmt::layer().event_format(lines::Json).with_writer(stderr).boxed(),
        LogFormat::Plain => fmt::layer().with_ansi(stderr().is_terminal()).with_writer(stderr).boxed(),
    }
}

/// Libraries that print what they carry below `info`: SQL parameters, message bodies.
const PAYLOAD_PRINTERS: [&str; 2] = ["tokio_postgres", "async_nats"];

/// Part of the privacy rule: holds the [`PAYLOAD_PRINTERS`] at `info`, out of the filter's reach.
fn without_payloads() -> FilterFn {
    let allowed = |event: &Metadata<'_>| {
        *event.level() <= LevelFilter::INFO
            || !PAYLOAD_PRINTERS.iter().any(|printer| event.target().starts_with(printer))
    };
    filter_fn(allowed as fn(&Metadata<'_>) -> bool).with_max_level_hint(LevelFilter::TRACE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_we_could_not_reach_is_refused_at_start() {
        let otlp_endpoint = Some("https://collector.example".to_owned());
        let refused = start(&Settings { otlp_endpoint, ..Settings::new("case") });
        assert!(matches!(refused, Err(Error::Endpoint(_))), "{refused:?}");
    }

    #[test]
    fn a_filter_that_does_not_parse_is_refused_at_start() {
        let refused = start(&Settings { filter: "jalon=loud".to_owned(), ..Settings::new("case") });
        assert!(matches!(refused, Err(Error::Filter(_))), "{refused:?}");
    }
}
