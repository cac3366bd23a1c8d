//! `timeline`: one row a fact about a case, whatever its kind. What the fact says is read back from the
//! journal when it is shown.

use std::collections::HashMap;

use contracts::Recorded;
use jiff::{Timestamp, civil::Date};
use projections::{Poison, Projection, Table, Transaction};
use tokio_postgres::{Error, types::Type};
use uuid::Uuid;
use vocabulary::{clock::day_in_paris, dates::days_between};

/// The read model.
#[derive(Clone, Copy, Debug, Default)]
pub struct Timeline;

/// Its name, also its table's.
pub const NAME: &str = "timeline";

/// A fact known more than that many days after it happened is marked late.
pub const LATE_DAYS: i32 = 7;

/// A case's facts lie together: nobody reads this table otherwise.
const DDL: &str = "
create table timeline (
    case_id         uuid not null,
    position        bigint not null,
    stream_id       uuid not null,
    version         integer not null,
    kind            smallint not null,
    occurred_on     date not null,
    recorded_at     timestamptz not null,
    late            boolean not null,
    post_id         uuid,
    organisation_id uuid,
    system          text,
    source          text,
    warnings        text,
    primary key (case_id, position)
);
";

const SAVE: &str = "
insert into timeline
select * from unnest($1::uuid[], $2::bigint[], $3::uuid[], $4::integer[], $5::smallint[], $6::date[],
                     $7::timestamptz[], $8::boolean[], $9::uuid[], $10::uuid[], $11::text[], $12::text[], $13::text[])";

/// A fact about a case, without what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The case.
    pub case_id: Uuid,
    /// The fact's position.
    pub position: i64,
    /// Its aggregate.
    pub stream_id: Uuid,
    /// Its place in that aggregate.
    pub version: u32,
    /// Code of its kind.
    pub kind: u16,
    /// The day it happened.
    pub occurred_on: Date,
    /// The instant it was known.
    pub recorded_at: Timestamp,
    /// Whether it was known late.
    pub late: bool,
    /// The post that stated it.
    pub post_id: Option<Uuid>,
    /// The organisation of that post.
    pub organisation_id: Option<Uuid>,
    /// The system that stated it, when it was not a person.
    pub system: Option<String>,
    /// The tool in which it was first said, when that was not Jalon.
    pub source: Option<String>,
    /// The soft rules it departs from, by their id.
    pub warnings: Vec<String>,
}

impl Row {
    /// The row of a fact; nothing when the fact is about no case.
    ///
    /// # Errors
    /// When what is kept beside the fact cannot be read.
    pub fn of(fact: &Recorded) -> Result<Option<Self>, contracts::DecodeError> {
        let Some(case_id) = fact.case_id else { return Ok(None) };
        let metadata = fact.metadata()?;
        let said = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        Ok(Some(Self {
            case_id,
            position: fact.position,
            stream_id: fact.stream_id,
            version: fact.version,
            kind: fact.kind.code(),
            occurred_on: fact.occurred_on,
            recorded_at: fact.recorded_at,
            late: days_between(fact.occurred_on, day_in_paris(fact.recorded_at)) > LATE_DAYS,
            post_id: metadata.actor.post_id.parse().ok(),
            organisation_id: metadata.actor.organisation_id.parse().ok(),
            system: said(&metadata.actor.system),
            source: said(&metadata.source.system).filter(|system| system != "jalon"),
            warnings: metadata.warnings.clone(),
        }))
    }

    /// The row as it was saved.
    ///
    /// # Errors
    /// When it is not one.
    pub fn read(row: &tokio_postgres::Row) -> Result<Self, Error> {
        let warnings: Option<&str> = row.try_get(12)?;
        Ok(Self {
            case_id: row.try_get(0)?,
            position: row.try_get(1)?,
            stream_id: row.try_get(2)?,
            version: row.try_get::<_, i32>(3)?.cast_unsigned(),
            kind: row.try_get::<_, i16>(4)?.cast_unsigned(),
            occurred_on: row.try_get(5)?,
            recorded_at: row.try_get(6)?,
            late: row.try_get(7)?,
            post_id: row.try_get(8)?,
            organisation_id: row.try_get(9)?,
            system: row.try_get(10)?,
            source: row.try_get(11)?,
            warnings: warnings.map(|ids| ids.split(' ').map(str::to_owned).collect()).unwrap_or_default(),
        })
    }
}

impl Projection for Timeline {
    type State = Vec<Row>;

    fn name(&self) -> &'static str {
        NAME
    }

    fn version(&self) -> u32 {
        1
    }

    fn tables(&self) -> &'static [Table] {
        const { &[Table::of_case(NAME, "case_id")] }
    }

    fn ddl(&self) -> &'static str {
        DDL
    }

    fn key(&self, fact: &Recorded) -> Option<Uuid> {
        fact.case_id.filter(|_| super::is_shown(fact))
    }

    /// Rows are added to what is stored, never changed: there is nothing to load.
    async fn load(&self, _: &Transaction<'_>, _: &[Uuid]) -> Result<HashMap<Uuid, Vec<Row>>, Error> {
        Ok(HashMap::new())
    }

    fn fresh(&self, _key: Uuid) -> Vec<Row> {
        Vec::new()
    }

    fn fold(&self, rows: &mut Vec<Row>, fact: &Recorded) -> Result<(), Poison> {
        rows.extend(Row::of(fact)?);
        Ok(())
    }

    async fn save(&self, tx: &Transaction<'_>, states: Vec<(Uuid, Vec<Row>)>) -> Result<(), Error> {
        let rows: Vec<Row> = states.into_iter().flat_map(|(_, rows)| rows).collect();
        macro_rules! column {
            ($take:expr) => {
                rows.iter().map($take).collect::<Vec<_>>()
            };
        }
        let ids = |warnings: &[String]| Some(warnings.join(" ")).filter(|ids| !ids.is_empty());
        tx.execute_last(
            SAVE,
            &[
                (&column!(|row| row.case_id), Type::UUID_ARRAY),
                (&column!(|row| row.position), Type::INT8_ARRAY),
                (&column!(|row| row.stream_id), Type::UUID_ARRAY),
                (&column!(|row| row.version.cast_signed()), Type::INT4_ARRAY),
                (&column!(|row| row.kind.cast_signed()), Type::INT2_ARRAY),
                (&column!(|row| row.occurred_on), Type::DATE_ARRAY),
                (&column!(|row| row.recorded_at), Type::TIMESTAMPTZ_ARRAY),
                (&column!(|row| row.late), Type::BOOL_ARRAY),
                (&column!(|row| row.post_id), Type::UUID_ARRAY),
                (&column!(|row| row.organisation_id), Type::UUID_ARRAY),
                (&column!(|row| row.system.as_deref()), Type::TEXT_ARRAY),
                (&column!(|row| row.source.as_deref()), Type::TEXT_ARRAY),
                (&column!(|row| ids(&row.warnings)), Type::TEXT_ARRAY),
            ],
        )
        .await
        .map(drop)
    }
}
