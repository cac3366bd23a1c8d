//! The domain idiom: an aggregate, its commands, and the rule of each right under it; joined once to
//! `eventually`'s traits.

use std::{
    fmt::Debug,
    marker::PhantomData,
    sync::{Arc, Mutex, PoisonError},
};

use access::Actor;
use contracts::{Class, Facts, Recorded};
use eventually::Aggregate;
use futures::{FutureExt as _, future::BoxFuture};
use jiff::{Timestamp, civil::Date};
use serde::{Serialize, de::DeserializeOwned};
use utoipa::ToSchema;
use uuid::Uuid;
use vocabulary::{Refusal, Rule, Warning};

use crate::{
    known::{CaseStanding, Known, OfCase, Organisation},
    search::by::Who,
};

/// An aggregate: its facts, and the state they fold into.
pub trait Domain: Send + Sync + 'static {
    /// Its facts.
    type Event: Facts;
    /// What the rules must know of the past. Folded from `trace` fields only: no key is needed.
    type State: Default + Clone + Debug + Send + Sync;

    /// Its facts are about a person: they carry the person's case, and the circle states them.
    const PERSON: bool = true;
    /// Its stream is the case itself.
    const IS_CASE: bool = false;
    /// How one of them is called in French, with its article: « ce dossier ».
    const CALLED: &'static str;

    /// The organisations that have a part in it without being in the circle: whom it was sent to, who receives, who
    /// employs. To any other outside the circle, it is as if there were none.
    fn parties(_state: &Self::State) -> Vec<Uuid> {
        Vec::new()
    }

    /// Folds a fact into the state. It only folds: no rule, no refusal.
    fn apply(state: Self::State, event: Self::Event) -> Self::State;
}

/// An intent, and the rule that accepts or refuses it.
pub trait Command: DeserializeOwned + Serialize + ToSchema + Debug + Send + Sync + 'static {
    /// What it is about.
    type Aggregate: Domain;

    /// Its name: `context.intent`. What policies, metrics and idempotency know it by.
    const NAME: &'static str;
    /// What it does, in French, for the documentation of the API.
    const SUMMARY: &'static str;
    /// The day the facts happen, when the command says it; today otherwise.
    const DAY: fn(&Self) -> Option<Date> = |_| None;

    /// The day the facts happen.
    fn occurred_on(&self) -> Option<Date> {
        Self::DAY(self)
    }

    /// The day of one of the facts, when they do not all happen on the same one: what another tool tells
    /// may span weeks.
    fn day_of(&self, _fact: &Event<Self>) -> Option<Date> {
        None
    }

    /// Whether that day may be to come. Only for what is planned.
    fn may_be_planned(&self) -> bool {
        false
    }

    /// Whether someone outside the circle, and who is no party, may be tied to the person otherwise:
    /// [`Command::is_tied`] then says whether they are.
    const TIED: bool = false;

    /// Whether whoever asks, outside the circle, has to do with the person: if not, it is as if there were none.
    fn is_tied(&self, _context: &Context) -> bool {
        false
    }

    /// Whether it is about the place of another post than that of whoever asks.
    fn is_about_another(&self, _actor: &Actor) -> bool {
        false
    }

    /// What the rule must know beside the aggregate.
    fn needs(&self, _state: &State<Self>) -> Needs {
        Needs::default()
    }

    /// The facts that follow, or why not. No fact at all means: already so.
    ///
    /// # Errors
    /// The rule that refuses.
    fn decide(&self, state: &State<Self>, context: &Context) -> Result<Vec<Event<Self>>, Refusal>;
}

/// The state a command is judged on.
pub type State<C> = <<C as Command>::Aggregate as Domain>::State;
/// The facts a command may state.
pub type Event<C> = <<C as Command>::Aggregate as Domain>::Event;

