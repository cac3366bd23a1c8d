//! Runs as many workers as asked, each beginning again as soon as it has ended, and times them.

use std::{
    future::Future,
    time::{Duration, Instant},
};

use crate::Error;

/// How long workers run before what they do counts.
const WARM_UP: Duration = Duration::from_millis(500);

/// One client that does the same thing again and again.
pub(crate) trait Worker: Send + 'static {
    /// Does it once.
    fn step(&mut self) -> impl Future<Output = Result<(), Error>> + Send;
}

/// What workers did in the time given.
pub(crate) struct Timing {
    pub per_second: f64,
    pub p50_us: f64,
    pub p99_us: f64,
}

/// Lets all workers run, each in its task, for a warm-up and then for `seconds`.
pub(crate) async fn run<W: Worker>(workers: Vec<W>, seconds: f64) -> Result<Timing, Error> {
    let begin = Instant::now() + WARM_UP;
    let end = begin + Duration::from_secs_f64(seconds);
    let tasks: Vec<_> = workers.into_iter().map(|worker| tokio::spawn(repeat(worker, begin, end))).collect();
    let mut lengths = Vec::new();
    for task in tasks {
        lengths.extend(task.await??);
    }
    lengths.sort_unstable();
    Ok(Timing {
        per_second: lengths.len() as f64 / seconds,
        p50_us: percentile(&lengths, 50),
        p99_us: percentile(&lengths, 99),
    })
}

/// How long each step took that ended between `begin` and `end`, in nanoseconds.
async fn repeat<W: Worker>(mut worker: W, begin: Instant, end: Instant) -> Result<Vec<u32>, Error> {
    let mut lengths = Vec::new();
    let mut before = Instant::now();
    while before < end {
        worker.step().await?;
        let after = Instant::now();
        if after >= begin && after < end {
            lengths.push(u32::try_from((after - before).as_nanos()).unwrap_or(u32::MAX));
        }
        before = after;
    }
    Ok(lengths)
}

/// In microseconds, out of sorted nanoseconds.
fn percentile(lengths: &[u32], hundredth: usize) -> f64 {
    let index = (lengths.len() * hundredth / 100).min(lengths.len().saturating_sub(1));
    lengths.get(index).map_or(0.0, |nanos| (f64::from(*nanos) / 100.0).round() / 10.0)
}
