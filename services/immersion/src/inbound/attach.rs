//! To whom a convention belongs: decided once, then followed.

use service::{CaseStanding, Problem, Runtime};
use uuid::Uuid;
use vocabulary::{ids::derived, names::fold};

use super::{
    SYSTEM, index,
    key::IndexKey,
    snapshot::{Person, Snapshot},
};
use crate::domain::rules::{BIRTH_DATE, FAMILY_NAME, GIVEN_NAME};

/// Whose a convention is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// The person of that case.
    Case(Uuid),
    /// Nobody was recognised: a professional decides.
    Nobody(Reason),
}

/// Why nobody was recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The tool did not know the birth date, or a name.
    IncompleteIdentity,
    /// No open case is about such a person.
    NoCase,
    /// Several are.
    SeveralCases,
}

impl Reason {
    /// As it is stored.
    pub fn code(self) -> &'static str {
        match self {
            Self::IncompleteIdentity => "incomplete-identity",
            Self::NoCase => "no-case",
            Self::SeveralCases => "several-cases",
        }
    }

    /// From what was stored.
    pub fn read(code: &str) -> Self {
        let all = [Self::IncompleteIdentity, Self::NoCase, Self::SeveralCases];
        all.into_iter().find(|reason| reason.code() == code).unwrap_or(Self::NoCase)
    }

    /// In French.
    pub fn text(self) -> &'static str {
        match self {
            Self::IncompleteIdentity => "l’identité transmise est incomplète",
            Self::NoCase => "aucun dossier ouvert ne correspond",
            Self::SeveralCases => "plusieurs dossiers ouverts correspondent",
        }
    }
}

/// The id in Jalon of a convention of the tool.
pub fn stream_id(reference: Uuid) -> Uuid {
    derived(&[SYSTEM.as_bytes(), reference.as_bytes()])
}

/// Whose a convention is that Jalon does not know yet: a renewal belongs to whom the first belongs; any
/// other one to the only open case of someone of that name and birth date. Nothing else decides alone.
pub async fn owner(
    runtime: &Runtime,
    key: &IndexKey,
    snapshot: &Snapshot,
    person: &Person,
) -> Result<Owner, Problem> {
    if let Some(earlier) = snapshot.renewed_from {
        let facts = runtime.journal.stream(stream_id(earlier), 1).await?;
        if let Some(case_id) = facts.first().and_then(|fact| fact.case_id) {
            return Ok(Owner::Case(case_id));
        }
    }
    let Some(digest) = key.person(person) else { return Ok(Owner::Nobody(Reason::IncompleteIdentity)) };
    match index::cases(runtime, key, &digest).await?.as_slice() {
        [case] => Ok(Owner::Case(case.case_id)),
        [] => Ok(Owner::Nobody(Reason::NoCase)),
        _ => Ok(Owner::Nobody(Reason::SeveralCases)),
    }
}

/// The names of what differs between the person of the case and the one the tool tells of.
pub async fn differences(
    runtime: &Runtime,
    case: &CaseStanding,
    told: &Person,
) -> Result<Vec<String>, Problem> {
    let Some(known) = index::identity(runtime, case).await? else { return Ok(Vec::new()) };
    Ok(differs(&known, told).into_iter().map(str::to_owned).collect())
}

/// The same between two people. What one of them does not say does not differ.
pub fn differs(known: &Person, told: &Person) -> Vec<&'static str> {
    let names = |one: &str, other: &str| {
        let (one, other) = (fold(one), fold(other));
        !one.is_empty() && !other.is_empty() && one != other
    };
    let mut differs = Vec::new();
    if names(&known.family_name, &told.family_name) {
        differs.push(FAMILY_NAME.id);
    }
    if names(&known.given_name, &told.given_name) {
        differs.push(GIVEN_NAME.id);
    }
    if known.birth_date.zip(told.birth_date).is_some_and(|(known, told)| known != told) {
        differs.push(BIRTH_DATE.id);
    }
    differs
}

/// Whether two people may be one: the family name or the birth date is the same.
pub fn may_be(known: &Person, told: &Person) -> bool {
    let named = !fold(&told.family_name).is_empty() && fold(&known.family_name) == fold(&told.family_name);
    named || known.birth_date.is_some() && known.birth_date == told.birth_date
}
