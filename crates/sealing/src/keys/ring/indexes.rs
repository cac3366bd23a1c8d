//! By what people are found again: kept beside their keys, and gone with them.

use super::{KeyRing, Param};
use crate::keys::KeyError;
use crate::keys::index::{Field, Index};
use tokio_postgres::IsolationLevel;
use tokio_postgres::types::Type;
use uuid::Uuid;

const READER: &str = "\
    INSERT INTO keys.blind_index_reader (key_id, position) VALUES ($1, 0) ON CONFLICT DO NOTHING";

const REACHED: &str = "SELECT position FROM keys.blind_index_reader WHERE key_id = $1";

const MOVE: &str = "\
    UPDATE keys.blind_index_reader SET position = $3 WHERE key_id = $1 AND position = $2";

/// The subjects whose identity can still be opened, kept so until the end of the transaction: whoever forgets
/// one of them waits, then removes what is written here.
const LIVING: &str = "SELECT * FROM keys.living($1)";

const REMOVE: &str = "DELETE FROM keys.blind_index WHERE subject = ANY ($1)";

const ADD: &str = "\
    INSERT INTO keys.blind_index (subject, field, index, key_id)
    SELECT new.subject, new.field, new.index, $1
    FROM unnest($2::uuid[], $3::smallint[], $4::bytea[]) AS new (subject, field, index)
    ON CONFLICT DO NOTHING";

const FIND: &str = "\
    SELECT known.subject FROM keys.blind_index known
    JOIN unnest($2::smallint[], $3::bytea[]) AS sought (field, index) USING (field, index)
    WHERE known.key_id = $1 AND EXISTS (
        SELECT FROM keys.subject_key own
        WHERE own.subject = known.subject AND own.class = 1 AND own.state = 'living')
    GROUP BY known.subject ORDER BY bool_and(known.field = 2), known.subject LIMIT $4";

/// By what one person is found.
#[derive(Clone, Debug)]
pub struct Indexed {
    /// Whose keys go with it.
    pub subject: Uuid,
    /// The digests; none when nothing is known by which they could be found.
    pub by: Vec<(Field, Index)>,
}

impl KeyRing {
    /// Up to which position of the journal the identities were read for that secret; 0 when none was.
    ///
    /// # Errors
    ///
    /// When the database cannot be reached.
    pub async fn indexed_up_to(&self, key_id: &str) -> Result<i64, KeyError> {
        let client = self.pool.get().await?;
        let row = client.query_typed(REACHED, &[(&key_id, Type::TEXT)]).await?;
        Ok(row.first().map_or(Ok(0), |row| row.try_get(0))?)
    }

    /// Replaces by what these people are found, and moves from the position the identities were read after to the
    /// last one that was. Says whether it did: another reader may have moved meanwhile, and nothing is written then.
    /// Whoever was forgotten is passed over.
    ///
    /// # Errors
    ///
    /// When the database cannot be reached.
    pub async fn index(
        &self,
        key_id: &str,
        (from, to): (i64, i64),
        people: &[Indexed],
    ) -> Result<bool, KeyError> {
        let mut client = self.pool.get().await?;
        let transaction =
            client.build_transaction().isolation_level(IsolationLevel::ReadCommitted).start().await?;
        let reader: Param<'_> = (&key_id, Type::TEXT);
        transaction.execute_typed(READER, std::slice::from_ref(&reader)).await?;
        let step: [Param<'_>; 3] = [reader.clone(), (&from, Type::INT8), (&to, Type::INT8)];
        if transaction.execute_typed(MOVE, &step).await? == 0 {
            return Ok(false);
        }
        let subjects: Vec<Uuid> = people.iter().map(|one| one.subject).collect();
        let whose: Param<'_> = (&subjects, Type::UUID_ARRAY);
        let rows = transaction.query_typed(LIVING, std::slice::from_ref(&whose)).await?;
        let living: Vec<Uuid> = rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
        transaction.execute_typed(REMOVE, &[whose]).await?;
        let known = people.iter().filter(|one| living.contains(&one.subject));
        let rows = known.flat_map(|one| one.by.iter().map(|(field, index)| (one.subject, *field, *index)));
        let (mut subjects, mut fields, mut indexes) = (Vec::new(), Vec::new(), Vec::new());
        for (subject, field, index) in rows {
            subjects.push(subject);
            fields.push(i16::from(field.code()));
            indexes.push(index.to_vec());
        }
        let rows: [Param<'_>; 4] = [
            reader,
            (&subjects, Type::UUID_ARRAY),
            (&fields, Type::INT2_ARRAY),
            (&indexes, Type::BYTEA_ARRAY),
        ];
        transaction.execute_typed(ADD, &rows).await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// Who is found by one of these at least, up to `at_most`: those found by how their name sounds come last.
    ///
    /// # Errors
    ///
    /// When the database cannot be reached.
    pub async fn find(
        &self,
        key_id: &str,
        sought: &[(Field, Index)],
        at_most: u32,
    ) -> Result<Vec<Uuid>, KeyError> {
        let client = self.pool.get().await?;
        let fields: Vec<i16> = sought.iter().map(|(field, _)| i16::from(field.code())).collect();
        let indexes: Vec<&[u8]> = sought.iter().map(|(_, index)| index.as_slice()).collect();
        let limit = i64::from(at_most);
        let params: [Param<'_>; 4] = [
            (&key_id, Type::TEXT),
            (&fields, Type::INT2_ARRAY),
            (&indexes, Type::BYTEA_ARRAY),
            (&limit, Type::INT8),
        ];
        let rows = client.query_typed(FIND, &params).await?;
        Ok(rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?)
    }

    /// Forgets how far the identities were read for that secret: they are read again from the first, and until
    /// then people are found by what was known of them.
    ///
    /// # Errors
    ///
    /// When the database cannot be reached.
    pub async fn index_anew(&self, key_id: &str) -> Result<(), KeyError> {
        let client = self.pool.get().await?;
        let reset = "DELETE FROM keys.blind_index_reader WHERE key_id = $1";
        client.execute_typed(reset, &[(&key_id, Type::TEXT)]).await?;
        Ok(())
    }
}
