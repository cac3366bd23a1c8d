//! The figures, as rows.

use serde::Serialize;

use crate::timing::Timing;

/// One measure.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// What was measured: `append`, `command`, `sealed`, `load`, `read-all`.
    pub workload: &'static str,
    /// How many clients at once.
    pub writers: u32,
    /// Done a second.
    pub per_second: f64,
    /// What the machine allows at best, measured just before and just after.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit_per_second: Option<f64>,
    /// The former over the latter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ratio: Option<f64>,
    /// Half of them took less, in microseconds.
    pub p50_us: f64,
    /// Ninety-nine in a hundred took less, in microseconds.
    pub p99_us: f64,
}

impl Row {
    pub(crate) fn new(workload: &'static str, writers: u32, timing: &Timing) -> Self {
        let (p50_us, p99_us) = (timing.p50_us, timing.p99_us);
        let per_second = timing.per_second.round();
        Self { workload, writers, per_second, limit_per_second: None, ratio: None, p50_us, p99_us }
    }

    /// Beside the mean of two measures of the limit.
    pub(crate) fn beside(mut self, before: f64, after: f64) -> Self {
        let limit = f64::midpoint(before, after).round();
        self.limit_per_second = Some(limit);
        self.ratio = (limit > 0.0).then(|| (self.per_second / limit * 1000.0).round() / 1000.0);
        self
    }

    fn line(&self) -> String {
        let or_dash = |number: Option<String>| number.unwrap_or_else(|| "–".into());
        format!(
            "{:<10}{:>9}{:>12.0}{:>12}{:>8}{:>12.1}{:>12.1}\n",
            self.workload,
            self.writers,
            self.per_second,
            or_dash(self.limit_per_second.map(|limit| format!("{limit:.0}"))),
            or_dash(self.ratio.map(|ratio| format!("{ratio:.2}"))),
            self.p50_us,
            self.p99_us
        )
    }
}

fn heading() -> String {
    format!(
        "{:<10}{:>9}{:>12}{:>12}{:>8}{:>12}{:>12}\n",
        "mesure", "clients", "par s", "limite", "part", "médiane µs", "p99 µs"
    )
}

/// The rows as a table to read.
pub fn table(rows: &[Row]) -> String {
    rows.iter().fold(heading(), |text, row| text + &row.line())
}

/// What is printed of the row that was just measured.
pub(crate) fn last(rows: &[Row], json: bool) -> String {
    match rows {
        [.., row] if json => format!("{}\n", serde_json::json!(row)),
        [row] => heading() + &row.line(),
        [.., row] => row.line(),
        [] => String::new(),
    }
}
