//! What a process counts and measures, for Prometheus.
//!
//! A label takes its values from a short list written in the code: a command, a route template, a
//! projection, an outcome. Never an id, and nothing that comes from a person.

use std::{ops::Deref, sync::Arc};

use prometheus::{
    GaugeVec, Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts,
    Registry, TextEncoder, core::Collector,
};

/// The content type of [`Metrics::render`].
pub const CONTENT_TYPE: &str = prometheus::TEXT_FORMAT;

/// The metrics of one process, passed to whoever measures; a clone shares the same numbers.
///
/// Dereferences to its [`Instruments`]: `metrics.command_duration_seconds.with_label_values(..)`.
#[derive(Clone, Debug)]
pub struct Metrics {
    registry: Registry,
    instruments: Arc<Instruments>,
}

impl Metrics {
    /// A registry of its own, with every instrument at zero.
    pub fn new() -> Self {
        let registry = Registry::new();
        let instruments = Arc::new(Instruments::register(&Register(&registry)));
        Self { registry, instruments }
    }

    /// Everything measured so far, in Prometheus text format 0.0.4.
    pub fn render(&self) -> String {
        TextEncoder::new()
            .encode_to_string(&self.registry.gather())
            .unwrap_or_else(|error| format!("# metrics cannot be rendered: {error}\n"))
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Deref for Metrics {
    type Target = Instruments;

    fn deref(&self) -> &Instruments {
        &self.instruments
    }
}

/// The instruments. Where there are labels, their values are given in the order documented.
#[derive(Debug)]
#[non_exhaustive]
pub struct Instruments {
    /// Seconds to handle a command, from receipt to answer. Labels: `command`, `outcome`.
    pub command_duration_seconds: HistogramVec,
    /// Facts per append to the journal.
    pub append_batch_size: Histogram,
    /// Seconds per append to the journal, commit included.
    pub append_duration_seconds: Histogram,
    /// Position of the last fact in the journal.
    pub journal_head_position: IntGauge,
    /// Position of the last fact the relay published.
    pub relay_position: IntGauge,
    /// Facts in the journal that the relay has yet to publish.
    pub relay_lag_facts: IntGauge,
    /// Facts the relay published.
    pub relay_published_total: IntCounter,
    /// Position of the last fact a projection applied. Label: `projection`.
    pub projection_position: IntGaugeVec,
    /// Facts in the journal that a projection has yet to apply. Label: `projection`.
    pub projection_lag_facts: IntGaugeVec,
    /// Seconds since the oldest fact a projection has yet to apply was recorded, 0 when there is
    /// none. Label: `projection`.
    pub projection_lag_seconds: GaugeVec,
    /// Facts a projection applied. Label: `projection`.
    pub projection_facts_total: IntCounterVec,
    /// Facts a projection set aside because it could not apply them. Label: `projection`.
    pub projection_parked: IntGaugeVec,
    /// Due dates waiting for their time.
    pub due_pending: IntGauge,
    /// 1 while an erasure waits for a store that could not be purged, 0 otherwise.
    pub forgetting_incomplete: IntGauge,
    /// For how many persons data are kept beyond their time: an erasure was proposed, and nobody approved it.
    pub retention_overdue: IntGauge,
    /// How old the outside key in force is, in days: it should change every 7.
    pub kek_age_days: IntGauge,
    /// HTTP requests answered. Labels: `route` (the template, never the path), `method`, `status`.
    pub http_requests_total: IntCounterVec,
    /// Seconds to answer an HTTP request. Labels: `route` (the template), `method`.
    pub http_request_duration_seconds: HistogramVec,
    /// Browsers listening to live updates (server-sent events).
    pub sse_clients: IntGauge,
}

/// From a millisecond to ten seconds.
const SECONDS: [f64; 13] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
/// From one fact to a large import.
const FACTS: [f64; 9] = [1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 500.0, 1000.0];

impl Instruments {
    fn register(to: &Register<'_>) -> Self {
        Self {
            command_duration_seconds: to.histograms(
                ("jalon_command_duration_seconds", "Time to handle a command."),
                &["command", "outcome"],
            ),
            append_batch_size: to
                .histogram(("jalon_append_batch_size", "Facts per append to the journal."), &FACTS),
            append_duration_seconds: to
                .histogram(("jalon_append_duration_seconds", "Time per append to the journal."), &SECONDS),
            journal_head_position: to
                .gauge(("jalon_journal_head_position", "Position of the last fact in the journal.")),
            relay_position: to.gauge(("jalon_relay_position", "Position of the last fact published.")),
            relay_lag_facts: to.gauge(("jalon_relay_lag_facts", "Facts yet to be published.")),
            relay_published_total: to.counter(("jalon_relay_published_total", "Facts published.")),
            projection_position: to
                .gauges(("jalon_projection_position", "Position of the last fact applied."), &["projection"]),
            projection_lag_facts: to
                .gauges(("jalon_projection_lag_facts", "Facts yet to be applied."), &["projection"]),
            projection_lag_seconds: to.seconds(
                ("jalon_projection_lag_seconds", "Age of the oldest fact yet to be applied."),
                &["projection"],
            ),
            projection_facts_total: to
                .counters(("jalon_projection_facts_total", "Facts applied."), &["projection"]),
            projection_parked: to.gauges(
                ("jalon_projection_parked", "Facts set aside because they could not be applied."),
                &["projection"],
            ),
            due_pending: to.gauge(("jalon_due_pending", "Due dates waiting for their time.")),
            forgetting_incomplete: to
                .gauge(("jalon_forgetting_incomplete", "1 while an erasure waits for a store.")),
            retention_overdue: to
                .gauge(("jalon_retention_overdue", "Persons of whom data are kept beyond their time.")),
            kek_age_days: to.gauge(("jalon_kek_age_days", "Age of the outside key in force, in days.")),
            http_requests_total: to.counters(
                ("jalon_http_requests_total", "HTTP requests answered."),
                &["route", "method", "status"],
            ),
            http_request_duration_seconds: to.histograms(
                ("jalon_http_request_duration_seconds", "Time to answer an HTTP request."),
                &["route", "method"],
            ),
            sse_clients: to.gauge(("jalon_sse_clients", "Browsers listening to live updates.")),
        }
    }
}

/// A metric's name and help text.
type Named = (&'static str, &'static str);

/// Builds instruments into a registry.
struct Register<'a>(&'a Registry);

impl Register<'_> {
    /// Panics only on names or labels that are malformed or repeated; they are constants above.
    fn add<C: Collector + Clone + 'static>(&self, instrument: prometheus::Result<C>) -> C {
        let instrument = instrument.expect("metric names and labels are well formed");
        self.0.register(Box::new(instrument.clone())).expect("metric names are distinct");
        instrument
    }

    fn counter(&self, (name, help): Named) -> IntCounter {
        self.add(IntCounter::new(name, help))
    }

    fn counters(&self, (name, help): Named, labels: &[&str]) -> IntCounterVec {
        self.add(IntCounterVec::new(Opts::new(name, help), labels))
    }

    fn gauge(&self, (name, help): Named) -> IntGauge {
        self.add(IntGauge::new(name, help))
    }

    fn gauges(&self, (name, help): Named, labels: &[&str]) -> IntGaugeVec {
        self.add(IntGaugeVec::new(Opts::new(name, help), labels))
    }

    fn seconds(&self, (name, help): Named, labels: &[&str]) -> GaugeVec {
        self.add(GaugeVec::new(Opts::new(name, help), labels))
    }

    fn histogram(&self, (name, help): Named, buckets: &[f64]) -> Histogram {
        self.add(Histogram::with_opts(HistogramOpts::new(name, help).buckets(buckets.to_vec())))
    }

    fn histograms(&self, (name, help): Named, labels: &[&str]) -> HistogramVec {
        self.add(HistogramVec::new(HistogramOpts::new(name, help).buckets(SECONDS.to_vec()), labels))
    }
}
