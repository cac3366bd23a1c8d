//! The journal behind `eventually`'s `EventStore`: a handle for one command, that stamps each fact
//! with what is kept beside it and seals its personal parts.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use contracts::{Class, Facts, Message as _, Recorded, common::v1::Metadata};
use eventually::store::{EventStore, EventStream, Expected, Persisted, Select};
use futures::{FutureExt as _, StreamExt as _, future::BoxFuture, stream};
use jiff::{Timestamp, civil::Date};
use sealing::{KeyError, Place, Sealer, SubjectKeys};
use tokio::task::JoinHandle;
use uuid::Uuid;
use vocabulary::Ids;

use crate::{
    Journal,
    append::{Append, Appended, NewFact, Unmoved},
    error::JournalError,
    read::PAGE,
};

/// What is kept beside the facts of one command.
#[derive(Clone, Debug)]
pub struct Stamp {
    /// The command.
    pub command_id: Uuid,
    /// Fingerprint of its body.
    pub fingerprint: Vec<u8>,
    /// The person's case, for facts about a person.
    pub case_id: Option<Uuid>,
    /// The day the facts happened.
    pub occurred_on: Date,
    /// The instant they are known.
    pub recorded_at: Timestamp,
    /// Actor, correlation, causation, source, policy, trace, warnings.
    pub metadata: Metadata,
}

/// The store of one aggregate's facts, for one command. Clones share the same command: whoever keeps
/// one can complete the stamp before the append, and read afterwards what it did.
#[derive(Clone)]
pub struct JournalStore<E> {
    journal: Journal,
    sealer: Arc<Sealer>,
    ids: Arc<dyn Ids>,
    command: Arc<Mutex<OneCommand>>,
    day_of: DayOf<E>,
}

/// The day of a fact, when it is not the one of the stamp.
type DayOf<E> = Arc<dyn Fn(&E) -> Option<Date> + Send + Sync>;

struct OneCommand {
    stamp: Stamp,
    unmoved: Option<Unmoved>,
    keys: Option<AskedAhead>,
    personal: BTreeSet<Class>,
    appended: Option<Appended>,
}

/// The keys of a person, while they are asked for.
struct AskedAhead {
    subject: Uuid,
    keys: JoinHandle<Result<SubjectKeys, KeyError>>,
}

impl<E> std::fmt::Debug for JournalStore<E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("JournalStore")
            .field("command_id", &self.lock().stamp.command_id)
            .finish_non_exhaustive()
    }
}

impl<E> JournalStore<E> {
    fn lock(&self) -> MutexGuard<'_, OneCommand> {
        self.command.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the last append did.
    pub fn appended(&self) -> Option<Appended> {
        self.lock().appended
    }

    /// The person's case: the one of the stamp or, when it had none, the one of the stream once read.
    pub fn case_id(&self) -> Option<Uuid> {
        self.lock().stamp.case_id
    }

    /// The personal classes that the facts it stated may hold.
    pub fn personal(&self) -> BTreeSet<Class> {
        self.lock().personal.clone()
    }

    /// Completes the stamp before the append.
    pub fn complete(&self, complete: impl FnOnce(&mut Stamp)) {
        complete(&mut self.lock().stamp);
    }

    /// Has the append refused when something about that case was recorded since it was read.
    pub fn unless_moved(&self, case: Unmoved) {
        self.lock().unmoved = Some(case);
    }
}

impl<E: Facts> JournalStore<E> {
    /// A store for one command.
    pub fn new(journal: Journal, sealer: Arc<Sealer>, ids: Arc<dyn Ids>, stamp: Stamp) -> Self {
        let command = Arc::new(Mutex::new(OneCommand {
            stamp,
            unmoved: None,
            keys: None,
            personal: BTreeSet::new(),
            appended: None,
        }));
        Self { journal, sealer, ids, command, day_of: Arc::new(|_| None) }
    }

    /// With facts that may have a day of their own; that of the stamp otherwise.
    #[must_use]
    pub fn dated(mut self, day_of: impl Fn(&E) -> Option<Date> + Send + Sync + 'static) -> Self {
        self.day_of = Arc::new(day_of);
        self
    }

    /// Asks for the keys of whom that stream is about, of these classes, while the command is being decided: there is
    /// then nothing to wait for when its facts are sealed. To be asked by whoever may state such facts.
    pub fn ask_for_keys(&self, stream_id: Uuid, classes: BTreeSet<Class>) {
        if classes.is_empty() {
            return;
        }
        let classes = Vec::from_iter(classes);
        let mut command = self.lock();
        let subject = command.stamp.case_id.unwrap_or(stream_id);
        let sealer = self.sealer.clone();
        let keys = tokio::spawn(async move { sealer.ring().living_keys(subject, &classes).await });
        command.keys = Some(AskedAhead { subject, keys });
    }

    /// The keys that were asked for ahead; none when they could not be had, which is found out when they are asked for
    /// again.
    async fn keys_of(&self, subject: Uuid) -> SubjectKeys {
        let asked = self.lock().keys.take().filter(|asked| asked.subject == subject);
        match asked {
            Some(asked) => asked.keys.await.ok().and_then(Result::ok).unwrap_or_default(),
            None => SubjectKeys::new(),
        }
    }

