//! What holds for every fact, not for examples.

#![expect(clippy::unwrap_used, reason = "in a test, what goes wrong is shown by failing")]

use proptest::collection::vec;
use proptest::prelude::*;
use sealing::wire::{self, PART_FIELD, WireError};
use sealing::{
    Class, ClassKey, KeyId, OpenError, Place, Randomness, SealError, log_id, open, open_none, seal,
};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use uuid::Uuid;

/// Never the same bytes twice, always the same from one run to the next.
#[derive(Debug, Default)]
struct CountingDice(AtomicU64);

impl Randomness for CountingDice {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let next = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
            chunk.copy_from_slice(&next.to_le_bytes()[..chunk.len()]);
        }
    }
}

/// The class of field `number`: every class has some, and neighbours differ.
fn class_of(number: u32) -> Class {
    Class::from_code((number % 7) as u8).unwrap()
}

fn everything(_: Class) -> bool {
    true
}

fn keys() -> HashMap<Class, (KeyId, ClassKey)> {
    let key = |class: Class| {
        let code = class.code();
        (class, (KeyId(Uuid::from_u128(u128::from(code))), ClassKey::from_bytes([code; 32])))
    };
    Class::PERSONAL.into_iter().map(key).collect()
}

fn find(keys: &HashMap<Class, (KeyId, ClassKey)>, id: KeyId) -> Option<&ClassKey> {
    keys.values().find(|(key_id, _)| *key_id == id).map(|(_, key)| key)
}

fn place() -> Place {
    Place {
        log_id: log_id("jalon.example/journal/1"),
        subject: Uuid::from_u128(1),
        revision: 2,
        event_id: Uuid::from_u128(3),
        type_code: 4,
        schema_version: 5,
    }
}

fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

fn tag(number: u32, wire_type: u64) -> Vec<u8> {
    varint(u64::from(number) << 3 | wire_type)
}

/// One field of any number a fact may use, with any value.
fn any_field() -> impl Strategy<Value = (u32, Vec<u8>)> {
    let number = prop_oneof![1_u32..40, 1_u32..(1 << 29)].prop_filter("kept for parts", |n| *n != PART_FIELD);
    let value = prop_oneof![
        any::<u64>().prop_map(|value| (0, varint(value))),
        any::<[u8; 8]>().prop_map(|value| (1, value.to_vec())),
        vec(any::<u8>(), 0..200).prop_map(|value| (2, [varint(value.len() as u64), value].concat())),
        any::<[u8; 4]>().prop_map(|value| (5, value.to_vec())),
    ];
    (number, value)
        .prop_map(|(number, (wire_type, value))| (number, [tag(number, wire_type), value].concat()))
}

fn any_fields() -> impl Strategy<Value = Vec<(u32, Vec<u8>)>> {
    vec(any_field(), 0..12)
}

fn joined<'a>(fields: impl Iterator<Item = &'a (u32, Vec<u8>)>) -> Vec<u8> {
    fields.flat_map(|(_, bytes)| bytes.clone()).collect()
}

/// What a whole opening gives back: the fields, class by class.
fn by_class(fields: &[(u32, Vec<u8>)]) -> Vec<u8> {
    let of = |code: u8| joined(fields.iter().filter(move |(number, _)| class_of(*number).code() == code));
    (0..7).flat_map(of).collect()
}

fn sealed(fields: &[(u32, Vec<u8>)]) -> Vec<u8> {
    seal(&place(), &joined(fields.iter()), class_of, &keys(), &CountingDice::default()).unwrap()
}

/// A fact with two fields of each class.
fn full() -> Vec<(u32, Vec<u8>)> {
    (1..15).map(|number| (number, [tag(number, 2), varint(5), b"hello".to_vec()].concat())).collect()
}

