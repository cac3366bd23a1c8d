//! Names: read from the journal at the moment they are shown, all those of a page at once, and never
//! kept.

use std::collections::HashMap;

use contracts::{Class, Facts as _, Recorded, events};
use serde::Serialize;
use service::{Problem, Reading, Runtime};
use utoipa::ToSchema;
use uuid::Uuid;
use vocabulary::ids::derived;

/// Who a person is, as last recorded.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ReadIdentity)]
pub struct Identity {
    /// Family name.
    pub family_name: String,
    /// Given name.
    pub given_name: String,
    /// Birth date, ISO 8601; empty when unknown.
    pub birth_date: String,
    /// Telephone.
    pub phone: String,
    /// E-mail.
    pub email: String,
    /// The language the person prefers to speak.
    pub language: String,
}

impl Identity {
    /// Given name, then family name.
    pub fn full_name(&self) -> String {
        format!("{} {}", self.given_name, self.family_name).trim().to_owned()
    }
}

/// What the fact at a position says of someone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Someone {
    /// A person followed.
    Person(Identity),
    /// A professional, by name.
    Professional(String),
    /// Someone who was forgotten.
    Forgotten,
}

/// Who the facts at these positions are about: one query for the facts, one for the keys.
///
/// # Errors
/// When the journal or the keys cannot be read.
pub async fn open(
    runtime: &Runtime,
    reading: &Reading,
    positions: &[i64],
) -> Result<HashMap<i64, Someone>, Problem> {
    if positions.is_empty() {
        return Ok(HashMap::new());
    }
    let facts = runtime.journal.at(positions).await?;
    let opened = runtime.open(reading, &facts, |class| class == Class::Identity).await?;
    let someone = facts.iter().zip(opened).filter_map(|(fact, opened)| {
        let who = if opened.forgotten.contains(&Class::Identity) {
            Some(Someone::Forgotten)
        } else {
            read(fact, &opened.bytes)
        };
        Some((fact.position, who?))
    });
    Ok(someone.collect())
}

fn read(fact: &Recorded, bytes: &[u8]) -> Option<Someone> {
    match fact.kind.aggregate().name {
        "case" => person(events::Case::decode(fact.kind, bytes).ok()?).map(Someone::Person),
        "post" => match events::Post::decode(fact.kind, bytes).ok()? {
            events::Post::PostFilled(filled) => Some(Someone::Professional(filled.professional_name)),
            _ => None,
        },
        _ => None,
    }
}

fn person(fact: events::Case) -> Option<Identity> {
    match fact {
        events::Case::IdentityRecorded(one) => Some(Identity {
            family_name: one.family_name,
            given_name: one.given_name,
            birth_date: one.birth_date,
            phone: one.phone,
            email: one.email,
            language: one.language,
        }),
        events::Case::IdentityCorrected(one) => Some(Identity {
            family_name: one.family_name,
            given_name: one.given_name,
            birth_date: one.birth_date,
            phone: one.phone,
            email: one.email,
            language: one.language,
        }),
        _ => None,
    }
}

/// How a person is called before whoever may not know their name: always the same, and telling nothing.
pub fn pseudonym(case_id: Uuid) -> String {
    /// Neither vowels nor what looks like another: no word is ever spelt.
    const SIGNS: &[u8; 27] = b"23456789BCDFGHJKLMNPQRTVWXZ";
    let digest = derived(&[b"pseudonym", case_id.as_bytes()]);
    let mut number = u64::from_be_bytes(std::array::from_fn(|index| digest.as_bytes()[index])) >> 16;
    let mut signs = String::new();
    for _ in 0..4 {
        signs.push(char::from(SIGNS[(number % SIGNS.len() as u64) as usize]));
        number /= SIGNS.len() as u64;
    }
    format!("Personne {signs}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pseudonym_is_always_the_same_and_rarely_that_of_another() {
        let one = pseudonym(Uuid::from_u128(1));
        assert_eq!(one, pseudonym(Uuid::from_u128(1)));
        assert!(one.starts_with("Personne ") && one.len() == "Personne ".len() + 4);
        let all: std::collections::HashSet<_> = (0..600).map(|n| pseudonym(Uuid::from_u128(n))).collect();
        assert!(all.len() >= 597);
    }
}
