//! What the contracts declare about each fact, as tables built from the descriptors.

use std::{collections::HashMap, sync::LazyLock};

use sealing::Class;

/// The widest circle a fact may reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Stays inside Jalon.
    Internal,
    /// The professionals around the person.
    Circle,
    /// Partner systems too, by contract.
    Partner,
}

/// An aggregate: the facts that share a stream.
#[derive(Debug)]
pub struct AggregateType {
    /// Full name of the message whose `oneof` gathers the facts.
    pub message: &'static str,
    /// The service that owns it.
    pub context: &'static str,
    /// Its name in subjects and stream names.
    pub name: &'static str,
    /// Its stable number, 1 to 127.
    pub code: u8,
    /// Its facts, in the order of the contract.
    pub facts: &'static [FactType],
}

/// A kind of fact.
#[derive(Debug)]
pub struct FactType {
    /// Full name of its message, e.g. `jalon.case.v1.CaseOpened`: what the journal stores.
    pub kind: &'static str,
    /// Short name, e.g. `CaseOpened`.
    pub name: &'static str,
    /// Its number in the aggregate's `oneof`.
    pub number: u32,
    /// Who may receive it.
    pub audience: Audience,
    /// How it reads on a timeline, in French.
    pub label: &'static str,
    /// Its fields.
    pub fields: &'static [FieldType],
}

/// A field of a fact.
#[derive(Debug)]
pub struct FieldType {
    /// Its number on the wire.
    pub number: u32,
    /// Its name in JSON.
    pub name: &'static str,
    /// Code of its class of data.
    pub class: u8,
    /// For an enumeration, its values that betray something of the person.
    pub betrays: &'static [Betrayal],
}

/// A value that betrays something of the person by its name alone: MDPH says handicap, SPIP says justice.
#[derive(Debug)]
pub struct Betrayal {
    /// Its number on the wire.
    pub number: i32,
    /// Code of the class of data it betrays.
    pub class: u8,
    /// The number that is read instead by those to whom that class is closed; 0 where the enumeration has none.
    pub instead: i32,
}

impl Betrayal {
    /// The class of data it betrays.
    pub fn class(&self) -> Class {
        Class::from_code(self.class).unwrap_or(Class::Note)
    }
}

impl FactType {
    /// The class of a field by its number. A number this contract does not know belongs to no class
    /// anyone may read: it is treated as the most closed one.
    pub fn class_of(&self, number: u32) -> Class {
        self.fields
            .iter()
            .find(|field| field.number == number)
            .and_then(|field| Class::from_code(field.class))
            .unwrap_or(Class::Note)
    }

    /// Whether any of its fields is personal.
    pub fn is_personal(&self) -> bool {
        self.fields.iter().any(|field| field.class != 0)
    }

    /// The aggregate it belongs to.
    pub fn aggregate(&self) -> &'static AggregateType {
        BY_KIND[self.kind].0
    }

    /// Its stable number across all contracts: aggregate code, then its number in the aggregate.
    pub fn code(&self) -> u16 {
        u16::from(self.aggregate().code) << 8 | u16::try_from(self.number).unwrap_or(u16::MAX)
    }

    /// The version of its contract, from the package name.
    pub fn schema_version(&self) -> u16 {
        self.kind.split('.').find_map(|token| token.strip_prefix('v')?.parse().ok()).unwrap_or(1)
    }

    /// Its name in a NATS subject, e.g. `case-opened`.
    pub fn subject(&self) -> String {
        let mut subject = String::with_capacity(self.name.len() + 4);
        for (index, letter) in self.name.char_indices() {
            if letter.is_ascii_uppercase() && index > 0 {
                subject.push('-');
            }
            subject.push(letter.to_ascii_lowercase());
        }
        subject
    }
}

include!(concat!(env!("OUT_DIR"), "/facts.rs"));

static BY_KIND: LazyLock<HashMap<&'static str, (&'static AggregateType, &'static FactType)>> =
    LazyLock::new(|| {
        AGGREGATES
            .iter()
            .flat_map(|aggregate| aggregate.facts.iter().map(move |fact| (fact.kind, (aggregate, fact))))
            .collect()
    });

/// Every aggregate of the contracts.
pub fn all_aggregates() -> &'static [AggregateType] {
    AGGREGATES
}

/// The kind of fact of that full name, when the contracts know it.
pub fn by_kind(kind: &str) -> Option<&'static FactType> {
    BY_KIND.get(kind).map(|(_, fact)| *fact)
}

/// The kind of fact of that code, when the contracts know it.
pub fn by_code(code: u16) -> Option<&'static FactType> {
    BY_CODE.get(usize::from(code)).copied().flatten()
}

/// Looked up for every fact read: an array by code.
static BY_CODE: LazyLock<Vec<Option<&'static FactType>>> = LazyLock::new(|| {
    let mut table = vec![None; 1 << 15];
    for fact in AGGREGATES.iter().flat_map(|aggregate| aggregate.facts) {
        table[usize::from(fact.code())] = Some(fact);
    }
    table
});

/// The aggregate whose facts are gathered by that message.
pub(crate) fn by_message(message: &str) -> &'static AggregateType {
    AGGREGATES
        .iter()
        .find(|aggregate| aggregate.message == message)
        .unwrap_or_else(|| panic!("{message} is not an aggregate of the contracts"))
}