proptest! {
    #[test]
    fn splitting_keeps_every_field_of_a_class_in_its_order_and_loses_none(fields in any_fields()) {
        let split = wire::split(&joined(fields.iter()), class_of).unwrap();
        let of = |class| joined(fields.iter().filter(|(number, _)| class_of(*number) == class));
        prop_assert_eq!(&split.clear, &of(Class::Trace));
        let present: Vec<_> = Class::PERSONAL.into_iter().map(|class| (class, of(class)))
            .filter(|(_, bytes)| !bytes.is_empty()).collect();
        prop_assert_eq!(split.personal, present);
    }

    #[test]
    fn a_sealed_fact_opens_as_it_was(fields in any_fields()) {
        let keys = keys();
        let opened = open(&place(), &sealed(&fields), |id| find(&keys, id), everything).unwrap();
        prop_assert_eq!(opened.bytes, by_class(&fields));
        prop_assert!(opened.closed.is_empty() && opened.forgotten.is_empty());
    }

    #[test]
    fn a_reader_gets_the_classes_they_may_see_and_the_names_of_the_others(
        fields in any_fields(),
        may in vec(any::<bool>(), 7),
        living in vec(any::<bool>(), 7),
    ) {
        let keys = keys();
        let key = |id: KeyId| find(&keys, id).filter(|_| living[id.0.as_u128() as usize]);
        let sees = |class: Class| may[usize::from(class.code())];
        let lives = |class: Class| living[usize::from(class.code())];
        let opened = open(&place(), &sealed(&fields), key, sees).unwrap();

        let personal = |number: &u32| class_of(*number).is_personal();
        let visible = |number: u32| {
            let class = class_of(number);
            !class.is_personal() || sees(class) && lives(class)
        };
        let seen: Vec<_> = fields.iter().filter(|(number, _)| visible(*number)).cloned().collect();
        prop_assert_eq!(opened.bytes, by_class(&seen));
        let numbers = fields.iter().map(|(number, _)| *number);
        let mut hidden: Vec<Class> = numbers.filter(personal).map(class_of).collect();
        hidden.sort_unstable();
        hidden.dedup();
        let (closed, forgotten): (Vec<_>, Vec<_>) =
            hidden.into_iter().filter(|class| !(sees(*class) && lives(*class)))
                .partition(|class| !sees(*class));
        prop_assert_eq!((opened.closed, opened.forgotten), (closed, forgotten));
    }

    #[test]
    fn without_any_key_a_payload_is_the_trace_and_one_unknown_field_per_part(fields in any_fields()) {
        let payload = sealed(&fields);
        let trace = joined(fields.iter().filter(|(number, _)| class_of(*number) == Class::Trace));
        prop_assert_eq!(open_none(&payload).unwrap(), trace);
        let reread = wire::split(&payload, class_of);
        prop_assert_eq!(reread.is_err(), payload.len() > open_none(&payload).unwrap().len());
    }

    #[test]
    fn a_fact_with_nothing_personal_needs_no_key_and_comes_out_as_it_came_in(fields in any_fields()) {
        let bytes = joined(fields.iter());
        let payload = seal(&place(), &bytes, |_| Class::Trace, &HashMap::new(), &CountingDice::default());
        prop_assert_eq!(payload.unwrap(), bytes);
    }

    #[test]
    fn bytes_cut_short_are_refused_or_end_between_two_fields(
        fields in any_fields(),
        at in any::<prop::sample::Index>(),
    ) {
        let bytes = joined(fields.iter());
        let cut = &bytes[..at.index(bytes.len() + 1)];
        let whole = (0..=fields.len()).any(|count| joined(fields.iter().take(count)).len() == cut.len());
        prop_assert_eq!(wire::split(cut, class_of).is_ok(), whole);
        prop_assert_eq!(wire::take_parts(cut).is_ok(), whole);
    }

    #[test]
    fn whatever_the_bytes_are_nothing_panics(bytes in vec(any::<u8>(), 0..400)) {
        let keys = keys();
        let _ = wire::split(&bytes, class_of);
        let _ = open_none(&bytes);
        let _ = open(&place(), &bytes, |id| find(&keys, id), everything);
        let mut payload = Vec::new();
        wire::put_part(&mut payload, &bytes);
        prop_assert_eq!(wire::take_parts(&payload).unwrap(), (Vec::new(), vec![bytes.as_slice()]));
        prop_assert!(open(&place(), &payload, |id| find(&keys, id), everything).is_err());
    }

    #[test]
    fn a_payload_cut_short_never_panics_and_never_shows_half_a_part(
        fields in any_fields(),
        at in any::<prop::sample::Index>(),
    ) {
        let keys = keys();
        let payload = sealed(&fields);
        let cut = &payload[..at.index(payload.len() + 1)];
        if let Ok(opened) = open(&place(), cut, |id| find(&keys, id), everything) {
            prop_assert!(by_class(&fields).starts_with(&opened.bytes));
        }
    }
}

#[test]
fn one_flipped_bit_in_a_part_is_always_refused() {
    let keys = keys();
    let fact = [(4, [tag(4, 2), varint(6), b"asthme".to_vec()].concat())];
    let payload = sealed(&fact);
    let part = wire::take_parts(&payload).unwrap().1[0].to_vec();
    let health = &keys[&Class::Health].1;
    for bit in 0..8 * part.len() {
        let mut flipped = part.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let mut payload = Vec::new();
        wire::put_part(&mut payload, &flipped);
        // Whatever id the part claims, it meets its own key: the refusal does not come from the search.
        let refused = open(&place(), &payload, |_| Some(health), everything);
        assert!(
            matches!(refused, Err(OpenError::Part(_) | OpenError::OutOfOrder(Class::Trace))),
            "bit {bit}"
        );
    }
}

#[test]
fn a_part_does_not_open_anywhere_but_at_its_place() {
    let keys = keys();
    let payload = sealed(&full());
    let home = place();
    let elsewhere = [
        Place { log_id: log_id("jalon.example/journal/2"), ..home },
        Place { subject: Uuid::from_u128(9), ..home },
        Place { revision: 9, ..home },
        Place { event_id: Uuid::from_u128(9), ..home },
        Place { type_code: 9, ..home },
        Place { schema_version: 9, ..home },
    ];
    for place in elsewhere {
        assert!(open(&place, &payload, |id| find(&keys, id), everything).is_err());
    }
    assert!(open(&home, &payload, |id| find(&keys, id), everything).is_ok());
}

