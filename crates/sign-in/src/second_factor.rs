//! One-time codes (RFC 6238: SHA-1, 6 digits, 30 seconds, one step before or after), for those whose provider asks for
//! one factor only. A code serves once; after five wrong ones in a row each further try has to wait, longer and longer.
//! Only whoever already showed the first factor can try: a stranger locks nobody out.

use data_encoding::BASE32_NOPAD;
use deadpool_postgres::Pool;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use sealing::KeyRing;
use sha2::Sha256;
use tokio_postgres::Transaction;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::Error;

/// How long a secret that was shown awaits its first code, in minutes.
const PENDING: i64 = 15;
/// Wrong codes in a row before tries have to wait.
const TRIES: i32 = 5;
/// How long the first of them waits; twice as long each time…
const WAIT: SignedDuration = SignedDuration::from_secs(30);
/// … up to this.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_mins(15);
/// How many recovery codes there are.
const CODES: usize = 8;

/// The second factors of professionals.
#[derive(Debug)]
pub struct SecondFactors<'r> {
    pool: Pool,
    ring: &'r KeyRing,
}

/// A secret to be put in a telephone. Shown once.
#[derive(Clone)]
pub struct Enrolment {
    /// The secret in base32, in groups of four.
    pub secret: Zeroizing<String>,
    /// What a telephone reads.
    pub uri: Zeroizing<String>,
}

impl std::fmt::Debug for Enrolment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Enrolment(secret)")
    }
}

/// What came of a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tried {
    /// It is right, and serves no more.
    Right,
    /// It is right, and was one of the recovery codes: so many are left.
    Recovered(i64),
    /// It is wrong, too old, or served already.
    Wrong,
    /// No code is looked at before that instant.
    Wait(Timestamp),
    /// They have no second factor here.
    None,
}

impl<'r> SecondFactors<'r> {
    /// Those of that database, under the outside keys of that ring.
    pub fn new(pool: Pool, ring: &'r KeyRing) -> Self {
        Self { pool, ring }
    }

