//! Invented people that nobody has a reason to ask for: whoever does is suspended at once. They are rows, not
//! facts: no read model, count, indicator or stream ever holds them. A search may name them, and their ids may be
//! asked for.

use jiff::{SignedDuration, Timestamp, civil::Date};
use service::{BoxError, Runtime};
use uuid::Uuid;

/// How many a structure has.
pub const EACH: i64 = 2;

/// The kinds of organisation that host people.
const HOSTS: &[&str] =
    &["CHRS", "CHU", "HU", "CPH", "CADA", "HUDA", "PENSION", "OIL", "ACCUEIL_DE_JOUR", "OACAS"];

const STRUCTURES: &str = "
select one.key, $2 - (select count(*) from access.honey where structure_id = one.key)
from read.directory one
where one.kind = 'organisation' and one.body ->> 'kind' = any ($1)
order by one.key";

/// Names that people bear, put together at random.
const FAMILY_NAMES: [&str; 16] = [
    "Abelard",
    "Bensimon",
    "Castagnet",
    "Delacour",
    "Ekambi",
    "Fournols",
    "Ghribi",
    "Hadjadj",
    "Issartel",
    "Kerouanton",
    "Lascombe",
    "Mbarga",
    "Nazarian",
    "Ouldali",
    "Pradeilles",
    "Rakotoson",
];
const GIVEN_NAMES: [&str; 16] = [
    "Adama", "Bruno", "Célia", "Driss", "Elena", "Fatou", "Gaël", "Hélène", "Ibrahim", "Jeanne", "Karim",
    "Lucie", "Milan", "Nadia", "Oumar", "Paula",
];

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Honey {
    /// The id of a case that does not exist.
    pub case_id: Uuid,
    /// The structure that would host them.
    pub structure_id: Uuid,
}

/// Plants what each structure lacks; returns those that were planted.
///
/// # Errors
/// When the database refuses.
pub async fn plant(runtime: &Runtime) -> Result<Vec<Honey>, BoxError> {
    let client = runtime.pool.get().await?;
    let now = runtime.clock.now();
    let mut planted = Vec::new();
    for row in client.query(STRUCTURES, &[&HOSTS, &EACH]).await? {
        let (structure_id, lacking): (Uuid, i64) = (row.try_get(0)?, row.try_get(1)?);
        for _ in 0..lacking.max(0) {
            let dice = runtime.ids.next(now);
            let honey = Honey { case_id: runtime.ids.next(earlier(now, dice)), structure_id };
            let (family, given, birth) = someone(dice);
            client
                .execute(
                    "insert into access.honey values ($1, $2, $3, $4, $5, $6)",
                    &[&honey.case_id, &structure_id, &family, &given, &birth, &now],
                )
                .await?;
            planted.push(honey);
        }
    }
    Ok(planted)
}

/// All of them.
///
/// # Errors
/// When the database refuses.
pub async fn all(runtime: &Runtime) -> Result<Vec<Honey>, BoxError> {
    let client = runtime.pool.get().await?;
    let sql = "select case_id, structure_id from access.honey order by structure_id, case_id";
    let rows = client.query(sql, &[]).await?;
    rows.iter().map(|row| Ok(Honey { case_id: row.try_get(0)?, structure_id: row.try_get(1)? })).collect()
}

/// An instant of the year before: an id tells when it was made, and theirs must tell nothing.
fn earlier(now: Timestamp, dice: Uuid) -> Timestamp {
    let [.., one, other] = dice.into_bytes();
    let hours = i64::from(u16::from_be_bytes([one, other])) % (365 * 24);
    now.saturating_sub(SignedDuration::from_hours(hours)).unwrap_or(now)
}

fn someone(dice: Uuid) -> (&'static str, &'static str, Date) {
    let bytes = dice.into_bytes();
    let pick = |index: usize| usize::from(bytes[index]);
    let number = |index: usize, of: usize| i8::try_from(pick(index) % of).unwrap_or(0);
    let year = 1960 + i16::from(number(12, 45));
    let birth = Date::new(year, 1 + number(11, 12), 1 + number(10, 28)).unwrap_or(Date::ZERO);
    (FAMILY_NAMES[pick(13) % FAMILY_NAMES.len()], GIVEN_NAMES[pick(9) % GIVEN_NAMES.len()], birth)
}
