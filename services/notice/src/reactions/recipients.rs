//! An organisation that received data of a person is told that they were corrected, erased, limited or may be used
//! again (RGPD, article 19): a notice to its posts that answer and to its DPO, and to those that read by themselves. The
//! case itself may be closed to them by then: what they are told names nobody, and the fact that calls for it says which case.

use std::collections::BTreeSet;

use contracts::{EnumValue, Recorded, case::v1::RecipientMatter, common::v1::Role, events};
use serde::{Deserialize, Serialize};
use service::{Agenda, Due};
use situation::received::ANSWERING;
use uuid::Uuid;

use super::Causes;
use crate::domain::{Event, NoticeKind};

/// The agenda of what those who received data are told.
#[derive(Debug)]
pub struct Recipients;

/// What is kept of one organisation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    organisation_id: Option<Uuid>,
    posts: BTreeSet<Uuid>,
    causes: Causes,
}

/// What they are told.
pub const KINDS: [NoticeKind; 4] =
    [NoticeKind::TO_CORRECT, NoticeKind::TO_ERASE, NoticeKind::TO_LEAVE_ALONE, NoticeKind::TO_USE_AGAIN];

/// Whether a notice tells what became of data that were received.
pub fn is_one(kind: EnumValue<NoticeKind>) -> bool {
    KINDS.iter().any(|one| kind == *one)
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

impl Agenda for Recipients {
    type State = State;
    const NAME: &'static str = "told_agenda";
    const VERSION: u32 = 1;

    fn key(fact: &Recorded) -> Option<Uuid> {
        let organisation = match fact.kind.name {
            "PostOpened" => match fact.trace() {
                Ok(events::Post::PostOpened(opened)) => opened.organisation_id,
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
                if let events::Post::PostOpened(opened) = fact.trace().map_err(why)?
                    && opened
                        .role
                        .as_known()
                        .is_some_and(|role| role == Role::DPO || ANSWERING.contains(&role))
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
                if let events::Case::RecipientTold(told) = fact.trace().map_err(why)?
                    && let Some(kind) = kind_of(told.matter)
                {
                    let own = told.post_ids.iter().filter_map(|post| post.parse().ok());
                    let all = state.posts.iter().copied().filter(|_| told.whole);
                    state.causes.add(fact, kind, own.chain(all).collect());
                }
            }
        }
        Ok(())
    }

    fn due(state: &State) -> Vec<Due> {
        state.causes.due(None, state.organisation_id)
    }
}
