//! What the person is handed to see their own path: a sheet with a secret address, and a code told aloud. Both
//! are kept as digests only. The code, six figures, is digested with the secret: who reads the table cannot try
//! them all. Five wrong codes in a row, or twenty in all, end the sheet.
//!
//! Whoever printed the sheet saw its code. It serves once, for the person to choose a code of their own: whoever
//! would come in before them leaves the person outside, and is found out.
//!
//! A sheet serves on several devices, one after the other or three at once: an old telephone is lent, lost,
//! exchanged. Each entry asks for the code, and lasts half an hour.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::{AccessError, Tokens};
use crate::OwnCase;

/// Wrong codes in a row after which a sheet opens nothing any more.
pub const WRONG_CODES: i32 = 5;
/// Wrong codes in all after which it does not either.
const WRONG_EVER: i32 = 20;
/// How long the person stays in.
pub const STAY: SignedDuration = SignedDuration::from_mins(30);
/// Devices on which they are in at once; the one that entered first leaves.
const DEVICES: i64 = 3;

/// What is handed over, shown once.
pub struct Handed {
    /// The end of the address, 256 random bits.
    pub secret: String,
    /// The code, six figures.
    pub code: String,
}

impl std::fmt::Debug for Handed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Handed")
    }
}

/// How a sheet was used, for the professional who handed it over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnUse {
    /// When it was printed.
    pub issued_at: Timestamp,
    /// When it last served.
    pub entered_at: Option<Timestamp>,
    /// How many times it served.
    pub entered: i32,
    /// Whether wrong codes ended it.
    pub ended_by_codes: bool,
}

/// What came of a code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// The person is in: the secret of their session.
    In(String),
    /// The code is that of the sheet: the person has to choose their own.
    ToChoose,
    /// The address or the code is not right, or the sheet opens nothing any more: nothing tells which.
    Out,
}

/// What came of a code that was chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// The person is in: the secret of their session, and whose it is.
    In(String, OwnCase),
    /// It is too easily guessed, is not six figures, or is that of the sheet: another is to be chosen.
    Weak,
    /// The address or the code of the sheet is not right, or it served already.
    Out,
}

/// The right code, whoever asks at the same time: the row is locked while it is counted.
const ENTER: &str = "
update access.own_access set
    wrong = case when code = $2 then 0 else wrong + 1 end,
    wrong_ever = wrong_ever + case when code = $2 then 0 else 1 end,
    entered = entered + case when code = $2 and chosen_at is not null then 1 else 0 end,
    entered_at = case when code = $2 and chosen_at is not null then $3 else entered_at end
where secret = $1 and expires_at > $3 and wrong < $4 and wrong_ever < $5
returning access_id, case_id, code = $2, chosen_at is not null";

/// A code of their own, once.
const CHOOSE: &str = "
update access.own_access set code = $4, chosen_at = $3, entered = entered + 1, entered_at = $3
where secret = $1 and code = $2 and expires_at > $3 and chosen_at is null
returning access_id, case_id";

const LEAVE_FIRST: &str = "
delete from access.own_session where expires_at <= $2 or digest in (
    select digest from access.own_session where access_id = $1 order by since desc, digest offset $3)";

