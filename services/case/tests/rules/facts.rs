//! Facts as the journal gives them.

use contracts::{Facts, Recorded};
use testkit::scenario::{day, id};
use vocabulary::clock::start_of_day;

/// That fact as the journal gives it, in that stream of that case.
pub fn recorded<E: Facts>(position: i64, stream: u128, case: Option<u128>, fact: &E) -> Recorded {
    let (kind, payload) = fact.encode();
    let on = day("2026-01-05").0;
    Recorded {
        position,
        stream_id: id(stream),
        version: 1,
        kind,
        event_id: id(9_000),
        case_id: case.map(id),
        occurred_on: on,
        recorded_at: start_of_day(on),
        command_id: id(9_001),
        metadata: Vec::new(),
        payload,
    }
}
