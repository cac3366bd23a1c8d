//! Nobody answered in time.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use service::{Command, Context, Day};
use utoipa::ToSchema;
use vocabulary::Refusal;

use super::not_closed;
use crate::domain::{
    ConventionLapsed, Event,
    aggregate::{Convention, Stage, State},
    rules::LAPSE,
};

/// Says that nobody answered in time. The clock says it; another convention may be written.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LapseConvention {
    /// Since when.
    pub lapsed_on: Day,
}

impl Command for LapseConvention {
    type Aggregate = Convention;
    const NAME: &'static str = "immersion.lapse";
    const SUMMARY: &'static str = "Constater qu’une convention est restée sans suite";
    const DAY: fn(&Self) -> Option<Date> = |command| Some(command.lapsed_on.0);

    fn decide(&self, state: &State, _: &Context) -> Result<Vec<Event>, Refusal> {
        // What another tool tells of lapses there.
        let told = state.heard.is_some() || state.same_as.is_some();
        if state.stage == Stage::Lapsed || state.started_on.is_some() || told {
            return Ok(Vec::new());
        }
        not_closed(state)?;
        // Answered while there was time, it begins; the clock may have been asked before it knew.
        let days = state.signatures.iter().filter_map(|signature| signature.on);
        let answered_on = days.chain(state.validated_on).max();
        let in_time = state.frame.zip(answered_on).is_some_and(|(frame, on)| on <= frame.ends_on);
        if state.fully_signed && !state.awaits_validation() && in_time {
            return Ok(Vec::new());
        }
        let last = state.frame.map(|frame| if state.fully_signed { frame.ends_on } else { frame.starts_on });
        if last.is_none_or(|last| self.lapsed_on.0 <= last) {
            return Err(LAPSE
                .refuse("Il est encore temps de signer ou de valider cette convention. Attendez que ses jours soient passés, ou annulez-la.")
                .at("/lapsed_on"));
        }
        Ok(vec![ConventionLapsed { lapsed_on: self.lapsed_on.into(), ..Default::default() }.into()])
    }
}
