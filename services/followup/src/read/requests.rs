//! What an organisation was sent: its own posts see each request and where it stands; whom it is about, only as far
//! as that is open to them.

use std::collections::HashMap;

use contracts::{EnumValue, label_of, prescription::v1::PrescriptionKind};
use jiff::civil::Date;
use serde::Serialize;
use service::{Problem, Reading, Runtime};
use tokio_postgres::types::Json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    board::{self, Called},
    cards::Cards,
    identity::pseudonym,
};
use crate::views::{
    received::{ANSWERING, Request},
    status::{Prescription, PrescriptionState},
};

/// A request that was received.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Received {
    /// The prescription: it is answered by that id.
    pub id: Uuid,
    /// The case, when it is the reader’s to see.
    pub case_id: Option<Uuid>,
    /// The person’s name for those to whom it is open, a pseudonym for the others.
    pub called: String,
    /// Whether that is the person’s name.
    pub named: bool,
    /// What is asked.
    #[schema(value_type = String)]
    pub kind: EnumValue<PrescriptionKind>,
    /// That, in French.
    pub kind_text: &'static str,
    /// Whether an answer is awaited.
    pub awaiting: bool,
    /// Where it stands.
    #[schema(value_type = String)]
    pub state: PrescriptionState,
    /// The post that sent it, with its organisation.
    pub sent_by: Option<String>,
    /// When it was sent.
    #[schema(value_type = Option<String>, format = Date)]
    pub sent_on: Option<Date>,
    /// Last day an answer is awaited, included.
    #[schema(value_type = Option<String>, format = Date)]
    pub answer_due_on: Option<Date>,
    /// Whether that day is past, and an answer still awaited.
    pub overdue: bool,
    /// How many times an answer was asked for again.
    pub reminders: u32,
    /// When it ended, whatever the outcome.
    #[schema(value_type = Option<String>, format = Date)]
    pub ended_on: Option<Date>,
    /// The same, as pages tell it.
    #[serde(skip)]
    pub sending: Prescription,
}

/// Where a page of requests ends: whether an answer is awaited, and the position of the sending.
pub type Key = (bool, i64);

const RECEIVED: &str = "
select key, body from read.received_requests
where received_by = $1 and (awaiting, sent_at) < ($2, $3)
  and not exists (select from read.limited_cases one where one.case_id = received_requests.case_id)
order by awaiting desc, sent_at desc limit $4";

/// The cases that are that reader's to see.
const SEEN: &str = "select key, body from read.live_status where key = any($1)";

/// A page of what the organisation of that reader was sent: what awaits its answer first, the latest first.
///
/// # Errors
/// When the read models, the journal or the keys cannot be read.
pub async fn read(
    runtime: &Runtime,
    reading: &Reading,
    after: Option<Key>,
    limit: usize,
) -> Result<Vec<(Key, Received)>, Problem> {
    let answers = ANSWERING.contains(&reading.role);
    let Some(own) = reading.organisation_id.filter(|_| answers) else { return Ok(Vec::new()) };
    let (awaiting, sent_at) = after.unwrap_or((true, i64::MAX));
    let count = i64::try_from(limit).unwrap_or(i64::MAX);
    let requests: Vec<(Uuid, Request)> = {
        let client = runtime.reader(reading).await?;
        let statement = client.prepare_cached(RECEIVED).await?;
        let rows = client.query(&statement, &[&own, &awaiting, &sent_at, &count]).await?;
        rows.iter()
            .map(|row| Ok((row.try_get(0)?, row.try_get::<_, Json<Request>>(1)?.0)))
            .collect::<Result<_, Problem>>()?
    };
    let cases: Vec<Uuid> = requests.iter().map(|(_, one)| one.case_id).collect();
    let senders: Vec<Uuid> = requests.iter().filter_map(|(_, one)| one.sent_by).collect();
    let (called, cards) = tokio::try_join!(seen(runtime, reading, &cases), Cards::read(runtime, &senders))?;
    let today = runtime.clock.today();
    let told = |(id, one): (Uuid, Request)| {
        let known = called.get(&one.case_id);
        let received = Received {
            id,
            case_id: known.map(|_| one.case_id),
            called: known.map_or_else(|| pseudonym(one.case_id), |known| known.called.clone()),
            named: known.is_some_and(|known| known.named),
            kind: one.sending.kind,
            kind_text: label_of(one.sending.kind),
            awaiting: one.awaiting,
            state: one.sending.state,
            sent_by: one.sent_by.and_then(|post| cards.post_called(post)),
            sent_on: one.sending.sent_on,
            answer_due_on: one.sending.answer_due_on,
            overdue: one.awaiting && one.sending.answer_due_on.is_some_and(|due| due < today),
            reminders: one.sending.reminders,
            ended_on: one.sending.ended_on,
            sending: Prescription { addressee_id: None, ..one.sending },
        };
        ((one.awaiting, one.sent_at), received)
    };
    Ok(requests.into_iter().map(told).collect())
}

/// How those of these people are called who are that reader's to see.
async fn seen(
    runtime: &Runtime,
    reading: &Reading,
    cases: &[Uuid],
) -> Result<HashMap<Uuid, Called>, Problem> {
    let known = board::documents(runtime, reading, SEEN, &[&cases]).await?;
    let called = board::called(runtime, reading, &known).await?;
    Ok(called.into_iter().map(|one| (one.id, one)).collect())
}
