//! The way of a notification, from its body to the facts.

use axum::http::StatusCode;
use contracts::common::v1::Source;
use jiff::Timestamp;
use service::{Problem, Reading, Request, Runtime, Target, execute};
use uuid::Uuid;
use vocabulary::dates;

use super::{
    SYSTEM, TOOL,
    apply::{ApplyNotification, state_of},
    aside,
    attach::{self, Owner, Reason, stream_id},
    border::{Cleaned, Ignored, clean},
    facts, index,
    key::IndexKey,
    payload::{self, Read},
    report::{ConventionReport, Outcome, Report},
    snapshot::{Person, Snapshot},
};
use crate::domain::Event;

/// Whether anything is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// It is.
    Apply,
    /// Only what would be is told.
    DryRun,
}

/// Receives a body, now.
///
/// # Errors
/// 400 when it is no notification, 422 when it lacks what is needed, 503 when something does not answer:
/// nothing was written then, or it will be completed when the same body comes again.
pub async fn receive(runtime: &Runtime, body: &[u8], mode: Mode) -> Result<Report, Problem> {
    receive_at(runtime, body, mode, runtime.clock.now()).await
}

/// Receives a body at that instant.
///
/// # Errors
/// As [`receive`].
pub async fn receive_at(
    runtime: &Runtime,
    body: &[u8],
    mode: Mode,
    now: Timestamp,
) -> Result<Report, Problem> {
    let mut report = Report { dry_run: mode == Mode::DryRun, ..Report::default() };
    let convention = match payload::read(body)? {
        Read::Convention(convention, unknown) => {
            report.unknown_fields = unknown;
            *convention
        }
        Read::OtherEvent => {
            report.ignored = Some(Ignored::OtherEvent);
            return Ok(report);
        }
    };
    let (snapshot, person) = match clean(convention, now, &mut report.unknown_values)? {
        Cleaned::Known(snapshot, person) => (*snapshot, person),
        Cleaned::Nothing(ignored) => {
            report.ignored = Some(ignored);
            return Ok(report);
        }
    };
    if !report.unknown_fields.is_empty() || !report.unknown_values.is_empty() {
        let (fields, values) = (report.unknown_fields.join(" "), report.unknown_values.join(" "));
        tracing::info!(fields, values, "a notification of Immersion Facilitée holds what is not known here");
    }
    let intake = Intake { runtime, key: IndexKey::of(&runtime.config)?, mode, now };
    intake.receive(snapshot, person, &mut report).await?;
    Ok(report)
}

/// Attaches all that was kept of a convention to a case, and the conventions that renew it.
///
/// # Errors
/// When the case is unknown, or something does not answer.
pub async fn attach(
    runtime: &Runtime,
    reference: Uuid,
    case_id: Uuid,
    post: Option<Uuid>,
    now: Timestamp,
) -> Result<Report, Problem> {
    let intake = Intake { runtime, key: IndexKey::of(&runtime.config)?, mode: Mode::Apply, now };
    let mut report = Report::default();
    intake.settle(reference, case_id, post, &mut report).await?;
    Ok(report)
}

/// One reception.
struct Intake<'a> {
    runtime: &'a Runtime,
    key: IndexKey,
    mode: Mode,
    now: Timestamp,
}

