//! What an atelier d’adaptation à la vie active allows: the hours of all those of the person count together.

use std::collections::BTreeMap;

use jiff::civil::Date;
use service::{Context, Domain as _, Needs, OfCase};
use uuid::Uuid;

use super::super::{
    aggregate::{Activity, State},
    *,
};

/// The person’s other activities, as they stand when this one is told.
pub(super) fn with_others(needs: Needs) -> Needs {
    Needs { of_case: Some(OfCase::all::<Event>()), fresh: true, ..needs }
}

/// The person’s other ateliers.
fn others(context: &Context) -> BTreeMap<Uuid, State> {
    let mut activities: BTreeMap<Uuid, State> = BTreeMap::new();
    for (stream, fact) in context.of_case::<Event>() {
        let state = activities.remove(&stream).unwrap_or_default();
        activities.insert(stream, Activity::apply(state, fact));
    }
    activities.remove(&context.stream_id);
    activities.retain(|_, state| state.kind == ActivityKind::AAVA);
    activities
}

/// Minutes of presence in the person’s other ateliers in the month of that day.
pub(super) fn minutes_elsewhere(day: Date, context: &Context) -> u32 {
    others(context).values().map(|state| state.minutes_in_month(day, None)).sum()
}

/// Minutes a week foreseen in the ateliers that go on that day, beside the one that is renewed.
pub(super) fn weekly_minutes_elsewhere(day: Date, renewed: Option<Uuid>, context: &Context) -> u32 {
    let goes_on = |(id, state): &(&Uuid, &State)| {
        let last = state.ended_on.or(state.planned_until);
        Some(**id) != renewed
            && state.started_on.is_some_and(|first| first <= day)
            && last.is_none_or(|last| day <= last)
    };
    others(context).iter().filter(goes_on).map(|(_, state)| state.weekly_minutes).sum()
}
