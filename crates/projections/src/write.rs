//! One page of facts into one generation: the tables, what is set aside and the checkpoint move in one
//! transaction, or nothing does.

use std::collections::HashSet;

use contracts::Recorded;
use deadpool_postgres::Client;
use tokio_postgres::{Error, Row, types::Type};
use uuid::Uuid;

use crate::{
    apply::{AnyProjection, Group, Outcome, Stop, apply_narrowing},
    error::is_about_data,
    generation::Generation,
    transaction::{Parameter, Transaction, split},
};

/// Nobody is acknowledged by a read model: what a crash takes from its tables it takes from its
/// checkpoint too, and the journal has it. So its commits do not wait for the disk. What writes read models sees
/// all of their rows. Its statements find rows by their keys: nothing is gained by planning them for the values of one
/// fact.
const SETTINGS: &str = "select set_config('search_path', $1, true), set_config('synchronous_commit', 'off', true), \
                        set_config('jalon.reader', 'system', true), \
                        set_config('plan_cache_mode', 'force_generic_plan', true)";

/// The compare-and-set that fences every other owner: whoever comes second finds no row.
const ADVANCE: &str = "update projections.checkpoint set position = $4, updated_at = now() \
                       where name = $1 and generation = $2 and position = $3 and status = $5 returning 1";

/// Outside any transaction: with the setting, one statement.
const ADVANCE_ALONE: &str = "with moved as (update projections.checkpoint set position = $4, updated_at = now() \
                             where name = $1 and generation = $2 and position = $3 and status = $5 returning 1) \
                             select count(*), set_config('synchronous_commit', 'off', true) from moved";

const WAITING: &str = "select distinct key from projections.parked \
                       where name = $1 and generation = $2 and state <> 'skipped' and key = any($3)";

const PARK: &str = "insert into projections.parked (name, generation, position, key, kind, state, reason, attempts) \
                    select $1, $2, p.position, p.key, p.kind, p.state, p.reason, \
                    case p.state when 'behind' then 0 else 1 end \
                    from unnest($3::bigint[], $4::uuid[], $5::text[], $6::text[], $7::text[]) \
                    p(position, key, kind, state, reason)";

/// How many poisons of a page are logged one by one; all of them are stored.
const TOLD: usize = 10;

/// What a page of facts has for a generation that stands before them.
pub(crate) struct Page<'a> {
    pub(crate) projection: &'a dyn AnyProjection,
    pub(crate) generation: &'a Generation,
    pub(crate) status: &'static str,
    /// Where the generation stands.
    pub(crate) after: i64,
    /// Where it stands next: all that concerns it between the two is in the groups.
    pub(crate) last: i64,
    pub(crate) groups: &'a [Group<'a>],
    /// Facts the model may do without, if it cannot apply them.
    pub(crate) may_pass: &'a HashSet<i64>,
}

/// What became of a page.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Written {
    /// It is in the tables, and the checkpoint behind it.
    Done {
        /// How many of its facts were applied.
        applied: usize,
        /// How many were set aside.
        parked: usize,
    },
    /// The generation does not stand where it did, or no longer is what it was: nothing was done.
    Moved,
}

impl Page<'_> {
    /// Writes it in a transaction of its own.
    pub(crate) async fn write(&self, client: &mut Client) -> Result<Written, Error> {
        if self.groups.is_empty() {
            let Self { generation, status, after, last, .. } = self;
            let moved = advance(client, generation, status, *after, *last).await?;
            return Ok(if moved { Written::Done { applied: 0, parked: 0 } } else { Written::Moved });
        }
        match self.attempt(client, false).await {
            Err(error) if is_about_data(&error) => self.attempt(client, true).await,
            written => written,
        }
    }

    async fn attempt(&self, client: &mut Client, narrowing: bool) -> Result<Written, Error> {
        let claim = Claim::of(self);
        let (tx, rows) = Transaction::begin_with(client, Claim::statements(&claim.parameters())).await?;
        tx.may_end(!narrowing);
        let written = self.apply(&tx, rows, narrowing).await?;
        match written {
            Written::Done { .. } => tx.commit().await?,
            Written::Moved => tx.rollback().await?,
        }
        Ok(written)
    }

    /// Writes it as part of a larger transaction.
    pub(crate) async fn write_within(&self, tx: &Transaction<'_>, narrowing: bool) -> Result<Written, Error> {
        let claim = Claim::of(self);
        let rows = tx.together(Claim::statements(&claim.parameters())).await?;
        self.apply(tx, rows, narrowing).await
    }

    /// Goes on from what the claim answered.
    async fn apply(
        &self,
        tx: &Transaction<'_>,
        [moved, waiting, _]: [Vec<Row>; 3],
        narrowing: bool,
    ) -> Result<Written, Error> {
        let groups = self.groups.to_vec();
        if moved.len() != 1 {
            return Ok(Written::Moved);
        }
        let waiting: HashSet<Uuid> = waiting.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
        let concerned: usize = groups.iter().map(|group| group.facts.len()).sum();
        let (behind, groups): (Vec<_>, Vec<_>) =
            groups.into_iter().partition(|group| waiting.contains(&group.key));
        if !behind.is_empty() {
            tx.may_end(false);
        }
        let outcome = if groups.is_empty() {
            Outcome::default()
        } else if narrowing {
            apply_narrowing(self.projection, tx, groups.clone(), self.may_pass).await?
        } else {
            self.projection.apply(tx, groups.clone(), self.may_pass).await?
        };
        for (key, Stop { position, reason }) in outcome.stops.iter().take(TOLD) {
            tracing::error!(projection = self.generation.name, %key, position, reason, "a fact is set aside");
        }
        let aside = Aside::of(&behind, &groups, &outcome);
        aside.park(tx, self.generation).await?;
        Ok(Written::Done { applied: concerned - aside.positions.len(), parked: aside.parked() })
    }
}

