//! The mailboxes, and their notices: what is to be sent, and what a professional reads of it.

use std::collections::HashMap;

use contracts::{Recorded, buffa::Enumeration as _};
use jiff::{Timestamp, civil::Date};
use projections::{Poison, Projection, Table, Transaction};
use tokio_postgres::types::Type;
use uuid::Uuid;
use vocabulary::dates;

use crate::domain::{Event, MailboxChosen, NoticeRaised};

/// Its name.
pub const NAME: &str = "mailboxes";

const MAILBOXES: &str = "insert into mailboxes select * from unnest($1::uuid[], $2::integer[], $3::bigint[], $4::date[]) \
                         on conflict (key) do update set digest_hour = excluded.digest_hour, \
                         immediate_after = excluded.immediate_after, last_digest = excluded.last_digest";

const RAISED: &str = "insert into notices select *, null from \
                      unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::text[], $5::uuid[], $6::timestamptz[], $7::bigint[])";

const SETTLED: &str = "update notices n set outcome = s.outcome from unnest($1::uuid[], $2::text[]) s (id, outcome) \
                       where n.id = s.id";

/// The read model.
#[derive(Debug)]
pub struct Mailboxes;

/// What a batch of facts changes in one mailbox.
#[derive(Debug, Default)]
pub struct Changes {
    settings: Settings,
    raised: Vec<Row>,
    settled: Vec<(Uuid, &'static str)>,
}

/// When a mailbox is written to.
#[derive(Clone, Debug, Default, PartialEq)]
struct Settings {
    /// The hour of its digest; nothing when there is none.
    digest_hour: Option<i32>,
    /// Immediate notices raised after that position are sent; nothing when none are.
    immediate_after: Option<i64>,
    /// The day of the last digest.
    last_digest: Option<Date>,
}

/// A notice.
#[derive(Debug)]
struct Row {
    id: Uuid,
    position: i64,
    kind: &'static str,
    /// The case it is about, when it is about one.
    case_id: Option<Uuid>,
    raised_at: Timestamp,
    /// Position of the fact that called for it.
    cause_position: i64,
}

impl Settings {
    fn choose(&mut self, chosen: &MailboxChosen, position: i64) {
        self.digest_hour = i32::try_from(chosen.digest_hour).ok().filter(|_| chosen.digest);
        self.immediate_after = chosen.immediate.then_some(self.immediate_after.unwrap_or(position));
    }
}

impl Row {
    fn of(raised: &NoticeRaised, fact: &Recorded) -> Result<Self, Poison> {
        let unreadable = |_| Poison::new("an id cannot be read");
        Ok(Self {
            id: raised.notice_id.parse().map_err(unreadable)?,
            position: fact.position,
            kind: raised.kind.as_known().unwrap_or_default().proto_name(),
            case_id: raised.case_id.parse().ok(),
            raised_at: fact.recorded_at,
            cause_position: raised.cause_position,
        })
    }
}

impl Projection for Mailboxes {
    type State = Changes;

    fn name(&self) -> &'static str {
        NAME
    }

    fn version(&self) -> u32 {
        3
    }

