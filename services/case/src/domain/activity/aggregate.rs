//! What the rules of an activity must know of its past.

use std::collections::BTreeMap;

use jiff::civil::Date;
use service::Domain;
use uuid::Uuid;
use vocabulary::dates::parse;

use super::{ActivityKind, Event};

/// The aggregate.
#[derive(Debug)]
pub struct Activity;

/// Its state.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// What it is.
    pub kind: ActivityKind,
    /// First day.
    pub started_on: Option<Date>,
    /// Last day, once it is over.
    pub ended_on: Option<Date>,
    /// Last day foreseen.
    pub planned_until: Option<Date>,
    /// Hours a week foreseen, in minutes.
    pub weekly_minutes: u32,
    /// The earlier activity it renews.
    pub renews: Option<Uuid>,
    /// Minutes of presence, by first and last day; the last word stands.
    pub attendance: BTreeMap<(Date, Date), u32>,
}

impl State {
    /// Minutes of presence in the month of that day, those of some days aside.
    pub fn minutes_in_month(&self, day: Date, aside: Option<(Date, Date)>) -> u32 {
        self.attendance
            .iter()
            .filter(|(days, _)| Some(**days) != aside && days.0.first_of_month() == day.first_of_month())
            .map(|(_, minutes)| minutes)
            .sum()
    }
}

impl Domain for Activity {
    type Event = Event;
    type State = State;

    const CALLED: &'static str = "cette activité";

    fn apply(mut state: State, event: Event) -> State {
        match event {
            Event::ActivityStarted(started) => {
                state.kind = started.kind.as_known().unwrap_or_default();
                state.started_on = parse(&started.started_on);
                state.planned_until = parse(&started.planned_until);
                state.weekly_minutes = started.weekly_minutes;
                state.renews = started.renews_activity_id.parse().ok();
            }
            Event::AttendanceRecorded(recorded) => {
                if let (Some(from), Some(until)) = (parse(&recorded.from_day), parse(&recorded.until_day)) {
                    state.attendance.insert((from, until), recorded.minutes);
                }
            }
            Event::ActivityEnded(ended) => state.ended_on = parse(&ended.ended_on),
        }
        state
    }
}
