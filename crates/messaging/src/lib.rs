//! The bus: facts of the journal, distributed in order over NATS JetStream.
//!
//! The journal is the truth and the stream a copy of it that can be lost. The relay publishes each
//! fact saying which one must come before it, so that **the sequence in the stream is the position
//! in the journal**: whatever dies, there is no hole, no double and no disorder, and nothing has to
//! be remembered beside the two. Readers follow the stream from their own position and, whenever it
//! cannot give them the next fact, read the journal instead.
//!
//! - [`subjects`] every subject, stream and consumer;
//! - [`Bus`] the connection: streams, readiness, wake-ups;
//! - [`Envelope`] a fact as a CloudEvents message, and back;
//! - [`Relay`] journal to stream; [`poke`](poke()) tells other processes; [`republish`](republish())
//!   rebuilds a lost stream;
//! - [`Reader`] facts in order, from the stream or the journal.

mod backoff;
mod bus;
mod envelope;
mod measure;
mod poke;
mod reader;
mod relay;
mod republish;
pub mod subjects;
mod waiting;

pub use bus::{Bus, BusError, StreamSettings};
pub use envelope::{Envelope, EnvelopeError};
pub use measure::{MeasureError, RelayRow, measure};
pub use poke::poke;
pub use reader::{Reader, ReaderError};
pub use relay::{Relay, RelayError};
pub use republish::{RepublishError, republish};
