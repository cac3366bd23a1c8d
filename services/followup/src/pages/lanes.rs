//! A path over time as parallel lanes: what goes on at the same time is drawn side by side, never one
//! after the other. Places are percentages of the width, so that it fits a telephone and a wall.

use contracts::label_of;
use jiff::{ToSpan as _, civil::Date};
use vocabulary::dates::days_between;

use super::lines::{Mark, Told};
use crate::{
    french::{capital, month, typeset},
    views::status::{ImmersionState, Status},
};

/// The drawing.
#[derive(Debug)]
pub struct Lanes {
    /// Its lanes, from top to bottom.
    pub lanes: Vec<Lane>,
    /// Its months.
    pub ticks: Vec<Tick>,
    /// Where today is, in percent.
    pub today: String,
    /// Whether the word goes to the left of the line.
    pub today_left: bool,
    /// Its height, in pixels.
    pub height: i32,
    /// Where the lanes end.
    pub bottom: i32,
    /// What it shows, in a sentence.
    pub summary: String,
}

/// A lane.
#[derive(Debug)]
pub struct Lane {
    /// What it is about.
    pub name: &'static str,
    /// The style of its bars.
    pub style: &'static str,
    /// Where its name is written.
    pub name_y: i32,
    /// Where it begins.
    pub top: i32,
    /// How high it is.
    pub height: i32,
    /// Its bars.
    pub bars: Vec<Bar>,
}

/// Something that lasted.
#[derive(Debug)]
pub struct Bar {
    /// Where it begins, in percent.
    pub x: String,
    /// How long it is until today, in percent.
    pub width: String,
    /// How long it goes on after today, in percent, and from where.
    pub to_come: Option<(String, String)>,
    /// Where it ends, in percent.
    pub end: String,
    /// Its height in the drawing.
    pub y: i32,
    /// Where its label is written.
    pub label_y: i32,
    /// How it stands.
    pub mark: Mark,
    /// Its label.
    pub label: String,
    /// Whether the label is written from its end to the left.
    pub label_left: bool,
    /// Where the label is anchored, in percent.
    pub label_x: String,
    /// All of it, in words.
    pub title: String,
}

/// A month on the axis.
#[derive(Debug)]
pub struct Tick {
    /// Where, in percent.
    pub x: String,
    /// Its name.
    pub label: String,
    /// Whether its name can be left out where there is little room.
    pub minor: bool,
}

/// Pixels between two rows of a lane, and above its first.
const ROW: i32 = 36;
const HEAD: i32 = 26;
const GAP: i32 = 10;
/// A character of a label, in percent of a page's width.
const LETTER: f64 = 0.9;

struct Span {
    first: Date,
    last: Date,
    mark: Mark,
    label: String,
    title: String,
}

/// The scale of the drawing.
struct Scale {
    first: Date,
    days: f64,
}

impl Scale {
    fn at(&self, day: Date) -> f64 {
        (f64::from(days_between(self.first, day)) / self.days * 100.0).clamp(0.0, 100.0)
    }
}

fn percent(value: f64) -> String {
    format!("{value:.2}%")
}

/// The drawing of a status; nothing when there is nothing to draw.
pub fn draw(status: &Status, told: Told<'_>) -> Option<Lanes> {
    let lanes = [
        ("Diagnostic", "voie-diagnostic", diagnostics(status, told)),
        ("Prescriptions", "voie-prescription", prescriptions(status, told)),
        ("Immersions", "voie-immersion", immersions(status, told)),
        ("Emplois", "voie-emploi", employments(status, told)),
    ];
    let all = || lanes.iter().flat_map(|(_, _, spans)| spans);
    let first = all().map(|span| span.first).chain(status.opened_on).min()?;
    all().next()?;
    let latest = told.today.saturating_add(120.days());
    let last = all().map(|span| span.last.min(latest)).chain([told.today]).max()?;
    let margin = (days_between(first, last) / 25).max(3);
    let first = first.saturating_sub(margin.days());
    let last = last.saturating_add(margin.days());
    let scale = Scale { first, days: f64::from(days_between(first, last).max(30)) };
    let mut top = 0;
    let mut drawn = Vec::new();
    let counts: Vec<String> =
        lanes.iter().map(|(name, _, spans)| format!("{name} : {}", spans.len())).collect();
    for (name, style, spans) in lanes.into_iter().filter(|(_, _, spans)| !spans.is_empty()) {
        let lane = lane((name, style), spans, top, (&scale, told.today));
        top = lane.top + lane.height + GAP;
        drawn.push(lane);
    }
    let today = scale.at(told.today);
    Some(Lanes {
        lanes: drawn,
        ticks: ticks(first, last, &scale),
        today: percent(today),
        today_left: today > 50.0,
        bottom: top,
        height: top + 46,
        summary: typeset(&format!(
            "De {} à {}. {}. Chaque trait est repris en toutes lettres au-dessus et dans le fil.",
            month(first),
            month(last),
            counts.join(", ")
        )),
    })
}

