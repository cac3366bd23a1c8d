//! What sealing costs, without database: `cargo run --release -p sealing --example cost`.

use sealing::{Class, ClassKey, KeyId, Place, SystemRandomness, log_id, open, seal, wire};
use std::collections::HashMap;
use std::hint::black_box;
use std::time::Instant;
use uuid::Uuid;

const ROUNDS: u32 = 200_000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let place = Place {
        log_id: log_id("jalon.example/journal/1"),
        subject: Uuid::from_u128(1),
        revision: 2,
        event_id: Uuid::from_u128(3),
        type_code: 4,
        schema_version: 5,
    };
    let class_of = |number| if number == 1 { Class::Trace } else { Class::Note };
    let keys = HashMap::from([(Class::Note, (KeyId(Uuid::nil()), ClassKey::from_bytes([7; 32])))]);
    let find = |_| keys.get(&Class::Note).map(|(_, key)| key);

    // A clear number, and 200 bytes of note: tag, length on two bytes, 197 letters.
    let fact = [&[0x08, 0x2a, 0x12, 0xc5, 0x01][..], &[b'x'; 197]].concat();
    let payload = seal(&place, &fact, class_of, &keys, &SystemRandomness)?;
    println!(
        "a fact of {} bytes with one personal part becomes a payload of {} bytes",
        fact.len(),
        payload.len()
    );

    measure("split by class", || wire::split(&fact, class_of).is_ok());
    measure("seal", || seal(&place, &fact, class_of, &keys, &SystemRandomness).is_ok());
    measure("open", || open(&place, &payload, find, |_| true).is_ok());
    measure("open, not permitted", || open(&place, &payload, find, |_| false).is_ok());
    measure("seal, nothing personal", || {
        seal(&place, &fact, |_| Class::Trace, &keys, &SystemRandomness).is_ok()
    });
    Ok(())
}

/// Prints the mean time of `work`, in microseconds.
fn measure(name: &str, work: impl Fn() -> bool) {
    let start = Instant::now();
    for _ in 0..ROUNDS {
        assert!(black_box(work()));
    }
    println!("{name:>24} {:8.3} µs", start.elapsed().as_secs_f64() * 1e6 / f64::from(ROUNDS));
}
