//! A fact as a message, and back.

use async_nats::HeaderMap;
use contracts::{Facts as _, Message as _, Recorded, case, common, common::v1::Metadata, events};
use jiff::{Timestamp, civil::Date};
use messaging::{Envelope, subjects};
use proptest::prelude::*;
use uuid::Uuid;

fn opened() -> Recorded {
    let fact = events::Case::CaseOpened(case::v1::CaseOpened {
        structure_id: "018f0000-0000-7000-8000-000000000001".into(),
        device: common::v1::OrganisationKind::CHRS.into(),
        opened_on: "2026-03-13".into(),
        ..Default::default()
    });
    let (kind, payload) = fact.encode();
    let metadata = Metadata {
        correlation_id: "018f0000-0000-7000-8000-0000000000cc".into(),
        causation_id: "018f0000-0000-7000-8000-0000000000ca".into(),
        traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".into(),
        ..Default::default()
    };
    let case_id = Uuid::from_u128(0x018f_0000_0000_7000_8000_0000_0000_00ca);
    Recorded {
        position: 42,
        stream_id: case_id,
        version: 1,
        kind,
        event_id: Uuid::from_u128(0x018f_0000_0000_7000_8000_0000_0000_00e1),
        case_id: Some(case_id),
        occurred_on: "2026-03-13".parse().expect("a day"),
        recorded_at: "2026-03-14T09:26:53.589793Z".parse().expect("an instant"),
        command_id: Uuid::from_u128(0x018f_0000_0000_7000_8000_0000_0000_00c0),
        metadata: metadata.encode_to_vec(),
        payload,
    }
}

fn lines(message: &Envelope) -> String {
    let mut lines: Vec<String> = message
        .headers
        .iter()
        .flat_map(|(name, values)| values.iter().map(move |value| format!("{name}: {value}")))
        .collect();
    lines.sort_by_key(|line| line.to_lowercase());
    format!("{}\n{}", message.subject, lines.join("\n"))
}

#[test]
fn a_fact_on_the_wire() {
    insta::assert_snapshot!(lines(&Envelope::of(&opened())));
}

#[test]
fn the_origin_of_a_trace_is_kept_beside_the_hop() {
    let mut message = Envelope::of(&opened());
    assert_eq!(message.origin.as_deref(), Some("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"));
    assert_eq!(Envelope::hop_in(&message.headers), None);
    message.set_hop("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba90200-01");
    let hop = Envelope::hop_in(&message.headers);
    assert_eq!(hop, Some("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba90200-01"));
    assert!(
        lines(&message).contains("ce-traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
    );
}

#[test]
fn a_message_that_is_no_fact_is_refused_by_the_name_of_its_header() {
    let message = Envelope::of(&opened());
    let names: Vec<String> = message.headers.iter().map(|(name, _)| name.to_string()).collect();
    let needed = |name: &str| {
        let unneeded =
            ["ce-source", "ce-type", "ce-time", "ce-datacontenttype", "ce-partitionkey", "ce-correlationid"];
        !unneeded.contains(&name) && !["ce-causationid", "ce-traceparent", "Jalon-Case"].contains(&name)
    };
    for name in names.iter().filter(|name| needed(name)) {
        let without: HeaderMap = message
            .headers
            .iter()
            .filter(|(other, _)| other.to_string() != *name)
            .flat_map(|(other, values)| values.iter().map(|value| (other.clone(), value.clone())))
            .collect();
        let refused = Envelope::open(&without, &message.payload).expect_err(name);
        assert_eq!((refused.header.as_str(), refused.why), (name.as_str(), "missing"));
        let mut malformed = message.headers.clone();
        malformed.insert(name.as_str(), "???");
        assert_eq!(Envelope::open(&malformed, &message.payload).expect_err(name).header, *name);
    }
}

#[test]
fn values_quoted_or_encoded_by_another_publisher_are_understood() {
    let mut message = Envelope::of(&opened());
    message.headers.insert("ce-id", "\"018f0000-0000-7000-8000-0000000000e1\"");
    message.headers.insert("ce-occurredon", "2026%2D03%2D13");
    let fact = Envelope::open(&message.headers, &message.payload).expect("a fact");
    assert_eq!((fact.event_id, fact.occurred_on), (opened().event_id, opened().occurred_on));
}

fn uuids() -> impl Strategy<Value = Uuid> {
    any::<u128>().prop_map(Uuid::from_u128)
}

fn instants() -> impl Strategy<Value = Timestamp> {
    (Timestamp::MIN.as_microsecond()..=Timestamp::MAX.as_microsecond())
        .prop_map(|micros| Timestamp::from_microsecond(micros).expect("in range"))
}

fn days() -> impl Strategy<Value = Date> {
    (-9999_i16..=9999, 1_i8..=12, 1_i8..=28)
        .prop_map(|(year, month, day)| jiff::civil::date(year, month, day))
}

prop_compose! {
    fn metadata()(
        correlation_id in ".*", causation_id in ".*", traceparent in ".*", noise in any::<Option<Vec<u8>>>(),
    ) -> Vec<u8> {
        let written = Metadata { correlation_id, causation_id, traceparent, ..Default::default() };
        noise.unwrap_or_else(|| written.encode_to_vec())
    }
}

prop_compose! {
    fn facts()(
        kind in any::<prop::sample::Selector>(), ids in [uuids(), uuids(), uuids()], case_id in prop::option::of(uuids()),
        own_case in any::<bool>(), position in 1..i64::MAX, version in 1..u32::MAX, recorded_at in instants(),
        occurred_on in days(), metadata in metadata(), payload in any::<Vec<u8>>(),
    ) -> Recorded {
        let all = contracts::all_aggregates().iter().flat_map(|aggregate| aggregate.facts);
        let [stream_id, event_id, command_id] = ids;
        let case_id = if own_case { Some(stream_id) } else { case_id };
        let kind = kind.select(all);
        Recorded {
            position, stream_id, version, kind, event_id, case_id, occurred_on, recorded_at, command_id, metadata,
            payload,
        }
    }
}

proptest! {
    #[test]
    fn every_fact_comes_back_exactly(fact in facts()) {
        let message = Envelope::of(&fact);
        prop_assert_eq!(message.subject.as_str(), subjects::fact(fact.kind, fact.stream_id));
        for (_, values) in message.headers.iter() {
            prop_assert!(values.iter().all(|value| value.as_str().bytes().all(|byte| (b'!'..=b'~').contains(&byte))));
        }
        let back = Envelope::open(&message.headers, &message.payload).expect("a fact");
        prop_assert!(std::ptr::eq(back.kind, fact.kind));
        prop_assert_eq!(format!("{back:?}"), format!("{fact:?}"));
    }
}
