//! Whom a message is for, as the journal itself says: never late.

use contracts::{Class, Facts as _, Recorded, events};
use jiff::{Timestamp, civil::Date};
use service::{BoxError, Domain as _, Reading, Runtime};
use uuid::Uuid;
use vocabulary::clock::day_in_paris;

use crate::domain::{
    Event,
    aggregate::{Mailbox, State},
};

/// A mailbox, and what its holder last chose.
#[derive(Clone, Debug, Default)]
pub struct Addressee {
    /// Its state.
    pub state: State,
    /// The fact of the last choice: the address is in it, sealed.
    chosen: Option<Recorded>,
    /// Where and when a digest was asked for, without a break since.
    asked: Option<(i64, Date)>,
}

impl Addressee {
    /// The mailbox of that id.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub async fn read(runtime: &Runtime, mailbox: Uuid) -> Result<Self, BoxError> {
        let mut addressee = Self::default();
        for fact in runtime.journal.stream(mailbox, 1).await? {
            let event: Event = fact.trace()?;
            if let Event::MailboxChosen(chosen) = &event {
                let begins = (fact.position, day_in_paris(fact.recorded_at));
                addressee.asked = chosen.digest.then_some(addressee.asked.unwrap_or(begins));
                addressee.chosen = Some(fact);
            }
            addressee.state = Mailbox::apply(addressee.state, event);
        }
        Ok(addressee)
    }

    /// The instant of the last choice.
    pub fn chosen_at(&self) -> Option<Timestamp> {
        self.chosen.as_ref().map(|fact| fact.recorded_at)
    }

    /// Up to which position of the journal the post was told, and on which day, by the last digest or by the
    /// choice to have one; nothing when none is wanted.
    pub fn told(&self) -> Option<(i64, Date)> {
        let (position, day) = self.asked?;
        let last = self.state.last_digest.unwrap_or(day);
        Some((position.max(self.state.digest_until), day.max(last)))
    }

    /// Whether someone else holds the post since the choice, or nobody: the address is no longer its own.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub async fn has_left(&self, runtime: &Runtime) -> Result<bool, BoxError> {
        let (Some(chosen), Some(post)) = (&self.chosen, self.state.post_id) else { return Ok(true) };
        let professional = self.state.choice.as_ref().and_then(|choice| choice.professional_id);
        let facts = runtime.journal.stream(post, 1).await?;
        let later = facts.iter().filter(|fact| fact.position > chosen.position);
        Ok(later.filter_map(|fact| fact.trace().ok()).any(|event| match event {
            events::Post::PostFilled(filled) => filled.professional_id.parse().ok() != professional,
            events::Post::PostVacated(_) => true,
            _ => false,
        }))
    }

    /// The address; nothing when there is none, or it was forgotten.
    ///
    /// # Errors
    /// When the keys cannot be read.
    pub async fn address(&self, runtime: &Runtime) -> Result<Option<String>, BoxError> {
        let Some(fact) = &self.chosen else { return Ok(None) };
        // The professional’s own address, in no case.
        let reading = Reading::by_system("letters");
        let facts = std::slice::from_ref(fact);
        let opened = runtime.open(&reading, facts, |class| class == Class::Identity).await?;
        let Some(opened) = opened.first() else { return Ok(None) };
        match Event::decode(fact.kind, &opened.bytes)? {
            Event::MailboxChosen(chosen) => Ok(Some(chosen.email).filter(|email| !email.is_empty())),
            _ => Ok(None),
        }
    }
}
