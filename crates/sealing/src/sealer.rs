//! What an application seals and opens facts with.

use crate::fact::seal_split;
use crate::part::Part;
use crate::wire::{self, WireError};
use crate::{
    Class, KeyError, KeyId, KeyRing, OpenError, Opened, Place, Randomness, SealError, SubjectKeys, open,
};
use std::sync::Arc;

/// A fact that could not be sealed or opened.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The place is in another journal than this sealer's.
    #[error("the fact belongs to another journal")]
    OtherLog,
    /// The fact could not be sealed.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The payload could not be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The keys could not be had, or are destroyed: [`KeyError::Forgotten`].
    #[error(transparent)]
    Key(#[from] KeyError),
}

/// Seals and opens the facts of one journal with the keys of a ring.
#[derive(Debug)]
pub struct Sealer {
    ring: KeyRing,
    log_id: [u8; 8],
    dice: Arc<dyn Randomness>,
}

impl Sealer {
    /// A sealer for the journal `log_id` (see [`crate::log_id`]), taking its keys from `ring`.
    #[must_use]
    pub fn new(ring: KeyRing, log_id: [u8; 8], dice: Arc<dyn Randomness>) -> Sealer {
        Sealer { ring, log_id, dice }
    }

    /// The ring of keys, for those who forget and rotate.
    #[must_use]
    pub fn ring(&self) -> &KeyRing {
        &self.ring
    }

    /// The journal whose facts this sealer seals.
    #[must_use]
    pub fn log_id(&self) -> [u8; 8] {
        self.log_id
    }

    /// Seals the wire bytes of a fact into its payload: see [`crate::seal()`].
    ///
    /// One round trip to the keys, none when the fact has nothing personal, two more the first time
    /// that a subject has data of a class.
    ///
    /// # Errors
    ///
    /// [`KeyError::Forgotten`] (in [`Error::Key`]) when the subject was forgotten for a class that
    /// the fact has; [`Error::OtherLog`], [`Error::Seal`] for facts that are not well-formed or not
    /// at home here; other [`KeyError`]s when the keys cannot be had now.
    pub async fn seal(
        &self,
        place: &Place,
        bytes: &[u8],
        class_of: impl Fn(u32) -> Class,
    ) -> Result<Vec<u8>, Error> {
        self.seal_with(&SubjectKeys::new(), place, bytes, class_of).await
    }

    /// [`Sealer::seal`] with the keys of the subject that were asked for ahead ([`KeyRing::living_keys`]): the others, if
    /// any, are asked for now.
    ///
    /// # Errors
    ///
    /// Those of [`Sealer::seal`].
    pub async fn seal_with(
        &self,
        ready: &SubjectKeys,
        place: &Place,
        bytes: &[u8],
        class_of: impl Fn(u32) -> Class,
    ) -> Result<Vec<u8>, Error> {
        if place.log_id != self.log_id {
            return Err(Error::OtherLog);
        }
        let split = wire::split(bytes, class_of).map_err(SealError::from)?;
        let classes: Vec<Class> = split.personal.iter().map(|(class, _)| *class).collect();
        if classes.iter().all(|class| ready.contains_key(class)) {
            return Ok(seal_split(place, split, ready, &*self.dice)?);
        }
        let keys = self.ring.sealing_keys(place.subject, &classes).await?;
        Ok(seal_split(place, split, &keys, &*self.dice)?)
    }

    /// Opens many payloads for one reader, with one query for all their keys.
    ///
    /// The answer has one [`Opened`] per item, in the same order. No key is asked for a class that
    /// the reader may not see.
    ///
    /// # Errors
    ///
    /// [`Error::Open`] when one payload is malformed or altered, [`Error::Key`] when the keys cannot
    /// be had. A destroyed key is no error: its class is in [`Opened::forgotten`].
    pub async fn open_many(
        &self,
        items: Vec<(Place, Vec<u8>)>,
        may: impl Fn(Class) -> bool,
    ) -> Result<Vec<Opened>, Error> {
        self.open_each(items, move |_, class| may(class)).await
    }

    /// [`Sealer::open_many`] when what the reader may see differs from one case to another.
    ///
    /// # Errors
    ///
    /// Those of [`Sealer::open_many`].
    pub async fn open_each(
        &self,
        items: Vec<(Place, Vec<u8>)>,
        may: impl Fn(&Place, Class) -> bool,
    ) -> Result<Vec<Opened>, Error> {
        let mut wanted = Vec::new();
        let mut allowed = Vec::with_capacity(items.len());
        for (place, payload) in &items {
            let seen = Seen::new(|class| may(place, class));
            key_ids(payload, seen, &mut wanted)?;
            allowed.push(seen);
        }
        let keys = self.ring.opening_keys(&wanted).await?;
        let opened = items.iter().zip(&allowed).map(|((place, payload), seen)| {
            Ok(open(place, payload, |id| keys.get(&id), |class| seen.has(class))?)
        });
        opened.collect()
    }

    /// The clear bytes of a payload: see [`crate::open_none`].
    ///
    /// # Errors
    ///
    /// [`WireError`] when `payload` is not one well-formed message.
    pub fn open_none(payload: &[u8]) -> Result<Vec<u8>, WireError> {
        crate::open_none(payload)
    }
}

/// The classes that a reader may see of one fact.
#[derive(Clone, Copy)]
struct Seen([bool; Class::PERSONAL.len()]);

impl Seen {
    fn new(may: impl Fn(Class) -> bool) -> Seen {
        Seen(Class::PERSONAL.map(may))
    }

    fn has(self, class: Class) -> bool {
        Class::PERSONAL.into_iter().zip(self.0).any(|(seen, may)| seen == class && may)
    }
}

/// Adds to `wanted` the ids of the keys of the parts that the reader may see.
fn key_ids(payload: &[u8], seen: Seen, wanted: &mut Vec<KeyId>) -> Result<(), OpenError> {
    for part in wire::parts(payload) {
        let part = Part::parse(part?)?;
        if seen.has(part.class) {
            wanted.push(part.key_id);
        }
    }
    Ok(())
}
