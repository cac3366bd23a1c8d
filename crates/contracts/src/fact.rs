//! From an aggregate's facts to bytes and back, without a line per fact: the bytes of a fact are
//! the bytes of its message, and its kind is found by its number in the aggregate's `oneof`.

use std::fmt::Debug;

use serde_json::Value;

use crate::types::{AggregateType, FactType};

/// The facts of one aggregate: the `oneof` of its contract.
pub trait Facts: Clone + Debug + PartialEq + Send + Sync + 'static {
    /// What the contracts declare about this aggregate.
    fn aggregate() -> &'static AggregateType;

    /// The kind of this fact, and its bytes.
    fn encode(&self) -> (&'static FactType, Vec<u8>);

    /// The fact of this kind that these bytes hold.
    ///
    /// # Errors
    /// When the kind is of another aggregate, or the bytes are not its message.
    fn decode(kind: &FactType, bytes: &[u8]) -> Result<Self, DecodeError>;
}

/// Bytes that are not the fact they are said to be. Holds no byte of the fact.
#[derive(Debug, thiserror::Error)]
#[error("the bytes are not a {kind}: {why}")]
pub struct DecodeError {
    /// The kind the bytes were said to be.
    pub kind: String,
    /// What is wrong with them, without their content.
    pub why: String,
}

/// The bytes of a message that holds only `inner` as field `number`.
pub(crate) fn wrap(number: u32, inner: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(inner.len() + 8);
    put_varint(&mut bytes, u64::from(number) << 3 | 2);
    put_varint(&mut bytes, inner.len() as u64);
    bytes.extend_from_slice(inner);
    bytes
}

/// The number of the only field of a message, and the bytes inside it.
pub(crate) fn unwrap(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let (tag, rest) = take_varint(bytes)?;
    let (length, rest) = take_varint(rest)?;
    (tag & 7 == 2 && rest.len() as u64 == length).then(|| (u32::try_from(tag >> 3).unwrap_or(0), rest))
}

pub(crate) fn put_varint(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

pub(crate) fn take_varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0;
    for (index, byte) in bytes.iter().enumerate().take(10) {
        value |= u64::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Some((value, &bytes[index + 1..]));
        }
    }
    None
}

/// A fact as JSON, keys in snake_case.
///
/// # Errors
/// When the bytes are not a message of that kind.
pub fn to_json(kind: &FactType, bytes: &[u8]) -> Result<Value, DecodeError> {
    let message = kind.aggregate().message;
    let json = crate::JSON
        .iter()
        .find(|(name, _)| *name == message)
        .map(|(_, json)| json(&wrap(kind.number, bytes)))
        .unwrap_or_else(|| Err("unknown aggregate".into()))
        .map_err(|why| DecodeError { kind: kind.kind.into(), why })?;
    let inner = json.as_object().and_then(|object| object.values().next()).cloned();
    Ok(snake_case(inner.unwrap_or_default()))
}

fn snake_case(value: Value) -> Value {
    match value {
        Value::Object(object) => {
            Value::Object(object.into_iter().map(|(key, value)| (snake(&key), snake_case(value))).collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(snake_case).collect()),
        other => other,
    }
}

/// `openedOn` → `opened_on`, `level1` → `level_1`.
pub(crate) fn snake(key: &str) -> String {
    let mut snake = String::with_capacity(key.len() + 4);
    let mut before = '_';
    for letter in key.chars() {
        let starts = letter.is_ascii_uppercase() || letter.is_ascii_digit() && !before.is_ascii_digit();
        if starts && before != '_' {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
        before = letter;
    }
    snake
}

/// Implements [`Facts`] for the `oneof` of each aggregate, and the table that turns any of them
/// into JSON.
#[macro_export]
macro_rules! facts {
    ($($package:ident :: $version:ident :: $message:ident / $module:ident;)*) => {
        $(impl Facts for $package::$version::__buffa::oneof::$module::Event {
            fn aggregate() -> &'static AggregateType {
                static TYPE: std::sync::LazyLock<&'static AggregateType> =
                    std::sync::LazyLock::new(|| {
                        types::by_message(<$package::$version::$message as buffa::ExtensionSet>::PROTO_FQN)
                    });
                &TYPE
            }

            fn encode(&self) -> (&'static FactType, Vec<u8>) {
                let whole = $package::$version::$message { event: Some(self.clone()), ..Default::default() };
                let bytes = whole.encode_to_vec();
                let (number, inner) = fact::unwrap(&bytes).expect("a oneof encodes as one field");
                let kind = Self::aggregate().facts.iter().find(|fact| fact.number == number);
                (kind.expect("every member of the oneof is in the table"), inner.to_vec())
            }

            fn decode(kind: &FactType, bytes: &[u8]) -> Result<Self, DecodeError> {
                let refuse = |why: String| DecodeError { kind: kind.kind.into(), why };
                if !std::ptr::eq(kind.aggregate(), Self::aggregate()) {
                    return Err(refuse(format!("it is not a fact of {}", Self::aggregate().name)));
                }
                $package::$version::$message::decode_from_slice(&fact::wrap(kind.number, bytes))
                    .map_err(|error| refuse(error.to_string()))?
                    .event
                    .ok_or_else(|| refuse("it is empty".into()))
            }
        })*

        pub(crate) static JSON: &[(&str, fn(&[u8]) -> Result<serde_json::Value, String>)] = &[$((
            <$package::$version::$message as buffa::ExtensionSet>::PROTO_FQN,
            |bytes| {
                let message = $package::$version::$message::decode_from_slice(bytes).map_err(|e| e.to_string())?;
                serde_json::to_value(&message).map_err(|e| e.to_string())
            },
        )),*];
    };
}
