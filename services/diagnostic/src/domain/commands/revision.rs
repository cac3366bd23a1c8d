//! What was concluded is said anew: the earlier conclusion stays visible.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use service::{Command, Context, Day};
use utoipa::ToSchema;
use vocabulary::{Refusal, Rule};

use super::{
    super::{
        aggregate::{Diagnostic, State},
        *,
    },
    IN_ORDER, said,
};

/// What is revised was concluded.
pub const REVISABLE: Rule = Rule::strict(
    "diagnostic.revision",
    "On révise la conclusion d’un diagnostic terminé ; avant cela, on le complète.",
    "usage",
);
/// A revision prolongs nothing.
pub const LATE_REVISION: Rule = Rule::soft(
    "diagnostic.revision-tardive",
    "Réviser un diagnostic ne prolonge pas sa validité : passé son terme, mieux vaut en commencer un autre.",
    "usage",
);

/// Says what changed since the diagnostic was completed, and what comes out of it now.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReviseDiagnostic {
    /// What changed.
    pub change: String,
    /// What comes out of it from now on; as before when absent.
    #[serde(default)]
    pub conclusion: String,
    /// Since when; today when absent.
    #[serde(default)]
    pub revised_on: Option<Day>,
}

impl Command for ReviseDiagnostic {
    type Aggregate = Diagnostic;
    const NAME: &'static str = "diagnostic.revise";
    const SUMMARY: &'static str = "Réviser la conclusion d’un diagnostic";
    const DAY: fn(&Self) -> Option<Date> = |command| command.revised_on.map(|day| day.0);

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        if !state.completed {
            return Err(REVISABLE.refuse(
                "Ce diagnostic n’est pas terminé : il n’y a rien à réviser. Complétez-le, puis terminez-le.",
            ));
        }
        let change = said(&self.change, "/change")?;
        let revised_on = self.revised_on.map_or(context.today, |day| day.0);
        if state.completed_on.is_some_and(|completed_on| revised_on < completed_on) {
            return Err(IN_ORDER
                .refuse("Cette date précède la fin du diagnostic. Corrigez-la.")
                .at("/revised_on"));
        }
        if state.valid_until.is_some_and(|last| last < revised_on) {
            context.warn(&LATE_REVISION);
        }
        let revised = DiagnosticRevised {
            revised_on: revised_on.to_string(),
            version: state.revisions + 2,
            change,
            conclusion: self.conclusion.trim().to_owned(),
            ..Default::default()
        };
        Ok(vec![revised.into()])
    }
}
