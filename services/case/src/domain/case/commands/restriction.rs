//! What is kept of a person and otherwise left alone: at their request (RGPD, article 18 §1, a to c), or because they
//! object, from that moment on (d and article 21). It is lifted once the person was told; nothing of it is ever final.

use contracts::Word;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use service::{Command, Context, Day, Restriction};
use utoipa::ToSchema;
use uuid::Uuid;
use vocabulary::{Refusal, Rule};

use super::super::{
    aggregate::{Case, State},
    *,
};

/// What is said of it is short.
pub const RESTRICTION_TEXT: Rule = Rule::strict(
    "limitation.texte",
    "Ce qui est dit d’une limitation tient en 2 000 signes au plus.",
    "RGPD, articles 5 (1) c et 18",
);
/// What is lifted holds.
pub const KNOWN_RESTRICTION: Rule = Rule::strict(
    "limitation.connue",
    "On lève une limitation, ou une opposition, enregistrée dans ce dossier.",
    "usage",
);
/// An objection that waits is answered, unless the person takes it back.
pub const ANSWERED_FIRST: Rule = Rule::strict(
    "limitation.opposition",
    "Une opposition qui attend reçoit une réponse ; elle n’est levée sans réponse que si la personne est d’accord.",
    "RGPD, articles 12 (3) et 21",
);
/// The person is told before.
pub const TOLD_BEFORE: Rule = Rule::strict(
    "limitation.prevenir",
    "La personne est prévenue avant que la limitation ne soit levée.",
    "RGPD, article 18 (3)",
);
/// Days come in their order.
pub const LIFTED_AFTER: Rule =
    Rule::strict("limitation.dates", "Une limitation est levée après avoir commencé.", "usage");
/// The person says what of their situation asks for it.
pub const WHY_OBJECT: Rule = Rule::strict(
    "opposition.texte",
    "Une opposition dit les raisons qui tiennent à la situation de la personne, en 2 000 signes au plus.",
    "RGPD, article 21 (1)",
);
/// One at a time.
pub const ONE_OBJECTION: Rule = Rule::strict(
    "opposition.en-cours",
    "Une seule opposition à la fois attend une réponse dans un dossier.",
    "RGPD, article 21",
);
/// What is answered was said.
pub const KNOWN_OBJECTION: Rule =
    Rule::strict("opposition.connue", "On répond à une opposition enregistrée dans ce dossier.", "usage");
/// The person is told why.
pub const COMPELLING_REASONS: Rule = Rule::strict(
    "opposition.motifs",
    "Quand l’opposition n’est pas acceptée, la personne en reçoit les motifs légitimes et impérieux, en 2 000 signes au plus.",
    "RGPD, articles 12 (4) et 21 (1)",
);
/// Days come in their order.
pub const OBJECTION_DATES: Rule =
    Rule::strict("opposition.dates", "Une opposition reçoit sa réponse après avoir été faite.", "usage");

/// Someone answers for it.
pub const SOMEONE_ANSWERS: Rule = Rule::strict(
    "limitation.referent",
    "Tant que le traitement est limité, ou que la personne a un accès à son suivi, un référent social de la structure qui l’héberge reste dans le cercle pour lui répondre.",
    "RGPD, articles 12 et 18",
);

/// The longest text, in characters.
const LONGEST: usize = 2_000;

fn too_long(text: &str) -> bool {
    text.chars().count() > LONGEST
}

/// Refuses to use data again before the person was told, or on a day that is none.
fn told_in_time(told: Option<Day>, (since, over): (Option<Date>, Date)) -> Result<String, Refusal> {
    let Some(told) = told else {
        return Err(TOLD_BEFORE
            .refuse(
                "Dites quel jour la personne a été prévenue : c’est avant que ses données servent à nouveau.",
            )
            .at("/person_told_on"));
    };
    if told.0 > over || since.is_some_and(|since| told.0 < since) {
        return Err(TOLD_BEFORE
            .refuse("La personne est prévenue entre le début de la limitation et sa fin. Vérifiez ce jour, ou prévenez-la d’abord.")
            .at("/person_told_on"));
    }
    Ok(told.0.to_string())
}

