//! Protobuf wire bytes, cut by class of data without decoding the fact.
//!
//! Only top-level fields are looked at. The reading is stricter than protobuf asks: varints have one
//! encoding, the shortest, so that two readers never disagree on where a field ends.

use crate::Class;
use std::fmt;

/// The field number that carries the sealed parts of a payload. No fact may use it.
pub const PART_FIELD: u32 = 2047;

const PART_TAG: u64 = ((PART_FIELD as u64) << 3) | LENGTH_DELIMITED;
const VARINT: u64 = 0;
const EIGHT_BYTES: u64 = 1;
const LENGTH_DELIMITED: u64 = 2;
const FOUR_BYTES: u64 = 5;
const HIGHEST_FIELD: u64 = (1 << 29) - 1;

/// Bytes that are not the wire bytes of a fact. Offsets count bytes from the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// The bytes end inside the field that starts at the offset.
    #[error("the field at byte {0} is cut short")]
    Truncated(usize),
    /// A varint of the field that starts at the offset is longer than needed or than 64 bits.
    #[error("the field at byte {0} holds a malformed varint")]
    Varint(usize),
    /// The field that starts at the offset has a number that protobuf does not allow.
    #[error("the field at byte {0} has no valid number")]
    FieldNumber(usize),
    /// The field that starts at the offset is a group, or of an unknown wire type.
    #[error("the field at byte {0} has wire type {1}, which is refused")]
    WireType(usize, u8),
    /// A fact uses the number kept for parts, or a payload uses it for something else.
    #[error("the field at byte {0} misuses the number of sealed parts")]
    PartField(usize),
}

/// The wire bytes of a fact, by class of data.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Split {
    /// The fields of class trace, in their order.
    pub clear: Vec<u8>,
    /// The fields of each other class present, in their order; classes by rising code, each once.
    pub personal: Vec<(Class, Vec<u8>)>,
}

impl fmt::Debug for Split {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let personal: Vec<_> =
            self.personal.iter().map(|(class, bytes)| (class.name(), bytes.len())).collect();
        f.debug_struct("Split").field("clear", &self.clear.len()).field("personal", &personal).finish()
    }
}

/// Splits the wire bytes of a fact by class; `class_of` gives the class of a field number.
///
/// A number that the schema does not know is a question for `class_of` too: the safe answer is the
/// most secret class.
///
/// # Errors
///
/// [`WireError`] when `bytes` is not one well-formed message, or uses [`PART_FIELD`].
pub fn split(bytes: &[u8], class_of: impl Fn(u32) -> Class) -> Result<Split, WireError> {
    let mut clear = Vec::new();
    let mut personal: [Vec<u8>; Class::PERSONAL.len()] = Default::default();
    for field in fields(bytes) {
        let field = field?;
        if field.number == PART_FIELD {
            return Err(WireError::PartField(field.start));
        }
        let class = class_of(field.number);
        let of_class = match class {
            Class::Trace => &mut clear,
            personal_class => &mut personal[usize::from(personal_class.code()) - 1],
        };
        of_class.extend_from_slice(field.bytes);
    }
    let personal = Class::PERSONAL.into_iter().zip(personal).filter(|(_, bytes)| !bytes.is_empty()).collect();
    Ok(Split { clear, personal })
}

/// Takes the parts off a payload: the clear bytes, then the parts in their order.
///
/// # Errors
///
/// [`WireError`] when `payload` is not one well-formed message.
pub fn take_parts(payload: &[u8]) -> Result<(Vec<u8>, Vec<&[u8]>), WireError> {
    let mut clear = Vec::with_capacity(payload.len());
    let mut parts = Vec::new();
    for field in fields(payload) {
        let field = field?;
        match field.number {
            PART_FIELD => parts.push(field.part()?),
            _ => clear.extend_from_slice(field.bytes),
        }
    }
    Ok((clear, parts))
}

/// The parts of a payload, in their order.
pub(crate) fn parts(payload: &[u8]) -> impl Iterator<Item = Result<&[u8], WireError>> {
    fields(payload).filter_map(|field| match field {
        Ok(field) if field.number == PART_FIELD => Some(field.part()),
        Ok(_) => None,
        Err(error) => Some(Err(error)),
    })
}

/// Adds `part` to `payload` as one field of number [`PART_FIELD`].
pub fn put_part(payload: &mut Vec<u8>, part: &[u8]) {
    put_varint(payload, PART_TAG);
    put_varint(payload, part.len() as u64);
    payload.extend_from_slice(part);
}

fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// One top-level field.
struct Field<'a> {
    start: usize,
    number: u32,
    /// Tag and value, as they stand.
    bytes: &'a [u8],
    /// The content of a length-delimited field, `None` for the other wire types.
    content: Option<&'a [u8]>,
}

impl<'a> Field<'a> {
    fn part(&self) -> Result<&'a [u8], WireError> {
        self.content.ok_or(WireError::PartField(self.start))
    }
}

/// Reads the top-level fields one by one, and ends after the first error.
fn fields(bytes: &[u8]) -> impl Iterator<Item = Result<Field<'_>, WireError>> {
    let mut reader = Reader { bytes, at: 0, start: 0 };
    std::iter::from_fn(move || {
        if reader.at == bytes.len() {
            return None;
        }
        let field = reader.field();
        if field.is_err() {
            reader.at = bytes.len();
        }
        Some(field)
    })
}

struct Reader<'a> {
    bytes: &'a [u8],
    /// Where the next byte is.
    at: usize,
    /// Where the current field starts.
    start: usize,
}

impl<'a> Reader<'a> {
    fn field(&mut self) -> Result<Field<'a>, WireError> {
        self.start = self.at;
        let tag = self.varint()?;
        let number = tag >> 3;
        if number == 0 || number > HIGHEST_FIELD {
            return Err(WireError::FieldNumber(self.start));
        }
        let content = match tag & 0b111 {
            VARINT => {
                self.varint()?;
                None
            }
            EIGHT_BYTES => {
                self.take(8)?;
                None
            }
            LENGTH_DELIMITED => {
                let length = self.varint()?;
                Some(self.take(length)?)
            }
            FOUR_BYTES => {
                self.take(4)?;
                None
            }
            other => return Err(WireError::WireType(self.start, other as u8)),
        };
        Ok(Field {
            start: self.start,
            number: number as u32,
            bytes: &self.bytes[self.start..self.at],
            content,
        })
    }

    fn take(&mut self, length: u64) -> Result<&'a [u8], WireError> {
        let rest = &self.bytes[self.at..];
        let taken = usize::try_from(length).ok().and_then(|length| rest.get(..length));
        let taken = taken.ok_or(WireError::Truncated(self.start))?;
        self.at += taken.len();
        Ok(taken)
    }

    /// One varint of at most 64 bits in its shortest form.
    fn varint(&mut self) -> Result<u64, WireError> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = *self.bytes.get(self.at).ok_or(WireError::Truncated(self.start))?;
            self.at += 1;
            let bits = u64::from(byte & 0x7f);
            let too_wide = shift == 63 && bits > 1;
            let too_long = shift > 0 && byte == 0;
            if too_wide || too_long {
                return Err(WireError::Varint(self.start));
            }
            value |= bits << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(WireError::Varint(self.start))
    }
}
