//! What the rules of a mailbox must know of its past.

use std::collections::HashMap;

use contracts::EnumValue;
use jiff::civil::Date;
use service::Domain;
use uuid::Uuid;
use vocabulary::dates;

use super::{Event, NoticeKind};

/// The aggregate.
#[derive(Debug)]
pub struct Mailbox;

/// Its state.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// Whose it is.
    pub post_id: Option<Uuid>,
    /// What its holder chose.
    pub choice: Option<Choice>,
    /// Every notice, and whether it still waits.
    pub notices: HashMap<Uuid, Notice>,
    /// The day of the last digest.
    pub last_digest: Option<Date>,
    /// The last position of the journal that digest took into account.
    pub digest_until: i64,
}

/// What the holder of the post chose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Who chose.
    pub professional_id: Option<Uuid>,
    /// The hour of the digest in Paris; nothing when there is none.
    pub digest_hour: Option<u8>,
    /// Whether immediate notices are sent.
    pub immediate: bool,
}

/// A notice of the mailbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// What called for it.
    pub kind: EnumValue<NoticeKind>,
    /// The case it is about.
    pub case_id: Option<Uuid>,
    /// Position of the fact that called for it.
    pub cause_position: i64,
    /// Sent, failed or withheld.
    pub settled: bool,
}

impl Domain for Mailbox {
    type Event = Event;
    type State = State;

    const PERSON: bool = false;
    const CALLED: &'static str = "cette boîte d’avis";

    fn apply(mut state: State, event: Event) -> State {
        match event {
            Event::MailboxChosen(chosen) => {
                state.post_id = chosen.post_id.parse().ok();
                state.choice = Some(Choice {
                    professional_id: chosen.professional_id.parse().ok(),
                    digest_hour: u8::try_from(chosen.digest_hour).ok().filter(|_| chosen.digest),
                    immediate: chosen.immediate,
                });
            }
            Event::NoticeRaised(raised) => {
                state.post_id = raised.post_id.parse().ok();
                if let Ok(id) = raised.notice_id.parse() {
                    let notice = Notice {
                        kind: raised.kind,
                        case_id: raised.case_id.parse().ok(),
                        cause_position: raised.cause_position,
                        settled: false,
                    };
                    state.notices.insert(id, notice);
                }
            }
            Event::NoticeSent(sent) => state.settle(&sent.notice_id),
            Event::NoticeFailed(failed) => state.settle(&failed.notice_id),
            Event::NoticeWithheld(withheld) => state.settle(&withheld.notice_id),
            Event::DigestSent(sent) => {
                state.last_digest = dates::parse(&sent.day).or(state.last_digest);
                state.digest_until = sent.until_position;
            }
        }
        state
    }
}

impl State {
    fn settle(&mut self, notice_id: &str) {
        let notice = notice_id.parse().ok().and_then(|id: Uuid| self.notices.get_mut(&id));
        if let Some(notice) = notice {
            notice.settled = true;
        }
    }
}