    /// Whether they have one, and how many recovery codes are left.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn of(&self, professional: Uuid) -> Result<Option<i64>, Error> {
        let sql = "select (select count(*) from sign_in.recovery_code where professional_id = $1)
            from sign_in.second_factor where professional_id = $1 and sealed is not null";
        let row = self.pool.get().await?.query_opt(sql, &[&professional]).await?;
        row.map(|row| row.try_get(0)).transpose().map_err(Error::from)
    }

    /// A new secret for them, which counts once a code of it was given. The former goes on until then. `account` is
    /// what the telephone calls it.
    ///
    /// # Errors
    /// When the system has no randomness, or the database refuses.
    pub async fn begin(&self, professional: Uuid, account: &str, now: Timestamp) -> Result<Enrolment, Error> {
        let secret = random::<20>()?;
        let sealed = self.ring.seal_secret(&label(professional), &*secret);
        let until = now.saturating_add(PENDING.minutes()).unwrap_or(now);
        let sql =
            "insert into sign_in.second_factor (professional_id, pending, pending_until) values ($1, $2, $3)
            on conflict (professional_id) do update set pending = $2, pending_until = $3";
        self.pool.get().await?.execute(sql, &[&professional, &sealed, &until]).await?;
        let text = Zeroizing::new(BASE32_NOPAD.encode(&*secret));
        let name: String =
            account.chars().filter(|sign| sign.is_ascii_alphanumeric() || ".-".contains(*sign)).collect();
        Ok(Enrolment {
            uri: Zeroizing::new(format!(
                "otpauth://totp/Jalon:{name}?secret={}&issuer=Jalon&algorithm=SHA1&digits=6&period=30",
                *text
            )),
            secret: Zeroizing::new(grouped(&text, ' ')),
        })
    }

    /// Confirms the secret that was shown by a code of it. Gives the recovery codes, shown once; nothing when the code
    /// is wrong, or nothing awaits one.
    ///
    /// # Errors
    /// When the database refuses; nothing is then changed.
    pub async fn confirm(
        &self,
        professional: Uuid,
        code: &str,
        now: Timestamp,
    ) -> Result<Result<Vec<Zeroizing<String>>, Tried>, Error> {
        let mut client = self.pool.get().await?;
        let tx = client.transaction().await?;
        let sql = "select pending, wrong, wait_until, pending_until from sign_in.second_factor
            where professional_id = $1 and pending is not null for update";
        let Some(row) = tx.query_opt(sql, &[&professional]).await? else { return Ok(Err(Tried::None)) };
        let (wrong, wait): (i32, Option<Timestamp>) = (row.try_get(1)?, row.try_get(2)?);
        if let Some(wait) = wait.filter(|wait| *wait > now) {
            return Ok(Err(Tried::Wait(wait)));
        }
        if row.try_get::<_, Option<Timestamp>>(3)?.is_none_or(|until| until <= now) {
            return Ok(Err(Tried::None));
        }
        let sealed: Vec<u8> = row.try_get(0)?;
        let secret = self.open(professional, &sealed)?;
        let Some(step) = step_of(&secret, code, now)? else {
            let tried = note_wrong(&tx, professional, wrong, now).await?;
            tx.commit().await?;
            return Ok(Err(tried));
        };
        let sql = "update sign_in.second_factor set sealed = pending, pending = null, pending_until = null,
            last_step = $2, wrong = 0, wait_until = null where professional_id = $1";
        tx.execute(sql, &[&professional, &step]).await?;
        tx.execute("delete from sign_in.recovery_code where professional_id = $1", &[&professional]).await?;
        let mut codes = Vec::new();
        for _ in 0..CODES {
            let code = Zeroizing::new(BASE32_NOPAD.encode(&*random::<10>()?));
            let sql = "insert into sign_in.recovery_code values ($1, $2)";
            tx.execute(sql, &[&professional, &recovery(&secret, &code)]).await?;
            codes.push(Zeroizing::new(grouped(&code, '-').to_lowercase()));
        }
        tx.commit().await?;
        Ok(Ok(codes))
    }

    /// Looks at a code, or at a recovery code.
    ///
    /// # Errors
    /// When the database refuses, or the secret cannot be opened.
    pub async fn try_code(&self, professional: Uuid, code: &str, now: Timestamp) -> Result<Tried, Error> {
        let mut client = self.pool.get().await?;
        let tx = client.transaction().await?;
        let sql = "select sealed, last_step, wrong, wait_until from sign_in.second_factor
            where professional_id = $1 and sealed is not null for update";
        let Some(row) = tx.query_opt(sql, &[&professional]).await? else { return Ok(Tried::None) };
        let (wrong, wait): (i32, Option<Timestamp>) = (row.try_get(2)?, row.try_get(3)?);
        if let Some(wait) = wait.filter(|wait| *wait > now) {
            return Ok(Tried::Wait(wait));
        }
        let (sealed, last): (Vec<u8>, i64) = (row.try_get(0)?, row.try_get(1)?);
        let secret = self.open(professional, &sealed)?;
        let tried = match step_of(&secret, code, now)?.filter(|step| *step > last) {
            Some(step) => {
                let sql = "update sign_in.second_factor set last_step = $2 where professional_id = $1";
                tx.execute(sql, &[&professional, &step]).await?;
                Some(Tried::Right)
            }
            None => recovered(&tx, professional, &secret, code).await?,
        };
        let tried = match tried {
            Some(right) => {
                let sql = "update sign_in.second_factor set wrong = 0, wait_until = null where professional_id = $1";
                tx.execute(sql, &[&professional]).await?;
                right
            }
            None => note_wrong(&tx, professional, wrong, now).await?,
        };
        tx.commit().await?;
        Ok(tried)
    }

    /// Takes their second factor away: they put another one in. Says whether they had one.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn remove(&self, professional: Uuid) -> Result<bool, Error> {
        let sql = "delete from sign_in.second_factor where professional_id = $1";
        Ok(self.pool.get().await?.execute(sql, &[&professional]).await? > 0)
    }

    /// Seals again, under the outside key in force, what is under a former one. Says how many were.
    ///
    /// # Errors
    /// When the database refuses, or a secret cannot be opened.
    pub async fn rewrap(&self) -> Result<u64, Error> {
        let mut client = self.pool.get().await?;
        let tx = client.transaction().await?;
        let mut count = 0;
        for column in ["sealed", "pending"] {
            let sql = format!(
                "select professional_id, {column} from sign_in.second_factor where {column} is not null for update"
            );
            for row in tx.query(&sql, &[]).await? {
                let (professional, sealed): (Uuid, Vec<u8>) = (row.try_get(0)?, row.try_get(1)?);
                if self.ring.is_current(&sealed) {
                    continue;
                }
                let sealed = self.ring.seal_secret(&label(professional), &self.open(professional, &sealed)?);
                let sql =
                    format!("update sign_in.second_factor set {column} = $2 where professional_id = $1");
                count += tx.execute(&sql, &[&professional, &sealed]).await?;
            }
        }
        tx.commit().await?;
        Ok(count)
    }

    fn open(&self, professional: Uuid, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
        self.ring.open_secret(&label(professional), sealed).map_err(|error| Error::Secret(error.to_string()))
    }
}

/// One more wrong code: whether the next has to wait.
async fn note_wrong(
    tx: &Transaction<'_>,
    professional: Uuid,
    wrong: i32,
    now: Timestamp,
) -> Result<Tried, Error> {
    let wrong = wrong.saturating_add(1);
    let wait = wait_after(wrong).and_then(|wait| now.saturating_add(wait).ok());
    let sql = "update sign_in.second_factor set wrong = $2, wait_until = $3 where professional_id = $1";
    tx.execute(sql, &[&professional, &wrong, &wait]).await?;
    Ok(wait.map_or(Tried::Wrong, Tried::Wait))
}

