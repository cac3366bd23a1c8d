//! A stored fact is readable for ever: bytes frozen once are decoded by every later contract, and mean
//! the same. A file here is written with its fact and never edited again.

use std::{collections::BTreeSet, fs, path::PathBuf};

use serde_json::{Value, json};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("conformance/facts")
}

fn read(hexadecimal: &str) -> Vec<u8> {
    let digits = hexadecimal.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).expect("ASCII"));
    digits.map(|pair| u8::from_str_radix(pair, 16).expect("hexadecimal")).collect()
}

fn write(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What these bytes mean today.
fn meaning(kind: &str, bytes: &[u8]) -> Value {
    let fact = contracts::by_kind(kind).unwrap_or_else(|| panic!("{kind} is gone from the contracts"));
    contracts::to_json(fact, bytes).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn every_frozen_fact_still_means_what_it_meant() {
    let mut frozen = 0;
    for entry in fs::read_dir(folder()).expect("the frozen facts").flatten() {
        let text = fs::read_to_string(entry.path()).expect("a file");
        let file: Value = serde_json::from_str(&text).expect("JSON");
        let kind = file["kind"].as_str().expect("a kind");
        assert_eq!(meaning(kind, &read(file["bytes"].as_str().expect("bytes"))), file["fact"], "{kind}");
        frozen += 1;
    }
    assert!(frozen >= 50, "only {frozen} facts are frozen");
}

#[test]
fn every_fact_of_the_contracts_is_frozen() {
    let mut missing = BTreeSet::new();
    for (kind, bytes) in contracts::samples() {
        let file = folder().join(format!("{kind}.json"));
        if file.exists() {
            continue;
        }
        missing.insert(*kind);
        let frozen = json!({"kind": kind, "bytes": write(bytes), "fact": meaning(kind, bytes)});
        let text = serde_json::to_string_pretty(&frozen).expect("JSON") + "\n";
        fs::write(file, text).expect("the file can be written");
    }
    assert!(missing.is_empty(), "frozen just now, to be committed with their facts: {missing:?}");
}

#[test]
fn a_fact_is_decoded_without_loss_and_fields_to_come_are_kept() {
    for (kind, bytes) in contracts::samples() {
        let fact = contracts::by_kind(kind).expect("a known kind");
        assert_eq!(contracts::by_code(fact.code()).map(|known| known.kind), Some(*kind));
        // A field that a later version of the contract adds.
        let later = [bytes, &[0xfa, 0x7c, 0x03, b'n', b'e', b'w'][..]].concat();
        assert_eq!(meaning(kind, &later), meaning(kind, bytes), "{kind}");
        assert_eq!(fact.class_of(1999), contracts::Class::Note, "what is unknown is closed");
    }
}

#[test]
fn nothing_a_partner_may_receive_says_more_than_its_class() {
    for aggregate in contracts::all_aggregates() {
        assert!((1..128).contains(&aggregate.code), "{}", aggregate.name);
        for fact in aggregate.facts {
            assert!(fact.fields.iter().all(|field| field.number < 2000), "{}", fact.kind);
            assert!(!fact.label.to_lowercase().contains("frein"), "{}", fact.kind);
        }
    }
}
