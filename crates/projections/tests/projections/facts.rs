//! Facts to fill a journal with.

use std::{
    collections::HashMap,
    sync::atomic::{AtomicU64, Ordering},
};

use contracts::{Facts as _, Recorded, case::v1, events};
use futures::future::try_join_all;
use jiff::{Timestamp, civil::date};
use journal::{Append, Journal, NewFact};
use uuid::Uuid;

/// What a fact of these tests says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Says {
    /// Something ordinary.
    Joined,
    /// Something that a story may refuse.
    Closed,
    /// Something that concerns no story.
    Reopened,
}

impl Says {
    fn encode(self) -> NewFact {
        let event = match self {
            Says::Joined => events::Case::CircleMemberJoined(v1::CircleMemberJoined::default()),
            Says::Closed => events::Case::CaseClosed(v1::CaseClosed::default()),
            Says::Reopened => events::Case::CaseReopened(v1::CaseReopened::default()),
        };
        let (kind, payload) = event.encode();
        NewFact {
            event_id: next_id(),
            kind,
            case_id: None,
            occurred_on: date(2026, 3, 1),
            recorded_at: Timestamp::from_second(1_772_000_000).unwrap(),
            metadata: Vec::new(),
            payload,
        }
    }

    pub fn of(fact: &Recorded) -> Says {
        match fact.kind.name {
            "CaseClosed" => Says::Closed,
            "CaseReopened" => Says::Reopened,
            _ => Says::Joined,
        }
    }
}

fn next_id() -> Uuid {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    Uuid::from_u64_pair(0x7000, 0x8000_0000_0000_0000 | NEXT.fetch_add(1, Ordering::Relaxed))
}

pub fn case(number: u128) -> Uuid {
    Uuid::from_u128(0xca5e << 64 | number)
}

/// Someone who states facts about cases, and remembers how many of each.
pub struct Writer {
    journal: Journal,
    versions: HashMap<Uuid, u32>,
}

impl Writer {
    pub fn new(journal: &Journal) -> Writer {
        Writer { journal: journal.clone(), versions: HashMap::new() }
    }

    /// Returns the position of the last fact.
    pub async fn say(&mut self, case: Uuid, facts: &[Says]) -> i64 {
        let request = self.request(case, facts);
        self.journal.append(request).await.unwrap().last_position()
    }

    fn request(&mut self, case: Uuid, facts: &[Says]) -> Append {
        let version = self.versions.entry(case).or_default();
        let (expected, count) = (*version, u32::try_from(facts.len()).unwrap());
        *version += count;
        let facts = facts.iter().map(|says| NewFact { case_id: Some(case), ..says.encode() }).collect();
        Append { stream_id: case, expected, command_id: next_id(), fingerprint: vec![1], facts }
    }

    /// Some facts about each of many cases, interleaved: of each round, in any order.
    pub async fn fill(&mut self, cases: u128, rounds: usize, facts: &[Says]) {
        for _ in 0..rounds {
            let requests: Vec<Append> = (0..cases).map(|number| self.request(case(number), facts)).collect();
            try_join_all(requests.into_iter().map(|request| self.journal.append(request))).await.unwrap();
        }
    }
}

/// The journal as it stands.
pub async fn all(journal: &Journal) -> Vec<Recorded> {
    journal.after(0, i64::MAX).await.unwrap()
}
