//! What an immersion calls for: its validation before it, its review after it.

use contracts::immersion::v1::ConventionKind;
use jiff::{
    ToSpan as _,
    civil::{Date, Weekday},
};
use uuid::Uuid;
use vocabulary::dates::{days_after, days_between, in_french};

use super::{Call, Prompts};
use crate::status::{Immersion, ImmersionState, Status, Validation};

/// Days after an immersion at which its review is asked for.
const REVIEW_DAYS: [i32; 2] = [3, 10];
/// Working days before a PMSMP at which its validation is asked for.
const VALIDATION_DAYS: [usize; 2] = [3, 1];

pub(super) fn immersions(status: &Status, all: &mut Prompts) {
    for (id, one) in status.immersions() {
        match one.state {
            ImmersionState::Ended | ImmersionState::Interrupted if one.reviewed_on.is_none() => {
                review(*id, one.ends_on, all);
            }
            ImmersionState::FullySigned | ImmersionState::Approved if one.kind == ConventionKind::PMSMP => {
                validation(*id, one, status.validations.get(id), all);
            }
            _ => {}
        }
    }
}

fn review(id: Uuid, ended_on: Option<Date>, all: &mut Prompts) {
    let Some(ended) = ended_on else { return };
    let on = REVIEW_DAYS.iter().map(|days| days_after(ended, *days)).rfind(|on| *on <= all.today);
    if let Some(on) = on {
        let days = days_between(ended, all.today);
        let text = format!("L’immersion est finie depuis {days} jours : faites le bilan ensemble.");
        all.add(on, Call::ReviewMissing, Some(id), text);
    }
}

/// Until its last day: beyond it, nothing is left to begin.
fn validation(id: Uuid, one: &Immersion, known: Option<&Validation>, all: &mut Prompts) {
    let Some(first) = one.starts_on.filter(|_| one.ends_on.is_none_or(|last| last >= all.today)) else {
        return;
    };
    let mut steps = VALIDATION_DAYS.iter().map(|days| working_days_before(first, *days));
    let Some(step) = steps.rfind(|on| *on <= all.today) else { return };
    let begins = if first < all.today { "devait commencer" } else { "commence" };
    let text = format!(
        "Toutes les parties ont signé cette PMSMP, qui {begins} le {} : le prescripteur ne l’a pas encore validée. Validez-la si c’est à vous de le faire, ou rappelez-le.",
        in_french(first)
    );
    let signed = known.and_then(|known| known.signed_on).unwrap_or(step);
    all.add(step.max(signed), Call::ValidationWaits, Some(id), text);
}

/// So many working days before: Saturdays and Sundays are none.
fn working_days_before(day: Date, count: usize) -> Date {
    let earlier = (1..).map(|days: i32| day.saturating_sub(days.days()));
    let mut working = earlier.filter(|day| !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday));
    working.nth(count - 1).unwrap_or(day)
}
