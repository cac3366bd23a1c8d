//! Who reads, and what they opened. Nothing personal is opened without saying so: what was opened is committed
//! before the answer leaves, or nothing leaves.

use std::{
    collections::BTreeSet,
    ops::Deref,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use access::{
    AccessError, Actor,
    readings::{self, Opened, Stopped},
};
use axum::http::StatusCode;
use contracts::{Class, Recorded};
use uuid::Uuid;

use crate::{Problem, Runtime};

/// A reading: that of an actor, for one request. All its clones are the same reading.
#[derive(Clone, Debug)]
pub struct Reading {
    actor: Actor,
    /// What is opened is noted here; nothing for what no one is shown.
    record: Option<Arc<Record>>,
    /// The cases of which a list of one’s own circle shows the name.
    circle: Option<Arc<BTreeSet<Uuid>>>,
}

#[derive(Debug)]
struct Record {
    name: String,
    opened: Mutex<Opened>,
    /// Whether the answer has begun to leave: whatever is opened then is committed at once.
    left: AtomicBool,
}

/// What cannot be opened, or not be shown.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The keys cannot be had, or a part was altered.
    #[error(transparent)]
    Sealed(#[from] sealing::Error),
    /// The reading could not be recorded.
    #[error("the reading was not recorded: {0}")]
    Unrecorded(#[from] AccessError),
    /// Whoever reads has read too much.
    #[error("whoever reads is suspended")]
    Stopped(Stopped),
}

impl From<OpenError> for Problem {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::Sealed(error) => error.into(),
            OpenError::Unrecorded(error) => {
                tracing::error!(%error, "a reading could not be recorded: nothing is shown");
                unrecorded()
            }
            OpenError::Stopped(why) => stopped(why),
        }
    }
}

impl Deref for Reading {
    type Target = Actor;

    fn deref(&self) -> &Actor {
        &self.actor
    }
}

impl Reading {
    /// That of an actor, by the name of a query or the template of a page, whose answer has not begun to leave.
    pub fn of(actor: Actor, name: impl Into<String>) -> Self {
        let (name, left) = (name.into(), AtomicBool::new(false));
        Self { actor, record: Some(Arc::new(Record { name, opened: Mutex::default(), left })), circle: None }
    }

    /// That of a part of Jalon which shows nothing to anybody: says why it opens. Not recorded; the places that do
    /// so are listed by a test.
    pub fn by_system(why: &'static str) -> Self {
        Self { actor: Actor::system(why), record: None, circle: None }
    }

    /// Who reads.
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// The same reading, where the names of these people are a list of one’s own circle.
    #[must_use]
    pub fn listing(&self, circle: impl IntoIterator<Item = Uuid>) -> Self {
        Self { circle: Some(Arc::new(circle.into_iter().collect())), ..self.clone() }
    }

    /// Notes what was seen of someone.
    pub fn saw(&self, subject: Uuid, classes: &[Class]) {
        let listed = classes == [Class::Identity]
            && self.circle.as_ref().is_some_and(|circle| circle.contains(&subject));
        if listed {
            return self.listed(subject);
        }
        self.note(|opened| {
            opened.cases.insert(subject);
            opened.classes.extend(classes);
        });
    }

    /// Notes that someone of one’s own circle was in a list that shows hardly more than who it is.
    pub fn listed(&self, subject: Uuid) {
        self.note(|opened| {
            opened.listed.insert(subject);
        });
    }

    /// Notes that something was asked for by its id, whether it is there or not.
    pub fn asked(&self, id: Uuid) {
        self.note(|opened| {
            opened.asked.insert(id);
        });
    }

    /// Notes that what is opened is open by an emergency only.
    pub fn in_emergency(&self) {
        self.note(|opened| opened.emergency = true);
    }

    fn note(&self, note: impl FnOnce(&mut Opened)) {
        if let Some(record) = &self.record {
            note(&mut record.opened.lock().unwrap_or_else(PoisonError::into_inner));
        }
    }

