//! Signatures, and what the prescriber answers.

use contracts::Word;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use service::{Command, Context, Day, Needs};
use utoipa::ToSchema;
use vocabulary::Refusal;

use super::{all_signed, draft, not_closed, own_convention, told_elsewhere};
use crate::domain::{
    ConventionApproved, ConventionCancelled, ConventionCorrected, ConventionFullySigned, ConventionRejected,
    ConventionSigned, ConventionValidated, Event, Party,
    aggregate::{Convention, Stage, State},
    own_day,
    rules::*,
};

/// Says that a party signed. The last signature missing makes the convention fully signed.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignConvention {
    /// Who signed.
    pub party: Word<Party>,
    /// When; today when absent.
    #[serde(default)]
    pub signed_on: Option<Day>,
}

impl Command for SignConvention {
    type Aggregate = Convention;
    const NAME: &'static str = "immersion.sign";
    const SUMMARY: &'static str = "Enregistrer une signature";
    const DAY: fn(&Self) -> Option<Date> = |command| command.signed_on.map(|day| day.0);

    fn day_of(&self, fact: &Event) -> Option<Date> {
        own_day(fact)
    }

    fn needs(&self, _: &State) -> Needs {
        Needs { birth_date: true, ..Needs::default() }
    }

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        own_convention(state, context)?;
        told_elsewhere(state, context);
        let party = self.party.0;
        if state.has_signed(party) {
            return Ok(Vec::new());
        }
        not_closed(state)?;
        let mut signatories = state.signatories.clone();
        if representative_to_ask(state, context) {
            signatories.push(Party::REPRESENTANT_LEGAL);
        }
        if !signatories.contains(&party) {
            return Err(PARTY
                .refuse("Cette partie n’a pas à signer cette convention. Choisissez l’une de ses parties.")
                .at("/party"));
        }
        let signed_on = self.signed_on.map_or(context.today, |day| day.0);
        let signed = ConventionSigned {
            party: self.party.into(),
            signed_on: signed_on.to_string(),
            ..Default::default()
        };
        // Who must sign is said anew; signatures stay.
        let asked = (signatories != state.signatories).then(|| ConventionCorrected {
            signatories: signatories.iter().copied().map(Into::into).collect(),
            ..Default::default()
        });
        let last_one = signatories.iter().all(|one| *one == party || state.has_signed(*one));
        let full = last_one.then(|| {
            let days = state.signatures.iter().filter_map(|signature| signature.on);
            fully_signed(state, days.fold(signed_on, Date::max))
        });
        Ok(asked.map(Event::from).into_iter().chain([signed.into()]).chain(full.map(Event::from)).collect())
    }
}

/// Everyone signed, the last one that day.
pub(crate) fn fully_signed(state: &State, last: Date) -> ConventionFullySigned {
    ConventionFullySigned {
        signed_on: last.to_string(),
        kind: state.kind.into(),
        terms: state.frame.map(|frame| frame.stated()).into(),
        ..Default::default()
    }
}

/// Says that a counsellor read the convention first and agreed.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApproveConvention {
    /// When; today when absent.
    #[serde(default)]
    pub approved_on: Option<Day>,
}

impl Command for ApproveConvention {
    type Aggregate = Convention;
    const NAME: &'static str = "immersion.approve";
    const SUMMARY: &'static str = "Enregistrer une première lecture favorable";
    const DAY: fn(&Self) -> Option<Date> = |command| command.approved_on.map(|day| day.0);

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        not_closed(state)?;
        if state.stage != Stage::Open {
            return Ok(Vec::new());
        }
        all_signed(state)?;
        let approved = ConventionApproved {
            approved_on: self.approved_on.map_or(context.today, |day| day.0).to_string(),
            ..Default::default()
        };
        Ok(vec![approved.into()])
    }
}

/// Says that the prescriber validated the convention.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ValidateConvention {
    /// When; today when absent.
    #[serde(default)]
    pub validated_on: Option<Day>,
}

impl Command for ValidateConvention {
    type Aggregate = Convention;
    const NAME: &'static str = "immersion.validate";
    const SUMMARY: &'static str = "Enregistrer la validation du prescripteur";
    const DAY: fn(&Self) -> Option<Date> = |command| command.validated_on.map(|day| day.0);

    fn needs(&self, state: &State) -> Needs {
        Needs {
            organisations: state.prescriber_id.into_iter().collect(),
            birth_date: true,
            ..Needs::default()
        }
    }

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        not_closed(state)?;
        if state.stage == Stage::Validated {
            return Ok(Vec::new());
        }
        all_signed(state)?;
        check_age_again(state, context)?;
        told_elsewhere(state, context);
        let validated_on = self.validated_on.map_or(context.today, |day| day.0);
        // What another tool says of its prescribers stands.
        if state.heard.is_none() {
            draft::check_prescriber(state.kind, state.prescriber_id, validated_on, context)?;
        }
        let validated = ConventionValidated { validated_on: validated_on.to_string(), ..Default::default() };
        Ok(vec![validated.into()])
    }
}

/// Says that the prescriber refused the convention. Another one may be written.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RejectConvention {
    /// When; today when absent.
    #[serde(default)]
    pub rejected_on: Option<Day>,
    /// Why.
    #[serde(default)]
    pub justification: String,
}

impl Command for RejectConvention {
    type Aggregate = Convention;
    const NAME: &'static str = "immersion.reject";
    const SUMMARY: &'static str = "Enregistrer le refus du prescripteur";
    const DAY: fn(&Self) -> Option<Date> = |command| command.rejected_on.map(|day| day.0);

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        if state.stage == Stage::Rejected {
            return Ok(Vec::new());
        }
        not_closed(state)?;
        if state.stage == Stage::Validated || state.started_on.is_some() {
            return Err(VALIDATED.refuse(
                "Cette convention est déjà validée ou commencée : elle ne se refuse plus. Annulez-la s’il le faut.",
            ));
        }
        let rejected = ConventionRejected {
            rejected_on: self.rejected_on.map_or(context.today, |day| day.0).to_string(),
            justification: self.justification.clone(),
            ..Default::default()
        };
        Ok(vec![rejected.into()])
    }
}

/// Says that the immersion will not take place, or not further. Another convention may be written.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CancelConvention {
    /// When; today when absent.
    #[serde(default)]
    pub cancelled_on: Option<Day>,
    /// Why.
    #[serde(default)]
    pub justification: String,
}

impl Command for CancelConvention {
    type Aggregate = Convention;
    const NAME: &'static str = "immersion.cancel";
    const SUMMARY: &'static str = "Annuler une convention";
    const DAY: fn(&Self) -> Option<Date> = |command| command.cancelled_on.map(|day| day.0);

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        if state.stage == Stage::Cancelled {
            return Ok(Vec::new());
        }
        not_closed(state)?;
        if state.ended || state.interrupted {
            return Err(COURSE.refuse(
                "L’immersion est déjà terminée ou interrompue : sa convention ne s’annule plus. Écrivez plutôt le bilan.",
            ));
        }
        let cancelled = ConventionCancelled {
            cancelled_on: self.cancelled_on.map_or(context.today, |day| day.0).to_string(),
            justification: self.justification.clone(),
            ..Default::default()
        };
        Ok(vec![cancelled.into()])
    }
}
