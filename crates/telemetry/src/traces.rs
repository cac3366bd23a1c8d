//! Where spans go once they end.

use opentelemetry::KeyValue;
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::{
    Resource,
    resource::TelemetryResourceDetector,
    trace::{Sampler, SdkTracerProvider},
};

use crate::{Error, Settings, client::Collector};

/// Every span is recorded; it is exported, in batches from a thread of its own, if there is an
/// endpoint.
pub(crate) fn provider(settings: &Settings) -> Result<SdkTracerProvider, Error> {
    let provider =
        SdkTracerProvider::builder().with_sampler(Sampler::AlwaysOn).with_resource(resource(settings));
    Ok(match settings.spans_go_to() {
        None => provider.build(),
        Some(endpoint) => provider.with_batch_exporter(exporter(endpoint, settings)?).build(),
    })
}

fn exporter(endpoint: String, settings: &Settings) -> Result<SpanExporter, Error> {
    let address = endpoint.strip_prefix("http://").or_else(|| endpoint.strip_prefix("https://"));
    let host = address.and_then(|address| address.split(['/', '?', '#']).next());
    if host.is_none_or(|host| host.is_empty() || host.contains('@')) {
        return Err(Error::Endpoint);
    }
    Ok(SpanExporter::builder()
        .with_http()
        .with_http_client(Collector::of(&endpoint, settings.otlp_certificate.as_deref())?)
        .with_protocol(Protocol::HttpBinary)
        .with_endpoint(endpoint)
        .with_headers(settings.otlp_headers.iter().cloned().collect())
        .build()?)
}

/// The service name wins over a `service.name` attribute, as OpenTelemetry specifies.
fn resource(settings: &Settings) -> Resource {
    let attributes = settings.resource_attributes.iter();
    Resource::builder_empty()
        .with_detector(Box::new(TelemetryResourceDetector))
        .with_attributes(attributes.map(|(key, value)| KeyValue::new(key.clone(), value.clone())))
        .with_service_name(settings.service.clone())
        .build()
}
