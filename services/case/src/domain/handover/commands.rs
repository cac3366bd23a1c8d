//! What can be asked of a handover, each intent with its rule right below. Promises hang on the post:
//! when its holder leaves, even without a word, nothing is lost, and the list can be made afterwards.

use contracts::common::v1::Role;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use service::{Command, Context, Day, Needs};
use utoipa::ToSchema;
use uuid::Uuid;
use vocabulary::{Refusal, Rule};

use super::{
    aggregate::{Handover, State},
    open_items::{LIVE_STATUS, items},
    *,
};
use crate::{
    domain::{posts::Post, text},
    views::EMPLOYERS_OF_POST,
};

/// A handover is about a post.
pub const KNOWN_POST: Rule =
    Rule::strict("passation.poste", "Une passation porte sur un poste ouvert dans Jalon.", "usage");
/// Who proposes it.
pub const PROPOSED_BY: Rule = Rule::strict(
    "passation.proposee-par",
    "Une passation est proposée par qui tient le poste, ou par un référent ou un animateur de la même organisation.",
    "usage",
);
/// Who takes over.
pub const HOLDER: Rule = Rule::strict(
    "passation.titulaire",
    "Seul le professionnel qui tient le poste reprend ce qui lui est passé.",
    "usage",
);
/// What is taken over was listed.
pub const KNOWN_ITEM: Rule = Rule::strict(
    "passation.element",
    "On reprend un ou plusieurs éléments de la liste de la passation.",
    "usage",
);

/// Lists all that is open on a post for whoever takes over: the list is made by Jalon, not by hand.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProposeHandover {
    /// The post that changes hands.
    pub post_id: Uuid,
    /// Who takes over, when it is known and is not yet whoever holds the post.
    #[serde(default)]
    pub to_professional_id: Option<Uuid>,
    /// On which day; today when absent.
    #[serde(default)]
    pub proposed_on: Option<Day>,
}

impl ProposeHandover {
    /// Who left or leaves, and who takes over, as far as each is known.
    fn between(&self, post: &Post) -> (Option<Uuid>, Option<Uuid>) {
        match (post.holder, self.to_professional_id) {
            (Some(holder), Some(next)) if next != holder => (Some(holder), Some(next)),
            (holder, next) => (post.predecessor, holder.or(next)),
        }
    }
}

impl Command for ProposeHandover {
    type Aggregate = Handover;
    const NAME: &'static str = "handover.propose";
    const SUMMARY: &'static str = "Proposer la passation d’un poste";
    const DAY: fn(&Self) -> Option<Date> = |command| command.proposed_on.map(|day| day.0);

    fn needs(&self, _: &State) -> Needs {
        Needs {
            streams: vec![self.post_id],
            documents_of_post: Some((LIVE_STATUS, self.post_id)),
            document: Some((EMPLOYERS_OF_POST, self.post_id)),
            ..Needs::default()
        }
    }

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        // The clock may ask again for what it opened.
        if state.post_id.is_some() {
            return Ok(Vec::new());
        }
        let Some(post) = Post::fold(context.facts(self.post_id)) else {
            return Err(KNOWN_POST
                .refuse("Jalon ne connaît pas ce poste. Vérifiez lequel change de mains.")
                .at("/post_id"));
        };
        let actor = &context.actor;
        let colleague = matches!(actor.role, Role::REFERENT_SOCIAL | Role::ANIMATEUR_PLATEFORME)
            && actor.organisation_id.is_some()
            && actor.organisation_id == post.organisation_id;
        if !colleague && actor.post_id != Some(self.post_id) && actor.system.is_none() {
            return Err(PROPOSED_BY.refuse(
                "Vous ne tenez pas ce poste. Demandez à qui le tient, ou à un référent de son organisation, de proposer la passation.",
            ));
        }
        let (from, to) = self.between(&post);
        let day = self.proposed_on.map_or(context.today, |day| day.0).to_string();
        let items = items(self.post_id, context);
        let nothing = items.is_empty();
        let proposed = HandoverProposed {
            post_id: self.post_id.to_string(),
            from_professional_id: text(from),
            to_professional_id: text(to),
            proposed_on: day.clone(),
            items,
            ..Default::default()
        };
        let mut facts = vec![proposed.into()];
        if nothing {
            facts.push(HandoverCompleted { completed_on: day, ..Default::default() }.into());
        }
        Ok(facts)
    }
}

/// Takes some of it over, or all; the last one completes the handover.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AcceptHandover {
    /// What is taken over.
    pub item_ids: Vec<Uuid>,
    /// On which day; today when absent.
    #[serde(default)]
    pub accepted_on: Option<Day>,
}

impl AcceptHandover {
    /// Only whoever holds the post today takes over.
    fn check_holder(state: &State, context: &Context) -> Result<Uuid, Refusal> {
        let held = state.post_id.and_then(|id| Post::fold(context.facts(id))).and_then(|post| post.holder);
        let actor = &context.actor;
        match held {
            Some(holder) if actor.post_id == state.post_id && actor.professional_id == Some(holder) => {
                Ok(holder)
            }
            _ => Err(HOLDER.refuse(
                "Vous ne tenez pas ce poste aujourd’hui. Demandez à qui le tient de reprendre ces éléments.",
            )),
        }
    }
}

impl Command for AcceptHandover {
    type Aggregate = Handover;
    const NAME: &'static str = "handover.accept";
    const SUMMARY: &'static str = "Reprendre des éléments d’une passation";
    const DAY: fn(&Self) -> Option<Date> = |command| command.accepted_on.map(|day| day.0);

    fn needs(&self, state: &State) -> Needs {
        Needs { streams: state.post_id.into_iter().collect(), ..Needs::default() }
    }

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        let holder = Self::check_holder(state, context)?;
        if self.item_ids.is_empty() || self.item_ids.iter().any(|id| !state.items.contains_key(id)) {
            return Err(KNOWN_ITEM
                .refuse("Un de ces éléments n’est pas dans la liste de la passation. Choisissez parmi ceux qui y sont.")
                .at("/item_ids"));
        }
        let mut items = state.items.clone();
        let day = self.accepted_on.map_or(context.today, |day| day.0).to_string();
        let mut facts = Vec::new();
        for id in &self.item_ids {
            if items.insert(*id, true) == Some(true) {
                continue;
            }
            let accepted = HandoverItemAccepted {
                item_id: id.to_string(),
                professional_id: holder.to_string(),
                accepted_on: day.clone(),
                ..Default::default()
            };
            facts.push(accepted.into());
        }
        if !facts.is_empty() && items.values().all(|accepted| *accepted) {
            facts.push(HandoverCompleted { completed_on: day, ..Default::default() }.into());
        }
        Ok(facts)
    }
}