/// How long the next try waits, after so many wrong ones in a row.
fn wait_after(wrong: i32) -> Option<SignedDuration> {
    let over = u32::try_from(wrong - TRIES).ok()?;
    Some(LONGEST_WAIT.min(WAIT * 2_i32.saturating_pow(over.min(20))))
}

/// The step that a code is of, when it is one of now.
fn step_of(secret: &[u8], code: &str, now: Timestamp) -> Result<Option<i64>, Error> {
    let digits: String = code.chars().filter(|sign| !sign.is_whitespace()).collect();
    if digits.len() != 6 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(None);
    }
    let totp = totp_rs::Builder::new().with_secret(secret).build();
    let totp = totp.map_err(|error| Error::Secret(error.to_string()))?;
    let step = totp.check(&digits, u64::try_from(now.as_second()).unwrap_or_default());
    Ok(step.and_then(|step| i64::try_from(step).ok()))
}

/// Uses up the recovery code that it is, when it is one.
async fn recovered(
    tx: &Transaction<'_>,
    professional: Uuid,
    secret: &[u8],
    code: &str,
) -> Result<Option<Tried>, Error> {
    let code: String = code.chars().filter(char::is_ascii_alphanumeric).collect();
    let sql = "delete from sign_in.recovery_code where professional_id = $1 and digest = $2";
    if tx.execute(sql, &[&professional, &recovery(secret, &code.to_uppercase())]).await? == 0 {
        return Ok(None);
    }
    let left = "select count(*) from sign_in.recovery_code where professional_id = $1";
    Ok(Some(Tried::Recovered(tx.query_one(left, &[&professional]).await?.try_get(0)?)))
}

/// A recovery code has 80 random bits only: it is kept under the secret, which this database does not know.
fn recovery(secret: &[u8], code: &str) -> Vec<u8> {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret) else { return Vec::new() };
    mac.update(b"jalon/recovery/v1\0");
    mac.update(code.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn label(professional: Uuid) -> Vec<u8> {
    [b"jalon/totp/v1\0".as_slice(), professional.as_bytes()].concat()
}

fn random<const N: usize>() -> Result<Zeroizing<[u8; N]>, Error> {
    let mut bytes = Zeroizing::new([0; N]);
    getrandom::fill(&mut *bytes).map_err(|error| Error::Secret(error.to_string()))?;
    Ok(bytes)
}

/// In groups of four, for the eye.
fn grouped(text: &str, between: char) -> String {
    let mut grouped = String::new();
    for (index, sign) in text.chars().enumerate() {
        if index > 0 && index % 4 == 0 {
            grouped.push(between);
        }
        grouped.push(sign);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn codes_are_those_of_rfc_6238() {
        // Appendix B, SHA-1, the last six of the eight digits.
        for (second, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
        ] {
            let step = step_of(b"12345678901234567890", code, at(second)).unwrap();
            assert_eq!(step, Some(second / 30), "{code}");
            let spaced = format!(" {} {} ", &code[..3], &code[3..]);
            assert_eq!(step_of(b"12345678901234567890", &spaced, at(second)).unwrap(), Some(second / 30));
        }
    }

    #[test]
    fn a_code_is_right_one_step_before_or_after_and_no_longer() {
        let tried = |second| step_of(b"12345678901234567890", "005924", at(second)).unwrap();
        let begins = 1_234_567_890 / 30 * 30;
        for (second, right) in [(-31, false), (-30, true), (0, true), (29, true), (59, true), (60, false)] {
            assert_eq!(tried(begins + second).is_some(), right, "{second} seconds from its beginning");
        }
        for wrong in ["", "00592", "0059240", "００５９２４", "05924a", "-05924", "000000"] {
            assert_eq!(step_of(b"12345678901234567890", wrong, at(begins)).unwrap(), None, "{wrong}");
        }
    }

    #[test]
    fn the_sixth_try_waits_and_each_next_one_twice_as_long() {
        let waits: Vec<_> = (1..=12).map(|wrong| wait_after(wrong).map(|wait| wait.as_secs())).collect();
        let expected =
            [None, None, None, None, Some(30), Some(60), Some(120), Some(240), Some(480), Some(900)];
        assert_eq!(waits[..10], expected);
        assert_eq!(wait_after(i32::MAX), Some(LONGEST_WAIT));
    }

    #[test]
    fn a_recovery_code_is_kept_under_the_secret_of_whose_it_is() {
        let kept = recovery(&[1; 20], "ABCDEFGHIJKLMNOP");
        assert_ne!(kept, recovery(&[2; 20], "ABCDEFGHIJKLMNOP"));
        assert_ne!(kept, recovery(&[1; 20], "ABCDEFGHIJKLMNOQ"));
        assert_eq!(grouped("ABCDEFGHIJ", '-'), "ABCD-EFGH-IJ");
    }
}