impl Tokens {
    /// The secret and the code of an access that was opened to the person, once only; nothing when they were
    /// given already.
    ///
    /// # Errors
    /// When the system has no randomness, or the database refuses.
    pub async fn hand_over(
        &self,
        own: OwnCase,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<Handed>, AccessError> {
        let mut random = [0u8; 32];
        getrandom::fill(&mut random).map_err(|error| AccessError(error.to_string()))?;
        let handed = Handed { secret: URL_SAFE_NO_PAD.encode(random), code: six_figures()? };
        let client = self.pool.get().await?;
        let statement = client
            .prepare_cached(
                "insert into access.own_access (access_id, case_id, secret, code, issued_at, expires_at)
                 values ($1, $2, $3, $4, $5, $6) on conflict (access_id) do nothing",
            )
            .await?;
        let (secret, code) = (digest(&handed.secret), code_digest(&handed.secret, &handed.code));
        let made =
            client.execute(&statement, &[&own.access_id, &own.case_id, &secret, &code, &now, &until]).await?;
        Ok((made == 1).then_some(handed))
    }

    /// Exchanges the secret and the code for a session.
    ///
    /// # Errors
    /// When the system has no randomness, or the database refuses.
    pub async fn enter_own(&self, secret: &str, code: &str, now: Timestamp) -> Result<Entry, AccessError> {
        let client = self.pool.get().await?;
        let statement = client.prepare_cached(ENTER).await?;
        let (secret, code) = (digest(secret), code_digest(secret, &figures(code)));
        let found = client.query_opt(&statement, &[&secret, &code, &now, &WRONG_CODES, &WRONG_EVER]).await?;
        let Some(row) = found.filter(|row| row.try_get(2).unwrap_or(false)) else { return Ok(Entry::Out) };
        if !row.try_get::<_, bool>(3)? {
            return Ok(Entry::ToChoose);
        }
        let own = OwnCase { access_id: row.try_get(0)?, case_id: row.try_get(1)? };
        self.let_in(own, now).await.map(Entry::In)
    }

    /// Exchanges the code of the sheet, once, for that which the person chose, and lets them in.
    ///
    /// # Errors
    /// When the system has no randomness, or the database refuses.
    pub async fn choose_own(
        &self,
        secret: &str,
        code: &str,
        chosen: &str,
        now: Timestamp,
    ) -> Result<Choice, AccessError> {
        // A wrong code of the sheet is counted as any other.
        if self.enter_own(secret, code, now).await? != Entry::ToChoose {
            return Ok(Choice::Out);
        }
        if is_weak(chosen.trim(), &figures(code)) {
            return Ok(Choice::Weak);
        }
        let client = self.pool.get().await?;
        let (of_sheet, own) = (code_digest(secret, &figures(code)), code_digest(secret, &figures(chosen)));
        let found = client.query_opt(CHOOSE, &[&digest(secret), &of_sheet, &now, &own]).await?;
        drop(client);
        let Some(row) = found else { return Ok(Choice::Out) };
        let own = OwnCase { access_id: row.try_get(0)?, case_id: row.try_get(1)? };
        Ok(Choice::In(self.let_in(own, now).await?, own))
    }

    /// The sheets that wrong codes ended before their last day.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn ended_by_codes(&self, now: Timestamp) -> Result<Vec<OwnCase>, AccessError> {
        const ENDED: &str = "select access_id, case_id from access.own_access
                             where expires_at > $1 and (wrong >= $2 or wrong_ever >= $3) limit 1000";
        let client = self.pool.get().await?;
        let statement = client.prepare_cached(ENDED).await?;
        let rows = client.query(&statement, &[&now, &WRONG_CODES, &WRONG_EVER]).await?;
        rows.iter().map(|row| Ok(OwnCase { access_id: row.try_get(0)?, case_id: row.try_get(1)? })).collect()
    }

    /// A session of the person.
    async fn let_in(&self, own: OwnCase, now: Timestamp) -> Result<String, AccessError> {
        let OwnCase { access_id, case_id } = own;
        let client = self.pool.get().await?;
        let mut random = [0u8; 32];
        getrandom::fill(&mut random).map_err(|error| AccessError(error.to_string()))?;
        let session = URL_SAFE_NO_PAD.encode(random);
        client
            .execute(
                "insert into access.own_session values ($1, $2, $3, $4, $5)",
                &[&digest(&session), &access_id, &case_id, &now, &(now + STAY)],
            )
            .await?;
        client.execute(LEAVE_FIRST, &[&access_id, &now, &DEVICES]).await?;
        Ok(session)
    }

