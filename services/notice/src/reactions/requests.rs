//! An organisation that was asked for an answer is reminded of it: a notice to each of its posts that answer such
//! things, except the one that spoke. A post that opens later is told nothing of what was before: it reads what waits.

use std::collections::BTreeSet;

use contracts::{Recorded, events};
use serde::{Deserialize, Serialize};
use service::{Agenda, Due};
use situation::received::ANSWERING;
use uuid::Uuid;

use super::Causes;
use crate::domain::{Event, NoticeKind};

/// The agenda of what organisations are reminded of.
#[derive(Debug)]
pub struct Requests;

/// What is kept of one organisation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    organisation_id: Option<Uuid>,
    posts: BTreeSet<Uuid>,
    causes: Causes,
}

impl Agenda for Requests {
    type State = State;
    const NAME: &'static str = "requests_agenda";
    const VERSION: u32 = 1;

    fn key(fact: &Recorded) -> Option<Uuid> {
        let organisation = match fact.kind.name {
            "PostOpened" => match fact.trace() {
                Ok(events::Post::PostOpened(opened)) => opened.organisation_id,
                _ => return None,
            },
            "ReminderSent" => match fact.trace() {
                Ok(events::Prescription::ReminderSent(reminder)) => reminder.addressee_id,
                _ => return None,
            },
            "NoticeRaised" => match fact.trace() {
                Ok(Event::NoticeRaised(raised)) if raised.kind == NoticeKind::ANSWER_AWAITED => {
                    raised.about_id
                }
                _ => return None,
            },
            _ => return None,
        };
        organisation.parse().ok()
    }

    fn fold(state: &mut State, fact: &Recorded) -> Result<(), String> {
        state.organisation_id = Self::key(fact);
        let why = |error: contracts::DecodeError| error.to_string();
        match fact.kind.aggregate().name {
            "post" => {
                if let events::Post::PostOpened(opened) = fact.trace().map_err(why)?
                    && opened.role.as_known().is_some_and(|role| ANSWERING.contains(&role))
                {
                    state.posts.insert(fact.stream_id);
                }
            }
            "mailbox" => {
                if let Event::NoticeRaised(raised) = fact.trace().map_err(why)? {
                    state.causes.told(&raised.notice_id, &raised.post_id);
                }
            }
            _ => {
                let own = fact.metadata().map_err(why)?.actor.post_id.parse::<Uuid>().ok();
                let posts = state.posts.iter().copied().filter(|post| Some(*post) != own);
                state.causes.add(fact, NoticeKind::ANSWER_AWAITED, posts.collect());
            }
        }
        Ok(())
    }

    fn due(state: &State) -> Vec<Due> {
        state.causes.due(None, state.organisation_id)
    }
}

/// Whether that fact of a prescription leaves nothing to be answered, or not yet.
pub fn answers(fact: &Recorded) -> bool {
    !matches!(
        fact.trace(),
        Ok(events::Prescription::ReminderSent(_)
            | events::Prescription::PrescriptionReceived(_)
            | events::Prescription::PrescriptionUnderReview(_)
            | events::Prescription::EligibilityEstablished(_))
    )
}
