//! What the clock proposes, and what the tool that destroys the keys says. No route asks for any of it.

use contracts::Word;
use serde::{Deserialize, Serialize};
use service::{Command, Context, Day, forgettings::Standing, retention};
use utoipa::ToSchema;
use uuid::Uuid;
use vocabulary::{Refusal, Rule};

use super::{
    super::super::{
        aggregate::{Case, State},
        *,
    },
    KNOWN_FORGETTING, TWO, named, words,
};

/// Whoever destroys the keys says so.
pub const FORGOTTEN_BY: Rule = Rule::strict(
    "oubli.systeme",
    "L’effacement est enregistré par l’outil qui détruit les clés, une fois qu’elles le sont.",
    "RGPD, article 17",
);
/// A rule of retention that is in force.
pub const RETENTION_RULE: Rule = Rule::strict(
    "oubli.regle",
    "Une fin de conservation est proposée d’après une règle en vigueur, au plus tôt 30 jours avant son terme.",
    "RGPD, article 5 (1) e",
);

/// Refuses whoever types it.
fn by_system(context: &Context) -> Result<(), Refusal> {
    if context.actor.system.is_some() {
        return Ok(());
    }
    Err(FORGOTTEN_BY
        .refuse("L’effacement ne s’enregistre pas à la main. Demandez-le : il sera fait une fois approuvé."))
}

/// Proposes to erase what comes to the end of its time.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProposeForgetting {
    /// The rule of retention.
    pub rule_id: String,
    /// The day its time is over.
    pub due_on: Day,
}

impl Command for ProposeForgetting {
    type Aggregate = Case;
    const NAME: &'static str = "case.propose-forgetting";
    const SUMMARY: &'static str = "Proposer l’effacement de ce qui arrive au terme de sa conservation";

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        by_system(context)?;
        let rule = retention::rule(&self.rule_id).ok_or_else(|| {
            RETENTION_RULE.refuse("Cette règle de conservation n’est pas en vigueur.").at("/rule_id")
        })?;
        if retention::proposed_from(self.due_on.0) > context.today {
            return Err(RETENTION_RULE.refuse("C’est trop tôt pour proposer cet effacement.").at("/due_on"));
        }
        let mut open = state.forgettings.requests.values().filter(|one| one.standing.is_open());
        if open.any(|one| one.rule_id == self.rule_id) || state.forgettings.is_forgotten() {
            return Ok(Vec::new());
        }
        let words = words(&rule.classes());
        let whole = rule.is_whole();
        let requested = ForgettingRequested {
            request_id: context.fresh_id.to_string(),
            classes: words.into_iter().map(Into::into).collect(),
            ground: ForgettingReason::RETENTION_OVER.into(),
            rule_id: self.rule_id.clone(),
            due_on: self.due_on.into(),
            requested_on: context.today.to_string(),
            voices: if whole { TWO } else { 1 },
            ..Default::default()
        };
        Ok(vec![requested.into()])
    }
}

/// Says that the data are closed and that their keys will be destroyed; or that a legal hold came in between.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BeginForgetting {
    /// Which request.
    pub request_id: Uuid,
}

impl Command for BeginForgetting {
    type Aggregate = Case;
    const NAME: &'static str = "case.begin-forgetting";
    const SUMMARY: &'static str = "Commencer un effacement approuvé";

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        by_system(context)?;
        let one = state.forgettings.requests.get(&self.request_id);
        let ready = |one: &&service::forgettings::Forgetting| {
            matches!(one.standing, Standing::Approved | Standing::Suspended)
                && one.due_on.is_none_or(|due| due <= context.today)
        };
        let Some(one) = one.filter(ready) else {
            return Err(KNOWN_FORGETTING.refuse("Cette demande d’effacement n’est pas à faire aujourd’hui."));
        };
        if let Some((hold_id, _)) = state.forgettings.held_on(context.today) {
            if one.standing == Standing::Suspended && one.held_by == Some(hold_id) {
                return Ok(Vec::new());
            }
            let suspended = ForgettingSuspended {
                request_id: self.request_id.to_string(),
                hold_id: hold_id.to_string(),
                suspended_on: context.today.to_string(),
                ..Default::default()
            };
            return Ok(vec![suspended.into()]);
        }
        let begun = ForgettingBegun {
            request_id: self.request_id.to_string(),
            classes: words(&one.classes).into_iter().map(Into::into).collect(),
            begun_on: context.today.to_string(),
            ..Default::default()
        };
        Ok(vec![begun.into()])
    }
}

