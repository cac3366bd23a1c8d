//! A live status looked at on a day: what is under way, what comes next. Nothing here is stored, so
//! that no night makes it wrong.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::views::status::{
    Diagnostic, Employment, Immersion, ImmersionState, MatchState, Obstacles, PrescriptionState, Status,
};

/// What a date to come is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// Last day an answer is awaited, to a prescription or from an employer.
    AnswerDue,
    /// First day of an immersion.
    ImmersionStarts,
    /// Last day of an immersion.
    ImmersionEnds,
    /// Last day of a contract.
    EmploymentEnds,
    /// Last day the diagnostic can be relied upon.
    DiagnosticExpires,
    /// Last day of the eligibility to the insertion par l’activité économique.
    EligibilityExpires,
    /// An appointment.
    Appointment,
    /// A check-in with someone who began to work.
    CheckIn,
    /// The next review of how things stand.
    Review,
    /// Last day of an agreement to share.
    AgreementEnds,
    /// Last day of the PASS IAE.
    PassEnds,
    /// Last day foreseen of an activity.
    ActivityEnds,
    /// Last day of a rest in the follow-up.
    PauseEnds,
}

impl What {
    /// In French.
    pub const fn text(self) -> &'static str {
        match self {
            Self::AnswerDue => "réponse attendue",
            Self::ImmersionStarts => "début d’immersion",
            Self::ImmersionEnds => "fin d’immersion",
            Self::EmploymentEnds => "fin de contrat",
            Self::DiagnosticExpires => "fin de validité du diagnostic",
            Self::EligibilityExpires => "fin de l’éligibilité IAE",
            Self::Appointment => "rendez-vous",
            Self::CheckIn => "point de maintien dans l’emploi",
            Self::Review => "prochain bilan",
            Self::AgreementEnds => "fin d’un accord de partage",
            Self::PassEnds => "fin du PASS IAE",
            Self::ActivityEnds => "fin d’une activité",
            Self::PauseEnds => "fin de la pause",
        }
    }
}

/// A date that comes; only an answer can be awaited beyond its day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
pub struct NextDate {
    /// The day.
    #[schema(value_type = String, format = Date)]
    pub on: Date,
    /// What it is about.
    pub what: What,
    /// The aggregate it is about.
    pub about: Option<Uuid>,
    /// Whether it is past.
    pub passed: bool,
}

/// The dates that come, soonest first.
pub fn next_dates(status: &Status, today: Date) -> Vec<NextDate> {
    let mut dates = Vec::new();
    if !status.open {
        return dates;
    }
    let mut add = |on: Option<Date>, what, about| {
        dates.extend(on.map(|on| NextDate { on, what, about, passed: on < today }));
    };
    for (id, one) in status.prescriptions.iter().filter(|(_, one)| one.state.is_awaiting()) {
        add(one.answer_due_on, What::AnswerDue, Some(*id));
    }
    for (id, one) in status.matches.iter().filter(|(_, one)| one.state == MatchState::PutForward) {
        add(one.answer_due_on, What::AnswerDue, Some(*id));
    }
    for (id, one) in status.immersions() {
        if one.state.is_planned() {
            add(one.starts_on.filter(|day| *day >= today), What::ImmersionStarts, Some(*id));
        } else if one.state == ImmersionState::Started {
            add(one.ends_on.filter(|day| *day >= today), What::ImmersionEnds, Some(*id));
        }
    }
    for (id, one) in status.employments.iter().filter(|(_, one)| one.ended_on.is_none()) {
        add(one.ends_on.filter(|day| *day >= today), What::EmploymentEnds, Some(*id));
    }
    let diagnostic = status.diagnostic().and_then(|one| one.valid_until).filter(|day| *day >= today);
    add(diagnostic, What::DiagnosticExpires, None);
    let eligibility = status.eligibility.as_ref().and_then(|one| one.valid_until).filter(|day| *day >= today);
    add(eligibility, What::EligibilityExpires, None);
    around(status, today, &mut add);
    dates.sort();
    dates
}

/// What comes beside diagnostics, prescriptions and contracts.
fn around(status: &Status, today: Date, add: &mut impl FnMut(Option<Date>, What, Option<Uuid>)) {
    let to_come = |day: &Date| *day >= today;
    for (id, one) in &status.appointments {
        add(one.day.filter(to_come), What::Appointment, Some(*id));
    }
    for (id, one) in &status.employments {
        let next = one.check_ins_to_hold().map(|(_, day)| day).find(to_come);
        add(next.filter(|_| one.suspended_since.is_none()), What::CheckIn, Some(*id));
    }
    add(status.review.as_ref().and_then(|one| one.next_on).filter(to_come), What::Review, None);
    for (id, one) in &status.agreements {
        add(one.until.filter(to_come), What::AgreementEnds, Some(*id));
    }
    if let Some((id, pass)) = status.pass() {
        add(pass.ends_on.filter(to_come), What::PassEnds, Some(id));
    }
    for (id, one) in status.activities.iter().filter(|(_, one)| one.is_under_way()) {
        add(one.planned_until.filter(to_come), What::ActivityEnds, Some(*id));
    }
    add(status.pause.and_then(|pause| pause.until).filter(to_come), What::PauseEnds, None);
}

