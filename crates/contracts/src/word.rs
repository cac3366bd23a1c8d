//! The enumerations of the contracts as words: their code on the wire and in JSON, their text in
//! French.

use std::fmt;

use buffa::{EnumValue, Enumeration};
use sealing::Class;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use utoipa::openapi::{ObjectBuilder, RefOr, Schema, schema::Type};

/// An enumeration of the contracts.
pub trait WordEnum: Enumeration {
    /// Its name among all schemas, e.g. `ContractKind`; with its context where several have one of that name, e.g.
    /// `AuditSuspensionReason`.
    const NAME: &'static str;
    /// Number, code and French text of each value, the unspecified one aside.
    const TEXTS: &'static [(i32, &'static str, &'static str)];
    /// The values that betray something of the person by their name alone.
    const BETRAYALS: &'static [Betrayal];
}

use crate::Betrayal;

include!(concat!(env!("OUT_DIR"), "/words.rs"));

/// The French text of a value; empty when this contract does not know it.
pub fn label_of<E: WordEnum>(value: EnumValue<E>) -> &'static str {
    text(value.to_i32(), E::TEXTS)
}

/// Code and French text of every value.
pub fn values_of<E: WordEnum>() -> impl Iterator<Item = (&'static str, &'static str)> {
    E::TEXTS.iter().map(|(_, code, text)| (*code, *text))
}

/// What a value betrays of the person by its name alone, when it does.
pub fn betrayal_of<E: WordEnum>(value: EnumValue<E>) -> Option<&'static Betrayal> {
    E::BETRAYALS.iter().find(|betrayal| betrayal.number == value.to_i32())
}

/// The value for those to whom some classes of data are closed: itself, or what is read instead; the unspecified one
/// when nothing is.
pub fn value_for<E: WordEnum>(value: EnumValue<E>, opens: impl Fn(Class) -> bool) -> EnumValue<E> {
    match betrayal_of(value) {
        Some(betrayal) if !opens(betrayal.class()) => EnumValue::from(betrayal.instead),
        _ => value,
    }
}

fn text(number: i32, texts: &'static [(i32, &'static str, &'static str)]) -> &'static str {
    texts.iter().find(|(n, _, _)| *n == number).map_or("", |(_, _, text)| text)
}

/// A value that a command must give: read strictly from its code, refused with the list of codes.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Word<E>(pub E);

impl<E: WordEnum> Word<E> {
    /// Its French text.
    pub fn text(&self) -> &'static str {
        text(self.0.to_i32(), E::TEXTS)
    }
}

impl<E: WordEnum> From<Word<E>> for EnumValue<E> {
    fn from(word: Word<E>) -> Self {
        word.0.into()
    }
}

impl<E: WordEnum> fmt::Debug for Word<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.proto_name())
    }
}

impl<E: WordEnum> Serialize for Word<E> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.proto_name())
    }
}

impl<'de, E: WordEnum> Deserialize<'de> for Word<E> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor<E>(std::marker::PhantomData<E>);
        impl<E: WordEnum> de::Visitor<'_> for Visitor<E> {
            type Value = Word<E>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("une de ces valeurs : ")?;
                for (index, (code, _)) in values_of::<E>().enumerate() {
                    write!(f, "{}{code}", if index > 0 { ", " } else { "" })?;
                }
                Ok(())
            }

            fn visit_str<F: de::Error>(self, code: &str) -> Result<Self::Value, F> {
                E::from_proto_name(code)
                    .filter(|value| value.to_i32() != 0)
                    .map(Word)
                    .ok_or_else(|| F::invalid_value(de::Unexpected::Other("valeur inconnue"), &self))
            }
        }
        deserializer.deserialize_str(Visitor(std::marker::PhantomData))
    }
}

/// The schema of an enumeration: its codes, with their French text.
fn schema_of<E: WordEnum>() -> RefOr<Schema> {
    let list = values_of::<E>().map(|(code, text)| format!("`{code}` {text}")).collect::<Vec<_>>();
    ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(values_of::<E>().map(|(code, _)| code)))
        .description(Some(list.join(" · ")))
        .into()
}

// `utoipa`'s derive asks this trait, which it hides, of every generic type in a field.
impl<E: WordEnum> utoipa::__dev::ComposeSchema for Word<E> {
    fn compose(_: Vec<RefOr<Schema>>) -> RefOr<Schema> {
        schema_of::<E>()
    }
}

impl<E: WordEnum> utoipa::ToSchema for Word<E> {
    fn name() -> std::borrow::Cow<'static, str> {
        E::NAME.into()
    }
}
