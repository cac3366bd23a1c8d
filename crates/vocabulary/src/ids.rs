//! Ids, passed in like the clock.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use jiff::Timestamp;
use uuid::{Timestamp as UuidTime, Uuid};

/// Makes new ids.
pub trait Ids: Send + Sync + 'static {
    /// A new UUIDv7 for something that happens at this instant.
    fn next(&self, now: Timestamp) -> Uuid;
}

/// Ids from the system's randomness.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemIds;

impl Ids for SystemIds {
    fn next(&self, now: Timestamp) -> Uuid {
        let seconds = u64::try_from(now.as_second()).unwrap_or_default();
        let nanos = u32::try_from(now.subsec_nanosecond()).unwrap_or_default();
        Uuid::new_v7(UuidTime::from_unix(uuid::NoContext, seconds, nanos))
    }
}

/// Ids that count, for tests: the same ones at every run.
#[derive(Clone, Debug, Default)]
pub struct CountingIds(Arc<AtomicU64>);

impl Ids for CountingIds {
    fn next(&self, _now: Timestamp) -> Uuid {
        Uuid::from_u64_pair(0x7000, 0x8000_0000_0000_0000 | (self.0.fetch_add(1, Ordering::Relaxed) + 1))
    }
}

/// The id that the same names always give, under Jalon's own namespace.
pub fn derived(names: &[&[u8]]) -> Uuid {
    const JALON: Uuid = Uuid::from_u128(0x8c1f_3a0e_52a4_5f0d_9b7e_6a0c_41d7_e2b1);
    let mut bytes = Vec::new();
    for name in names {
        bytes.extend_from_slice(&(name.len() as u64).to_be_bytes());
        bytes.extend_from_slice(name);
    }
    Uuid::new_v5(&JALON, &bytes)
}
