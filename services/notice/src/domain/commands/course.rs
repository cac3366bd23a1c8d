//! What becomes of notices and digests: stated by Jalon itself, never by a person.

use contracts::Word;
use serde::{Deserialize, Serialize};
use service::{Command, Context, Day};
use utoipa::ToSchema;
use uuid::Uuid;
use vocabulary::{Refusal, Rule};

use super::super::{
    aggregate::{Mailbox, State},
    *,
};

/// Nobody says by hand that a message left.
pub const BY_ITSELF: Rule = Rule::strict(
    "avis.automatique",
    "Jalon dit lui-même quels avis sont à donner et ce qu’ils deviennent.",
    "usage",
);
/// A notice is kept in the mailbox of its post.
pub const RAISED_FOR: Rule = Rule::strict(
    "avis.destinataire",
    "Un avis est gardé dans la boîte du poste auquel il s’adresse.",
    "usage",
);
/// A notice is raised before it is sent.
pub const KNOWN: Rule =
    Rule::strict("avis.connu", "Un avis est à donner avant d’être envoyé ou retenu.", "usage");

fn by_itself(context: &Context) -> Result<(), Refusal> {
    match context.actor.system {
        Some(_) => Ok(()),
        None => Err(BY_ITSELF.refuse("Cela ne se saisit pas. Réglez plutôt votre boîte d’avis.")),
    }
}

/// Whether the notice still waits; nothing when it is not of this mailbox.
fn waits(state: &State, notice_id: Uuid) -> Result<bool, Refusal> {
    match state.notices.get(&notice_id) {
        Some(notice) => Ok(!notice.settled),
        None => Err(KNOWN.refuse("Cette boîte n’a pas cet avis. Vérifiez l’identifiant.").at("/notice_id")),
    }
}

/// Raises a notice for a post, once a fact.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RaiseNotice {
    /// Whom it is for.
    pub post_id: Uuid,
    /// What calls for it.
    pub kind: Word<NoticeKind>,
    /// The case it is about, when it is about one.
    #[serde(default)]
    pub case_id: Option<Uuid>,
    /// What it is about otherwise: the access that was suspended, the organisation that is asked or told.
    #[serde(default)]
    pub about_id: Option<Uuid>,
    /// The fact that calls for it.
    pub cause_id: Uuid,
    /// Its position in the journal.
    pub cause_position: i64,
}

impl Command for RaiseNotice {
    type Aggregate = Mailbox;
    const NAME: &'static str = "notice.raise";
    const SUMMARY: &'static str = "Dire qu’un avis est à donner";

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        by_itself(context)?;
        if state.post_id.is_some_and(|owner| owner != self.post_id) {
            return Err(RAISED_FOR
                .refuse("Cette boîte est celle d’un autre poste. Adressez l’avis à la bonne boîte.")
                .at("/post_id"));
        }
        let notice_id = notice_of(self.post_id, self.cause_id);
        if state.notices.contains_key(&notice_id) {
            return Ok(Vec::new());
        }
        let raised = NoticeRaised {
            notice_id: notice_id.to_string(),
            post_id: self.post_id.to_string(),
            kind: self.kind.into(),
            case_id: self.case_id.map(|id| id.to_string()).unwrap_or_default(),
            about_id: self.about_id.map(|id| id.to_string()).unwrap_or_default(),
            cause_id: self.cause_id.to_string(),
            cause_position: self.cause_position,
            ..Default::default()
        };
        Ok(vec![raised.into()])
    }
}

/// Says that a notice left.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordSent {
    /// Which notice.
    pub notice_id: Uuid,
    /// The id of its message.
    pub message_id: String,
}

impl Command for RecordSent {
    type Aggregate = Mailbox;
    const NAME: &'static str = "notice.record-sent";
    const SUMMARY: &'static str = "Dire qu’un avis est envoyé";

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        by_itself(context)?;
        if !waits(state, self.notice_id)? {
            return Ok(Vec::new());
        }
        let sent = NoticeSent {
            notice_id: self.notice_id.to_string(),
            message_id: self.message_id.clone(),
            via: "smtp".into(),
            ..Default::default()
        };
        Ok(vec![sent.into()])
    }
}

/// Says that the relay would not take a notice for its address.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordFailed {
    /// Which notice.
    pub notice_id: Uuid,
    /// How many times it was tried.
    pub tries: u32,
    /// The last answer of the relay; 0 when the address cannot be written to.
    pub code: u32,
}

impl Command for RecordFailed {
    type Aggregate = Mailbox;
    const NAME: &'static str = "notice.record-failed";
    const SUMMARY: &'static str = "Dire qu’un avis n’a pas pu être remis";

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        by_itself(context)?;
        if !waits(state, self.notice_id)? {
            return Ok(Vec::new());
        }
        let failed = NoticeFailed {
            notice_id: self.notice_id.to_string(),
            tries: self.tries,
            code: self.code,
            ..Default::default()
        };
        Ok(vec![failed.into()])
    }
}

/// Says that a notice lost its purpose before it was sent.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WithholdNotice {
    /// Which notice.
    pub notice_id: Uuid,
    /// Why.
    pub reason: Word<WithheldReason>,
}

impl Command for WithholdNotice {
    type Aggregate = Mailbox;
    const NAME: &'static str = "notice.withhold";
    const SUMMARY: &'static str = "Dire qu’un avis a perdu son objet";

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        by_itself(context)?;
        if !waits(state, self.notice_id)? {
            return Ok(Vec::new());
        }
        let withheld = NoticeWithheld {
            notice_id: self.notice_id.to_string(),
            reason: self.reason.into(),
            ..Default::default()
        };
        Ok(vec![withheld.into()])
    }
}

fn counted(kind: Word<PromptKind>, count: u32) -> PromptCount {
    PromptCount { kind: kind.into(), count, ..Default::default() }
}

/// Says that the digest of a day left: at most one a day.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordDigest {
    /// Which day.
    pub day: Day,
    /// Cases changed since the last one.
    pub cases_changed: u32,
    /// Answers awaited beyond their last day.
    pub answers_overdue: u32,
    /// Dates of the coming seven days.
    pub to_come: u32,
    /// What calls for someone that day, by kind.
    #[serde(default)]
    pub prompts: Vec<(Word<PromptKind>, u32)>,
    /// Last position of the journal it takes into account.
    pub until_position: i64,
    /// The id of its message.
    pub message_id: String,
}

impl Command for RecordDigest {
    type Aggregate = Mailbox;
    const NAME: &'static str = "notice.record-digest";
    const SUMMARY: &'static str = "Dire que le point du jour est envoyé";

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        by_itself(context)?;
        if state.last_digest.is_some_and(|last| last >= self.day.0) {
            return Ok(Vec::new());
        }
        let sent = DigestSent {
            day: self.day.into(),
            cases_changed: self.cases_changed,
            answers_overdue: self.answers_overdue,
            to_come: self.to_come,
            prompts: self.prompts.iter().map(|(kind, count)| counted(*kind, *count)).collect(),
            until_position: self.until_position,
            message_id: self.message_id.clone(),
            ..Default::default()
        };
        Ok(vec![sent.into()])
    }
}
