//! Changing a convention before it is validated.

use serde::{Deserialize, Serialize};
use service::{Command, Context, Needs};
use utoipa::ToSchema;
use vocabulary::Refusal;

use super::{Details, Objects, Terms, draft, not_closed, told_elsewhere};
use crate::domain::{
    ConventionAmended, Event, Party,
    aggregate::{Convention, Stage, State},
    rules::*,
};

/// Changes a convention: every signature is void and must be given again.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AmendConvention {
    /// Its one object, when it changes.
    #[serde(default)]
    pub object: Objects,
    /// Dates and hours, when they change.
    #[serde(default)]
    pub terms: Option<Terms>,
    /// Whether the person is employed, when it changes.
    #[serde(default)]
    pub has_current_employer: Option<bool>,
    /// What the immersion is made of, whole, when it changes.
    #[serde(default)]
    pub details: Option<Details>,
}

impl Command for AmendConvention {
    type Aggregate = Convention;
    const NAME: &'static str = "immersion.amend";
    const SUMMARY: &'static str = "Modifier une convention : toutes les signatures sont à refaire";

    fn needs(&self, state: &State) -> Needs {
        Needs { birth_date: true, streams: state.renews.into_iter().collect(), ..Needs::default() }
    }

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        not_closed(state)?;
        told_elsewhere(state, context);
        if state.stage == Stage::Validated || state.started_on.is_some() {
            return Err(VALIDATED.refuse(
                "Cette convention est déjà validée ou commencée : elle ne se modifie plus. Annulez-la et rédigez-en une autre.",
            ));
        }
        let object = if self.object.0.is_empty() { state.object } else { self.object.one()? };
        let Some(frame) = self.terms.map(|terms| terms.frame()).or(state.frame) else {
            return Ok(Vec::new());
        };
        check_frame(state.kind, &frame, context)?;
        let minor = check_age(state.kind, frame.starts_on, context)?;
        if let Some(earlier) = state.renews.filter(|_| object != state.object) {
            draft::check_renewal(state.kind, object, earlier, context)?;
        }
        let employed =
            self.has_current_employer.unwrap_or(state.signatories.contains(&Party::EMPLOYEUR_ACTUEL));
        let minor =
            minor || context.birth_date().is_none() && state.signatories.contains(&Party::REPRESENTANT_LEGAL);
        let signatories = signatories(minor, employed, state.accompanying_id.is_some());
        let same = object == state.object && Some(frame) == state.frame && signatories == state.signatories;
        if same && self.details.is_none() {
            return Ok(Vec::new());
        }
        let amended = ConventionAmended {
            object: object.into(),
            terms: frame.stated().into(),
            signatories: signatories.into_iter().map(Into::into).collect(),
            details: self.details.as_ref().map(Details::stated).into(),
            ..Default::default()
        };
        Ok(vec![amended.into()])
    }
}