    async fn new_fact(
        &self,
        stamp: &Stamp,
        (stream_id, version): (Uuid, u32),
        event: &E,
        keys: &SubjectKeys,
    ) -> Result<NewFact, JournalError> {
        let (kind, bytes) = event.encode();
        let event_id = self.ids.next(stamp.recorded_at);
        let payload = if kind.is_personal() {
            let place = Place {
                log_id: self.sealer.log_id(),
                subject: stamp.case_id.unwrap_or(stream_id),
                revision: u64::from(version),
                event_id,
                type_code: kind.code(),
                schema_version: kind.schema_version(),
            };
            let sealed = self.sealer.seal_with(keys, &place, &bytes, |number| kind.class_of(number)).await;
            sealed.map_err(sealing_error)?
        } else {
            bytes
        };
        Ok(NewFact {
            event_id,
            kind,
            case_id: stamp.case_id,
            occurred_on: (self.day_of)(event).unwrap_or(stamp.occurred_on),
            recorded_at: stamp.recorded_at,
            metadata: stamp.metadata.encode_to_vec(),
            payload,
        })
    }

    async fn append_at(&self, id: Uuid, expected: u32, events: &[E]) -> Result<u32, JournalError> {
        let (stamp, unmoved) = {
            let command = self.lock();
            (command.stamp.clone(), command.unmoved)
        };
        let keys = self.keys_of(stamp.case_id.unwrap_or(id)).await;
        let mut facts = Vec::with_capacity(events.len());
        for (event, step) in events.iter().zip(1..) {
            facts.push(self.new_fact(&stamp, (id, expected + step), event, &keys).await?);
        }
        let kinds = facts.iter().map(|fact| fact.kind);
        let classes = kinds.flat_map(|kind| kind.fields.iter().map(|field| kind.class_of(field.number)));
        let personal = classes.filter(|class| class.is_personal()).collect();
        let request = Append {
            stream_id: id,
            expected,
            command_id: stamp.command_id,
            fingerprint: stamp.fingerprint,
            facts,
        };
        let appended = match unmoved {
            None => self.journal.append(request).await?,
            Some(case) => self.journal.append_unmoved(request, case).await?,
        };
        let mut command = self.lock();
        command.personal = personal;
        command.appended = Some(appended);
        Ok(appended.version)
    }
}

fn sealing_error(error: sealing::Error) -> JournalError {
    match error {
        sealing::Error::Key(KeyError::Forgotten { .. }) => JournalError::Forgotten,
        other => JournalError::Sealing(other.to_string()),
    }
}

fn persisted<E: Facts>(fact: &Recorded) -> Result<Persisted<Uuid, E>, JournalError> {
    let event = fact
        .trace::<E>()
        .map_err(|error| JournalError::Corrupt { position: fact.position, why: error.to_string() })?;
    let sequence = u32::try_from(fact.position).map_err(|_| JournalError::OutOfRange(fact.position))?;
    Ok(Persisted::from(fact.stream_id, event).version(fact.version).sequence_number(sequence))
}

impl<E: Facts> EventStore for JournalStore<E> {
    type SourceId = Uuid;
    type Event = E;
    type Error = JournalError;

    /// `Expected::Any` reads the version first and starts again when another append comes between.
    fn append(
        &mut self,
        id: Uuid,
        version: Expected,
        events: Vec<E>,
    ) -> BoxFuture<'_, Result<u32, JournalError>> {
        async move {
            if let Expected::Exact(expected) = version {
                return self.append_at(id, expected, &events).await;
            }
            loop {
                let expected = self.journal.stream(id, 1).await?.last().map_or(0, |fact| fact.version);
                match self.append_at(id, expected, &events).await {
                    Err(JournalError::Conflict { .. }) => {}
                    done => return done,
                }
            }
        }
        .boxed()
    }

    fn stream(&self, id: Uuid, select: Select) -> BoxFuture<'_, Result<EventStream<'_, Self>, JournalError>> {
        async move {
            let from = if let Select::From(version) = select { version } else { 1 };
            let facts = self.journal.stream(id, from).await?;
            if let Some(case_id) = facts.first().and_then(|fact| fact.case_id) {
                self.complete(|stamp| stamp.case_id = stamp.case_id.or(Some(case_id)));
            }
            Ok(stream::iter(facts).map(|fact| persisted(&fact)).boxed())
        }
        .boxed()
    }

    /// All facts of this aggregate's kind, in order; those of other aggregates are passed over.
    fn stream_all(&self, select: Select) -> BoxFuture<'_, Result<EventStream<'_, Self>, JournalError>> {
        let from = if let Select::From(sequence) = select { i64::from(sequence) } else { 1 };
        let pages = stream::try_unfold(from - 1, move |after| async move {
            let page = self.journal.after(after, PAGE).await?;
            let Some(last) = page.last().map(|fact| fact.position) else { return Ok(None) };
            let own = page.into_iter().filter(|fact| std::ptr::eq(fact.kind.aggregate(), E::aggregate()));
            let own: Vec<_> = own.map(|fact| persisted(&fact)).collect();
            Ok::<_, JournalError>(Some((own, last)))
        });
        let facts = pages.flat_map(|page| match page {
            Ok(facts) => stream::iter(facts).boxed(),
            Err(error) => stream::iter([Err(error)]).boxed(),
        });
        async move { Ok(facts.boxed()) }.boxed()
    }

    fn remove(&mut self, _id: Uuid) -> BoxFuture<'_, Result<(), JournalError>> {
        async { Err(JournalError::NeverDeleted) }.boxed()
    }
}