/// A status in short: one line of a board.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct Short {
    /// The diagnostic that can be relied upon the longest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub diagnostic: Option<Diagnostic>,
    /// How many prescriptions in each state.
    #[schema(value_type = std::collections::HashMap<String, usize>)]
    pub prescriptions: BTreeMap<PrescriptionState, usize>,
    /// When the oldest of those that await an answer was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub awaiting_since: Option<Date>,
    /// The immersion under way, or the next one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub immersion: Option<Immersion>,
    /// How many immersions took place.
    pub immersions_done: usize,
    /// The contract under way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub employment: Option<Employment>,
    /// How many contracts are over.
    pub employments_done: usize,
    /// Obstacles, counted.
    pub obstacles: Obstacles,
    /// How many activities are under way.
    pub activities: usize,
    /// The person does not wish to work for now.
    pub not_for_now: bool,
    /// The follow-up rests.
    pub paused: bool,
    /// The first of the dates to come.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<NextDate>,
}

impl Short {
    /// That status, that day.
    pub fn of(status: &Status, today: Date) -> Self {
        let mut prescriptions = BTreeMap::new();
        for one in status.prescriptions.values() {
            *prescriptions.entry(one.state).or_insert(0) += 1;
        }
        let awaiting = status.prescriptions.values().filter(|one| one.state.is_awaiting());
        Self {
            diagnostic: status.diagnostic().cloned(),
            prescriptions,
            awaiting_since: awaiting.filter_map(|one| one.sent_on).min(),
            immersion: immersion(status, today).cloned(),
            immersions_done: status.immersions().filter(|(_, one)| one.state.is_past()).count(),
            employment: employment(status).cloned(),
            employments_done: status.employments.values().filter(|one| one.ended_on.is_some()).count(),
            obstacles: status.obstacles(),
            activities: status.activities.values().filter(|one| one.is_under_way()).count(),
            not_for_now: status.is_not_for_now(),
            paused: status.is_paused(today),
            next: next_dates(status, today).into_iter().next(),
        }
    }

    /// How many prescriptions await an answer.
    pub fn awaiting(&self) -> usize {
        self.prescriptions.iter().filter(|(state, _)| state.is_awaiting()).map(|(_, count)| count).sum()
    }
}

/// The immersion under way; else the next one that is planned.
fn immersion(status: &Status, today: Date) -> Option<&Immersion> {
    let all = || status.immersions().map(|(_, one)| one);
    let under_way = all().filter(|one| one.state == ImmersionState::Started);
    let planned = all().filter(|one| {
        one.state.is_planned()
            && one.starts_on.is_none_or(|day| vocabulary::dates::days_between(day, today) <= 31)
    });
    under_way.max_by_key(|one| one.starts_on).or_else(|| planned.min_by_key(|one| one.starts_on))
}

/// The contract under way that began last.
fn employment(status: &Status) -> Option<&Employment> {
    let under_way = status.employments.values().filter(|one| one.ended_on.is_none());
    under_way.max_by_key(|one| one.started_on)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::views::status::{Eligibility, Prescription};

    fn awaiting(due: Date) -> Prescription {
        Prescription {
            state: PrescriptionState::Sent,
            sent_on: Some(due.saturating_sub(jiff::ToSpan::days(60))),
            answer_due_on: Some(due),
            ..Prescription::default()
        }
    }

    #[test]
    fn only_an_answer_is_awaited_beyond_its_day() {
        let today = date(2026, 11, 23);
        let yesterday = date(2026, 11, 22);
        let status = Status {
            open: true,
            prescriptions: [(Uuid::from_u128(1), awaiting(yesterday))].into(),
            eligibility: Some(Eligibility { valid_until: Some(yesterday), ..Eligibility::default() }),
            employments: [(Uuid::from_u128(2), Employment { ends_on: Some(today), ..Employment::default() })]
                .into(),
            ..Status::default()
        };
        let dates = next_dates(&status, today);
        assert_eq!(
            dates.iter().map(|one| (one.what, one.passed)).collect::<Vec<_>>(),
            [(What::AnswerDue, true), (What::EmploymentEnds, false),]
        );
        assert!(next_dates(&Status { open: false, ..status }, today).is_empty());
    }

    #[test]
    fn an_immersion_under_way_comes_before_one_that_is_planned() {
        let today = date(2026, 11, 23);
        let at = |state, day| Immersion { state, starts_on: Some(day), ..Immersion::default() };
        let mut status = Status {
            open: true,
            immersions: [
                (Uuid::from_u128(1), at(ImmersionState::Validated, date(2026, 12, 1))),
                (Uuid::from_u128(2), at(ImmersionState::Drafted, date(2025, 1, 1))),
                (Uuid::from_u128(3), at(ImmersionState::Ended, date(2026, 1, 1))),
            ]
            .into(),
            ..Status::default()
        };
        let short = Short::of(&status, today);
        assert_eq!(short.immersion.as_ref().map(|one| one.state), Some(ImmersionState::Validated));
        assert_eq!(short.immersions_done, 1);
        status.immersions.insert(Uuid::from_u128(4), at(ImmersionState::Started, date(2026, 11, 20)));
        assert_eq!(Short::of(&status, today).immersion.map(|one| one.state), Some(ImmersionState::Started));
    }
}