/// What became of one store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = StoreReceipt)]
pub struct Purged {
    /// Its name.
    pub store: String,
    /// How many things were removed from it.
    pub removed: u32,
    /// Whether it could be reached.
    pub reached: bool,
}

impl From<&Purged> for StorePurged {
    fn from(purged: &Purged) -> Self {
        Self {
            store: purged.store.clone(),
            removed: purged.removed,
            reached: purged.reached,
            ..Self::default()
        }
    }
}

/// Says that the keys of the person's data were destroyed, and what was removed beside.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ForgetPerson {
    /// The classes whose keys were destroyed; all when none is named.
    #[serde(default)]
    pub classes: Vec<Word<PersonalClass>>,
    /// Why.
    pub reason: Word<ForgettingReason>,
    /// The request it carries out; none when an operator did it by hand.
    #[serde(default)]
    pub request_id: Option<Uuid>,
    /// What was removed, store by store.
    #[serde(default)]
    pub stores: Vec<Purged>,
    /// The day from which no backup can be read either.
    #[serde(default)]
    pub backups_mute_on: Option<Day>,
    /// Whether the same classes may be recorded anew.
    #[serde(default)]
    pub renewable: bool,
}

impl Command for ForgetPerson {
    type Aggregate = Case;
    const NAME: &'static str = "case.forget-person";
    const SUMMARY: &'static str = "Enregistrer l’effacement des données d’une personne";

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        by_system(context)?;
        let one = self.request_id.and_then(|id| state.forgettings.requests.get(&id));
        if self.request_id.is_some() && one.is_none_or(|one| one.standing != Standing::Begun) {
            let done = one.is_some_and(|one| matches!(one.standing, Standing::Incomplete | Standing::Done));
            return if done {
                Ok(Vec::new())
            } else {
                Err(KNOWN_FORGETTING
                    .refuse("Cet effacement n’a pas commencé : aucune clé n’a dû être détruite."))
            };
        }
        let forgotten = PersonForgotten {
            classes: named(&self.classes).into_iter().map(Into::into).collect(),
            reason: self.reason.into(),
            forgotten_on: context.today.to_string(),
            request_id: crate::domain::text(self.request_id),
            stores: self.stores.iter().map(Into::into).collect(),
            incomplete: self.stores.iter().any(|store| !store.reached),
            backups_mute_on: self.backups_mute_on.map(String::from).unwrap_or_default(),
            renewable: self.renewable,
            ..Default::default()
        };
        Ok(vec![forgotten.into()])
    }
}

/// Says that the stores that could not be reached are purged too.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CompleteForgetting {
    /// Which request.
    pub request_id: Uuid,
    /// What was removed, store by store.
    pub stores: Vec<Purged>,
}

impl Command for CompleteForgetting {
    type Aggregate = Case;
    const NAME: &'static str = "case.complete-forgetting";
    const SUMMARY: &'static str = "Enregistrer la fin d’un effacement";

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        by_system(context)?;
        let one = state.forgettings.requests.get(&self.request_id);
        if one.is_none_or(|one| one.standing != Standing::Incomplete) {
            return Ok(Vec::new());
        }
        if self.stores.iter().any(|store| !store.reached) {
            return Err(FORGOTTEN_BY
                .refuse("Un endroit n’a pas encore été atteint : l’effacement n’est pas terminé."));
        }
        let completed = ForgettingCompleted {
            request_id: self.request_id.to_string(),
            stores: self.stores.iter().map(Into::into).collect(),
            completed_on: context.today.to_string(),
            ..Default::default()
        };
        Ok(vec![completed.into()])
    }
}
