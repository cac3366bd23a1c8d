//! Applying facts to a read model: grouped by key, folded in memory, written once.

use std::{
    collections::{HashMap, HashSet},
    panic::{AssertUnwindSafe, catch_unwind},
};

use contracts::Recorded;
use futures::{FutureExt as _, future::BoxFuture};
use tokio_postgres::Error;
use uuid::Uuid;

use crate::{
    error::is_about_data,
    projection::{Poison, Projection},
    transaction::Transaction,
    wall::Table,
};

/// A [`Projection`] as its runner sees it. Made by [`erased`](crate::erased).
pub trait AnyProjection: Send + Sync + 'static {
    /// Its name.
    fn name(&self) -> &'static str;

    /// Its version.
    fn version(&self) -> u32;

    /// Its tables.
    fn tables(&self) -> &'static [Table];

    /// What creates its tables.
    fn ddl(&self) -> &'static str;

    /// Whose order matters for this fact; nothing when it does not concern this model.
    fn key(&self, fact: &Recorded) -> Option<Uuid>;

    /// Loads what is stored under the keys of these groups, folds their facts and writes the result. A
    /// group stops before a fact that cannot be applied, unless its position is among those that may
    /// be passed over.
    fn apply<'a>(
        &'a self,
        tx: &'a Transaction<'_>,
        groups: Vec<Group<'a>>,
        may_pass: &'a HashSet<i64>,
    ) -> BoxFuture<'a, Result<Outcome, Error>>;
}

impl std::fmt::Debug for dyn AnyProjection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} v{}", self.name(), self.version())
    }
}

/// Facts of one key, in order.
#[derive(Clone, Debug)]
pub struct Group<'a> {
    /// The key.
    pub key: Uuid,
    /// Its facts, at least one.
    pub facts: Vec<&'a Recorded>,
}

/// What became of some groups.
#[derive(Debug, Default)]
pub struct Outcome {
    /// The keys that stopped, each before one fact.
    pub stops: HashMap<Uuid, Stop>,
    /// The positions passed over.
    pub passed: HashSet<i64>,
}

/// Where a key stopped.
#[derive(Debug)]
pub struct Stop {
    /// Position of the fact that could not be applied.
    pub position: i64,
    /// Why.
    pub reason: String,
}

impl Outcome {
    fn stop(&mut self, fact: &Recorded, key: Uuid, reason: String) {
        self.stops.insert(key, Stop { position: fact.position, reason });
    }

    fn merge(&mut self, other: Self) {
        self.stops.extend(other.stops);
        self.passed.extend(other.passed);
    }
}

/// The facts that concern a model, by key: keys in the order of their first fact, facts in order.
pub(crate) fn group<'a>(projection: &dyn AnyProjection, facts: &'a [Recorded]) -> Vec<Group<'a>> {
    let mut places: HashMap<Uuid, usize> = HashMap::new();
    let mut groups: Vec<Group<'a>> = Vec::new();
    for fact in facts {
        let Some(key) = projection.key(fact) else { continue };
        let place = *places.entry(key).or_insert(groups.len());
        match groups.get_mut(place) {
            Some(group) => group.facts.push(fact),
            None => groups.push(Group { key, facts: vec![fact] }),
        }
    }
    groups
}

pub(crate) struct Erased<P>(pub(crate) P);

impl<P: Projection> AnyProjection for Erased<P> {
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn version(&self) -> u32 {
        self.0.version()
    }

    fn tables(&self) -> &'static [Table] {
        self.0.tables()
    }

    fn ddl(&self) -> &'static str {
        self.0.ddl()
    }

    fn key(&self, fact: &Recorded) -> Option<Uuid> {
        self.0.key(fact)
    }

    fn apply<'a>(
        &'a self,
        tx: &'a Transaction<'_>,
        groups: Vec<Group<'a>>,
        may_pass: &'a HashSet<i64>,
    ) -> BoxFuture<'a, Result<Outcome, Error>> {
        self.fold_and_save(tx, groups, may_pass).boxed()
    }
}

