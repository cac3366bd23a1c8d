//! What the person asks and is answered within a month, also when the case is closed: what is kept stays exact.

use jiff::{ToSpan as _, civil::Date};
use vocabulary::dates::in_french;

use super::{Call, Prompts};
use crate::status::Status;

/// Months within which the person has their answer (RGPD, article 12 §3).
const ANSWER_MONTHS: i32 = 1;

/// The day before which a person who asked something on that day has their answer.
pub fn answered_before(asked: Date) -> Date {
    asked.saturating_add(ANSWER_MONTHS.months())
}

pub(super) fn rectifications(status: &Status, all: &mut Prompts) {
    for (id, one) in &status.rectifications {
        if let Some(day) = one.requested_on {
            let text = format!(
                "La personne a demandé une correction le {} : {}. Répondez-lui avant le {}.",
                in_french(day),
                contracts::label_of(one.of_class),
                in_french(answered_before(day)),
            );
            all.add(day, Call::RectificationWaits, Some(*id), text);
        }
    }
}

pub(super) fn objections(status: &Status, all: &mut Prompts) {
    for (id, one) in status.restrictions.0.iter().filter(|(_, one)| one.waits()) {
        let Some(day) = one.since else { continue };
        let text = format!(
            "La personne s’est opposée le {} à l’usage de ses données. Répondez-lui avant le {}.",
            in_french(day),
            in_french(answered_before(day)),
        );
        all.add(day, Call::ObjectionWaits, Some(*id), text);
    }
}
