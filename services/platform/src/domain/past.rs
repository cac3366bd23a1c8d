//! What a case already has with a platform, for the rules that look at all of it. Ids and days only.

use contracts::events;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use vocabulary::dates;

/// The read model that keeps it, by case.
pub const PLATFORM_BY_CASE: &str = "platform_by_case";

/// Matches, gatherings, and the wish they may follow from.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Past {
    /// The offers proposed, oldest first.
    pub matches: Vec<Proposal>,
    /// The gatherings attended.
    pub gatherings: Vec<Uuid>,
}

/// An offer proposed to the person.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Proposal {
    /// The match.
    pub id: Uuid,
    /// The offer.
    pub offer_id: Uuid,
    /// Where it stands.
    pub step: ProposalStep,
    /// Since when.
    pub since: Option<Date>,
}

/// Where a proposal stands, in a word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProposalStep {
    /// The person has not answered.
    #[default]
    Proposed,
    /// The person wants it.
    Accepted,
    /// The person does not want it.
    Declined,
    /// The person was put forward to the employer.
    PutForward,
    /// The employer answered.
    Answered,
}

impl Past {
    /// Whether an answer is awaited about that offer, from the person or from the employer.
    pub fn awaits_about(&self, offer_id: Uuid) -> bool {
        self.matches.iter().any(|one| {
            one.offer_id == offer_id && !matches!(one.step, ProposalStep::Declined | ProposalStep::Answered)
        })
    }

    /// Folds a fact of one of the matches.
    pub fn apply(&mut self, id: Uuid, fact: events::Match) {
        let (step, day) = match fact {
            events::Match::MatchProposed(proposed) => {
                let offer_id = proposed.offer_id.parse().unwrap_or_default();
                self.matches.push(Proposal { id, offer_id, ..Proposal::default() });
                (ProposalStep::Proposed, proposed.proposed_on)
            }
            events::Match::MatchAccepted(accepted) => (ProposalStep::Accepted, accepted.answered_on),
            events::Match::MatchDeclined(declined) => (ProposalStep::Declined, declined.answered_on),
            events::Match::MatchPutForward(forward) => (ProposalStep::PutForward, forward.put_forward_on),
            events::Match::MatchAnswered(answered) => (ProposalStep::Answered, answered.answered_on),
        };
        if let Some(one) = self.matches.iter_mut().find(|one| one.id == id) {
            one.step = step;
            one.since = dates::parse(&day);
        }
    }
}