/// Limits what is done with the data of the person: they are kept, and nothing else.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RestrictProcessing {
    /// Why.
    pub ground: Word<RestrictionGround>,
    /// What the person said, in a few words.
    #[serde(default)]
    pub reason: String,
    /// Since when; today when absent.
    #[serde(default)]
    pub restricted_on: Option<Day>,
}

impl Command for RestrictProcessing {
    type Aggregate = Case;
    const NAME: &'static str = "case.restrict";
    const SUMMARY: &'static str = "Limiter le traitement des données de la personne";
    const DAY: fn(&Self) -> Option<Date> = |command| command.restricted_on.map(|day| day.0);

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        let reason = self.reason.trim();
        if too_long(reason) {
            return Err(RESTRICTION_TEXT
                .refuse("Dites en 2 000 signes au plus ce que la personne demande.")
                .at("/reason"));
        }
        let mut others = state.restrictions.0.values().filter(|one| one.holds());
        if others.any(|one| !one.objection && one.ground == self.ground.0) {
            return Ok(Vec::new());
        }
        let restricted = ProcessingRestricted {
            restriction_id: context.fresh_id.to_string(),
            ground: self.ground.into(),
            restricted_on: self.restricted_on.map_or(context.today, |day| day.0).to_string(),
            reason: reason.to_owned(),
            ..Default::default()
        };
        Ok(vec![restricted.into()])
    }
}

/// Lifts a restriction, or what an objection that was upheld still keeps. The person was told before.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LiftRestriction {
    /// Which restriction, or which objection.
    pub restriction_id: Uuid,
    /// Why.
    pub reason: Word<RestrictionEnd>,
    /// The day the person was told.
    #[serde(default)]
    pub person_told_on: Option<Day>,
    /// When; today when absent.
    #[serde(default)]
    pub lifted_on: Option<Day>,
}

impl Command for LiftRestriction {
    type Aggregate = Case;
    const NAME: &'static str = "case.lift-restriction";
    const SUMMARY: &'static str = "Lever une limitation du traitement";
    const DAY: fn(&Self) -> Option<Date> = |command| command.lifted_on.map(|day| day.0);

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        let Some(one) = state.restrictions.0.get(&self.restriction_id) else {
            return Err(KNOWN_RESTRICTION
                .refuse("Cette limitation n’est pas dans ce dossier. Vérifiez laquelle est levée.")
                .at("/restriction_id"));
        };
        if !one.holds() {
            return Ok(Vec::new());
        }
        if one.objection && self.reason.0 != RestrictionEnd::PERSON_AGREES {
            return Err(ANSWERED_FIRST
                .refuse("La personne s’est opposée. Répondez d’abord à son opposition ; après une opposition acceptée, seul son accord lève la limitation.")
                .at("/reason"));
        }
        let lifted_on = self.lifted_on.map_or(context.today, |day| day.0);
        if one.since.is_some_and(|since| lifted_on < since) {
            return Err(LIFTED_AFTER
                .refuse("Cette date précède le début de la limitation. Corrigez-la.")
                .at("/lifted_on"));
        }
        let lifted = RestrictionLifted {
            restriction_id: self.restriction_id.to_string(),
            lifted_on: lifted_on.to_string(),
            reason: self.reason.into(),
            person_told_on: told_in_time(self.person_told_on, (one.since, lifted_on))?,
            ..Default::default()
        };
        Ok(vec![lifted.into()])
    }
}

