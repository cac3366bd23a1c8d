//! The relay: journal to stream, in order.
//!
//! Each fact is published with the sequence that must precede it, so that the stream itself refuses
//! holes, doubles and disorder: what was sent after something lost is refused with it, and the relay
//! begins again from what the stream holds. Nothing is remembered elsewhere. Two relays at once only
//! waste effort.

mod pump;
mod spans;
mod standing;

use std::{convert::Infallible, time::Duration};

use journal::{Journal, JournalError};
use telemetry::Metrics;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

pub(crate) use pump::{Pump, PumpError};
pub(crate) use standing::{Standing, StandingError};

use crate::{Bus, BusError, backoff::Backoff};

/// How long facts already sent may still be acknowledged once the relay is told to stop.
const LAST_ACKS: Duration = Duration::from_secs(2);

/// Publishes the facts of the journal.
#[derive(Debug)]
pub struct Relay {
    journal: Journal,
    bus: Bus,
    metrics: Metrics,
}

/// Why the relay stopped by itself: a person must decide.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RelayError {
    /// The stream holds facts that the journal does not.
    #[error(
        "le flux JOURNAL contient {stream} faits et le journal seulement {journal} : la base a sans doute été \
         restaurée d’une sauvegarde trop ancienne. Plus rien n’est publié. Restaurez une sauvegarde plus récente ; \
         ou, si ces faits sont bien perdus, reconstruisez le flux avec « jalon journal republish --force »"
    )]
    StreamAhead {
        /// The stream's last sequence.
        stream: i64,
        /// The journal's last position.
        journal: i64,
    },
    /// The stream and the journal hold different facts at the same place.
    #[error(
        "à la position {position}, le flux JOURNAL et le journal ne contiennent pas le même fait : la base a sans \
         doute été restaurée d’une sauvegarde trop ancienne, ou NATS sert une autre installation. Plus rien n’est \
         publié. Vérifiez DATABASE_URL et NATS_URL, puis reconstruisez le flux avec « jalon journal republish --force »"
    )]
    StreamDiverged {
        /// Where.
        position: i64,
    },
}

/// How often the lag is measured, whether or not anything moves.
const MEASURE: Duration = Duration::from_secs(1);

/// How an attempt ended, when not by being cancelled.
enum Ended {
    /// Trying again may help.
    Passing(String),
    /// Another relay publishes.
    Overtaken,
    /// It will not.
    Alarm(RelayError),
}

impl From<BusError> for Ended {
    fn from(error: BusError) -> Self {
        Self::Passing(error.to_string())
    }
}

impl From<JournalError> for Ended {
    fn from(error: JournalError) -> Self {
        Self::Passing(error.to_string())
    }
}

impl From<StandingError> for Ended {
    fn from(error: StandingError) -> Self {
        Self::Passing(error.to_string())
    }
}

impl From<PumpError> for Ended {
    fn from(error: PumpError) -> Self {
        if error.is_overtaken() { Self::Overtaken } else { Self::Passing(error.to_string()) }
    }
}

impl Relay {
    /// A relay from that journal to that bus.
    pub fn new(journal: Journal, bus: Bus, metrics: Metrics) -> Self {
        Self { journal, bus, metrics }
    }

    /// Publishes until it is cancelled; waits for whatever is missing or does not answer. It hears of
    /// new facts by [`Journal::watch`], which [`poke`](crate::poke()) feeds from other processes, and
    /// otherwise looks by itself.
    ///
    /// # Errors
    /// When the stream holds what the journal does not: a person must decide. `relay_lag_facts` is
    /// then the number of facts the journal lacks, negative.
    pub async fn run(self, cancel: CancellationToken) -> Result<(), RelayError> {
        let stop = async {
            cancel.cancelled().await;
            sleep(LAST_ACKS).await;
        };
        tokio::select! {
            () = stop => Ok(()),
            ended = self.keep_publishing(&cancel) => ended,
            never = self.measure_lag() => match never {},
        }
    }

    async fn keep_publishing(&self, cancel: &CancellationToken) -> Result<(), RelayError> {
        let mut backoff = Backoff::new();
        loop {
            match self.attempt(cancel, &mut backoff).await {
                Ok(()) => return Ok(()),
                Err(Ended::Overtaken) => tracing::info!("another relay publishes"),
                Err(Ended::Passing(why)) => tracing::warn!(%why, "the relay begins again"),
                Err(Ended::Alarm(alarm)) => {
                    tracing::error!(%alarm, "the relay has stopped");
                    return Err(alarm);
                }
            }
            tokio::select! {
                () = cancel.cancelled() => return Ok(()),
                () = sleep(backoff.pause()) => {}
            }
        }
    }

    /// Compares the stream with the journal, and publishes what is missing until something fails.
    async fn attempt(&self, cancel: &CancellationToken, backoff: &mut Backoff) -> Result<(), Ended> {
        tokio::select! {
            () = cancel.cancelled() => return Ok(()),
            () = self.bus.connected() => {}
        }
        // Before the comparison: a connection lost during it counts.
        let link = self.bus.link();
        let after = self.start().await?;
        tracing::debug!(after, "the relay publishes");
        self.metrics.relay_position.set(after);
        let pump = Pump { journal: &self.journal, bus: &self.bus, after, until: None, cancel, traced: true };
        let acknowledged = |position| {
            backoff.reset();
            self.metrics.relay_published_total.inc();
            self.metrics.relay_position.set(position);
        };
        tokio::select! {
            pumped = pump.run(acknowledged) => Ok(pumped?),
            () = self.bus.lost(link) => Err(Ended::Passing("la connexion à NATS est coupée".into())),
        }
    }

    /// Measures the journal's head, and the lag against it: it must grow when nothing else moves.
    async fn measure_lag(&self) -> Infallible {
        loop {
            sleep(MEASURE).await;
            if let Ok(head) = self.journal.head().await {
                self.metrics.journal_head_position.set(head);
                self.metrics.relay_lag_facts.set(head - self.metrics.relay_position.get());
            }
        }
    }

    /// The position after which to publish.
    async fn start(&self) -> Result<i64, Ended> {
        let alarm = match Standing::of(&self.journal, &self.bus).await? {
            Standing::Prefix { last, .. } => return Ok(last),
            Standing::Missing { journal: 0 } => {
                return Err(Ended::Passing("le flux JOURNAL n’existe pas : lancez « jalon migrate »".into()));
            }
            Standing::Missing { .. } => {
                let why = "le flux JOURNAL n’existe plus : lancez « jalon journal republish »";
                return Err(Ended::Passing(why.into()));
            }
            Standing::Ahead { stream, journal } => {
                self.metrics.journal_head_position.set(journal);
                self.metrics.relay_position.set(stream);
                self.metrics.relay_lag_facts.set(journal - stream);
                RelayError::StreamAhead { stream, journal }
            }
            Standing::Diverged { position } => RelayError::StreamDiverged { position },
        };
        Err(Ended::Alarm(alarm))
    }
}
