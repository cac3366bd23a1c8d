//! What can be asked of a mailbox, each intent with its rule right below.

use vocabulary::Rule;

mod choosing;
mod course;

pub use choosing::{ADDRESS, ChooseMailbox, HOLDER, HOUR};
pub use course::{
    BY_ITSELF, KNOWN, RAISED_FOR, RaiseNotice, RecordDigest, RecordFailed, RecordSent, WithholdNotice,
};

/// The rules of this context.
pub const RULES: &[&Rule] = &[&HOLDER, &ADDRESS, &HOUR, &BY_ITSELF, &RAISED_FOR, &KNOWN];
