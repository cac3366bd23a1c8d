//! What an organisation is told through its posts, of cases that they may not follow.
//!
//! Asked for an answer, it is reminded of it: a notice to each of its posts that answer such things, except the one that
//! spoke. Having received data of a person, it is told that they were corrected, erased, limited or may be used again
//! (RGPD, article 19): a notice to its posts that answer and to its DPO, and to those that read by themselves; the case
//! may be closed to them by then, so that what they are told names nobody, and the fact that calls for it says which
//! case. A post that opens later is told nothing of what was before.

use std::collections::BTreeSet;

use contracts::{EnumValue, Recorded, case::v1::RecipientMatter, common::v1::Role, events};
use serde::{Deserialize, Serialize};
use service::{Agenda, Due};
use situation::received::ANSWERING;
use uuid::Uuid;

use super::Causes;
use crate::domain::{Event, NoticeKind};

/// The agenda of what organisations are told.
#[derive(Debug)]
pub struct Organisations;

/// What is kept of one organisation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    organisation_id: Option<Uuid>,
    /// The posts that answer what it is asked.
    answering: BTreeSet<Uuid>,
    /// Those of its DPO.
    protecting: BTreeSet<Uuid>,
    causes: Causes,
}

/// What became of data that were received.
const BECAME: [NoticeKind; 4] =
    [NoticeKind::TO_CORRECT, NoticeKind::TO_ERASE, NoticeKind::TO_LEAVE_ALONE, NoticeKind::TO_USE_AGAIN];

/// Whether a notice tells what became of data that were received.
pub fn tells_what_became(kind: EnumValue<NoticeKind>) -> bool {
    BECAME.iter().any(|one| kind == *one)
}

/// Whether a notice is about what an organisation was asked, or received: about no case that its post follows.
pub fn is_one(kind: EnumValue<NoticeKind>) -> bool {
    kind == NoticeKind::ANSWER_AWAITED || tells_what_became(kind)
}

fn kind_of(matter: EnumValue<RecipientMatter>) -> Option<NoticeKind> {
    match matter.as_known()? {
        RecipientMatter::RECIPIENT_MATTER_UNSPECIFIED => None,
        RecipientMatter::DATA_CORRECTED => Some(NoticeKind::TO_CORRECT),
        RecipientMatter::DATA_ERASED => Some(NoticeKind::TO_ERASE),
        RecipientMatter::USE_LIMITED => Some(NoticeKind::TO_LEAVE_ALONE),
        RecipientMatter::USE_RESUMED => Some(NoticeKind::TO_USE_AGAIN),
    }
}

impl Agenda for Organisations {
    type State = State;
    const NAME: &'static str = "organisation_agenda";
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
            "RecipientTold" => match fact.trace() {
                Ok(events::Case::RecipientTold(told)) => told.organisation_id,
                _ => return None,
            },
            "NoticeRaised" => match fact.trace() {
                Ok(Event::NoticeRaised(raised)) if is_one(raised.kind) => raised.about_id,
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
                if let events::Post::PostOpened(opened) = fact.trace().map_err(why)? {
                    match opened.role.as_known() {
                        Some(Role::DPO) => state.protecting.insert(fact.stream_id),
                        Some(role) if ANSWERING.contains(&role) => state.answering.insert(fact.stream_id),
                        _ => false,
                    };
                }
            }
            "mailbox" => {
                if let Event::NoticeRaised(raised) = fact.trace().map_err(why)? {
                    state.causes.told(&raised.notice_id, &raised.post_id);
                }
            }
            "prescription" => {
                let own = fact.metadata().map_err(why)?.actor.post_id.parse::<Uuid>().ok();
                let posts = state.answering.iter().copied().filter(|post| Some(*post) != own);
                state.causes.add(fact, NoticeKind::ANSWER_AWAITED, posts.collect());
            }
            _ => {
                if let events::Case::RecipientTold(told) = fact.trace().map_err(why)?
                    && let Some(kind) = kind_of(told.matter)
                {
                    let readers = told.post_ids.iter().filter_map(|post| post.parse().ok());
                    let whole = state.answering.union(&state.protecting).filter(|_| told.whole).copied();
                    state.causes.add(fact, kind, readers.chain(whole).collect());
                }
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
