//! The end of the stream, followed by an ordered consumer.

use std::time::Duration;

use async_nats::jetstream::{Message, consumer::pull::Ordered};
use contracts::Recorded;
use futures::{FutureExt as _, StreamExt as _};
use tokio::{task::unconstrained, time::timeout};

use crate::{Bus, Envelope, bus::Link, subjects, waiting::Waiting};

/// Further away than this, pages of the journal are faster.
const NEAR: u64 = 10_000;
/// How long the stream may take to be there; meanwhile the journal waits to be read.
const OPENED: Duration = Duration::from_millis(500);

/// The stream, from a position on.
pub(super) struct Tail {
    bus: Bus,
    link: Link,
    messages: Ordered,
    position: i64,
    /// Why nothing more will come, found while there was still something to return.
    ended: Option<&'static str>,
}

impl std::fmt::Debug for Tail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tail").field("position", &self.position).finish_non_exhaustive()
    }
}

/// What came from the stream.
pub(super) enum Heard {
    Facts(Vec<Recorded>),
    Silence,
    Lost(&'static str),
}

/// Why the stream cannot be followed from there.
pub(super) enum NoTail {
    Far,
    Unsuited(&'static str),
}

/// What to do with a message.
enum Step {
    Take(Recorded),
    Skip,
    Leave(&'static str),
}

impl Tail {
    /// Follows the stream after a position, when it holds what comes next.
    pub async fn open(bus: &Bus, after: i64) -> Result<Self, NoTail> {
        let opened = timeout(OPENED, Self::follow(bus, after)).await;
        opened.unwrap_or(Err(NoTail::Unsuited("it does not answer in time")))
    }

    async fn follow(bus: &Bus, after: i64) -> Result<Self, NoTail> {
        let link = bus.link();
        let state = bus.journal_state().await.map_err(|_| NoTail::Unsuited("it does not answer"))?;
        let wanted = u64::try_from(after).unwrap_or_default() + 1;
        if state.first_sequence > wanted {
            return Err(NoTail::Unsuited("it no longer holds the next fact"));
        }
        if state.last_sequence + NEAR < wanted {
            return Err(NoTail::Unsuited("it is being made again"));
        }
        if wanted + NEAR < state.last_sequence {
            return Err(NoTail::Far);
        }
        let refused = |_| NoTail::Unsuited("no consumer can be made");
        let config = subjects::ordered_from(wanted);
        let consumer = bus.jetstream().create_consumer_on_stream(config, subjects::JOURNAL).await;
        let messages = consumer.map_err(refused)?.messages().await;
        let messages = messages.map_err(|_| NoTail::Unsuited("the consumer cannot be read"))?;
        Ok(Self { bus: bus.clone(), link, messages, position: after, ended: None })
    }

    /// The position of the last fact returned.
    pub fn position(&self) -> i64 {
        self.position
    }

    /// Waits for a fact, then takes those that have arrived.
    pub async fn next(&mut self, max: usize, waiting: &mut Waiting) -> Heard {
        let mut facts = Vec::new();
        loop {
            if let Some(why) = self.ended {
                return Heard::Lost(why);
            }
            let message = tokio::select! {
                biased;
                message = self.messages.next() => message,
                () = self.bus.lost(self.link) => return Heard::Lost("the connection was lost"),
                () = waiting.silence() => return Heard::Silence,
            };
            self.take(message, &mut facts);
            // From here on nothing is waited for: what was taken is returned.
            while facts.len() < max && self.ended.is_none() {
                let Some(message) = unconstrained(self.messages.next()).now_or_never() else { break };
                self.take(message, &mut facts);
            }
            if !facts.is_empty() {
                return Heard::Facts(facts);
            }
        }
    }

    fn take<E>(&mut self, message: Option<Result<Message, E>>, facts: &mut Vec<Recorded>) {
        let step = match message {
            Some(Ok(message)) => self.judge(&message),
            Some(Err(_)) => Step::Leave("the consumer failed"),
            None => Step::Leave("the consumer ended"),
        };
        match step {
            Step::Take(fact) => {
                self.position = fact.position;
                facts.push(fact);
            }
            Step::Skip => {}
            Step::Leave(why) => self.ended = Some(why),
        }
    }

    fn judge(&self, message: &Message) -> Step {
        let Ok(sequence) = message.info().map(|info| info.stream_sequence) else {
            return Step::Leave("a message has no sequence");
        };
        let wanted = self.position.cast_unsigned() + 1;
        if sequence < wanted {
            // Where the stream was shorter than our position, or the consumer was made again.
            let rewound = sequence + NEAR < wanted;
            return if rewound { Step::Leave("it begins too far back") } else { Step::Skip };
        }
        if sequence > wanted {
            return Step::Leave("it no longer holds the next fact");
        }
        let headers = message.headers.as_ref();
        let fact = headers.and_then(|headers| Envelope::open(headers, &message.payload).ok());
        match fact {
            Some(fact) if fact.position.cast_unsigned() == sequence => Step::Take(fact),
            _ => Step::Leave("a message is not the fact of its position"),
        }
    }
}