    /// Whose session this is, if it is one and still valid. Whether the access is still open is for the facts of
    /// the case to say, at each request.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn own_session(&self, session: &str, now: Timestamp) -> Result<Option<OwnCase>, AccessError> {
        if session.len() != 43 {
            return Ok(None);
        }
        let client = self.pool.get().await?;
        let statement = client
            .prepare_cached(
                "select case_id, access_id from access.own_session where digest = $1 and expires_at > $2",
            )
            .await?;
        let found = client.query_opt(&statement, &[&digest(session), &now]).await?;
        found.map(|row| Ok(OwnCase { case_id: row.try_get(0)?, access_id: row.try_get(1)? })).transpose()
    }

    /// Ends a session of the person.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn leave_own(&self, session: &str) -> Result<(), AccessError> {
        let client = self.pool.get().await?;
        client.execute("delete from access.own_session where digest = $1", &[&digest(session)]).await?;
        Ok(())
    }

    /// How the sheet of that access was used; nothing when none was printed.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn own_use(&self, access_id: Uuid) -> Result<Option<OwnUse>, AccessError> {
        let client = self.pool.get().await?;
        let statement = client
            .prepare_cached(
                "select issued_at, entered_at, entered, wrong >= $2 or wrong_ever >= $3
                 from access.own_access where access_id = $1",
            )
            .await?;
        let found = client.query_opt(&statement, &[&access_id, &WRONG_CODES, &WRONG_EVER]).await?;
        found
            .map(|row| {
                Ok(OwnUse {
                    issued_at: row.try_get(0)?,
                    entered_at: row.try_get(1)?,
                    entered: row.try_get(2)?,
                    ended_by_codes: row.try_get(3)?,
                })
            })
            .transpose()
    }

    /// When the sheets that were over by that instant were, the first first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn sheets_over(&self, by: Timestamp) -> Result<Vec<Timestamp>, AccessError> {
        let sql = "select expires_at from access.own_access where expires_at <= $1 order by expires_at";
        let rows = self.pool.get().await?.query(sql, &[&by]).await?;
        rows.iter().map(|row| row.try_get(0).map_err(AccessError::from)).collect()
    }

    /// Forgets what is left of the sheets that were over by that instant. Says of how many.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn forget_sheets(&self, by: Timestamp) -> Result<u64, AccessError> {
        let sql = "delete from access.own_access where expires_at <= $1";
        Ok(self.pool.get().await?.execute(sql, &[&by]).await?)
    }
}

fn figures(code: &str) -> String {
    code.chars().filter(char::is_ascii_digit).collect()
}

/// Whether a code that was chosen is to be chosen anew: not six figures, that of the sheet, the same figure all
/// along, or figures in their order. Written with spaces, it is as good.
fn is_weak(chosen: &str, of_sheet: &str) -> bool {
    let bare: String = chosen.chars().filter(|sign| !sign.is_whitespace()).collect();
    let even =
        |step: i16| bare.as_bytes().windows(2).all(|two| i16::from(two[1]) - i16::from(two[0]) == step);
    bare.len() != 6
        || !bare.bytes().all(|sign| sign.is_ascii_digit())
        || bare == of_sheet
        || [-1, 0, 1].into_iter().any(even)
}

/// Six figures, all alike probable.
fn six_figures() -> Result<String, AccessError> {
    const BOUND: u32 = 1_000_000;
    const FAIR: u32 = u32::MAX - u32::MAX % BOUND;
    loop {
        let mut random = [0u8; 4];
        getrandom::fill(&mut random).map_err(|error| AccessError(error.to_string()))?;
        let number = u32::from_le_bytes(random);
        if number < FAIR {
            return Ok(format!("{:06}", number % BOUND));
        }
    }
}

/// A secret has 256 random bits: a plain digest is enough, and finding it by its digest tells nothing.
fn digest(secret: &str) -> Vec<u8> {
    Sha256::digest(secret).to_vec()
}

/// The code with the secret, of which only a digest is kept.
fn code_digest(secret: &str, code: &str) -> Vec<u8> {
    Sha256::new().chain_update(secret).chain_update(b"\0code\0").chain_update(code).finalize().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_of_ones_own_is_not_one_that_anybody_tries_first() {
        for weak in
            ["", "12345", "1234567", "000000", "777777", "123456", "654321", "40 71 38", "a07138", "40-71-3"]
        {
            assert!(is_weak(weak, "407138"), "{weak}");
        }
        for good in ["407139", "40 71 39", "112358", "121212"] {
            assert!(!is_weak(good, "407138"), "{good}");
        }
    }

    #[test]
    fn a_code_has_six_figures_and_means_nothing_without_its_secret() {
        let codes: std::collections::HashSet<_> = (0..50).map(|_| six_figures().expect("a code")).collect();
        assert!(codes.len() > 45);
        assert!(codes.iter().all(|code| code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit())));
        assert_ne!(code_digest("a", "123456"), code_digest("b", "123456"));
        assert_ne!(code_digest("a", "123456"), code_digest("a", "123457"));
        let handed = Handed { secret: "s".into(), code: "123456".into() };
        assert_eq!(format!("{handed:?}"), "Handed");
    }
}