/// Places spans on as few rows as keep them, and their labels, apart.
fn lane(
    (name, style): (&'static str, &'static str),
    mut spans: Vec<Span>,
    top: i32,
    (scale, today): (&Scale, Date),
) -> Lane {
    let now = scale.at(today);
    spans.sort_by_key(|span| (span.first, span.last));
    let mut rows: Vec<f64> = Vec::new();
    let mut bars = Vec::new();
    for span in spans {
        let (x, end) = (scale.at(span.first), scale.at(span.last.saturating_add(1.day())));
        let label = span.label.chars().count() as f64 * LETTER;
        let label_left = x + label > 100.0;
        let from = if label_left { x.min(end.max(x) - label) } else { x };
        let to = if label_left { end } else { end.max(x + label) } + 1.5;
        let row = rows.iter().position(|taken| *taken <= from).unwrap_or(rows.len());
        match rows.get_mut(row) {
            Some(taken) => *taken = to,
            None => rows.push(to),
        }
        let base = top + HEAD + i32::try_from(row).unwrap_or(0) * ROW;
        bars.push(Bar {
            x: percent(x),
            width: percent((end.min(now.max(x)) - x).max(if x < now { 0.6 } else { 0.0 })),
            to_come: (end > now).then(|| (percent(x.max(now)), percent(end - x.max(now)))),
            end: percent(end),
            y: base + 16,
            label_y: base + 11,
            mark: span.mark,
            label_left,
            label_x: percent(if label_left { end } else { x }),
            label: typeset(&span.label),
            title: typeset(&span.title),
        });
    }
    let height = HEAD + i32::try_from(rows.len()).unwrap_or(0) * ROW;
    Lane { name, style, name_y: top + 17, top, height, bars }
}

/// A tick every month, or every few when there are many.
fn ticks(first: Date, last: Date, scale: &Scale) -> Vec<Tick> {
    let months = days_between(first, last) / 30;
    let step = match months {
        ..=7 => 1,
        8..=14 => 2,
        15..=22 => 3,
        23..=44 => 6,
        _ => 12,
    };
    let mut ticks = Vec::new();
    let mut day = first.first_of_month();
    while day <= last {
        let aligned = i32::from(day.month() - 1) % step == 0;
        let x = scale.at(day);
        if aligned && day >= first && (4.0..95.0).contains(&x) {
            let minor = ticks.len() % 2 == 1;
            ticks.push(Tick { x: percent(x), label: month(day), minor });
        }
        let next = day.saturating_add(1.month());
        if next == day {
            break;
        }
        day = next;
    }
    ticks
}

fn diagnostics(status: &Status, told: Told<'_>) -> Vec<Span> {
    let spans = status.diagnostics.values().filter_map(|one| {
        let line = told.diagnostic(one);
        let first = one.started_on.or(one.completed_on)?;
        Some(Span {
            first,
            last: one.valid_until.or(one.completed_on).unwrap_or(told.today).max(first),
            mark: line.mark,
            label: if one.completed_on.is_some() { "valable".to_owned() } else { "en cours".to_owned() },
            title: format!("{}, {}", line.text, line.detail),
        })
    });
    spans.collect()
}

fn prescriptions(status: &Status, told: Told<'_>) -> Vec<Span> {
    let spans = status.prescriptions.values().filter_map(|one| {
        let line = told.prescription(one);
        let first = one.sent_on?;
        let last = one.ended_on.unwrap_or(told.today);
        Some(Span {
            first,
            last: last.max(first),
            mark: line.mark,
            label: capital(label_of(one.kind)),
            title: format!("{}, {}", line.text, line.detail),
        })
    });
    spans.collect()
}

fn immersions(status: &Status, told: Told<'_>) -> Vec<Span> {
    let never = [ImmersionState::Rejected, ImmersionState::Cancelled, ImmersionState::Lapsed];
    let all = status.immersions().map(|(_, one)| one);
    let spans = all.filter(|one| !never.contains(&one.state)).filter_map(|one| {
        let line = told.immersion(one);
        let first = one.starts_on?;
        Some(Span {
            first,
            last: one.ends_on.unwrap_or(first).max(first),
            mark: line.mark,
            label: label_of(one.kind).to_owned(),
            title: format!("{}, {}", line.text, line.detail),
        })
    });
    spans.collect()
}

fn employments(status: &Status, told: Told<'_>) -> Vec<Span> {
    let spans = status.employments.values().filter_map(|one| {
        let line = told.employment(one);
        let first = one.started_on?;
        let last = one.ended_on.or(one.ends_on).unwrap_or(told.today);
        Some(Span {
            first,
            last: last.max(first),
            mark: line.mark,
            label: capital(label_of(one.contract)),
            title: format!("{}, {}", line.text, line.detail),
        })
    });
    spans.collect()
}
