//! Whether the machine has something else to do: figures taken then are of little worth.

use std::time::Duration;

/// How long the machine is looked at.
const GLANCE: Duration = Duration::from_millis(300);

/// The share of the machine that others may take without a word.
const TOLERATED: f64 = 0.15;

/// Says so, when other programs take a good part of the machine just before a measure.
pub(crate) async fn warn_if_busy() {
    let Some(before) = Ticks::read() else { return };
    tokio::time::sleep(GLANCE).await;
    let Some(after) = Ticks::read() else { return };
    let taken = after.share_since(&before);
    if taken > TOLERATED {
        eprintln!("Attention : d’autres programmes prennent {:.0} % de la machine.", taken * 100.0);
    }
}

/// What the processors did since they started.
struct Ticks {
    all: f64,
    idle: f64,
}

impl Ticks {
    fn read() -> Option<Ticks> {
        Ticks::parse(&std::fs::read_to_string("/proc/stat").ok()?)
    }

    fn parse(text: &str) -> Option<Ticks> {
        let line = text.lines().next()?.strip_prefix("cpu ")?;
        let fields: Vec<f64> = line.split_whitespace().map_while(|field| field.parse().ok()).collect();
        // user, nice, system, idle, iowait, irq, softirq, steal; guests are in user already.
        let counted = fields.get(..8)?;
        Some(Ticks { all: counted.iter().sum(), idle: counted[3] + counted[4] })
    }

    fn share_since(&self, before: &Ticks) -> f64 {
        let all = self.all - before.all;
        if all > 0.0 { 1.0 - (self.idle - before.idle) / all } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::Ticks;

    #[test]
    fn the_share_taken_is_what_was_neither_idle_nor_waiting() {
        let before = Ticks::parse("cpu  10 0 10 80 0 0 0 0 5 0\ncpu0 1 2 3").unwrap();
        let after = Ticks::parse("cpu  40 0 10 130 20 0 0 0 5 0\n").unwrap();
        assert!((after.share_since(&before) - 0.3).abs() < 1e-9);
        assert!(Ticks::parse("intr 12").is_none());
    }
}