impl Intake<'_> {
    async fn receive(&self, snapshot: Snapshot, person: Person, report: &mut Report) -> Result<(), Problem> {
        index::wait(self.runtime).await?;
        let known = self.runtime.journal.stream(stream_id(snapshot.reference), 1).await?;
        let owner = match known.first().and_then(|fact| fact.case_id) {
            Some(case_id) => Owner::Case(case_id),
            None => attach::owner(self.runtime, &self.key, &snapshot, &person).await?,
        };
        match owner {
            Owner::Nobody(reason) => self.keep_aside(&snapshot, &person, reason, report).await,
            Owner::Case(case_id) => {
                if self.mode == Mode::Apply {
                    // What came before the person was recognised comes first.
                    self.settle(snapshot.reference, case_id, None, report).await?;
                }
                let done = self.apply(&snapshot, &person, case_id, None).await?;
                report.conventions.push(done);
                if self.mode == Mode::Apply {
                    self.settle_renewals(snapshot.reference, case_id, None, report).await?;
                }
                Ok(())
            }
        }
    }

    async fn keep_aside(
        &self,
        snapshot: &Snapshot,
        person: &Person,
        reason: Reason,
        report: &mut Report,
    ) -> Result<(), Problem> {
        if self.mode == Mode::Apply {
            let digest = self.digest(snapshot, person)?;
            let mut organisations = Vec::new();
            for agency in std::iter::once(&snapshot.prescriber).chain(&snapshot.accompanying) {
                organisations.extend(index::organisation(self.runtime, &agency.siret).await?);
            }
            aside::keep(self.runtime, &digest, (snapshot, person), reason, &organisations, self.now).await?;
        }
        report.conventions.push(ConventionReport::new(snapshot.reference, Outcome::KeptAside(reason)));
        Ok(())
    }

    /// Applies what was kept aside of a convention, oldest first, then of those that renew it.
    async fn settle(
        &self,
        reference: Uuid,
        case_id: Uuid,
        post: Option<Uuid>,
        report: &mut Report,
    ) -> Result<(), Problem> {
        let asides = aside::of(self.runtime, reference).await?;
        if asides.is_empty() {
            return Ok(());
        }
        let reading = Reading::by_system("conventions attached");
        for (snapshot, person) in aside::open(self.runtime, &reading, &asides).await? {
            report.conventions.push(self.apply(&snapshot, &person, case_id, post).await?);
        }
        aside::forget(self.runtime, &asides).await?;
        self.settle_renewals(reference, case_id, post, report).await
    }

    async fn settle_renewals(
        &self,
        reference: Uuid,
        case_id: Uuid,
        post: Option<Uuid>,
        report: &mut Report,
    ) -> Result<(), Problem> {
        for renewing in aside::renewing(self.runtime, reference).await? {
            Box::pin(self.settle(renewing, case_id, post, report)).await?;
        }
        Ok(())
    }

    async fn apply(
        &self,
        snapshot: &Snapshot,
        person: &Person,
        case_id: Uuid,
        post: Option<Uuid>,
    ) -> Result<ConventionReport, Problem> {
        let command = self.command(snapshot, person, case_id, post).await?;
        let id = stream_id(snapshot.reference);
        if self.mode == Mode::DryRun {
            let state = state_of(&self.runtime.journal.stream(id, 1).await?);
            let earlier = match command.renews {
                Some(earlier) => Some(state_of(&self.runtime.journal.stream(earlier, 1).await?)),
                None => None,
            };
            return Ok(ConventionReport::of(
                snapshot.reference,
                &facts::missing(&state, &command, earlier.as_ref()),
            ));
        }
        match self.state(id, case_id, command).await {
            Ok(report) => Ok(report),
            Err(problem) if problem.status == StatusCode::GONE => {
                Ok(ConventionReport::new(snapshot.reference, Outcome::Forgotten))
            }
            Err(problem) => Err(problem),
        }
    }

    /// States what the command proves. Two first notifications of one convention may come at once: the
    /// second one finds the stream that the first began.
    async fn state(
        &self,
        id: Uuid,
        case_id: Uuid,
        command: ApplyNotification,
    ) -> Result<ConventionReport, Problem> {
        let reference = command.snapshot.reference;
        let source = Source {
            system: SYSTEM.into(),
            reference: reference.to_string(),
            version: command.snapshot.updated_at.to_string(),
            ..Default::default()
        };
        let mut begins = self.runtime.journal.stream(id, 1).await?.is_empty();
        loop {
            let known = self.runtime.journal.stream(id, 1).await?;
            let last = state_of(&known).heard.map(|heard| heard.digest).unwrap_or_default();
            // A content may come back after another one: what it follows is part of the key.
            let key = format!("{reference}:{}:{last}", command.digest);
            let request = Request { source: Some(source.clone()), ..Request::keyed(TOOL, &key, self.now) };
            let command_id = request.command_id;
            let target =
                if begins { Target::Named { id, case_id: Some(case_id) } } else { Target::Existing(id) };
            match execute(self.runtime, target, command.clone(), request).await {
                Ok(outcome) => {
                    let facts = self.runtime.journal.stream(id, 1).await?;
                    let stated: Vec<Event> = facts
                        .iter()
                        .filter(|fact| fact.command_id == command_id && !outcome.repeated)
                        .filter_map(|fact| fact.trace().ok())
                        .collect();
                    let mut report = ConventionReport::of(reference, &stated);
                    report.warnings = outcome.warnings.iter().map(|warning| warning.rule).collect();
                    return Ok(report);
                }
                Err(problem) => {
                    let begun = !self.runtime.journal.stream(id, 1).await?.is_empty();
                    if !(begins && begun) {
                        return Err(problem);
                    }
                    begins = false;
                }
            }
        }
    }

    async fn command(
        &self,
        snapshot: &Snapshot,
        person: &Person,
        case_id: Uuid,
        attached_by: Option<Uuid>,
    ) -> Result<ApplyNotification, Problem> {
        let runtime = self.runtime;
        let identity_differs = match runtime.case_standing(case_id).await? {
            Some(case) => attach::differences(runtime, &case, person).await?,
            None => Vec::new(),
        };
        let accompanying = snapshot.accompanying.as_ref().map_or("", |agency| agency.siret.as_str());
        let starts_on = snapshot.terms.starts_on.0;
        Ok(ApplyNotification {
            digest: self.digest(snapshot, person)?,
            details_digest: self.content(&snapshot.details)?,
            host_id: index::organisation(runtime, &snapshot.details.host_siret).await?,
            prescriber_id: index::organisation(runtime, &snapshot.prescriber.siret).await?,
            accompanying_id: index::organisation(runtime, accompanying).await?,
            renews: snapshot.renewed_from.map(stream_id),
            age: person.birth_date.map(|birth| dates::age_on(birth, starts_on)),
            identity_differs,
            attached_by,
            snapshot: snapshot.clone(),
        })
    }

    /// Digest of all that is kept or compared: the person's contacts, reminders and the like have no part in it.
    fn digest(&self, snapshot: &Snapshot, person: &Person) -> Result<String, Problem> {
        self.content(&(snapshot, person))
    }

    fn content(&self, content: &impl serde::Serialize) -> Result<String, Problem> {
        self.key.content(content).map_err(|error| Problem::internal(&error))
    }
}
