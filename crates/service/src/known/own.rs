//! The person’s own access: whether whoever asks is the person, today.

use access::Actor;
use contracts::{Class, events};
use jiff::{Timestamp, civil::Date};
use uuid::Uuid;
use vocabulary::{clock::day_in_paris, dates::parse};

use super::CaseStanding;

/// An access handed to the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnAccess {
    /// Its id.
    pub id: Uuid,
    /// The post that handed it over.
    pub by_post: Option<Uuid>,
    /// Since when it opens something.
    pub from: Option<Date>,
    /// Last day it opens anything, included.
    pub until: Date,
}

impl CaseStanding {
    /// Folds what is said of the person’s own access.
    pub(super) fn opens_to_person(&mut self, event: &events::Case) {
        match event {
            events::Case::OwnAccessOpened(opened) => {
                if let (Ok(id), Some(until)) = (opened.access_id.parse(), parse(&opened.until_day)) {
                    let (by_post, from) = (opened.post_id.parse().ok(), parse(&opened.opened_on));
                    self.own_accesses.push(OwnAccess { id, by_post, from, until });
                }
            }
            events::Case::OwnAccessClosed(closed) => {
                self.own_accesses.retain(|access| closed.access_id.parse() != Ok(access.id));
            }
            _ => {}
        }
    }

    /// The access of the person that is open that day.
    pub fn own_access(&self, day: Date) -> Option<&OwnAccess> {
        let forgotten = self.erased.contains(&Class::Identity);
        self.own_accesses.iter().rfind(|access| !forgotten && day <= access.until)
    }

    /// Whether that actor is the person, by an access that is open at that instant.
    pub fn is_own_of(&self, actor: &Actor, now: Timestamp) -> bool {
        let open = self.own_access(day_in_paris(now)).map(|access| access.id);
        actor.own.is_some_and(|own| own.case_id == self.case_id && open == Some(own.access_id))
    }
}
