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

mod client;
mod lines;
mod settings;
mod traces;

pub mod context;
pub mod metrics;

use std::{
    io::{IsTerminal as _, stderr},
    path::PathBuf,
};

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
pub use settings::{LogFormat, Settings, pairs};

/// Why telemetry could not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The log filter does not parse.
    #[error("JALON_LOG n’est pas un filtre de journaux, comme « info » ou « warn,jalon=debug » : {0}")]
    Filter(#[from] tracing_subscriber::filter::ParseError),
    /// The OTLP endpoint is no address of HTTP, or says who asks. It is not repeated: an address may hold a password.
    #[error(
        "OTEL_EXPORTER_OTLP_ENDPOINT (ou …_TRACES_ENDPOINT) doit être une adresse en http:// ou https://, sans nom ni mot de passe : ce qui identifie Jalon auprès du collecteur va dans OTEL_EXPORTER_OTLP_HEADERS"
    )]
    Endpoint,
    /// The file of certificates holds none that can be read.
    #[error(
        "OTEL_EXPORTER_OTLP_CERTIFICATE (ou …_TRACES_CERTIFICATE) doit nommer un fichier PEM qui contient des certificats, lisible par Jalon : {} n’en est pas un",
        .0.display()
    )]
    Certificate(PathBuf),
    /// Nothing says whom to believe over TLS.
    #[error(
        "aucun certificat de confiance n’a été trouvé sur cette machine : installez le paquet ca-certificates, ou nommez dans OTEL_EXPORTER_OTLP_CERTIFICATE celui du collecteur"
    )]
    NobodyTrusted,
    /// TLS could not be prepared.
    #[error("le chiffrement vers le collecteur de traces ne peut pas être préparé : {0}")]
    Tls(String),
    /// A variable of pairs holds something else.
    #[error(
        "{0} doit s’écrire nom=valeur, les paires séparées par des virgules, les valeurs encodées (%20 pour une espace)"
    )]
    Pairs(&'static str),
    /// The OTLP exporter refused its configuration.
    #[error(
        "l’envoi des traces ne peut pas être préparé ; vérifiez les variables OTEL_EXPORTER_OTLP_… : {0}"
    )]
    Exporter(#[from] opentelemetry_otlp::ExporterBuildError),
    /// A subscriber is already installed in this process.
    #[error("les journaux de ce processus sont déjà en place : {0}")]
    AlreadyStarted(#[from] tracing_subscriber::util::TryInitError),
}

/// Keeps the spans flowing; hand it to [`Telemetry::shutdown`] last, or the last spans are lost.
#[derive(Debug)]
#[must_use = "the last spans are only sent by shutdown()"]
pub struct Telemetry {
    provider: SdkTracerProvider,
}

/// Installs logs and traces for the whole process. Works once per process, inside a Tokio runtime.
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
    fn an_endpoint_that_is_none_or_says_who_asks_is_refused_at_start() {
        let wrong =
            ["https://user:password@collector.example", "grpc://collector.example", "https:///v1", "http://"];
        for endpoint in wrong {
            let endpoint = || Some(endpoint.to_owned());
            let base = Settings { otlp_endpoint: endpoint(), ..Settings::new("case") };
            let traces = Settings { otlp_traces_endpoint: endpoint(), ..Settings::new("case") };
            for settings in [base, traces] {
                let refused = start(&settings);
                assert!(matches!(refused, Err(Error::Endpoint)), "{refused:?}");
            }
        }
        assert!(!Error::Endpoint.to_string().contains("password"));
    }

    #[tokio::test]
    async fn a_file_without_certificates_is_refused_at_start_and_named() {
        for file in ["Cargo.toml", "no-such-file.pem"] {
            let refused = start(&Settings {
                otlp_endpoint: Some("https://collector.example".to_owned()),
                otlp_certificate: Some(file.into()),
                ..Settings::new("case")
            });
            let said = refused.expect_err("refused").to_string();
            assert!(said.contains(file) && said.contains("OTEL_EXPORTER_OTLP_CERTIFICATE"), "{said}");
        }
    }

    #[test]
    fn a_filter_that_does_not_parse_is_refused_at_start() {
        let refused = start(&Settings { filter: "jalon=loud".to_owned(), ..Settings::new("case") });
        assert!(matches!(refused, Err(Error::Filter(_))), "{refused:?}");
    }
}
