//! Log lines as they reach stderr, without any collector.
//!
//! A subscriber is installed once per process, so the process under test is this very binary, run
//! again for the one ignored test that plays it.

use std::process::Command;

use serde_json::Value;
use telemetry::{Settings, context};
use tracing::{debug, info, info_span, warn};

#[test]
fn an_event_is_one_line_of_json() {
    let lines = lines();
    let line = &lines[0];
    assert_eq!(line["level"], "INFO");
    assert_eq!(line["target"], "logs");
    assert_eq!(line["message"], "started \"at last\"\non two lines");
    assert_eq!(line["fields"], serde_json::json!({ "facts": 3, "late": false, "type": "case" }));
    assert!(line["timestamp"].as_str().unwrap().ends_with('Z'));
    assert_eq!(line.get("trace_id"), None);
}

#[test]
fn an_event_in_a_span_bears_the_trace_id_that_traceparent_carries() {
    let line = &lines()[1];
    let trace_id = line["trace_id"].as_str().unwrap();
    let traceparent = line["fields"]["traceparent"].as_str().unwrap();
    assert_eq!(trace_id.len(), 32);
    assert!(traceparent.starts_with(&format!("00-{trace_id}-")), "{traceparent}");
    assert_eq!(context::traceparent_from(traceparent).as_deref(), Some(traceparent));
}

#[test]
fn libraries_that_print_payloads_stay_at_info_whatever_the_filter() {
    let messages: Vec<String> =
        lines().iter().map(|line| line["message"].as_str().unwrap().to_owned()).collect();
    assert_eq!(messages[2..], ["our own detail", "connection lost"]);
}

/// What the process under test printed on stderr.
fn lines() -> Vec<Value> {
    let output = Command::new(std::env::current_exe().expect("this binary"))
        .args(["--exact", "process_under_test", "--ignored", "--nocapture"])
        .output()
        .expect("a run of this binary");
    assert!(output.status.success());
    let stderr = String::from_utf8(output.stderr).expect("text");
    stderr.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

#[test]
#[ignore = "it installs the subscriber of a whole process: the tests above run it in its own"]
fn process_under_test() {
    let filter = "debug,tokio_postgres=trace".to_owned();
    let _telemetry = telemetry::start(&Settings { filter, ..Settings::new("logs") }).unwrap();
    info!(facts = 3, late = false, r#type = "case", "started \"at last\"\non two lines");
    info_span!("command").in_scope(|| {
        info!(traceparent = context::current_traceparent(), "inside");
        debug!(target: "tokio_postgres::query", "executing statement with parameters: [..]");
        debug!("our own detail");
    });
    warn!(target: "tokio_postgres", "connection lost");
}
