//! Facts that the tests begin with.

use contracts::{Facts, Recorded};
use prescription::domain::*;
use testkit::scenario::{day, id};
use vocabulary::{clock::start_of_day, dates::days_after};

/// Prepared by organisation 1 for organisation 2.
pub fn prepared(kind: PrescriptionKind) -> Event {
    PrescriptionPrepared {
        kind: kind.into(),
        addressee_id: id(2).to_string(),
        prescriber_id: id(1).to_string(),
        ..Default::default()
    }
    .into()
}

/// Sent that day to organisation 2.
pub fn sent(kind: PrescriptionKind, on: &str) -> Event {
    let days = if kind == PrescriptionKind::CANDIDATURE_IAE { 60 } else { 30 };
    PrescriptionSent {
        sent_on: on.into(),
        answer_due_on: days_after(day(on).0, days).to_string(),
        kind: kind.into(),
        addressee_id: id(2).to_string(),
        ..Default::default()
    }
    .into()
}

/// That fact of case 42 as the journal gives it, at that position, of that stream; recorded as many days
/// after the first of January 2026.
pub fn recorded(position: i64, stream: u128, fact: &impl Facts) -> Recorded {
    let (kind, payload) = fact.encode();
    let recorded_on = days_after(day("2026-01-01").0, i32::try_from(position).expect("a small number"));
    Recorded {
        position,
        stream_id: id(stream),
        version: 1,
        kind,
        event_id: id(9_000),
        case_id: Some(id(42)),
        occurred_on: recorded_on,
        recorded_at: start_of_day(recorded_on),
        command_id: id(9_001),
        metadata: Vec::new(),
        payload,
    }
}
