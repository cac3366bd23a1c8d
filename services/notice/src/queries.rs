//! What a professional reads of their own mailbox.

use std::collections::HashMap;

use access::Actor;
use axum::{Json, extract::State};
use contracts::{buffa::Enumeration as _, label_of};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use service::{
    BoxError, Problem, Runtime,
    api::{Caller, Shared},
    query::{Params, after, limit, page, wait},
};
use tokio_postgres::Row;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    domain::{NoticeKind, mailbox_of},
    mailer::Addressee,
    reactions::organisations,
    views::mailboxes,
};

/// The mailbox of whoever asks.
///
/// # Errors
/// 403 when they hold no post.
pub fn own(actor: &Actor) -> Result<Uuid, Problem> {
    actor.post_id.map(mailbox_of).ok_or_else(|| Problem::forbidden("ce jeton n’est pas celui d’un poste"))
}

fn allowed(runtime: &Runtime, actor: &Actor) -> Result<Uuid, Problem> {
    runtime.policies.decide(actor, "notice.read", None)?;
    own(actor)
}

/// Where and when the holder of the post is written to.
#[derive(Debug, Serialize, ToSchema)]
pub struct MailboxAnswer {
    /// Whether whoever holds the post chose. A predecessor’s choice ended with them.
    pub chosen: bool,
    /// The address, if there is one.
    pub email: Option<String>,
    /// Whether a digest is wanted.
    pub digest: bool,
    /// Its hour in Paris.
    pub digest_hour: u8,
    /// Whether immediate notices are wanted.
    pub immediate: bool,
    /// Whether this Jalon has an SMTP relay: without one, notices are only read here.
    pub sending: bool,
}

/// `GET /me/mailbox`.
pub async fn mailbox(
    State(runtime): State<Shared>,
    Caller(actor): Caller,
) -> Result<Json<MailboxAnswer>, Problem> {
    let addressee = Addressee::read(&runtime, allowed(&runtime, &actor)?).await?;
    let left = addressee.has_left(&runtime).await?;
    let email = if left { None } else { addressee.address(&runtime).await? };
    let choice = addressee.state.choice.filter(|_| !left);
    Ok(Json(MailboxAnswer {
        chosen: choice.is_some(),
        email,
        digest: choice.as_ref().is_some_and(|choice| choice.digest_hour.is_some()),
        digest_hour: choice.as_ref().and_then(|choice| choice.digest_hour).unwrap_or(8),
        immediate: choice.is_some_and(|choice| choice.immediate),
        sending: runtime.config.mail.smtp_url.is_some(),
    }))
}

/// A notice.
#[derive(Debug, Serialize, ToSchema)]
pub struct NoticeAnswer {
    /// Its id.
    pub id: Uuid,
    /// What called for it.
    pub kind: String,
    /// That, in French.
    pub kind_text: &'static str,
    /// The case it is about; nothing when an access was suspended.
    pub case_id: Option<Uuid>,
    /// The case whose data were received, when it tells what became of them: what the copies and the tools of the
    /// organisation know it by. It may be closed to it by now.
    pub reference: Option<Uuid>,
    /// When it was raised.
    #[schema(value_type = String)]
    pub raised_at: Timestamp,
    /// `sent`, `failed` or `withheld`; nothing while it waits, or when it is not to be sent.
    pub outcome: Option<String>,
    #[serde(skip)]
    position: i64,
}

/// A page of notices.
#[derive(Debug, Serialize, ToSchema)]
pub struct NoticesPage {
    /// The last raised first.
    pub items: Vec<NoticeAnswer>,
    /// The cursor of the next page; nothing on the last one.
    pub next: Option<String>,
}

/// Parameters of the list.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListParams {
    limit: Option<usize>,
    cursor: Option<String>,
    min_position: Option<i64>,
}

/// `GET /me/notices`.
pub async fn notices(
    State(runtime): State<Shared>,
    Caller(actor): Caller,
    Params(params): Params<ListParams>,
) -> Result<Json<NoticesPage>, Problem> {
    let mailbox = allowed(&runtime, &actor)?;
    wait(&runtime, &[mailboxes::NAME], params.min_position).await?;
    let of = format!("notices {mailbox}");
    let before = after::<i64>(&of, params.cursor.as_deref())?.unwrap_or(i64::MAX);
    let limit = limit(params.limit)?;
    let items = read(&runtime, &actor, (mailbox, before), limit + 1).await?;
    let (items, next) = page(items, limit, &of, |item| item.position);
    Ok(Json(NoticesPage { items, next }))
}

async fn read(
    runtime: &Shared,
    actor: &Actor,
    (mailbox, before): (Uuid, i64),
    count: usize,
) -> Result<Vec<NoticeAnswer>, BoxError> {
    let client = runtime.reader(actor).await?;
    let statement = client
        .prepare_cached(
            "select id, kind, case_id, raised_at, outcome, position, cause_position from read.notices
             where mailbox = $1 and position < $2 order by position desc limit $3",
        )
        .await?;
    let count = i64::try_from(count)?;
    let rows = client.query(&statement, &[&mailbox, &before, &count]).await?;
    drop(client);
    let cases = received(runtime, &rows).await?;
    rows.iter()
        .map(|row| {
            let kind: String = row.try_get(1)?;
            let known = NoticeKind::from_proto_name(&kind).unwrap_or_default();
            Ok(NoticeAnswer {
                reference: cases.get(&row.try_get(6)?).copied(),
                id: row.try_get(0)?,
                kind,
                kind_text: label_of(known.into()),
                case_id: row.try_get(2)?,
                raised_at: row.try_get(3)?,
                outcome: row.try_get(4)?,
                position: row.try_get(5)?,
            })
        })
        .collect()
}

/// The cases of the notices that tell what became of data that were received, by the position of their cause.
async fn received(runtime: &Shared, rows: &[Row]) -> Result<HashMap<i64, Uuid>, BoxError> {
    let told = rows.iter().filter_map(|row| {
        let kind: &str = row.try_get(1).ok()?;
        let known = NoticeKind::from_proto_name(kind).unwrap_or_default();
        organisations::tells_what_became(known.into()).then(|| row.try_get(6).ok())?
    });
    let positions: Vec<i64> = told.collect();
    let facts = runtime.journal.at(&positions).await?;
    Ok(facts.iter().filter_map(|fact| Some((fact.position, fact.case_id?))).collect())
}
