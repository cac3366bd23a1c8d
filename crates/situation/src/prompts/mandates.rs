//! What calls for an organisation: the mandates by which it prescribes in the name of others.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use vocabulary::dates::{days_after, in_french};

use super::{Call, Prompt, Prompts, months_before};

/// Months before the end of a mandate at which it is looked at.
const MANDATE_MONTHS: [i32; 2] = [3, 1];
/// Days after the end of a mandate during which it is still recalled.
const MANDATE_AFTER: i32 = 31;

/// A mandate to prescribe.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Mandate {
    /// The prescriber that grants it.
    pub by: Option<Uuid>,
    /// First day.
    pub from: Option<Date>,
    /// Last day, included.
    pub until: Option<Date>,
}

/// What calls for the organisation that holds these mandates.
pub fn mandates(mandates: &BTreeMap<Uuid, Mandate>, today: Date) -> Vec<Prompt> {
    let mut all = Prompts { today, found: Vec::new() };
    for (id, mandate) in mandates {
        let Some(last) = mandate.until else { continue };
        // Another one that goes on beyond it stands for it.
        let renewed = mandates.values().any(|other| other.by == mandate.by && other.until > mandate.until);
        if renewed || mandate.from.is_some_and(|first| first > today) {
            continue;
        }
        let after = days_after(last, 1);
        if today >= after && today <= days_after(last, MANDATE_AFTER) {
            let text =
                format!("Le mandat a pris fin le {}. Voyez ensemble s’il est renouvelé.", in_french(last));
            all.add(after, Call::MandateEnds, Some(*id), text);
        } else if let Some(on) =
            MANDATE_MONTHS.iter().map(|n| months_before(last, *n)).rfind(|on| *on <= today)
            && today <= last
        {
            let text = format!("Le mandat prend fin le {} : préparez son renouvellement.", in_french(last));
            all.add(on, Call::MandateEnds, Some(*id), text);
        }
    }
    all.found.sort();
    all.found
}
