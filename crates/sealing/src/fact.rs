//! A whole fact sealed and opened, with the keys at hand.

use crate::part::{self, Part, PartError};
use crate::wire::{self, Split, WireError};
use crate::{Class, ClassKey, KeyId, Place, Randomness};
use std::collections::HashMap;
use std::fmt;

/// A fact that cannot be sealed. Nothing of its content is in the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The bytes are not the wire bytes of a fact.
    #[error("the fact is not well-formed")]
    Wire(#[from] WireError),
    /// The fact holds data of a class whose key was not given.
    #[error("no key was given for the class {0}")]
    KeyMissing(Class),
    /// A part could not be sealed.
    #[error(transparent)]
    Part(#[from] PartError),
}

/// A payload that cannot be opened. Nothing of its content is in the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// The bytes are not a payload.
    #[error("the payload is not well-formed")]
    Wire(#[from] WireError),
    /// The parts are not in the order of their classes, or one is there twice, or is of class trace.
    #[error("the {0} part is out of order")]
    OutOfOrder(Class),
    /// A part is malformed, altered, moved or under another key.
    #[error(transparent)]
    Part(#[from] PartError),
}

/// What a reader gets of a fact.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Opened {
    /// Wire bytes of the fact: the clear fields, then those of the classes that were opened.
    pub bytes: Vec<u8>,
    /// The classes that were opened, by rising code.
    pub opened: Vec<Class>,
    /// The classes present that the reader may not see, by rising code.
    pub closed: Vec<Class>,
    /// The classes present whose key is destroyed, by rising code.
    pub forgotten: Vec<Class>,
}

impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opened")
            .field("bytes", &self.bytes.len())
            .field("opened", &self.opened)
            .field("closed", &self.closed)
            .field("forgotten", &self.forgotten)
            .finish()
    }
}

/// Seals the wire bytes of a fact into its payload.
///
/// `class_of` gives the class of a field number; `keys` must hold a key for every personal class
/// that the fact has. A fact with none comes out as it came in.
///
/// # Errors
///
/// [`SealError::Wire`] when `bytes` is not a fact, [`SealError::KeyMissing`] when a key lacks.
pub fn seal(
    place: &Place,
    bytes: &[u8],
    class_of: impl Fn(u32) -> Class,
    keys: &HashMap<Class, (KeyId, ClassKey)>,
    dice: &dyn Randomness,
) -> Result<Vec<u8>, SealError> {
    seal_split(place, wire::split(bytes, class_of)?, keys, dice)
}

pub(crate) fn seal_split(
    place: &Place,
    split: Split,
    keys: &HashMap<Class, (KeyId, ClassKey)>,
    dice: &dyn Randomness,
) -> Result<Vec<u8>, SealError> {
    let mut payload = split.clear;
    for (class, plaintext) in split.personal {
        let (key_id, key) = keys.get(&class).ok_or(SealError::KeyMissing(class))?;
        wire::put_part(&mut payload, &part::seal(place, class, (*key_id, key), &plaintext, dice)?);
    }
    Ok(payload)
}

/// Opens the parts of a payload that the reader may see.
///
/// `keys` gives the key of an id, or `None` when it is destroyed; `may` says whether the reader may
/// see a class. Parts that are not opened are left out of the bytes and their class is reported.
/// A part that the reader may not see is not verified.
///
/// # Errors
///
/// [`OpenError`] when the payload is malformed, or a part to open was altered or moved.
pub fn open<'k>(
    place: &Place,
    payload: &[u8],
    keys: impl Fn(KeyId) -> Option<&'k ClassKey>,
    may: impl Fn(Class) -> bool,
) -> Result<Opened, OpenError> {
    let (clear, parts) = wire::take_parts(payload)?;
    let mut opened = Opened { bytes: clear, ..Opened::default() };
    let mut previous = Class::Trace;
    for bytes in parts {
        let part = Part::parse(bytes)?;
        if part.class <= previous {
            return Err(OpenError::OutOfOrder(part.class));
        }
        previous = part.class;
        if !may(part.class) {
            opened.closed.push(part.class);
        } else if let Some(key) = keys(part.key_id) {
            opened.bytes.extend_from_slice(part.open(place, key)?.plaintext());
            opened.opened.push(part.class);
        } else {
            opened.forgotten.push(part.class);
        }
    }
    Ok(opened)
}

/// The clear bytes of a payload: what a reader without any right or key gets.
///
/// # Errors
///
/// [`WireError`] when `payload` is not one well-formed message.
pub fn open_none(payload: &[u8]) -> Result<Vec<u8>, WireError> {
    Ok(wire::take_parts(payload)?.0)
}
