use std::fmt;

/// What telemetry needs to know, read once by the caller from the standard `OTEL_*` and `RUST_LOG`
/// variables.
#[derive(Clone)]
pub struct Settings {
    /// The service's name, `service.name` in traces (`OTEL_SERVICE_NAME`).
    pub service: String,
    /// Which log lines to print, in `RUST_LOG` syntax.
    pub filter: String,
    /// Where the collector listens (`OTEL_EXPORTER_OTLP_ENDPOINT`), such as
    /// `http://127.0.0.1:4318`; spans go to `/v1/traces` under it. None or empty: no export.
    pub otlp_endpoint: Option<String>,
    /// Headers sent with every export (`OTEL_EXPORTER_OTLP_HEADERS`), often a secret.
    pub otlp_headers: Vec<(String, String)>,
    /// What else describes this process (`OTEL_RESOURCE_ATTRIBUTES`).
    pub resource_attributes: Vec<(String, String)>,
    /// How log lines are written.
    pub log_format: LogFormat,
}

/// How log lines are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// One JSON object per line, for machines.
    #[default]
    Json,
    /// Plain text, for a developer's terminal.
    Plain,
}

impl Settings {
    /// The defaults: JSON logs from `info` up, nothing exported.
    pub fn new(service: impl Into<String>) -> Self {
        Self {
            service: service.into(),
            filter: "info".to_owned(),
            otlp_endpoint: None,
            otlp_headers: Vec::new(),
            resource_attributes: Vec::new(),
            log_format: LogFormat::default(),
        }
    }
}

/// Shows the names of the headers and never their values, which are secrets.
impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headers: Vec<&str> = self.otlp_headers.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("Settings")
            .field("service", &self.service)
            .field("filter", &self.filter)
            .field("otlp_endpoint", &self.otlp_endpoint)
            .field("otlp_headers", &headers)
            .field("resource_attributes", &self.resource_attributes)
            .field("log_format", &self.log_format)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_values_never_show() {
        let otlp_headers = vec![("authorization".to_owned(), "a-secret".to_owned())];
        let shown = format!("{:?}", Settings { otlp_headers, ..Settings::new("case") });
        assert!(shown.contains("authorization") && !shown.contains("a-secret"), "{shown}");
    }
}
