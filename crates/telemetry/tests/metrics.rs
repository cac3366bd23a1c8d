//! The metrics page, as Prometheus reads it.

use telemetry::Metrics;

/// Metrics with labels appear once they have a value, so every one gets one here.
fn metrics_with_one_value_each() -> Metrics {
    let metrics = Metrics::new();
    metrics.command_duration_seconds.with_label_values(&["open_case", "accepted"]).observe(0.02);
    metrics.append_batch_size.observe(3.0);
    metrics.append_duration_seconds.observe(0.004);
    metrics.journal_head_position.set(12);
    metrics.relay_position.set(11);
    metrics.relay_lag_facts.set(1);
    metrics.relay_published_total.inc_by(11);
    metrics.projection_position.with_label_values(&["caseload"]).set(10);
    metrics.projection_lag_facts.with_label_values(&["caseload"]).set(2);
    metrics.projection_lag_seconds.with_label_values(&["caseload"]).set(0.5);
    metrics.projection_facts_total.with_label_values(&["caseload"]).inc_by(10);
    metrics.projection_parked.with_label_values(&["caseload"]).set(0);
    metrics.due_pending.set(4);
    metrics.http_requests_total.with_label_values(&["/cases/{id}", "GET", "200"]).inc();
    metrics.http_request_duration_seconds.with_label_values(&["/cases/{id}", "GET"]).observe(0.003);
    metrics.sse_clients.inc();
    metrics
}

#[test]
fn every_instrument_has_a_help_and_a_type() {
    let page = metrics_with_one_value_each().render();
    let comments: Vec<&str> = page.lines().filter(|line| line.starts_with('#')).collect();
    insta::assert_snapshot!(comments.join("\n"), @"
    # HELP jalon_append_batch_size Facts per append to the journal.
    # TYPE jalon_append_batch_size histogram
    # HELP jalon_append_duration_seconds Time per append to the journal.
    # TYPE jalon_append_duration_seconds histogram
    # HELP jalon_command_duration_seconds Time to handle a command.
    # TYPE jalon_command_duration_seconds histogram
    # HELP jalon_due_pending Due dates waiting for their time.
    # TYPE jalon_due_pending gauge
    # HELP jalon_forgetting_incomplete 1 while an erasure waits for a store.
    # TYPE jalon_forgetting_incomplete gauge
    # HELP jalon_http_request_duration_seconds Time to answer an HTTP request.
    # TYPE jalon_http_request_duration_seconds histogram
    # HELP jalon_http_requests_total HTTP requests answered.
    # TYPE jalon_http_requests_total counter
    # HELP jalon_journal_head_position Position of the last fact in the journal.
    # TYPE jalon_journal_head_position gauge
    # HELP jalon_kek_age_days Age of the outside key in force, in days.
    # TYPE jalon_kek_age_days gauge
    # HELP jalon_projection_facts_total Facts applied.
    # TYPE jalon_projection_facts_total counter
    # HELP jalon_projection_lag_facts Facts yet to be applied.
    # TYPE jalon_projection_lag_facts gauge
    # HELP jalon_projection_lag_seconds Age of the oldest fact yet to be applied.
    # TYPE jalon_projection_lag_seconds gauge
    # HELP jalon_projection_parked Facts set aside because they could not be applied.
    # TYPE jalon_projection_parked gauge
    # HELP jalon_projection_position Position of the last fact applied.
    # TYPE jalon_projection_position gauge
    # HELP jalon_relay_lag_facts Facts yet to be published.
    # TYPE jalon_relay_lag_facts gauge
    # HELP jalon_relay_position Position of the last fact published.
    # TYPE jalon_relay_position gauge
    # HELP jalon_relay_published_total Facts published.
    # TYPE jalon_relay_published_total counter
    # HELP jalon_retention_overdue Persons of whom data are kept beyond their time.
    # TYPE jalon_retention_overdue gauge
    # HELP jalon_sse_clients Browsers listening to live updates.
    # TYPE jalon_sse_clients gauge
    ");
}

#[test]
fn counters_and_only_counters_end_in_total() {
    let page = metrics_with_one_value_each().render();
    for line in page.lines().filter_map(|line| line.strip_prefix("# TYPE ")) {
        let (name, kind) = line.split_once(' ').unwrap();
        assert_eq!(name.ends_with("_total"), kind == "counter", "{line}");
    }
}

#[test]
fn values_are_labelled_and_shared_between_clones() {
    let metrics = metrics_with_one_value_each();
    metrics.clone().relay_published_total.inc();
    let page = metrics.render();
    for line in [
        "jalon_relay_published_total 12",
        r#"jalon_command_duration_seconds_count{command="open_case",outcome="accepted"} 1"#,
        r#"jalon_http_requests_total{method="GET",route="/cases/{id}",status="200"} 1"#,
        r#"jalon_append_batch_size_bucket{le="5"} 1"#,
    ] {
        assert!(page.lines().any(|found| found == line), "{line} is not in\n{page}");
    }
}
