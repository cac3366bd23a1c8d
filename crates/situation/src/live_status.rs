//! `live_status`: one document a case, with what the board sorts and selects by beside it.

use std::collections::HashMap;

use contracts::Recorded;
use projections::{Poison, Projection, Table, Transaction, document};
use tokio_postgres::{
    Error,
    types::{Json, Type},
};
use uuid::Uuid;

use crate::status::Status;

mod fold;

pub(crate) use fold::sending;

/// The read model.
#[derive(Clone, Copy, Debug, Default)]
pub struct LiveStatus;

/// Its name, also its table's.
pub const NAME: &str = "live_status";

/// No column with an index changes when a fact comes: an update stays on its page. Whose circles a post is in
/// is asked of `readership`.
const DDL: &str = "
create table live_status (
    key           uuid primary key,
    body          json not null,
    platform_id   uuid,
    structure_id  uuid not null,
    open          boolean not null,
    posts         uuid[] not null,
    last_position bigint not null
) with (fillfactor = 60);
create index on live_status (platform_id) where platform_id is not null;
";

const SAVE: &str = "
insert into live_status (key, body, platform_id, structure_id, open, posts, last_position)
select key, body, platform_id, structure_id, open, posts::uuid[], last_position
from unnest($1::uuid[], $2::json[], $3::uuid[], $4::uuid[], $5::boolean[], $6::text[], $7::bigint[])
     as new (key, body, platform_id, structure_id, open, posts, last_position)
on conflict (key) do update set
    body = excluded.body, platform_id = excluded.platform_id, structure_id = excluded.structure_id,
    open = excluded.open, posts = excluded.posts, last_position = excluded.last_position";

impl Projection for LiveStatus {
    type State = Status;

    fn name(&self) -> &'static str {
        NAME
    }

    fn version(&self) -> u32 {
        10
    }

    fn tables(&self) -> &'static [Table] {
        const { &[Table::of_case(NAME, "key")] }
    }

    fn ddl(&self) -> &'static str {
        DDL
    }

    fn key(&self, fact: &Recorded) -> Option<Uuid> {
        fact.case_id.filter(|_| crate::is_shown(fact))
    }

    async fn load(&self, tx: &Transaction<'_>, keys: &[Uuid]) -> Result<HashMap<Uuid, Status>, Error> {
        document::load_bodies(tx, NAME, keys).await
    }

    fn fresh(&self, _key: Uuid) -> Status {
        Status::default()
    }

    fn fold(&self, status: &mut Status, fact: &Recorded) -> Result<(), Poison> {
        fold::fold(status, fact)
    }

    async fn save(&self, tx: &Transaction<'_>, mut states: Vec<(Uuid, Status)>) -> Result<(), Error> {
        // In the order they lie in, or nearly.
        states.sort_unstable_by_key(|(key, _)| *key);
        let keys: Vec<Uuid> = states.iter().map(|(key, _)| *key).collect();
        let bodies: Vec<_> = states.iter().map(|(_, status)| Json(status)).collect();
        let platforms: Vec<_> = states.iter().map(|(_, status)| status.platform_id).collect();
        let structures: Vec<_> = states.iter().map(|(_, status)| status.structure_id).collect();
        let open: Vec<_> = states.iter().map(|(_, status)| status.open).collect();
        let posts: Vec<_> = states.iter().map(|(_, status)| crate::array(status.circle.keys())).collect();
        let positions: Vec<_> = states.iter().map(|(_, status)| status.last.position).collect();
        tx.execute_last(
            SAVE,
            &[
                (&keys, Type::UUID_ARRAY),
                (&bodies, Type::JSON_ARRAY),
                (&platforms, Type::UUID_ARRAY),
                (&structures, Type::UUID_ARRAY),
                (&open, Type::BOOL_ARRAY),
                (&posts, Type::TEXT_ARRAY),
                (&positions, Type::INT8_ARRAY),
            ],
        )
        .await
        .map(drop)
    }
}
