//! Where traces go, by the variables that OpenTelemetry names.

use super::{ConfigError, read, variable};

/// Where traces go: nowhere unless there is an endpoint. What each variable holds, as it was written.
#[derive(Clone, Default)]
pub struct Traces {
    /// `OTEL_EXPORTER_OTLP_ENDPOINT`: the collector; spans go to `/v1/traces` under it.
    pub endpoint: Option<String>,
    /// `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`: the address spans go to as it stands, which wins over the former.
    pub traces_endpoint: Option<String>,
    /// `OTEL_EXPORTER_OTLP_CERTIFICATE`: the PEM file of the certificates that are believed over TLS, instead of those
    /// that the machine trusts; `OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE` wins.
    pub certificate: Option<String>,
    /// `OTEL_EXPORTER_OTLP_HEADERS` (or `…_FILE`): headers of each export, `name=value,…`; often a secret.
    pub headers: Option<String>,
    /// `OTEL_SERVICE_NAME`: what the process is called in traces.
    pub service: Option<String>,
    /// `OTEL_RESOURCE_ATTRIBUTES`: what else describes it, `name=value,…`.
    pub attributes: Option<String>,
}

impl std::fmt::Debug for Traces {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Traces").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}

const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
const TRACES_ENDPOINT: &str = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
const CERTIFICATE: &str = "OTEL_EXPORTER_OTLP_CERTIFICATE";
const TRACES_CERTIFICATE: &str = "OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE";
const HEADERS: &str = "OTEL_EXPORTER_OTLP_HEADERS";
const SERVICE: &str = "OTEL_SERVICE_NAME";
const ATTRIBUTES: &str = "OTEL_RESOURCE_ATTRIBUTES";

impl Traces {
    pub(super) fn read() -> Result<Self, ConfigError> {
        Ok(Self {
            endpoint: read(ENDPOINT)?,
            traces_endpoint: read(TRACES_ENDPOINT)?,
            certificate: read(TRACES_CERTIFICATE)?.or(read(CERTIFICATE)?),
            headers: read(HEADERS)?,
            service: read(SERVICE)?,
            attributes: read(ATTRIBUTES)?,
        })
    }

    /// As the environment says, and nothing else.
    pub(super) fn said() -> Self {
        Self {
            endpoint: variable(ENDPOINT),
            traces_endpoint: variable(TRACES_ENDPOINT),
            certificate: variable(TRACES_CERTIFICATE).or_else(|| variable(CERTIFICATE)),
            headers: variable(HEADERS),
            service: variable(SERVICE),
            attributes: variable(ATTRIBUTES),
        }
    }

    /// The variables that say the same, for another process: the name is each one’s own.
    pub(super) fn environment(&self) -> impl Iterator<Item = (&'static str, String)> {
        let variables = [
            (ENDPOINT, self.endpoint.clone()),
            (TRACES_ENDPOINT, self.traces_endpoint.clone()),
            (CERTIFICATE, self.certificate.clone()),
            (HEADERS, self.headers.clone()),
            (ATTRIBUTES, self.attributes.clone()),
        ];
        variables.into_iter().filter_map(|(name, value)| Some((name, value?)))
    }
}
