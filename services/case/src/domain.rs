//! Six aggregates: the case itself, and what it holds (wishes, activities, appointments, writings); the
//! handover of a post.

pub mod activity;
pub mod appointment;
pub mod case;
pub mod handover;
pub mod posts;
pub mod wish;
pub mod writing;

use std::borrow::Cow;

use jiff::civil::Date;
use service::Context;
use uuid::Uuid;
use vocabulary::{Refusal, Rule};

/// A closed case must be reopened before something begins in it.
pub const OPEN: Rule =
    Rule::strict("dossier.clos", "Un dossier clos se rouvre avant d’être complété.", "usage");

/// Refuses to begin something, on that day, in a case that is closed by then.
pub(crate) fn open_on(context: &Context, day: Date) -> Result<(), Refusal> {
    if context.case().is_some_and(|case| case.is_closed_on(day)) {
        return Err(OPEN.refuse("Ce dossier est clos. Rouvrez-le d’abord, tout ce qu’il contient est resté."));
    }
    Ok(())
}

/// Refuses what departs from a strict rule, unless a tool that is the authority tells it: its word
/// stands, and the departure is recorded beside it.
pub(crate) fn departs(
    context: &Context,
    rule: &Rule,
    pointer: &'static str,
    detail: impl Into<Cow<'static, str>>,
) -> Result<(), Refusal> {
    if context.actor.system.is_some() {
        context.warn(rule);
        return Ok(());
    }
    Err(rule.refuse(detail).at(pointer))
}

/// An id as facts write it; empty when there is none.
pub(crate) fn text(id: Option<Uuid>) -> String {
    id.map(|id| id.to_string()).unwrap_or_default()
}

/// The rules of this context.
pub const RULES: &[&Rule] = &[
    &OPEN,
    &case::commands::KNOWN_STRUCTURE,
    &case::commands::OPENED_BY,
    &case::commands::ON_PLATFORM,
    &case::commands::NAMED,
    &case::commands::BORN,
    &case::commands::POSSIBLE_TWIN,
    &case::commands::CIRCLE_NOT_EMPTY,
    &case::commands::HELD_POST,
    &case::commands::BROUGHT_BY,
    &case::commands::HOSTED_BY,
    &case::commands::PAUSE_DATES,
    &case::commands::SHARED_WITH,
    &case::commands::SHARED_WHAT,
    &case::commands::NOTE_STAYS,
    &case::commands::NOT_FOR_EMPLOYERS,
    &case::commands::AGREEMENT_LENGTH,
    &case::commands::AGREEMENT_DATES,
    &case::commands::WITNESS,
    &case::commands::NOT_FOR_ONESELF,
    &case::commands::KNOWN_AGREEMENT,
    &case::commands::STILL_HOLDS,
    &case::commands::EMERGENCY_POST,
    &case::commands::EMERGENCY_REASON,
    &case::commands::EMERGENCY_KIND,
    &case::commands::EMERGENCY_LENGTH,
    &case::commands::KNOWN_EMERGENCY,
    &case::commands::OTHER_REVIEWER,
    &case::commands::FORGOTTEN_BY,
    &case::commands::FORGETTING_ASKED_BY,
    &case::commands::TWO_VOICES,
    &case::commands::KNOWN_FORGETTING,
    &case::commands::ONE_FORGETTING,
    &case::commands::HELD,
    &case::commands::FORGETTING_GROUND,
    &case::commands::FORGETTING_SCOPE,
    &case::commands::RETENTION_RULE,
    &case::commands::HOLD_PLACED_BY,
    &case::commands::HOLD_LENGTH,
    &case::commands::KNOWN_HOLD,
    &case::commands::TOO_LATE,
    &case::commands::NEED_STATED_BY,
    &case::commands::NEEDED_CLASS,
    &case::commands::COMES_BACK,
    &case::commands::HANDED_BY,
    &case::commands::OWN_ACCESS_LENGTH,
    &case::commands::NOTHING_LEFT,
    &case::commands::KNOWN_OWN_ACCESS,
    &case::commands::WHAT_IS_WRONG,
    &case::commands::WAITING_REQUESTS,
    &case::commands::KNOWN_REQUEST,
    &case::commands::WHY_NOT,
    &case::commands::CORRECTING_FACT,
    &case::commands::ANSWERED_AFTER,
    &case::commands::RESTRICTION_TEXT,
    &case::commands::KNOWN_RESTRICTION,
    &case::commands::ANSWERED_FIRST,
    &case::commands::TOLD_BEFORE,
    &case::commands::LIFTED_AFTER,
    &case::commands::WHY_OBJECT,
    &case::commands::ONE_OBJECTION,
    &case::commands::KNOWN_OBJECTION,
    &case::commands::COMPELLING_REASONS,
    &case::commands::OBJECTION_DATES,
    &case::commands::SOMEONE_ANSWERS,
    &case::commands::TOLD_BY,
    &wish::commands::SAID,
    &wish::commands::ROME,
    &wish::commands::JOB,
    &wish::commands::NAF,
    &wish::commands::COMMUNE,
    &wish::commands::HOURS,
    &wish::commands::SET_ASIDE,
    &wish::commands::DATES,
    &activity::commands::PROPOSED_BY,
    &activity::commands::AAVA_CARRIER,
    &activity::commands::AAVA_MONTH,
    &activity::commands::AAVA_ALLOWANCE,
    &activity::commands::AAVA_LENGTH,
    &activity::commands::LONG_WEEK,
    &activity::commands::RENEWS,
    &activity::commands::DATES,
    &activity::commands::DAYS,
    &activity::commands::MINUTES,
    &activity::commands::TOLD_ONCE,
    &activity::commands::ENDED,
    &appointment::commands::WITH,
    &appointment::commands::HOUR,
    &appointment::commands::WORK_HOURS,
    &appointment::commands::NOT_YET,
    &appointment::commands::SETTLED,
    &appointment::commands::NOT_ABSENT,
    &writing::commands::REVIEW_DATES,
    &writing::commands::PARTICIPANTS,
    &writing::commands::KNOWN_REVIEW,
    &writing::commands::WRITTEN,
    &writing::commands::AUTHOR,
    &handover::commands::KNOWN_POST,
    &handover::commands::PROPOSED_BY,
    &handover::commands::HOLDER,
    &handover::commands::KNOWN_ITEM,
];
