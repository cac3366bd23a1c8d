//! Personal data at rest: the fields of a fact sealed in parts, one per class of data, under keys
//! that belong to one person and one class.
//!
//! A fact is one protobuf message and every top-level field belongs to a [`Class`]. Its wire bytes
//! are split by class: the bytes of [`Class::Trace`] stay in clear, those of each other class
//! become one sealed [`part`]. What is stored is
//!
//! ```text
//! payload = clear bytes ‖ one length-delimited field 2047 per part, in the order of the classes
//! ```
//!
//! which is still a valid encoding of the fact for who holds no key: parts are one unknown field.
//! Opening takes the parts off, opens those the reader may see, and concatenates. A person is
//! forgotten, for one class or for all, by destroying keys: see [`KeyRing::forget`].
//!
//! - [`wire`] cuts and joins bytes, [`part`] is the cryptography, [`seal()`] and [`open()`] join
//!   both and touch neither clock nor network;
//! - [`keys`] is the database of keys, [`Sealer`] what an application holds;
//! - [`keys::index`] is how people are found again without anything of them being written.
//!
//! The clear bytes are not authenticated here: the ledger of facts is what shows that they changed.

mod class;
mod fact;
pub mod keys;
pub mod part;
mod place;
mod randomness;
mod sealer;
pub mod wire;

pub use class::Class;
pub use fact::{OpenError, Opened, SealError, open, open_none, seal};
pub use keys::{ClassKey, IndexKey, Kek, Keks, KeyError, KeyId, KeyRing, SubjectKeys};
pub use place::{Place, log_id};
pub use randomness::{Randomness, SystemRandomness};
pub use sealer::{Error, Sealer};
