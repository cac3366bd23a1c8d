//! What an administrator opens to an organisation beyond its kind: professional secrecy shared, constraints that
//! come from justice known. Each with its ground in law, the act that says so, and its days.

use contracts::Word;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use service::{Command, Context, Day};
use utoipa::ToSchema;
use vocabulary::{Refusal, Rule};

use super::{
    aggregate::{Opening, Organisation, State},
    *,
};
use crate::domain::texts::plain;

/// What is opened is opened by an act.
pub const ACT: Rule = Rule::strict(
    "habilitation.acte",
    "Une habilitation renvoie à l’acte qui la donne.",
    "RGPD, art. 5 § 2 ; loi 78-17, art. 46",
);
/// Days come in their order.
pub const DATES: Rule =
    Rule::strict("habilitation.dates", "Une habilitation ne se termine pas avant son premier jour.", "usage");

/// Says that those who work there are held to professional secrecy.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RecogniseSecrecy {
    /// Why.
    pub ground: Word<SecrecyGround>,
    /// The act that says so, e.g. the number and the date of a convention.
    pub reference: String,
    /// First day; may be to come.
    pub from_day: Day,
    /// Last day, included; none when it is not known.
    #[serde(default)]
    pub until_day: Option<Day>,
}

impl Command for RecogniseSecrecy {
    type Aggregate = Organisation;
    const NAME: &'static str = "administration.recognise-secrecy";
    const SUMMARY: &'static str = "Reconnaître le secret professionnel d’une organisation";

    fn occurred_on(&self) -> Option<Date> {
        Some(self.from_day.0)
    }

    fn may_be_planned(&self) -> bool {
        true
    }

    fn decide(&self, state: &State, _: &Context) -> Result<Vec<Event>, Refusal> {
        let opening = opening(self.ground.0 as i32, &self.reference, self.from_day, self.until_day)?;
        if state.secrecy.contains(&opening) {
            return Ok(Vec::new());
        }
        let recognised = SecrecyRecognised {
            ground: self.ground.into(),
            reference: opening.reference,
            from_day: self.from_day.0.to_string(),
            until_day: last_day(self.until_day),
            ..Default::default()
        };
        Ok(vec![recognised.into()])
    }
}

/// Says that they no longer are, whatever its kind.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EndSecrecy {
    /// Last day, included; today when absent.
    #[serde(default)]
    pub ended_on: Option<Day>,
}

impl Command for EndSecrecy {
    type Aggregate = Organisation;
    const NAME: &'static str = "administration.end-secrecy";
    const SUMMARY: &'static str = "Ne plus reconnaître le secret professionnel d’une organisation";

    fn occurred_on(&self) -> Option<Date> {
        self.ended_on.map(|day| day.0)
    }

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        let ended_on = self.ended_on.map_or(context.today, |day| day.0);
        // Its kind may tell that it shares it: that too ends, once.
        let by_kind = state.secrecy_by_kind_until.is_none_or(|last| last > ended_on);
        if !by_kind && !state.secrecy.iter().any(|opening| opening.lasts_beyond(ended_on)) {
            return Ok(Vec::new());
        }
        Ok(vec![SecrecyEnded { ended_on: ended_on.to_string(), ..Default::default() }.into()])
    }
}

/// Lets it know constraints that come from justice, of those who agree to it.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GrantJudicialAccess {
    /// Why.
    pub ground: Word<JudicialGround>,
    /// The act that says so.
    pub reference: String,
    /// First day; may be to come.
    pub from_day: Day,
    /// Last day, included; none when it is not known.
    #[serde(default)]
    pub until_day: Option<Day>,
}

impl Command for GrantJudicialAccess {
    type Aggregate = Organisation;
    const NAME: &'static str = "administration.grant-judicial-access";
    const SUMMARY: &'static str = "Habiliter une organisation aux contraintes de justice";

    fn occurred_on(&self) -> Option<Date> {
        Some(self.from_day.0)
    }

    fn may_be_planned(&self) -> bool {
        true
    }

    fn decide(&self, state: &State, _: &Context) -> Result<Vec<Event>, Refusal> {
        let opening = opening(self.ground.0 as i32, &self.reference, self.from_day, self.until_day)?;
        if state.judicial.contains(&opening) {
            return Ok(Vec::new());
        }
        let granted = JudicialAccessGranted {
            ground: self.ground.into(),
            reference: opening.reference,
            from_day: self.from_day.0.to_string(),
            until_day: last_day(self.until_day),
            ..Default::default()
        };
        Ok(vec![granted.into()])
    }
}

/// Says that it no longer may.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EndJudicialAccess {
    /// Last day, included; today when absent.
    #[serde(default)]
    pub ended_on: Option<Day>,
}

impl Command for EndJudicialAccess {
    type Aggregate = Organisation;
    const NAME: &'static str = "administration.end-judicial-access";
    const SUMMARY: &'static str = "Mettre fin à l’habilitation d’une organisation aux contraintes de justice";

    fn occurred_on(&self) -> Option<Date> {
        self.ended_on.map(|day| day.0)
    }

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        let ended_on = self.ended_on.map_or(context.today, |day| day.0);
        if !state.judicial.iter().any(|opening| opening.lasts_beyond(ended_on)) {
            return Ok(Vec::new());
        }
        Ok(vec![JudicialAccessEnded { ended_on: ended_on.to_string(), ..Default::default() }.into()])
    }
}

fn opening(ground: i32, reference: &str, from: Day, until: Option<Day>) -> Result<Opening, Refusal> {
    let reference = plain(reference, "/reference")?;
    if reference.is_empty() {
        return Err(ACT
            .refuse(
                "L’acte qui donne cette habilitation manque. Donnez sa référence : numéro, date, signataire.",
            )
            .at("/reference"));
    }
    if until.is_some_and(|until| until < from) {
        return Err(DATES
            .refuse("Le dernier jour de l’habilitation précède le premier. Corrigez l’une des deux dates.")
            .at("/until_day"));
    }
    Ok(Opening { ground, reference, from: from.0, until: until.map(|day| day.0) })
}

fn last_day(day: Option<Day>) -> String {
    day.map(|day| day.0.to_string()).unwrap_or_default()
}
