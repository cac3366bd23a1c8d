//! Rebuilds a lost stream from the journal.

use journal::{Journal, JournalError};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::{
    Bus, BusError, RelayError,
    backoff::Backoff,
    relay::{Pump, PumpError, Standing, StandingError},
};

/// Failures in a row, without one fact published in between, after which it is given up.
const TRIES: u32 = 10;

/// Why a stream could not be rebuilt.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RepublishError {
    /// The stream holds what the journal does not, and force was not asked for.
    #[error(transparent)]
    Refused(#[from] RelayError),
    /// The bus refused, or did not answer in time.
    #[error(transparent)]
    Bus(#[from] BusError),
    /// The journal cannot be read.
    #[error("le journal ne peut pas être lu : {0}")]
    Journal(#[from] JournalError),
    /// Facts could not be published.
    #[error("la publication n’avance plus : {0}")]
    Stuck(String),
}

impl From<StandingError> for RepublishError {
    fn from(error: StandingError) -> Self {
        match error {
            StandingError::Bus(error) => Self::Bus(error),
            StandingError::Journal(error) => Self::Journal(error),
        }
    }
}

/// Publishes everything the stream lacks, up to the present head of the journal; makes the stream
/// when there is none. With `force`, a stream that holds what the journal does not is deleted and
/// made again. A relay may run meanwhile. Returns how many facts it published; `progress` hears how
/// far the stream goes, and how far it must.
///
/// # Errors
/// When the stream holds what the journal does not and `force` is not given, or when the bus or the
/// journal does not answer several times in a row.
pub async fn republish(
    journal: &Journal,
    bus: &Bus,
    force: bool,
    mut progress: impl FnMut(i64, i64),
) -> Result<u64, RepublishError> {
    let head = journal.head().await?;
    let (mut published, mut backoff, mut failures) = (0, Backoff::new(), 0);
    loop {
        let before = published;
        let failed = match prepare(journal, bus, force).await {
            Ok(after) if after >= head => return Ok(published),
            Ok(after) => {
                progress(after, head);
                pump(journal, bus, after, head, |position| {
                    published += 1;
                    progress(position, head);
                })
                .await
                .err()
            }
            Err(RepublishError::Bus(error)) if error.may_pass() => Some(error.into()),
            Err(RepublishError::Journal(error @ JournalError::Unavailable(_))) => Some(error.into()),
            Err(error) => return Err(error),
        };
        let Some(failed) = failed else { continue };
        failures = if published > before { 0 } else { failures + 1 };
        if failures >= TRIES {
            return Err(failed);
        }
        tracing::warn!(why = %failed, "republishing begins again");
        sleep(backoff.pause()).await;
    }
}

/// The stream as a prefix of the journal, made or made again if need be; the position it reaches.
async fn prepare(journal: &Journal, bus: &Bus, force: bool) -> Result<i64, RepublishError> {
    let refused = match Standing::of(journal, bus).await? {
        Standing::Prefix { last, .. } => return Ok(last),
        Standing::Missing { .. } => {
            bus.migrate_journal().await?;
            return Ok(0);
        }
        Standing::Ahead { stream, journal } => RelayError::StreamAhead { stream, journal },
        Standing::Diverged { position } => RelayError::StreamDiverged { position },
    };
    if !force {
        return Err(refused.into());
    }
    tracing::warn!(%refused, "the stream is deleted and made again");
    bus.delete_journal().await?;
    bus.migrate_journal().await?;
    Ok(0)
}

async fn pump(
    journal: &Journal,
    bus: &Bus,
    after: i64,
    head: i64,
    acknowledged: impl FnMut(i64),
) -> Result<(), RepublishError> {
    let cancel = CancellationToken::new();
    let link = bus.link();
    let pump = Pump { journal, bus, after, until: Some(head), cancel: &cancel, traced: false };
    let pumped = tokio::select! {
        pumped = pump.run(acknowledged) => pumped,
        () = bus.lost(link) => return Err(RepublishError::Stuck("la connexion à NATS est coupée".into())),
    };
    match pumped {
        Err(PumpError::Journal(error)) => Err(error.into()),
        Err(error) => Err(RepublishError::Stuck(error.to_string())),
        Ok(()) => Ok(()),
    }
}
