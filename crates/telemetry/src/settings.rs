use std::{fmt, path::PathBuf};

use crate::Error;

/// What telemetry needs to know, read once by the caller from the standard `OTEL_*` and `RUST_LOG`
/// variables.
#[derive(Clone)]
pub struct Settings {
    /// The service's name, `service.name` in traces (`OTEL_SERVICE_NAME`).
    pub service: String,
    /// Which log lines to print, in `RUST_LOG` syntax.
    pub filter: String,
    /// Where the collector listens (`OTEL_EXPORTER_OTLP_ENDPOINT`), such as
    /// `http://127.0.0.1:4318` or `https://collector.example`; spans go to `/v1/traces` under it. None or empty: no
    /// export.
    pub otlp_endpoint: Option<String>,
    /// Where spans go, as it stands (`OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`): wins over the former.
    pub otlp_traces_endpoint: Option<String>,
    /// The PEM file of the certificates that are believed over TLS, instead of those that the machine trusts
    /// (`OTEL_EXPORTER_OTLP_CERTIFICATE`).
    pub otlp_certificate: Option<PathBuf>,
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
            otlp_traces_endpoint: None,
            otlp_certificate: None,
            otlp_headers: Vec::new(),
            resource_attributes: Vec::new(),
            log_format: LogFormat::default(),
        }
    }

    /// Where spans go; nothing: nowhere.
    pub(crate) fn spans_go_to(&self) -> Option<String> {
        let said = |endpoint: &Option<String>| endpoint.clone().filter(|endpoint| !endpoint.is_empty());
        said(&self.otlp_traces_endpoint).or_else(|| {
            said(&self.otlp_endpoint).map(|endpoint| format!("{}/v1/traces", endpoint.trim_end_matches('/')))
        })
    }
}

/// The pairs of a variable such as `OTEL_EXPORTER_OTLP_HEADERS`: `name=value`, separated by commas, values percent-encoded.
/// `variable` is its name, for whoever wrote it.
///
/// # Errors
/// When a pair is not one. What was written is not repeated: it may be a secret.
pub fn pairs(variable: &'static str, text: &str) -> Result<Vec<(String, String)>, Error> {
    let written = text.split(',').map(str::trim).filter(|pair| !pair.is_empty());
    let read = written.map(|pair| {
        let (name, value) = pair.split_once('=')?;
        let name = decoded(name.trim()).filter(|name| !name.is_empty())?;
        Some((name, decoded(value.trim())?))
    });
    read.collect::<Option<_>>().ok_or(Error::Pairs(variable))
}

/// A text without its percent-encoding.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        if *first == b'%' {
            let digits = std::str::from_utf8(after.get(..2)?).ok()?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = after.get(2..)?;
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8(bytes).ok()
}

/// Shows the names of the headers and never their values, which are secrets.
impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headers: Vec<&str> = self.otlp_headers.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("Settings")
            .field("service", &self.service)
            .field("filter", &self.filter)
            .field("otlp_endpoint", &self.otlp_endpoint)
            .field("otlp_traces_endpoint", &self.otlp_traces_endpoint)
            .field("otlp_certificate", &self.otlp_certificate)
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
    fn pairs_are_read_as_opentelemetry_writes_them() {
        let read = |text| pairs("OTEL_EXPORTER_OTLP_HEADERS", text).ok();
        let both = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let written = "authorization=Basic%20YWJj, x-tenant = jalon ,empty=,";
        let expected =
            vec![both("authorization", "Basic YWJj"), both("x-tenant", "jalon"), both("empty", "")];
        assert_eq!(read(written), Some(expected));
        assert_eq!(read(""), Some(Vec::new()));
        for wrong in ["a-secret", "=a-secret", "a=%", "a=%4", "a=%zz", "a=%c3", "x=1,a-secret"] {
            let refused = pairs("OTEL_EXPORTER_OTLP_HEADERS", wrong).unwrap_err().to_string();
            assert!(
                refused.contains("OTEL_EXPORTER_OTLP_HEADERS") && !refused.contains("secret"),
                "{refused}"
            );
        }
    }

    #[test]
    fn the_address_of_traces_wins_as_it_stands() {
        let to = |base: Option<&str>, traces: Option<&str>| {
            Settings {
                otlp_endpoint: base.map(str::to_owned),
                otlp_traces_endpoint: traces.map(str::to_owned),
                ..Settings::new("case")
            }
            .spans_go_to()
        };
        assert_eq!(to(Some("http://a:4318/"), None).as_deref(), Some("http://a:4318/v1/traces"));
        assert_eq!(to(Some("http://a"), Some("http://b/ici")).as_deref(), Some("http://b/ici"));
        assert_eq!(to(None, Some("http://b/ici")).as_deref(), Some("http://b/ici"));
        assert_eq!(to(Some(""), Some("")), None);
    }

    #[test]
    fn header_values_never_show() {
        let otlp_headers = vec![("authorization".to_owned(), "a-secret".to_owned())];
        let shown = format!("{:?}", Settings { otlp_headers, ..Settings::new("case") });
        assert!(shown.contains("authorization") && !shown.contains("a-secret"), "{shown}");
    }
}
