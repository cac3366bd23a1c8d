//! `milestones`: one compact document a case, for counting. When things began, were answered and ended;
//! who is meant is not in it.

use std::collections::{BTreeSet, HashMap};

use contracts::Recorded;
use projections::{Poison, Projection, Table, Transaction, document};
use tokio_postgres::{
    Error,
    types::{Json, Type},
};
use uuid::Uuid;

mod fold;
mod path;

pub use path::{Active, Immersed, Outcome, Path, Sending, Span, Stay, Worked};

/// The read model.
#[derive(Clone, Copy, Debug, Default)]
pub struct Milestones;

/// Its name, also its table's.
pub const NAME: &str = "milestones";

const DDL: &str = "
create table milestones (
    key        uuid primary key,
    body       json not null,
    platforms  uuid[] not null,
    structures uuid[] not null
);
create index on milestones using gin (platforms);
create index on milestones using gin (structures);
";

const SAVE: &str = "
insert into milestones
select key, body, platforms::uuid[], structures::uuid[]
from unnest($1::uuid[], $2::json[], $3::text[], $4::text[]) as new (key, body, platforms, structures)
on conflict (key) do update set
    body = excluded.body, platforms = excluded.platforms, structures = excluded.structures";

impl Projection for Milestones {
    type State = Path;

    fn name(&self) -> &'static str {
        NAME
    }

    fn version(&self) -> u32 {
        3
    }

    fn tables(&self) -> &'static [Table] {
        const { &[Table::of_case(NAME, "key")] }
    }

    fn ddl(&self) -> &'static str {
        DDL
    }

    fn key(&self, fact: &Recorded) -> Option<Uuid> {
        fact.case_id.filter(|_| super::is_shown(fact))
    }

    async fn load(&self, tx: &Transaction<'_>, keys: &[Uuid]) -> Result<HashMap<Uuid, Path>, Error> {
        document::load_bodies(tx, NAME, keys).await
    }

    fn fresh(&self, _key: Uuid) -> Path {
        Path::default()
    }

    fn fold(&self, path: &mut Path, fact: &Recorded) -> Result<(), Poison> {
        fold::fold(path, fact)
    }

    async fn save(&self, tx: &Transaction<'_>, states: Vec<(Uuid, Path)>) -> Result<(), Error> {
        let keys: Vec<Uuid> = states.iter().map(|(key, _)| *key).collect();
        let bodies: Vec<_> = states.iter().map(|(_, path)| Json(path)).collect();
        let lists = |take: fn(&Stay) -> Option<Uuid>| -> Vec<String> {
            let ids = |path: &Path| path.stays.iter().filter_map(take).collect::<BTreeSet<_>>();
            states.iter().map(|(_, path)| super::array(ids(path).iter())).collect()
        };
        let platforms = lists(|stay| stay.platform_id);
        let structures = lists(|stay| Some(stay.structure_id));
        tx.execute_last(
            SAVE,
            &[
                (&keys, Type::UUID_ARRAY),
                (&bodies, Type::JSON_ARRAY),
                (&platforms, Type::TEXT_ARRAY),
                (&structures, Type::TEXT_ARRAY),
            ],
        )
        .await
        .map(drop)
    }
}
