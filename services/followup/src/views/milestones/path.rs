//! What is kept of one path.

use std::collections::{BTreeMap, BTreeSet};

use contracts::EnumValue;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The days of one path that are counted.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Path {
    /// Where the person was hosted, in order.
    pub stays: Vec<Stay>,
    /// When the case was open.
    pub open: Vec<Span>,
    /// When the person wished for something.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub wishes: Vec<Date>,
    /// Everything that was sent, again counted again.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sendings: Vec<Sending>,
    /// Prescriptions that open a right, such as a file at the MDPH.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub rights: BTreeSet<Uuid>,
    /// Immersions that began.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub immersions: BTreeMap<Uuid, Immersed>,
    /// Contracts.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub employments: BTreeMap<Uuid, Worked>,
    /// Activities.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub activities: BTreeMap<Uuid, Active>,
}

/// Some days, the last one included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Span {
    /// The first.
    pub from: Option<Date>,
    /// The last; nothing when it goes on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
}

impl Span {
    /// Whether it has a day between these two, both included.
    pub fn meets(&self, from: Date, to: Date) -> bool {
        self.from.is_some_and(|first| first <= to) && self.until.is_none_or(|last| last >= from)
    }

    /// Whether that day is in it.
    pub fn holds(&self, day: Date) -> bool {
        self.meets(day, day)
    }
}

/// Days in a structure.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Stay {
    /// The structure that hosts the person.
    pub structure_id: Uuid,
    /// The platform that shares the case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform_id: Option<Uuid>,
    /// The kind of that structure when the person came, by its code.
    pub device: String,
    /// When.
    pub span: Span,
}

/// What became of a sending.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Yes.
    Accepted,
    /// No, this time.
    Refused,
    /// Nothing came in time.
    Unanswered,
    /// Taken back, or without purpose: nobody had to answer any more.
    Dropped,
}

/// A sending.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Sending {
    /// The prescription.
    pub id: Uuid,
    /// Who answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub addressee_id: Option<Uuid>,
    /// When it was sent.
    pub sent_on: Option<Date>,
    /// Last day an answer is awaited.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_on: Option<Date>,
    /// What became of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// When.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_on: Option<Date>,
}

impl Sending {
    /// Whether an answer came, yes or no.
    pub fn is_answered(&self) -> bool {
        matches!(self.outcome, Some(Outcome::Accepted | Outcome::Refused))
    }

    /// Whether it is counted among those that could have been answered by that day.
    pub fn is_counted(&self, today: Date) -> bool {
        match self.outcome {
            Some(Outcome::Dropped) => false,
            Some(_) => true,
            None => self.due_on.is_some_and(|due| due < today),
        }
    }
}

/// An immersion that began.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Immersed {
    /// The host, when Jalon knows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host_id: Option<Uuid>,
    /// When it took place.
    pub span: Span,
    /// When its review was held.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reviewed_on: Option<Date>,
    /// Whether the review says that the person was hired.
    pub hired: bool,
    /// The convention of another tool that it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub same_as: Option<Uuid>,
}

/// A contract.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Worked {
    /// The employer, when Jalon knows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub employer_id: Option<Uuid>,
    /// When.
    pub span: Span,
    /// The convention or the prescription it came from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub came_from: Option<Uuid>,
}

/// An activity.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Active {
    /// Code of its kind.
    pub kind: String,
    /// When.
    pub span: Span,
    /// Time spent, in minutes, by day or month.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub minutes: BTreeMap<Date, u32>,
}

impl Path {
    /// Whether the person was followed on that platform between these days.
    pub fn is_followed(&self, platform: Uuid, from: Date, to: Date) -> bool {
        let on_platform = self.stays.iter().filter(|stay| stay.platform_id == Some(platform));
        let mut shared = on_platform.filter(|stay| stay.span.meets(from, to));
        shared.next().is_some() && self.open.iter().any(|span| span.meets(from, to))
    }

    /// The kind of structure that hosted the person last, among the days they were shared on that platform between
    /// these two: each person is counted in one.
    pub fn device(&self, platform: Uuid, from: Date, to: Date) -> &str {
        let stays = self.stays.iter().rev().filter(|stay| stay.platform_id == Some(platform));
        stays
            .filter(|stay| stay.span.meets(from, to))
            .map(|stay| stay.device.as_str())
            .next()
            .unwrap_or_default()
    }

    /// Whether that structure hosted the person that day. What was known before the opening belongs to who
    /// opened.
    pub fn is_hosted_by(&self, structure: Uuid, day: Date) -> bool {
        let before = self.stays.first().filter(|stay| stay.span.from.is_some_and(|from| day < from));
        let then = self.stays.iter().rev().find(|stay| stay.span.holds(day));
        before.or(then).is_some_and(|stay| stay.structure_id == structure)
    }

    /// The immersions that count: one that another tool tells of too counts as that tool tells it.
    pub fn immersions(&self) -> impl Iterator<Item = (&Uuid, &Immersed)> {
        self.immersions.iter().filter(|(_, one)| one.same_as.is_none())
    }

    /// The first day of the person in a situation of work.
    pub fn first_at_work(&self, after: Date) -> Option<Date> {
        let immersions = self.immersions().map(|(_, one)| one.span);
        let contracts = self.employments.values().map(|one| one.span);
        immersions.chain(contracts).filter_map(|span| span.from).filter(|day| *day >= after).min()
    }
}

/// The text of a word of the contracts, as it is kept.
pub(super) fn code<E: contracts::buffa::Enumeration>(word: EnumValue<E>) -> String {
    word.as_known().map(|known| known.proto_name().to_owned()).unwrap_or_default()
}