    /// Notes what was opened of these facts; whatever is about no person followed is not noted.
    fn opened(&self, facts: &[Recorded], opened: &[sealing::Opened]) {
        for (fact, opened) in facts.iter().zip(opened) {
            if let Some(case) = fact.case_id.filter(|_| !opened.opened.is_empty()) {
                self.saw(case, &opened.opened);
            }
        }
    }

    /// Commits what was noted since the last time: the layer of a route does, before its answer leaves.
    ///
    /// # Errors
    /// When it cannot be committed, or whoever reads has read too much: nothing may be shown then.
    pub async fn commit(&self, runtime: &Runtime) -> Result<(), OpenError> {
        let Some(record) = &self.record else { return Ok(()) };
        let opened = std::mem::take(&mut *record.opened.lock().unwrap_or_else(PoisonError::into_inner));
        if opened.is_empty() {
            return Ok(());
        }
        let now = runtime.clock.now();
        let stopped = readings::record(&runtime.pool, &self.actor, &record.name, &opened, now).await?;
        match stopped {
            None => Ok(()),
            Some(why) => {
                tracing::warn!(
                    reason = ?why,
                    professional = self.professional_id.map(tracing::field::display),
                    post = self.post_id.map(tracing::field::display),
                    organisation = self.organisation_id.map(tracing::field::display),
                    "access suspended"
                );
                Err(OpenError::Stopped(why))
            }
        }
    }

    /// The answer begins to leave: commits, and from now on whatever is opened is committed at once. `asked` are the
    /// ids of the address: looked at when nothing was found there, so that a bait is felt by whoever asks for it.
    ///
    /// # Errors
    /// What is answered instead, with nothing that was opened.
    pub(crate) async fn leave(
        &self,
        runtime: &Runtime,
        asked: &[Uuid],
        status: StatusCode,
    ) -> Result<(), Problem> {
        if status.is_client_error() && status != StatusCode::UNAUTHORIZED {
            asked.iter().for_each(|id| self.asked(*id));
        }
        if let Some(record) = &self.record {
            record.left.store(true, Ordering::SeqCst);
        }
        match self.commit(runtime).await {
            // A bait asked for by its id is answered as what nobody knows: what tells them apart is the next request.
            Err(OpenError::Stopped(Stopped::Honey)) if status == StatusCode::NOT_FOUND => Ok(()),
            committed => Ok(committed?),
        }
    }

    /// The answer has begun, or nothing stands between it and whoever asked.
    pub(crate) fn has_left(self) -> Self {
        if let Some(record) = &self.record {
            record.left.store(true, Ordering::SeqCst);
        }
        self
    }

    /// Notes what was opened, and commits it when the answer has begun to leave.
    pub(crate) async fn keep(
        &self,
        runtime: &Runtime,
        facts: &[Recorded],
        opened: &[sealing::Opened],
    ) -> Result<(), OpenError> {
        self.opened(facts, opened);
        match &self.record {
            Some(record) if record.left.load(Ordering::SeqCst) => self.commit(runtime).await,
            _ => Ok(()),
        }
    }
}

/// 503: nothing was shown, since it could not be recorded.
fn unrecorded() -> Problem {
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "/problemes/lecture-non-consignee",
        "Momentanément indisponible",
        "Jalon n’a pas pu consigner cette lecture : rien n’a donc été montré. Redemandez dans quelques secondes.",
    )
}

/// What is answered to whoever has read too much.
pub(crate) fn stopped(why: Stopped) -> Problem {
    match why {
        Stopped::Volume => Problem::new(
            StatusCode::TOO_MANY_REQUESTS,
            "/problemes/lectures-nombreuses",
            "Accès suspendu",
            "Vous avez ouvert les dossiers de beaucoup de personnes en peu de temps. Par précaution, votre accès est suspendu et l’administrateur est prévenu. Appelez-le : il peut le rétablir aussitôt.",
        ),
        Stopped::Honey | Stopped::Suspended => Problem::new(
            StatusCode::FORBIDDEN,
            "/problemes/acces-suspendu",
            "Accès suspendu",
            "Votre accès à Jalon est suspendu par précaution et l’administrateur est prévenu. Appelez-le : il peut le rétablir aussitôt.",
        ),
    }
}
