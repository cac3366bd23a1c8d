//! Who is around whom, as it is written: column by column.

use jiff::Timestamp;
use projections::Parameter;
use tokio_postgres::types::Type;
use uuid::Uuid;

use super::Around;

/// Rows, column by column.
#[derive(Default)]
pub(super) struct Columns {
    cases: Vec<Uuid>,
    readers: Vec<Uuid>,
    vias: Vec<&'static str>,
    grounds: Vec<Uuid>,
    since: Vec<Option<Timestamp>>,
    until: Vec<Option<Timestamp>>,
    answers: Vec<Option<Uuid>>,
}

impl Columns {
    pub(super) fn of(rows: impl Iterator<Item = (Uuid, Around)>) -> Self {
        let mut all = Self::default();
        for (case, one) in rows {
            all.cases.push(case);
            all.readers.push(one.reader_id);
            all.vias.push(one.via.word());
            all.grounds.push(one.ground_id);
            all.since.push(one.since);
            all.until.push(one.until);
            all.answers.push(one.answers);
        }
        all
    }

    pub(super) fn parameters(&self) -> [Parameter<'_>; 7] {
        [
            (&self.cases, Type::UUID_ARRAY),
            (&self.readers, Type::UUID_ARRAY),
            (&self.vias, Type::TEXT_ARRAY),
            (&self.grounds, Type::UUID_ARRAY),
            (&self.since, Type::TIMESTAMPTZ_ARRAY),
            (&self.until, Type::TIMESTAMPTZ_ARRAY),
            (&self.answers, Type::UUID_ARRAY),
        ]
    }
}
