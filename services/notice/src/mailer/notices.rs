//! Immediate notices: each leaves once, unless it has lost its purpose when its turn comes.

use contracts::{Word, common::v1::Role, events};
use jiff::civil::Date;
use service::{BoxError, CaseStanding, Runtime};
use uuid::Uuid;

use super::{Addressee, Done, Mailer, tries};
use crate::{
    domain::{
        NoticeKind, WithheldReason,
        aggregate::Notice,
        commands::{RecordFailed, RecordSent, WithholdNotice},
    },
    letters::{self, Letter},
    reactions::{organisations, undoes},
    relay::NotSent,
};

/// What is wanted and neither sent nor given up, as far as the read model knows; what was raised before it was
/// wanted is left for reading.
const WAITING: &str = "select n.mailbox, n.id from read.notices n join read.mailboxes m on m.key = n.mailbox
     where n.outcome is null and n.position > m.immediate_after
       and not exists (select from notice.attempt a where a.id = n.id and a.next_at > $1)
     order by n.position limit 200";

/// Notices that may be waiting: mailbox and id, oldest first.
pub(super) async fn waiting(runtime: &Runtime) -> Result<Vec<(Uuid, Uuid)>, BoxError> {
    let client = runtime.machinery.get().await?;
    let rows = client.query(&client.prepare_cached(WAITING).await?, &[&runtime.clock.now()]).await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
}

/// How many notices are raised and wait for the relay.
///
/// # Errors
/// When the read model cannot be read.
pub async fn count_waiting(client: &tokio_postgres::Client) -> Result<i64, tokio_postgres::Error> {
    let sql = "select count(*) from read.notices n join read.mailboxes m on m.key = n.mailbox
               where n.outcome is null and n.position > m.immediate_after";
    client.query_one(sql, &[]).await?.try_get(0)
}

impl Mailer {
    /// Sends a notice if it is still to be sent, and says what became of it.
    pub(super) async fn give(&self, mailbox: Uuid, id: Uuid) -> Result<Done, BoxError> {
        let addressee = Addressee::read(&self.runtime, mailbox).await?;
        let wanted = addressee.state.choice.as_ref().is_some_and(|choice| choice.immediate);
        let notice = addressee.state.notices.get(&id).filter(|notice| wanted && !notice.settled);
        let Some(notice) = notice else { return Ok(Done::Nothing) };
        if let Some(reason) = self.lost(&addressee, notice).await? {
            return self.state(mailbox, id, WithholdNotice { notice_id: id, reason: Word(reason) }).await;
        }
        let letter = match notice.case_id {
            Some(case) => letters::notice(&self.link(&format!("/dossiers/{case}"))),
            None if organisations::tells_what_became(notice.kind) => self.became(&addressee, notice).await?,
            None if notice.kind == NoticeKind::ANSWER_AWAITED => letters::request(&self.link("/demandes")),
            None => letters::notice(&self.link("/consultations")),
        };
        let sent = match addressee.address(&self.runtime).await? {
            Some(to) => self.relay.send(letter, &to, id, self.runtime.clock.now()).await,
            None => Err(NotSent::Refused(0)),
        };
        let done = match sent {
            Ok(()) => {
                let message_id = self.relay.message_id(id);
                self.state(mailbox, id, RecordSent { notice_id: id, message_id }).await?
            }
            Err(why) => match self.not_sent(id, why).await? {
                Some((tries, code)) => {
                    self.state(mailbox, id, RecordFailed { notice_id: id, tries, code }).await?
                }
                None => return Ok(Done::Nothing),
            },
        };
        tries::forget(&self.runtime, id).await?;
        Ok(done)
    }

    /// What became of data that were received: of which case, the fact that calls for it says. The link is there as
    /// long as the case opens to the post.
    async fn became(&self, addressee: &Addressee, notice: &Notice) -> Result<Letter, BoxError> {
        let cause = self.runtime.journal.at(&[notice.cause_position]).await?.into_iter().next();
        let cause = cause.ok_or("the journal does not have the fact that calls for a notice")?;
        let Ok(events::Case::RecipientTold(told)) = cause.trace() else {
            return Err("what calls for this notice tells no recipient".into());
        };
        let case_id = cause.case_id.unwrap_or(cause.stream_id);
        let case = self.runtime.case_standing(case_id).await?;
        let post = addressee.state.post_id.unwrap_or_default();
        let organisation = told.organisation_id.parse().unwrap_or_default();
        let opens = case.is_some_and(|case| opens(&case, post, organisation, self.runtime.clock.today()));
        let link = opens.then(|| self.link(&format!("/dossiers/{case_id}")));
        Ok(letters::received(told.matter.as_known().unwrap_or_default(), case_id, link.as_deref()))
    }

    /// Why a notice is no longer to be sent, as things stand at this very moment.
    async fn lost(&self, addressee: &Addressee, notice: &Notice) -> Result<Option<WithheldReason>, BoxError> {
        if addressee.has_left(&self.runtime).await? {
            return Ok(Some(WithheldReason::HOLDER_CHANGED));
        }
        if let Some(case_id) = notice.case_id {
            let case = self.runtime.case_standing(case_id).await?;
            let post = addressee.state.post_id.unwrap_or_default();
            let Some((role, limited)) =
                case.and_then(|case| Some((*case.circle.get(&post)?, case.restrictions.hold())))
            else {
                return Ok(Some(WithheldReason::LEFT_CIRCLE));
            };
            if limited && role != Role::REFERENT_SOCIAL {
                return Ok(Some(WithheldReason::RESTRICTED));
            }
        }
        let Some(cause) = self.runtime.journal.at(&[notice.cause_position]).await?.into_iter().next() else {
            return Ok(None);
        };
        let later = self.runtime.journal.stream(cause.stream_id, cause.version + 1).await?;
        Ok(later.iter().any(|fact| undoes(&cause, fact)).then_some(WithheldReason::UNDONE))
    }
}

/// Whether that case opens to that post of that organisation, on that day: by its circle or by an agreement, unless its
/// data are limited or erased.
fn opens(case: &CaseStanding, post: Uuid, organisation: Uuid, today: Date) -> bool {
    let mut agreed = case.agreements.iter().filter(|one| one.organisation_id == organisation);
    let agreed = agreed.any(|one| one.from <= today && today <= one.until);
    let around = case.circle.contains_key(&post) || agreed;
    around && !case.restrictions.hold() && !case.forgettings.is_forgotten()
}