/// Moves a generation over facts that concern it in nothing; false when it does not stand where it did, or
/// no longer is what it was.
pub(crate) async fn advance(
    client: &Client,
    generation: &Generation,
    status: &'static str,
    after: i64,
    last: i64,
) -> Result<bool, Error> {
    let params = compare_and_set(generation, &status, &after, &last);
    let (values, types) = split(&params);
    let statement = client.prepare_typed_cached(ADVANCE_ALONE, &types).await?;
    let moved: i64 = client.query_one(&statement, &values).await?.try_get(0)?;
    Ok(moved == 1)
}

/// What the first statements of a page go by.
struct Claim<'a> {
    page: &'a Page<'a>,
    keys: Vec<Uuid>,
    schema: String,
}

/// The parameters of each.
type Claimed<'a> = ([Parameter<'a>; 5], [Parameter<'a>; 3], [Parameter<'a>; 1]);

impl<'a> Claim<'a> {
    fn of(page: &'a Page<'a>) -> Self {
        let keys = page.groups.iter().map(|group| group.key).collect();
        Self { page, keys, schema: page.generation.schema() }
    }

    fn parameters(&self) -> Claimed<'_> {
        let Page { generation, status, after, last, .. } = self.page;
        (
            compare_and_set(generation, status, after, last),
            [
                (&generation.name, Type::TEXT),
                (&generation.number, Type::INT4),
                (&self.keys, Type::UUID_ARRAY),
            ],
            [(&self.schema, Type::TEXT)],
        )
    }

    /// What waits is read once the row is ours. The path comes last: a statement that another model prepared for another
    /// path would be planned anew.
    fn statements<'p>(parameters: &'p Claimed<'p>) -> [(&'static str, &'p [Parameter<'p>]); 3] {
        let (moved, waiting, settings) = parameters;
        [(ADVANCE, moved), (WAITING, waiting), (SETTINGS, settings)]
    }
}

/// The parameters that both forms of the compare-and-set share.
fn compare_and_set<'a>(
    generation: &'a Generation,
    status: &'a &'static str,
    after: &'a i64,
    last: &'a i64,
) -> [Parameter<'a>; 5] {
    [
        (&generation.name, Type::TEXT),
        (&generation.number, Type::INT4),
        (after, Type::INT8),
        (last, Type::INT8),
        (status, Type::TEXT),
    ]
}

/// What holds inside a transaction on the tables of a generation.
pub(crate) async fn settings(tx: &Transaction<'_>, generation: &Generation) -> Result<(), Error> {
    tx.query_typed(SETTINGS, &[(&generation.schema(), Type::TEXT)]).await.map(drop)
}

/// The facts of a page that are not applied, column by column.
#[derive(Default)]
struct Aside<'a> {
    positions: Vec<i64>,
    keys: Vec<Uuid>,
    kinds: Vec<&'static str>,
    states: Vec<&'static str>,
    reasons: Vec<Option<&'a str>>,
}

impl<'a> Aside<'a> {
    fn of(behind: &[Group<'_>], groups: &[Group<'_>], outcome: &'a Outcome) -> Self {
        let mut aside = Self::default();
        for Group { key, facts } in behind {
            facts.iter().for_each(|fact| aside.push(*key, fact, "behind", None));
        }
        if outcome.stops.is_empty() && outcome.passed.is_empty() {
            return aside;
        }
        for Group { key, facts } in groups {
            let stop = outcome.stops.get(key);
            for fact in facts {
                match stop {
                    Some(stop) if fact.position == stop.position => {
                        aside.push(*key, fact, "poison", Some(&stop.reason));
                    }
                    Some(stop) if fact.position > stop.position => aside.push(*key, fact, "behind", None),
                    _ if outcome.passed.contains(&fact.position) => aside.push(*key, fact, "skipped", None),
                    _ => {}
                }
            }
        }
        aside
    }

    fn push(&mut self, key: Uuid, fact: &Recorded, state: &'static str, reason: Option<&'a str>) {
        self.positions.push(fact.position);
        self.keys.push(key);
        self.kinds.push(fact.kind.kind);
        self.states.push(state);
        self.reasons.push(reason);
    }

    fn parked(&self) -> usize {
        self.states.iter().filter(|state| **state != "skipped").count()
    }

    async fn park(&self, tx: &Transaction<'_>, generation: &Generation) -> Result<(), Error> {
        if self.positions.is_empty() {
            return Ok(());
        }
        let params: [Parameter<'_>; 7] = [
            (&generation.name, Type::TEXT),
            (&generation.number, Type::INT4),
            (&self.positions, Type::INT8_ARRAY),
            (&self.keys, Type::UUID_ARRAY),
            (&self.kinds, Type::TEXT_ARRAY),
            (&self.states, Type::TEXT_ARRAY),
            (&self.reasons, Type::TEXT_ARRAY),
        ];
        tx.execute_typed(PARK, &params).await.map(drop)
    }
}