    fn tables(&self) -> &'static [Table] {
        const { &[Table::open(NAME), Table::of_case("notices", "case_id")] }
    }

    fn ddl(&self) -> &'static str {
        "create table mailboxes (key uuid primary key, digest_hour integer, immediate_after bigint, last_digest date);
         create index on mailboxes (digest_hour);
         create table notices (id uuid primary key, mailbox uuid not null, position bigint not null,
             kind text not null, case_id uuid, raised_at timestamptz not null, cause_position bigint not null, outcome text);
         create index on notices (mailbox, position);
         create index on notices (position) where outcome is null;"
    }

    fn key(&self, fact: &Recorded) -> Option<Uuid> {
        (fact.kind.aggregate().name == "mailbox").then_some(fact.stream_id)
    }

    async fn load(
        &self,
        tx: &Transaction<'_>,
        keys: &[Uuid],
    ) -> Result<HashMap<Uuid, Changes>, tokio_postgres::Error> {
        let sql = "select key, digest_hour, immediate_after, last_digest from mailboxes where key = any($1)";
        let rows = tx.query_typed(sql, &[(&keys, Type::UUID_ARRAY)]).await?;
        rows.iter()
            .map(|row| {
                let settings = Settings {
                    digest_hour: row.try_get(1)?,
                    immediate_after: row.try_get(2)?,
                    last_digest: row.try_get(3)?,
                };
                Ok((row.try_get(0)?, Changes { settings, ..Changes::default() }))
            })
            .collect()
    }

    fn fresh(&self, _key: Uuid) -> Changes {
        Changes::default()
    }

    fn fold(&self, state: &mut Changes, fact: &Recorded) -> Result<(), Poison> {
        let mut settle = |notice_id: &str, outcome| {
            let id = notice_id.parse().map_err(|_| Poison::new("an id cannot be read"))?;
            state.settled.push((id, outcome));
            Ok(())
        };
        match fact.trace()? {
            Event::NoticeSent(sent) => settle(&sent.notice_id, "sent"),
            Event::NoticeFailed(failed) => settle(&failed.notice_id, "failed"),
            Event::NoticeWithheld(withheld) => settle(&withheld.notice_id, "withheld"),
            Event::MailboxChosen(chosen) => {
                state.settings.choose(&chosen, fact.position);
                Ok(())
            }
            Event::NoticeRaised(raised) => {
                state.raised.push(Row::of(&raised, fact)?);
                Ok(())
            }
            Event::DigestSent(sent) => {
                state.settings.last_digest = dates::parse(&sent.day).or(state.settings.last_digest);
                Ok(())
            }
        }
    }

    async fn save(
        &self,
        tx: &Transaction<'_>,
        states: Vec<(Uuid, Changes)>,
    ) -> Result<(), tokio_postgres::Error> {
        let keys: Vec<Uuid> = states.iter().map(|(key, _)| *key).collect();
        let settings = || states.iter().map(|(_, changes)| &changes.settings);
        let raised: Vec<(Uuid, &Row)> =
            states.iter().flat_map(|(key, changes)| changes.raised.iter().map(|row| (*key, row))).collect();
        let settled: Vec<_> = states.iter().flat_map(|(_, changes)| &changes.settled).collect();
        tx.together_last([
            (
                MAILBOXES,
                &[
                    (&keys, Type::UUID_ARRAY),
                    (&settings().map(|one| one.digest_hour).collect::<Vec<_>>(), Type::INT4_ARRAY),
                    (&settings().map(|one| one.immediate_after).collect::<Vec<_>>(), Type::INT8_ARRAY),
                    (&settings().map(|one| one.last_digest).collect::<Vec<_>>(), Type::DATE_ARRAY),
                ],
            ),
            (
                RAISED,
                &[
                    (&raised.iter().map(|(_, row)| row.id).collect::<Vec<_>>(), Type::UUID_ARRAY),
                    (&raised.iter().map(|(mailbox, _)| *mailbox).collect::<Vec<_>>(), Type::UUID_ARRAY),
                    (&raised.iter().map(|(_, row)| row.position).collect::<Vec<_>>(), Type::INT8_ARRAY),
                    (&raised.iter().map(|(_, row)| row.kind).collect::<Vec<_>>(), Type::TEXT_ARRAY),
                    (&raised.iter().map(|(_, row)| row.case_id).collect::<Vec<_>>(), Type::UUID_ARRAY),
                    (
                        &raised.iter().map(|(_, row)| row.raised_at).collect::<Vec<_>>(),
                        Type::TIMESTAMPTZ_ARRAY,
                    ),
                    (&raised.iter().map(|(_, row)| row.cause_position).collect::<Vec<_>>(), Type::INT8_ARRAY),
                ],
            ),
            (
                SETTLED,
                &[
                    (&settled.iter().map(|(id, _)| *id).collect::<Vec<_>>(), Type::UUID_ARRAY),
                    (&settled.iter().map(|(_, outcome)| *outcome).collect::<Vec<_>>(), Type::TEXT_ARRAY),
                ],
            ),
        ])
        .await
        .map(drop)
    }
}
