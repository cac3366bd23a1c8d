//! A stored fact is readable for ever: bytes frozen once are decoded by every later contract, and mean
//! the same; the number under which the journal keeps their kind stays theirs. A file here is written
//! with its fact, or with the fields added to it, and never edited again.

use std::{collections::BTreeMap, fs, path::PathBuf};

use serde_json::{Value, json};

/// The variable that lets the test write what is not frozen yet.
const FREEZE: &str = "JALON_FREEZE";

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

/// A frozen fact: `<kind>.json`, and `<kind>.2.json`, `.3.json`… for the fields added to it since.
struct Frozen {
    file: String,
    kind: String,
    code: Option<u64>,
    bytes: Vec<u8>,
    fact: Value,
}

fn frozen() -> Vec<Frozen> {
    let one = |entry: fs::DirEntry| {
        let file = entry.file_name().to_string_lossy().into_owned();
        let text = fs::read_to_string(entry.path()).expect("a file");
        let body: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{file}: {error}"));
        let kind = body["kind"].as_str().expect("a kind").to_owned();
        let bytes = read(body["bytes"].as_str().expect("bytes"));
        Frozen { file, kind, code: body["code"].as_u64(), bytes, fact: body["fact"].clone() }
    };
    fs::read_dir(folder()).expect("the frozen facts").flatten().map(one).collect()
}

/// The name of the next file of that kind.
fn next_file(kind: &str, already: usize) -> String {
    if already == 0 { format!("{kind}.json") } else { format!("{kind}.{}.json", already + 1) }
}

#[test]
fn every_frozen_fact_still_means_what_it_meant_under_its_number() {
    let frozen = frozen();
    assert!(frozen.len() >= 159, "only {} facts are frozen", frozen.len());
    for one in &frozen {
        assert!(one.file.starts_with(&format!("{}.", one.kind)), "{} holds a {}", one.file, one.kind);
        assert_eq!(meaning(&one.kind, &one.bytes), one.fact, "{}", one.file);
        let code = contracts::by_kind(&one.kind).map(|fact| u64::from(fact.code()));
        assert_eq!(
            one.code, code,
            "{}: the journal keeps the kind of a fact as this number; neither the number of its aggregate nor its \
             own in the `oneof` may change",
            one.file
        );
    }
}

#[test]
fn every_fact_of_the_contracts_is_frozen_with_every_field() {
    let mut known: BTreeMap<String, Vec<Vec<u8>>> = BTreeMap::new();
    for one in frozen() {
        known.entry(one.kind).or_default().push(one.bytes);
    }
    let freeze = std::env::var_os(FREEZE).is_some_and(|value| value == "1");
    let mut missing = Vec::new();
    for (kind, bytes) in contracts::samples() {
        let already = known.get(*kind).map_or(&[][..], Vec::as_slice);
        if already.iter().any(|frozen| frozen == bytes) {
            continue;
        }
        let file = next_file(kind, already.len());
        let code = contracts::by_kind(kind).expect("a known kind").code();
        let body = json!({"kind": kind, "code": code, "bytes": write(bytes), "fact": meaning(kind, bytes)});
        if freeze {
            let text = serde_json::to_string_pretty(&body).expect("JSON") + "\n";
            fs::write(folder().join(&file), text).expect("the file can be written");
        }
        missing.push(file);
    }
    assert!(
        missing.is_empty() || freeze,
        "facts, or fields of facts, that nothing freezes yet: {missing:#?}\n`{FREEZE}=1 cargo nextest run -p tests \
         --test conformance` writes these files; commit them with their facts."
    );
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