#[test]
fn a_part_does_not_pass_for_another_class_even_under_the_same_key() {
    let one_key = || {
        let key = |class| (class, (KeyId(Uuid::nil()), ClassKey::from_bytes([7; 32])));
        Class::PERSONAL.map(key)
    };
    let keys: HashMap<_, _> = one_key().into_iter().collect();
    let bytes = joined(full().iter());
    let payload = seal(&place(), &bytes, class_of, &keys, &CountingDice::default()).unwrap();
    let (_, parts) = wire::take_parts(&payload).unwrap();
    let key = &keys[&Class::Note].1;
    for part in parts {
        for class in Class::PERSONAL.into_iter().filter(|class| class.code() != part[1]) {
            let mut moved = part.to_vec();
            moved[1] = class.code();
            let mut payload = Vec::new();
            wire::put_part(&mut payload, &moved);
            assert!(open(&place(), &payload, |_| Some(key), everything).is_err());
        }
    }
}

#[test]
fn parts_repeated_or_out_of_order_are_refused_and_a_part_left_out_disturbs_no_other() {
    let keys = keys();
    let payload = sealed(&full());
    let (_, parts) = wire::take_parts(&payload).unwrap();
    let with = |parts: &[&[u8]]| {
        let mut payload = Vec::new();
        parts.iter().for_each(|part| wire::put_part(&mut payload, part));
        open(&place(), &payload, |id| find(&keys, id), everything)
    };
    assert_eq!(with(&[parts[1], parts[1]]).unwrap_err(), OpenError::OutOfOrder(Class::Project));
    assert_eq!(with(&[parts[2], parts[0]]).unwrap_err(), OpenError::OutOfOrder(Class::Identity));
    assert!(with(&[parts[1], parts[3], parts[5]]).is_ok());
}

#[test]
fn a_fact_is_not_sealed_when_the_key_of_one_class_lacks() {
    let mut keys = keys();
    keys.remove(&Class::Judicial);
    let refused = seal(&place(), &joined(full().iter()), class_of, &keys, &CountingDice::default());
    assert_eq!(refused.unwrap_err(), SealError::KeyMissing(Class::Judicial));
}

#[test]
fn the_length_of_a_short_note_does_not_show() {
    let note = |text: &str| {
        let field = [tag(6, 2), varint(text.len() as u64), text.as_bytes().to_vec()].concat();
        sealed(&[(6, field)]).len()
    };
    assert_eq!(note("oui"), note("ne répond pas"));
}

#[test]
fn wire_bytes_that_two_readers_could_read_differently_are_refused() {
    let refused = |bytes: &[u8]| wire::split(bytes, class_of).unwrap_err();
    assert_eq!(refused(&[0x00, 0x00]), WireError::FieldNumber(0));
    assert_eq!(refused(&[0x88, 0x00, 0x01]), WireError::Varint(0));
    assert_eq!(refused(&[0x08, 0x01, 0x08, 0x81, 0x00]), WireError::Varint(2));
    assert_eq!(refused(&[&[0x08][..], &[0xff; 9], &[0x02]].concat()), WireError::Varint(0));
    assert_eq!(refused(&[&[0x08][..], &[0xff; 10], &[0x01]].concat()), WireError::Varint(0));
    assert_eq!(refused(&[0x0b, 0x0c]), WireError::WireType(0, 3));
    assert_eq!(refused(&[0x0c]), WireError::WireType(0, 4));
    assert_eq!(refused(&[0x0e]), WireError::WireType(0, 6));
    assert_eq!(refused(&[0x0f]), WireError::WireType(0, 7));
    assert_eq!(refused(&[0x80, 0x80, 0x80, 0x80, 0x10, 0x00]), WireError::FieldNumber(0));
    assert_eq!(refused(&[&[0x0a][..], &[0xff; 9], &[0x01]].concat()), WireError::Truncated(0));
    assert!(wire::split(&[&[0x08][..], &[0xff; 9], &[0x01]].concat(), class_of).is_ok());
}

#[test]
fn a_fact_does_not_use_the_number_of_parts_nor_a_payload_misuse_it() {
    let mut fact = Vec::new();
    wire::put_part(&mut fact, b"forged");
    assert_eq!(wire::split(&fact, class_of).unwrap_err(), WireError::PartField(0));
    let number = [tag(PART_FIELD, 0), varint(1)].concat();
    assert_eq!(wire::take_parts(&number).unwrap_err(), WireError::PartField(0));
}

#[test]
fn what_a_fact_prints_says_nothing_of_the_person() {
    let keys = keys();
    let fact = [(1, [tag(1, 2), varint(6), b"Martin".to_vec()].concat())];
    let split = wire::split(&fact[0].1, class_of).unwrap();
    let opened = open(&place(), &sealed(&fact), |id| find(&keys, id), everything).unwrap();
    for printed in [format!("{split:?}"), format!("{opened:?}"), format!("{keys:?}")] {
        assert!(
            !printed.contains("Martin") && !printed.contains("77, 97") && !printed.contains("1, 1, 1"),
            "{printed}"
        );
    }
}