impl<P: Projection> Erased<P> {
    /// A group that meets a poison starts again from what is stored, without that fact or up to it:
    /// nobody relies on what a refused fold left behind.
    async fn fold_and_save(
        &self,
        tx: &Transaction<'_>,
        mut groups: Vec<Group<'_>>,
        may_pass: &HashSet<i64>,
    ) -> Result<Outcome, Error> {
        let mut outcome = Outcome::default();
        let mut folded = Vec::with_capacity(groups.len());
        while !groups.is_empty() {
            let keys: Vec<Uuid> = groups.iter().map(|group| group.key).collect();
            let mut stored = self.0.load(tx, &keys).await?;
            let mut again = Vec::new();
            for mut group in groups {
                let mut state = stored.remove(&group.key).unwrap_or_else(|| self.0.fresh(group.key));
                let Err((index, poison)) = self.fold_all(&mut state, &group.facts) else {
                    folded.push((group.key, state));
                    continue;
                };
                let fact = group.facts[index];
                if may_pass.contains(&fact.position) {
                    outcome.passed.insert(fact.position);
                    group.facts.remove(index);
                } else {
                    outcome.stop(fact, group.key, poison.reason);
                    group.facts.truncate(index);
                }
                if !group.facts.is_empty() {
                    again.push(group);
                }
            }
            groups = again;
        }
        if !folded.is_empty() {
            if !outcome.stops.is_empty() || !outcome.passed.is_empty() {
                // What was set aside is still to be told.
                tx.may_end(false);
            }
            self.0.save(tx, folded).await?;
        }
        Ok(outcome)
    }

    /// Folds facts into a state that is thrown away when one of them is refused; a fold that panics is
    /// a fold that refuses.
    fn fold_all(&self, state: &mut P::State, facts: &[&Recorded]) -> Result<(), (usize, Poison)> {
        let mut reached = 0;
        let folding = AssertUnwindSafe(|| {
            for (index, fact) in facts.iter().enumerate() {
                reached = index;
                self.0.fold(state, fact).map_err(|poison| (index, poison))?;
            }
            Ok(())
        });
        catch_unwind(folding).unwrap_or_else(|_| Err((reached, Poison::new("la vue a paniqué"))))
    }
}

/// Applies groups among which the database refuses some data, without knowing whose: halves what was
/// refused until the fact at fault stands alone.
pub(crate) async fn apply_narrowing(
    projection: &dyn AnyProjection,
    tx: &Transaction<'_>,
    groups: Vec<Group<'_>>,
    may_pass: &HashSet<i64>,
) -> Result<Outcome, Error> {
    let mut outcome = Outcome::default();
    let mut waiting = vec![groups];
    while let Some(mut groups) = waiting.pop() {
        groups.retain(|group| !outcome.stops.contains_key(&group.key));
        if groups.is_empty() {
            continue;
        }
        tx.batch_execute("savepoint narrowing").await?;
        let error = match projection.apply(tx, groups.clone(), may_pass).await {
            Ok(applied) => {
                tx.batch_execute("release savepoint narrowing").await?;
                outcome.merge(applied);
                continue;
            }
            Err(error) if is_about_data(&error) => error,
            Err(error) => return Err(error),
        };
        tx.batch_execute("rollback to savepoint narrowing; release savepoint narrowing").await?;
        match groups.as_slice() {
            [Group { key, facts }] if facts.len() == 1 && may_pass.contains(&facts[0].position) => {
                tracing::debug!(%key, "a fact that may be passed over is refused");
                outcome.passed.insert(facts[0].position);
            }
            [Group { key, facts }] if facts.len() == 1 => {
                let code = error.code().map_or("?", |code| code.code());
                outcome.stop(facts[0], *key, format!("la base refuse ce que la vue écrit ({code})"));
            }
            _ => waiting.extend(halves(groups)),
        }
    }
    Ok(outcome)
}

/// The second half then the first, as a stack takes them: half of the keys or, of a single key, half of
/// its facts.
fn halves(mut groups: Vec<Group<'_>>) -> [Vec<Group<'_>>; 2] {
    if let [Group { key, facts }] = groups.as_mut_slice() {
        let later = Group { key: *key, facts: facts.split_off(facts.len() / 2) };
        return [vec![later], groups];
    }
    let later = groups.split_off(groups.len() / 2);
    [later, groups]
}
