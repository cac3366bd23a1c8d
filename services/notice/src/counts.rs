//! What a digest says of a post: numbers and nothing else. What calls for someone is derived where the pages derive
//! it, so that a rest or « pas pour l’instant » silences both alike.

use std::collections::BTreeMap;

use contracts::events;
use jiff::civil::Date;
use service::{BoxError, Organisation, Runtime};
use situation::{
    live_status,
    prompts::{Call, Mandate, Prompt, mandates, prompts_for},
    received::{self, ANSWERING},
    status::{ImmersionState, Status},
};
use uuid::Uuid;
use vocabulary::dates::days_after;

use crate::{
    domain::PromptKind,
    views::followed::{self, Followed},
};

/// How many days ahead are counted, the present one included.
const AHEAD: i32 = 7;

/// The read models it is counted from.
pub const MODELS: [&str; 3] = [followed::NAME, live_status::NAME, received::NAME];

/// What a digest says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Cases about which others said something since the last digest.
    pub cases_changed: u32,
    /// How often each thing calls for that post.
    pub prompts: BTreeMap<Call, u32>,
    /// What its organisation was asked and has not answered.
    pub requests: u32,
    /// Dates of the coming seven days.
    pub to_come: u32,
    /// Whether any of it is new: a digest never repeats itself.
    pub news: bool,
}

/// Since when a post was told nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Since {
    /// Who is told.
    pub post: Uuid,
    /// Up to which position of the journal it knows.
    pub position: i64,
    /// The day it was last told.
    pub told_on: Date,
    /// The present day.
    pub today: Date,
}

impl Counts {
    /// What there is to say to that post.
    ///
    /// # Errors
    /// When the journal or the read models cannot be read.
    pub async fn read(runtime: &Runtime, since: &Since) -> Result<Self, BoxError> {
        let mut counts = Self::default();
        for (_, body) in runtime.documents_of_post(followed::NAME, since.post).await? {
            let changed = serde_json::from_value::<Followed>(body)?.changed(since.post, since.position);
            counts.cases_changed += u32::from(changed);
            counts.news |= changed;
        }
        for (_, body) in runtime.documents_of_post(live_status::NAME, since.post).await? {
            counts.case(&serde_json::from_value(body)?, since);
        }
        counts.organisation(runtime, since).await?;
        Ok(counts)
    }

    /// How often that calls.
    pub fn of(&self, call: Call) -> u32 {
        self.prompts.get(&call).copied().unwrap_or_default()
    }

    /// What calls, as the fact of a digest counts it: all that the contract has a word for.
    pub fn recorded(&self) -> Vec<(PromptKind, u32)> {
        let requests = (self.requests > 0).then_some((PromptKind::REQUEST_WAITS, self.requests));
        let prompts = self.prompts.iter().filter_map(|(call, count)| Some((kind_of(*call)?, *count)));
        let mut all: Vec<_> = prompts.chain(requests).collect();
        all.sort_by_key(|(kind, _)| *kind as i32);
        all
    }

    /// Adds what that case has to say.
    fn case(&mut self, status: &Status, since: &Since) {
        for prompt in prompts_for(status, since.post, since.today) {
            self.prompt(&prompt, since);
        }
        if !status.open {
            return;
        }
        let (tomorrow, end) = (days_after(since.today, 1), days_after(since.today, AHEAD));
        let agreed = [
            ImmersionState::FullySigned,
            ImmersionState::Approved,
            ImmersionState::Validated,
            ImmersionState::Started,
        ];
        let immersions = status.immersions().filter(|(_, one)| agreed.contains(&one.state));
        let immersions = immersions.flat_map(|(_, one)| one.starts_on.into_iter().chain(one.ends_on));
        let appointments = status.appointments.values().filter_map(|one| one.day);
        for day in appointments.chain(immersions) {
            if since.today <= day && day < end {
                self.to_come += 1;
                self.news |= day <= tomorrow;
            }
        }
    }

    /// Adds what waits for the organisation of the post: its mandates, and what it was asked.
    async fn organisation(&mut self, runtime: &Runtime, since: &Since) -> Result<(), BoxError> {
        let opened =
            runtime.journal.stream(since.post, 1).await?.into_iter().find_map(|fact| match fact.trace() {
                Ok(events::Post::PostOpened(opened)) => Some(opened),
                _ => None,
            });
        let role = opened.as_ref().and_then(|opened| opened.role.as_known()).unwrap_or_default();
        let Some(own) = opened.and_then(|opened| opened.organisation_id.parse::<Uuid>().ok()) else {
            return Ok(());
        };
        if let Some(organisation) = Organisation::fold(&runtime.journal.stream(own, 1).await?) {
            let held = organisation.mandates.iter().map(|one| {
                let mandate = Mandate { by: Some(one.by), from: Some(one.from), until: Some(one.until) };
                (one.id, mandate)
            });
            for prompt in mandates(&held.collect::<BTreeMap<_, _>>(), since.today) {
                self.prompt(&prompt, since);
            }
        }
        if ANSWERING.contains(&role) {
            self.requests(runtime, own, since).await?;
        }
        Ok(())
    }

    async fn requests(&mut self, runtime: &Runtime, own: Uuid, since: &Since) -> Result<(), BoxError> {
        let sql = "select count(*), count(*) filter (where sent_at > $2) from read.received_requests
                   where received_by = $1 and awaiting and not exists (
                       select from read.limited_cases one where one.case_id = received_requests.case_id)";
        let client = runtime.machinery.get().await?;
        let statement = client.prepare_cached(sql).await?;
        let row = client.query_one(&statement, &[&own, &since.position]).await?;
        let (all, new): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
        self.requests += u32::try_from(all)?;
        self.news |= new > 0;
        Ok(())
    }

    fn prompt(&mut self, prompt: &Prompt, since: &Since) {
        *self.prompts.entry(prompt.what).or_default() += 1;
        self.news |= prompt.on > since.told_on;
    }
}

/// How the contract calls it; nothing when it has no word for it.
fn kind_of(call: Call) -> Option<PromptKind> {
    Some(match call {
        Call::EmergencyToReview | Call::ValidationWaits => return None,
        Call::AnswerOverdue => PromptKind::ANSWER_OVERDUE,
        Call::EmployerSilent => PromptKind::EMPLOYER_SILENT,
        Call::ReviewMissing => PromptKind::REVIEW_MISSING,
        Call::CheckInDue => PromptKind::CHECK_IN_DUE,
        Call::PassEnds => PromptKind::PASS_ENDS,
        Call::ConvergenceFollowUp => PromptKind::CONVERGENCE_FOLLOW_UP,
        Call::DiagnosticExpires => PromptKind::DIAGNOSTIC_EXPIRES,
        Call::AgreementEnds => PromptKind::AGREEMENT_ENDS,
        Call::AppointmentUntold => PromptKind::APPOINTMENT_UNTOLD,
        Call::RectificationWaits => PromptKind::RECTIFICATION_WAITS,
        Call::ObjectionWaits => PromptKind::OBJECTION_WAITS,
        Call::ErasureWaits => PromptKind::ERASURE_WAITS,
        Call::NoContact => PromptKind::NO_CONTACT,
        Call::MandateEnds => PromptKind::MANDATE_ENDS,
    })
}
