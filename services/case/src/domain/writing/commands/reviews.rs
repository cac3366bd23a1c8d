//! A review is held, and corrected: a correction is a fact beside the first one, never an edit.

use contracts::Word;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use service::{Command, Context, Day};
use utoipa::ToSchema;
use uuid::Uuid;
use vocabulary::{Refusal, Rule};

use super::super::{
    aggregate::{State, Writing},
    *,
};
use crate::domain::open_on;

/// Days come in their order.
pub const REVIEW_DATES: Rule =
    Rule::strict("bilan.dates", "Le prochain bilan vient après celui qui est enregistré.", "usage");
/// Who takes part.
pub const PARTICIPANTS: Rule = Rule::soft(
    "bilan.participants",
    "Un entretien en binôme réunit deux postes, un entretien tripartite la personne et deux postes : vérifiez les participants.",
    "usage",
);
/// What is corrected was held.
pub const KNOWN_REVIEW: Rule = Rule::strict("bilan.connu", "On corrige un bilan enregistré.", "usage");

/// What a review says.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Reviewed {
    /// Its kind.
    pub kind: Word<ReviewKind>,
    /// When it was held; today when absent.
    #[serde(default)]
    pub held_on: Option<Day>,
    /// The posts that took part; that of whoever asks when none is named.
    #[serde(default)]
    pub participant_post_ids: Vec<Uuid>,
    /// The person took part.
    #[serde(default)]
    pub with_person: bool,
    /// The day of the next one; it may be to come.
    #[serde(default)]
    pub next_review_on: Option<Day>,
    /// What was decided.
    #[serde(default)]
    pub decisions: Vec<String>,
}

impl Reviewed {
    /// The review as it is stated, once its days are in order.
    fn held(&self, context: &Context) -> Result<ReviewHeld, Refusal> {
        let held_on = self.held_on.map_or(context.today, |day| day.0);
        if self.next_review_on.is_some_and(|next| next.0 <= held_on) {
            return Err(REVIEW_DATES
                .refuse("Le prochain bilan ne vient pas après celui-ci. Corrigez l’une des deux dates.")
                .at("/review/next_review_on"));
        }
        let mut posts = self.participant_post_ids.clone();
        if posts.is_empty() {
            posts.extend(context.actor.post_id);
        }
        posts.sort_unstable();
        posts.dedup();
        let complete = match self.kind.0 {
            ReviewKind::ENTRETIEN_BINOME => posts.len() >= 2,
            ReviewKind::ENTRETIEN_TRIPARTITE => posts.len() >= 2 && self.with_person,
            _ => true,
        };
        if !complete {
            context.warn(&PARTICIPANTS);
        }
        let said = |decision: &String| Some(decision.trim().to_owned()).filter(|said| !said.is_empty());
        Ok(ReviewHeld {
            kind: self.kind.into(),
            held_on: held_on.to_string(),
            participant_post_ids: posts.iter().map(Uuid::to_string).collect(),
            with_person: self.with_person,
            next_review_on: self.next_review_on.map(String::from).unwrap_or_default(),
            decisions: self.decisions.iter().filter_map(said).collect(),
            ..Default::default()
        })
    }
}

/// Says that people looked together at how things stand.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HoldReview {
    /// What it says.
    pub review: Reviewed,
}

impl Command for HoldReview {
    type Aggregate = Writing;
    const NAME: &'static str = "case.hold-review";
    const SUMMARY: &'static str = "Enregistrer un bilan";
    const DAY: fn(&Self) -> Option<Date> = |command| command.review.held_on.map(|day| day.0);

    fn decide(&self, _: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        open_on(context, self.review.held_on.map_or(context.today, |day| day.0))?;
        Ok(vec![self.review.held(context)?.into()])
    }
}

/// Says a review otherwise: all of it, as it should have been told. The earlier word stays readable.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CorrectReview {
    /// What it says now.
    pub review: Reviewed,
}

impl Command for CorrectReview {
    type Aggregate = Writing;
    const NAME: &'static str = "case.correct-review";
    const SUMMARY: &'static str = "Corriger un bilan";
    const DAY: fn(&Self) -> Option<Date> = |command| command.review.held_on.map(|day| day.0);

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        if state.review_version == 0 {
            return Err(KNOWN_REVIEW.refuse("Cet écrit n’est pas un bilan. Écrivez-en un nouveau."));
        }
        let held = self.review.held(context)?;
        let corrected = ReviewCorrected {
            kind: held.kind,
            held_on: held.held_on,
            participant_post_ids: held.participant_post_ids,
            with_person: held.with_person,
            next_review_on: held.next_review_on,
            decisions: held.decisions,
            review_id: context.stream_id.to_string(),
            corrected_version: state.review_version,
            ..Default::default()
        };
        Ok(vec![corrected.into()])
    }
}