/// What a rule must know beside the aggregate: read before it is asked.
#[derive(Clone, Debug, Default)]
pub struct Needs {
    /// Organisations, by id.
    pub organisations: Vec<Uuid>,
    /// Other streams, by id.
    pub streams: Vec<Uuid>,
    /// The person's birth date.
    pub birth_date: bool,
    /// A document of a read model: name of its view, and key.
    pub document: Option<(&'static str, Uuid)>,
    /// The document of the person's case in a read model, by the name of its view.
    pub case_document: Option<&'static str>,
    /// The organisation of whoever asks.
    pub own_organisation: bool,
    /// The documents of a read model that concern a post: name of the view, and the post. Its table has a
    /// column `posts`.
    pub documents_of_post: Option<(&'static str, Uuid)>,
    /// The documents of a read model, by the name of its view: those of these keys, of the aggregate itself, and of
    /// the organisation of whoever asks.
    pub documents: Option<(&'static str, Vec<Uuid>)>,
    /// The keys of the documents of a read model in which that member is that text: name of the view, member, text.
    pub with_member: Option<(&'static str, &'static str, String)>,
    /// Whether someone else of that identity seems to be followed already.
    pub twin_of: Option<Who>,
    /// The facts of the platform that shares the person's case, among the other streams.
    pub platform: bool,
    /// Nothing recorded until now of what the case is read for is missing, and nothing about the case is recorded
    /// before what is decided: else it is judged again. Two that are asked at the same time do not both pass.
    pub fresh: bool,
    /// The facts of the person's other aggregates of one kind.
    pub of_case: Option<OfCase>,
    /// The aggregate's own stream and others, their parts of that class opened for the rule. Nothing of them may
    /// be stated, nor said in a refusal.
    pub opened: Option<(Class, Vec<Uuid>)>,
}

/// What a rule knows: when, who, about whom, and what it needed.
#[derive(Debug)]
pub struct Context {
    /// The present day in Paris.
    pub today: Date,
    /// The present instant.
    pub now: Timestamp,
    /// Who asks.
    pub actor: Actor,
    /// The stream the command is about; for a command that begins one, its future id.
    pub stream_id: Uuid,
    /// A fresh id, for things a fact names: an obstacle, a mandate.
    pub fresh_id: Uuid,
    /// The person's case.
    pub case_id: Option<Uuid>,
    known: Known,
    warnings: Mutex<Vec<Warning>>,
    stated: Mutex<Vec<Class>>,
}

impl Context {
    /// What a rule is asked with. Public so that tests can ask one without a server.
    pub fn new(now: Timestamp, actor: Actor, stream_id: Uuid, fresh_id: Uuid, known: Known) -> Self {
        Self {
            today: vocabulary::clock::day_in_paris(now),
            now,
            actor,
            stream_id,
            fresh_id,
            case_id: known.case.as_ref().map(|case| case.case_id),
            known,
            warnings: Mutex::default(),
            stated: Mutex::default(),
        }
    }

    /// The person's case, as it stands.
    pub fn case(&self) -> Option<&CaseStanding> {
        self.known.case.as_ref()
    }

    /// An organisation that was needed; nothing when Jalon does not know it.
    pub fn organisation(&self, id: Uuid) -> Option<&Organisation> {
        self.known.organisations.get(&id)
    }

    /// The person's birth date, when it was needed and is known.
    pub fn birth_date(&self) -> Option<Date> {
        self.known.birth_date
    }

    /// The facts of another stream that was needed, traces only.
    pub fn facts<E: Facts>(&self, stream_id: Uuid) -> Vec<E> {
        self.recorded(stream_id).iter().filter_map(|fact| fact.trace().ok()).collect()
    }

    /// The same facts as they are recorded, with their case.
    pub fn recorded(&self, stream_id: Uuid) -> &[Recorded] {
        self.known.streams.get(&stream_id).map_or(&[], Vec::as_slice)
    }

    /// The facts of the person's other aggregates that were wanted, each with its stream, in order.
    pub fn of_case<E: Facts>(&self) -> Vec<(Uuid, E)> {
        let read = |fact: &Recorded| Some((fact.stream_id, fact.trace().ok()?));
        self.known.of_case.iter().filter_map(read).collect()
    }

    /// The keys of the documents that have the member that was asked about.
    pub fn with_member(&self) -> &[Uuid] {
        &self.known.with_member
    }

    /// Whether someone else of the identity that was asked about seems to be followed already.
    pub fn has_twin(&self) -> bool {
        self.known.twin
    }

    /// The document that was needed.
    pub fn document<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_value(self.known.document.clone()?).ok()
    }

    /// The documents that were needed, of a post or by their keys, in the order of their keys.
    pub fn documents<T: DeserializeOwned>(&self) -> Vec<(Uuid, T)> {
        let read = |(key, body): &(Uuid, serde_json::Value)| {
            serde_json::from_value(body.clone()).ok().map(|document| (*key, document))
        };
        self.known.documents.iter().filter_map(read).collect()
    }

    /// Accepts, with a warning that the circle will see.
    pub fn warn(&self, rule: &Rule) {
        let mut warnings = self.warnings.lock().unwrap_or_else(PoisonError::into_inner);
        if !warnings.iter().any(|warning| warning.rule == rule.id) {
            warnings.push(rule.on(self.today).warn());
        }
    }

    /// Takes note of the classes of personal data in these facts.
    fn note<E: Facts>(&self, facts: &[E]) {
        let mut stated = self.stated.lock().unwrap_or_else(PoisonError::into_inner);
        for (kind, bytes) in facts.iter().map(Facts::encode) {
            // What cannot be cut by class is as closed as can be; it is refused again when it is sealed.
            let classes = sealing::wire::split(&bytes, |field| kind.class_of(field))
                .map(|split| split.personal.into_iter().map(|(class, _)| class).collect())
                .unwrap_or_else(|_| Class::PERSONAL.to_vec());
            stated.extend(classes);
        }
        stated.sort_unstable();
        stated.dedup();
    }

    /// The classes of personal data in what was decided.
    pub fn stated(&self) -> Vec<Class> {
        self.stated.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The warnings given.
    pub fn warnings(&self) -> Vec<Warning> {
        self.warnings.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The rule of a command, joined to its context.
type Decide<D> = dyn Fn(&<D as Domain>::State) -> Result<Vec<<D as Domain>::Event>, Refusal> + Send + Sync;

/// A decision waiting to be taken by `eventually`'s aggregate root.
pub struct Intent<D: Domain> {
    name: &'static str,
    decide: Box<Decide<D>>,
}

impl<D: Domain> Intent<D> {
    /// The intent of that command, in that context.
    pub fn of<C: Command<Aggregate = D>>(command: Arc<C>, context: Arc<Context>) -> Self {
        let decide = move |state: &D::State| {
            let facts = command.decide(state, &context)?;
            context.note(&facts);
            Ok(facts)
        };
        Self { name: C::NAME, decide: Box::new(decide) }
    }
}

impl<D: Domain> Debug for Intent<D> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// A [`Domain`] as `eventually` wants it.
pub struct Root<D>(PhantomData<fn() -> D>);

impl<D> Default for Root<D> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<D> Clone for Root<D> {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl<D> Debug for Root<D> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Root")
    }
}

impl<D: Domain> Aggregate for Root<D> {
    type Id = Uuid;
    type State = D::State;
    type Event = D::Event;
    type Command = Intent<D>;
    type Error = Refusal;

    fn apply(state: D::State, event: D::Event) -> Result<D::State, Refusal> {
        Ok(D::apply(state, event))
    }

    fn handle<'a, 's: 'a>(
        &'a self,
        _id: &'s Uuid,
        state: &'s D::State,
        intent: Intent<D>,
    ) -> BoxFuture<'a, Result<Option<Vec<D::Event>>, Refusal>> {
        async move {
            let events = (intent.decide)(state)?;
            Ok((!events.is_empty()).then_some(events))
        }
        .boxed()
    }
}
