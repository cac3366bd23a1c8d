//! Where the stream stands beside the journal.

use async_nats::jetstream::stream::RawMessageErrorKind;
use journal::{Journal, JournalError};

use crate::{Bus, BusError, Envelope, subjects};

/// The stream beside the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// The stream holds the beginning of the journal, up to `last`.
    Prefix { last: i64, journal: i64 },
    /// There is no stream.
    Missing { journal: i64 },
    /// The stream goes further than the journal.
    Ahead { stream: i64, journal: i64 },
    /// The stream's last fact is not the journal's at that position.
    Diverged { position: i64 },
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum StandingError {
    #[error(transparent)]
    Bus(#[from] BusError),
    #[error(transparent)]
    Journal(#[from] JournalError),
}

impl Standing {
    pub async fn of(journal: &Journal, bus: &Bus) -> Result<Self, StandingError> {
        // The stream first: whatever it holds, the journal held before.
        let state = match bus.journal_state().await {
            Ok(state) => state,
            Err(BusError::StreamMissing { .. }) => {
                return Ok(Self::Missing { journal: journal.head().await? });
            }
            Err(error) => return Err(error.into()),
        };
        let head = journal.head().await?;
        let last = i64::try_from(state.last_sequence).unwrap_or(i64::MAX);
        if last > head {
            return Ok(Self::Ahead { stream: last, journal: head });
        }
        if state.messages > 0 && !same_fact(journal, bus, last).await? {
            return Ok(Self::Diverged { position: last });
        }
        Ok(Self::Prefix { last, journal: head })
    }
}

/// Whether the stream and the journal hold the same fact there; yes when the stream no longer holds
/// that one.
async fn same_fact(journal: &Journal, bus: &Bus, position: i64) -> Result<bool, StandingError> {
    let stream =
        bus.jetstream().get_stream_no_info(subjects::JOURNAL).await.map_err(BusError::unavailable)?;
    let message = match stream.get_raw_message(position.cast_unsigned()).await {
        Ok(message) => message,
        Err(error) if error.kind() == RawMessageErrorKind::NoMessageFound => return Ok(true),
        Err(error) => return Err(BusError::unavailable(error).into()),
    };
    let fact = journal.at(&[position]).await?.pop();
    Ok(fact.map(|fact| fact.event_id) == Envelope::id_in(&message.headers))
}