/// An objection, whoever writes it.
fn raised(
    text: &str,
    (by_person, on): (bool, Date),
    state: &State,
    context: &Context,
) -> Result<Vec<Event>, Refusal> {
    let text = text.trim();
    if text.is_empty() || too_long(text) {
        return Err(WHY_OBJECT
            .refuse("Écrivez en 2 000 signes au plus ce qui, dans la situation de la personne, demande d’arrêter.")
            .at("/text"));
    }
    if state.restrictions.0.values().any(Restriction::waits) {
        return Err(ONE_OBJECTION.refuse(
            "Une opposition attend déjà une réponse : rien ne sert entre-temps. Elle peut être complétée en parlant avec le référent.",
        ));
    }
    let raised = ObjectionRaised {
        objection_id: context.fresh_id.to_string(),
        raised_on: on.to_string(),
        by_person,
        text: text.to_owned(),
        ..Default::default()
    };
    Ok(vec![raised.into()])
}

/// Says for the person that they object.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RaiseObjection {
    /// The reasons that come from their situation, in their words.
    pub text: String,
    /// When they said so; today when absent.
    #[serde(default)]
    pub raised_on: Option<Day>,
}

impl Command for RaiseObjection {
    type Aggregate = Case;
    const NAME: &'static str = "case.object";
    const SUMMARY: &'static str = "Enregistrer l’opposition de la personne";
    const DAY: fn(&Self) -> Option<Date> = |command| command.raised_on.map(|day| day.0);

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        let on = self.raised_on.map_or(context.today, |day| day.0);
        raised(&self.text, (false, on), state, context)
    }
}

/// The person objects. Asked from their own access, and from nowhere else.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RaiseOwnObjection {
    /// The reasons that come from their situation.
    pub text: String,
}

impl Command for RaiseOwnObjection {
    type Aggregate = Case;
    const NAME: &'static str = "own.object";
    const SUMMARY: &'static str = "S’opposer à l’usage de ses données";

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        raised(&self.text, (true, context.today), state, context)
    }
}

/// Answers an objection. Upheld, the data stay left alone until they are erased, or the person agrees again; not
/// upheld, they are used again.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SettleObjection {
    /// Which one.
    pub objection_id: Uuid,
    /// What became of it.
    pub outcome: Word<ObjectionOutcome>,
    /// What the person is told.
    #[serde(default)]
    pub answer: String,
    /// The day the person was told; required when the objection is not upheld.
    #[serde(default)]
    pub person_told_on: Option<Day>,
    /// When; today when absent.
    #[serde(default)]
    pub settled_on: Option<Day>,
}

impl Command for SettleObjection {
    type Aggregate = Case;
    const NAME: &'static str = "case.settle-objection";
    const SUMMARY: &'static str = "Répondre à une opposition";
    const DAY: fn(&Self) -> Option<Date> = |command| command.settled_on.map(|day| day.0);

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        let Some(one) = state.restrictions.0.get(&self.objection_id).filter(|one| one.objection) else {
            return Err(KNOWN_OBJECTION
                .refuse("Cette opposition n’est pas dans ce dossier. Vérifiez à laquelle vous répondez.")
                .at("/objection_id"));
        };
        if !one.waits() {
            return Ok(Vec::new());
        }
        let (answer, refused) = (self.answer.trim(), self.outcome.0 == ObjectionOutcome::NOT_UPHELD);
        if refused && answer.is_empty() || too_long(answer) {
            return Err(COMPELLING_REASONS
                .refuse("Dites à la personne, en 2 000 signes au plus, pourquoi ses données doivent encore servir : elle le lira.")
                .at("/answer"));
        }
        let settled_on = self.settled_on.map_or(context.today, |day| day.0);
        if one.since.is_some_and(|since| settled_on < since) {
            return Err(OBJECTION_DATES
                .refuse("Cette date précède l’opposition. Corrigez-la.")
                .at("/settled_on"));
        }
        let told = match self.person_told_on {
            None if !refused => String::new(),
            told => told_in_time(told, (one.since, settled_on))?,
        };
        let settled = ObjectionSettled {
            objection_id: self.objection_id.to_string(),
            outcome: self.outcome.into(),
            settled_on: settled_on.to_string(),
            person_told_on: told,
            answer: answer.to_owned(),
            ..Default::default()
        };
        Ok(vec![settled.into()])
    }
}
