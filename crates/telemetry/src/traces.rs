//! Where spans go once they end.

use opentelemetry::KeyValue;
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::{
    Resource,
    resource::TelemetryResourceDetector,
    trace::{Sampler, SdkTracerProvider},
};

use crate::{Error, Settings};

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
    if !endpoint.starts_with("http://") {
        return Err(Error::Endpoint);
    }
    Ok(SpanExporter::builder()
        .with_http()
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
