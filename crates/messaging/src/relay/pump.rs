//! Publishes pages of the journal, with many acknowledgements outstanding.

use std::time::Duration;

use async_nats::{
    HeaderName,
    jetstream::context::{PublishAckFuture, PublishError, PublishErrorKind},
};
use contracts::Recorded;
use journal::{Journal, JournalError, PAGE};
use tokio::{sync::mpsc, time::timeout};
use tokio_util::sync::CancellationToken;
use tracing::Span;

use super::spans;
use crate::{Bus, Envelope, subjects, waiting::Waiting};

/// Facts sent and not yet acknowledged.
const OUTSTANDING: usize = 512;
/// Pages read ahead.
const AHEAD: usize = 2;
/// How long, once one fact was refused, the fate of those sent after it is waited for.
const SETTLED: Duration = Duration::from_millis(500);

static EXPECTED_STREAM: HeaderName = HeaderName::from_static("Nats-Expected-Stream");
static EXPECTED_SEQUENCE: HeaderName = HeaderName::from_static("Nats-Expected-Last-Sequence");

/// What is published: the facts after a position, up to another one or until cancelled.
pub(crate) struct Pump<'a> {
    pub journal: &'a Journal,
    pub bus: &'a Bus,
    pub after: i64,
    pub until: Option<i64>,
    pub cancel: &'a CancellationToken,
    pub traced: bool,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum PumpError {
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error("le journal passe de la position {after} à {found}")]
    Hole { after: i64, found: i64 },
    #[error("la position {position} n’a pas été publiée : {error}")]
    Publish { position: i64, error: PublishError },
    #[error("la position {position} est arrivée à la place {sequence} du flux")]
    Misplaced { position: i64, sequence: u64 },
}

impl PumpError {
    /// Whether someone else has published that fact meanwhile.
    pub fn is_overtaken(&self) -> bool {
        matches!(self, Self::Publish { error, .. } if error.kind() == PublishErrorKind::WrongLastSequence)
    }
}

struct Sent {
    position: i64,
    ack: PublishAckFuture,
    /// Closed when the acknowledgement is there.
    _span: Span,
}

impl Pump<'_> {
    /// Publishes. `acknowledged` hears each position, in order.
    pub async fn run(&self, acknowledged: impl FnMut(i64)) -> Result<(), PumpError> {
        let (pages, read_pages) = mpsc::channel(AHEAD);
        let (sent, unacknowledged) = mpsc::channel(OUTSTANDING);
        tokio::try_join!(
            self.read(pages),
            self.send(read_pages, sent),
            settle(unacknowledged, acknowledged)
        )?;
        Ok(())
    }

    async fn read(&self, pages: mpsc::Sender<Vec<Recorded>>) -> Result<(), PumpError> {
        let mut after = self.after;
        let mut waiting = Waiting::new(self.journal);
        while self.until.is_none_or(|until| after < until) {
            waiting.look();
            let page = tokio::select! {
                () = self.cancel.cancelled() => return Ok(()),
                page = self.journal.after(after, PAGE) => page?,
            };
            let Some(last) = page.last() else {
                tokio::select! {
                    () = self.cancel.cancelled() => return Ok(()),
                    () = pages.closed() => return Ok(()),
                    () = waiting.more() => continue,
                }
            };
            after = last.position;
            waiting.arrived();
            if pages.send(page).await.is_err() {
                return Ok(());
            }
        }
        Ok(())
    }

    async fn send(
        &self,
        mut pages: mpsc::Receiver<Vec<Recorded>>,
        sent: mpsc::Sender<Sent>,
    ) -> Result<(), PumpError> {
        let mut after = self.after;
        while let Some(page) = pages.recv().await {
            for fact in page {
                if fact.position != after + 1 {
                    return Err(PumpError::Hole { after, found: fact.position });
                }
                after = fact.position;
                // Room first: never more outstanding than there is room for.
                let Ok(room) = sent.reserve().await else { return Ok(()) };
                room.send(self.publish(&fact).await?);
            }
        }
        Ok(())
    }

    async fn publish(&self, fact: &Recorded) -> Result<Sent, PumpError> {
        let position = fact.position;
        let mut message = Envelope::of(fact);
        message.headers.insert(EXPECTED_STREAM.clone(), subjects::JOURNAL);
        message.headers.insert(EXPECTED_SEQUENCE.clone(), (position - 1).to_string());
        let span = if self.traced { spans::publish(fact, &mut message) } else { Span::none() };
        let ack = self
            .bus
            .jetstream()
            .publish_with_headers(message.subject, message.headers, message.payload)
            .await
            .map_err(|error| PumpError::Publish { position, error })?;
        Ok(Sent { position, ack, _span: span })
    }
}

/// Waits for the acknowledgements in order. After the first refusal those that follow are refused
/// too; their fate is waited for a little, so that what the stream then says of itself is final.
async fn settle(
    mut unacknowledged: mpsc::Receiver<Sent>,
    mut acknowledged: impl FnMut(i64),
) -> Result<(), PumpError> {
    while let Some(sent) = unacknowledged.recv().await {
        let position = sent.position;
        let failed = match sent.ack.await {
            Ok(ack) if i64::try_from(ack.sequence) == Ok(position) => {
                acknowledged(position);
                continue;
            }
            Ok(ack) => PumpError::Misplaced { position, sequence: ack.sequence },
            Err(error) => PumpError::Publish { position, error },
        };
        unacknowledged.close();
        let rest = async {
            while let Some(sent) = unacknowledged.recv().await {
                drop(sent.ack.await);
            }
        };
        // Too late or not, the stream is asked next.
        drop(timeout(SETTLED, rest).await);
        return Err(failed);
    }
    Ok(())
}
