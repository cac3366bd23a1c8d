//! The keys that persons have now. Every command asks for those of its own person: what waits is asked for in one
//! query.

use super::{KeyRing, LIVING, codes, last_of_each_class};
use crate::Class;
use crate::keys::{KeyError, SubjectKeys};
use deadpool_postgres::Pool;
use grouping::{Groups, Limits};
use tokio_postgres::Row;
use tokio_postgres::types::Type;
use uuid::Uuid;

/// Persons whose keys are asked for in one query, and who may wait.
const LIMITS: Limits = Limits { group: 64, waiting: 1024 };

/// By row, as everywhere here: the last key of each class is the one that counts. Then whose question it answers.
const NOW: &str = "\
    SELECT k.key_id, k.subject, k.class, k.epoch, k.wrapped, k.kek_id, k.state, asked.number
    FROM unnest($1::uuid[], $2::smallint[], $3::int[]) AS asked (subject, class, number)
    CROSS JOIN LATERAL (SELECT * FROM keys.subject_key k WHERE k.subject = asked.subject AND k.class = asked.class
                        ORDER BY k.epoch DESC LIMIT 1) k";

const TYPES: [Type; 3] = [Type::UUID_ARRAY, Type::INT2_ARRAY, Type::INT4_ARRAY];

/// A person and the codes of the classes in question.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    subject: Uuid,
    codes: Vec<i16>,
}

/// Where the keys that persons have now are asked for together. No rows at all when the database did not answer.
pub(super) type Living = Groups<Asked, Option<Vec<Row>>>;

impl KeyRing {
    /// The keys that `subject` has now for these classes, in one round trip. Classes that were forgotten, and those that
    /// have no key yet, are absent alike: [`KeyRing::sealing_keys`] tells one from the other.
    ///
    /// # Errors
    ///
    /// When the database cannot be reached, or a key does not unwrap; [`KeyError::NotPersonal`] for class trace.
    pub async fn living_keys(&self, subject: Uuid, classes: &[Class]) -> Result<SubjectKeys, KeyError> {
        let asked = Asked { subject, codes: codes(classes)? };
        let together = self.living.get_or_init(|| start(self.pool.clone()));
        let rows = match together.ask(asked.clone()).await.flatten() {
            Some(rows) => rows,
            // What stood in the way is found out, and told, alone.
            None => now(&self.pool, &[asked]).await?.pop().unwrap_or_default(),
        };
        let mut last = last_of_each_class(&rows)?;
        last.retain(|_, stored| stored.state == LIVING);
        self.unwrap_all(last)
    }
}

fn start(pool: Pool) -> Living {
    Groups::start(LIMITS, move |group: Vec<Asked>| {
        let pool = pool.clone();
        async move {
            match now(&pool, &group).await {
                Ok(rows) => rows.into_iter().map(Some).collect(),
                Err(_) => group.iter().map(|_| None).collect(),
            }
        }
    })
}

/// The rows that answer each question, in their order.
async fn now(pool: &Pool, group: &[Asked]) -> Result<Vec<Vec<Row>>, KeyError> {
    let (mut subjects, mut classes, mut numbers) = (Vec::new(), Vec::new(), Vec::new());
    for (asked, number) in group.iter().zip(0_i32..) {
        for &code in &asked.codes {
            subjects.push(asked.subject);
            classes.push(code);
            numbers.push(number);
        }
    }
    let client = pool.get().await?;
    let statement = client.prepare_typed_cached(NOW, &TYPES).await?;
    let mut answers: Vec<Vec<Row>> = group.iter().map(|_| Vec::new()).collect();
    for row in client.query(&statement, &[&subjects, &classes, &numbers]).await? {
        let number: i32 = row.try_get(7)?;
        let answer = usize::try_from(number).ok().and_then(|number| answers.get_mut(number));
        answer.ok_or_else(|| KeyError::Database(format!("no question has the number {number}")))?.push(row);
    }
    Ok(answers)
}
