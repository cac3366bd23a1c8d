//! What is asked to be erased, and what must be kept: folded from the facts of a case, from `trace` fields only.

use std::collections::BTreeMap;

use contracts::{
    Class,
    buffa::Enumeration as _,
    case::v1::{ForgettingRequested, LegalHoldPlaced, PersonForgotten, PersonalClass},
    events::Case,
};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use vocabulary::dates::parse;

use crate::known::class_of;

/// The facts in which the person was seen or heard: the time of retention counts from the last one.
pub const CONTACTS: &[&str] = &[
    "CaseOpened",
    "CaseReopened",
    "AgreementGiven",
    "WishExpressed",
    "WishRevised",
    "ActivityStarted",
    "AttendanceRecorded",
    "AppointmentHeld",
    "ReviewHeld",
    "DiagnosticStarted",
    "ProfessionalSituationAssessed",
    "SocialSituationAssessed",
    "SkillIdentified",
    "DiagnosticCompleted",
    "PrescriptionSent",
    "PrescriptionStarted",
    "ImmersionStarted",
    "ImmersionEnded",
    "EmploymentStarted",
    "CheckInHeld",
    "MatchAccepted",
    "MatchDeclined",
    "GatheringAttended",
];

/// Where a request to erase stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It waits for another professional.
    #[default]
    Asked,
    /// Enough agree: it is carried out from its day on.
    Approved,
    /// A legal hold stopped it; the data are closed, and kept.
    Suspended,
    /// The data are closed, their keys are being destroyed.
    Begun,
    /// The keys are destroyed, a store could not be purged yet.
    Incomplete,
    /// The data are erased everywhere.
    Done,
    /// A professional did not agree.
    Declined,
    /// It was taken back, or is no longer due.
    Withdrawn,
}

impl Standing {
    /// Whether it may still lead to an erasure.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Asked | Self::Approved | Self::Suspended | Self::Begun | Self::Incomplete)
    }

    /// Whether someone may still take it back.
    pub const fn is_revocable(self) -> bool {
        matches!(self, Self::Asked | Self::Approved)
    }
}

/// A professional, by the post they act from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Voice {
    /// The post.
    pub post_id: Option<Uuid>,
    /// Who holds it.
    pub professional_id: Option<Uuid>,
}

impl Voice {
    /// Whether both are of the same person.
    pub fn is(&self, other: &Voice) -> bool {
        match (self.professional_id, other.professional_id) {
            (Some(one), Some(other)) => one == other,
            _ => self.post_id == other.post_id,
        }
    }

    fn of(post: &str, professional: &str) -> Option<Self> {
        let voice = Self { post_id: post.parse().ok(), professional_id: professional.parse().ok() };
        (voice != Self::default()).then_some(voice)
    }
}

/// A request to erase.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Forgetting {
    /// The classes of data.
    #[serde(with = "names")]
    pub classes: Vec<Class>,
    /// Why, by its code.
    pub ground: String,
    /// The rule of retention whose time is over.
    pub rule_id: String,
    /// From which day it may be carried out.
    pub due_on: Option<Date>,
    /// When it was asked.
    pub asked_on: Option<Date>,
    /// Who asked; nobody when the clock did.
    pub asked_by: Option<Voice>,
    /// Who agreed, who asked included.
    pub voices: Vec<Voice>,
    /// How many must.
    pub needed: u32,
    /// Where it stands.
    pub standing: Standing,
    /// The day it came there.
    pub since: Option<Date>,
    /// The legal hold that stopped it.
    pub held_by: Option<Uuid>,
    /// The day from which no backup can be read either, once the keys are destroyed.
    pub backups_mute_on: Option<Date>,
    /// The stores that could not be reached yet.
    pub unreached: Vec<String>,
}

impl Forgetting {
    /// Whether the time of a rule asks for it, and nobody else.
    pub fn is_retention(&self) -> bool {
        !self.rule_id.is_empty()
    }

    /// Whether it is about the whole person.
    pub fn is_whole(&self) -> bool {
        self.classes.len() == Class::PERSONAL.len()
    }

    /// Whether the same class may be recorded anew afterwards: the person goes on being followed, only what was
    /// due ended.
    pub fn is_renewable(&self) -> bool {
        self.is_retention() && !self.is_whole()
    }
}

/// An obligation to keep.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Hold {
    /// Why, by its code.
    pub ground: String,
    /// Since when.
    pub placed_on: Option<Date>,
    /// Last day, included.
    pub until: Option<Date>,
    /// Whether it was lifted before.
    pub lifted: bool,
}

impl Hold {
    /// Whether it holds that day.
    pub fn holds_on(&self, day: Date) -> bool {
        !self.lifted && self.until.is_some_and(|until| day <= until)
    }
}

/// Everything of a case that is about erasing and keeping.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Forgettings {
    /// The requests, by id.
    pub requests: BTreeMap<Uuid, Forgetting>,
    /// The obligations to keep, by id.
    pub holds: BTreeMap<Uuid, Hold>,
    /// Until when data of a class are needed, as last said.
    pub needs: BTreeMap<String, Date>,
    /// The classes erased for ever.
    #[serde(with = "names")]
    pub erased: Vec<Class>,
}

impl Forgettings {
    /// Folds a fact; those that are about something else change nothing.
    pub fn apply(&mut self, fact: &Case) {
        match fact {
            Case::ForgettingRequested(asked) => self.ask(asked),
            Case::ForgettingApproved(approved) => {
                let voice = Voice::of(&approved.post_id, &approved.professional_id);
                if let Some(one) = self.request(&approved.request_id) {
                    one.voices.extend(voice);
                    if one.voices.len() >= one.needed as usize {
                        (one.standing, one.since) = (Standing::Approved, parse(&approved.approved_on));
                    }
                }
            }
            Case::ForgettingDeclined(declined) => {
                self.comes(&declined.request_id, Standing::Declined, &declined.declined_on);
            }
            Case::ForgettingWithdrawn(gone) => {
                self.comes(&gone.request_id, Standing::Withdrawn, &gone.withdrawn_on);
            }
            Case::ForgettingSuspended(stopped) => {
                self.comes(&stopped.request_id, Standing::Suspended, &stopped.suspended_on);
                if let Some(one) = self.request(&stopped.request_id) {
                    one.held_by = stopped.hold_id.parse().ok();
                }
            }
            Case::ForgettingBegun(begun) => self.comes(&begun.request_id, Standing::Begun, &begun.begun_on),
            Case::ForgettingCompleted(done) => {
                self.comes(&done.request_id, Standing::Done, &done.completed_on);
                if let Some(one) = self.request(&done.request_id) {
                    one.unreached.clear();
                }
            }
            Case::PersonForgotten(forgotten) => self.forget(forgotten),
            other => self.keep(other),
        }
    }

    fn keep(&mut self, fact: &Case) {
        match fact {
            Case::LegalHoldPlaced(placed) => self.hold(placed),
            Case::LegalHoldLifted(lifted) => {
                if let Some(hold) = lifted.hold_id.parse().ok().and_then(|id: Uuid| self.holds.get_mut(&id)) {
                    hold.lifted = true;
                }
            }
            Case::DataNeedStated(stated) => {
                let class = stated.class.as_known().and_then(class_of);
                if let (Some(class), Some(until)) = (class, parse(&stated.needed_until)) {
                    self.needs.insert(class.name().to_owned(), until);
                }
            }
            _ => {}
        }
    }

    fn ask(&mut self, asked: &ForgettingRequested) {
        let Ok(id) = asked.request_id.parse() else { return };
        let voice = Voice::of(&asked.post_id, &asked.professional_id);
        let request = Forgetting {
            classes: classes(asked.classes.iter().filter_map(|class| class.as_known())),
            ground: asked.ground.as_known().unwrap_or_default().proto_name().to_owned(),
            rule_id: asked.rule_id.clone(),
            due_on: parse(&asked.due_on),
            asked_on: parse(&asked.requested_on),
            asked_by: voice,
            voices: voice.into_iter().collect(),
            needed: asked.voices,
            since: parse(&asked.requested_on),
            ..Forgetting::default()
        };
        self.requests.insert(id, request);
    }

    fn hold(&mut self, placed: &LegalHoldPlaced) {
        let Ok(id) = placed.hold_id.parse() else { return };
        let hold = Hold {
            ground: placed.ground.as_known().unwrap_or_default().proto_name().to_owned(),
            placed_on: parse(&placed.placed_on),
            until: parse(&placed.until_day),
            lifted: false,
        };
        self.holds.insert(id, hold);
    }

    fn forget(&mut self, forgotten: &PersonForgotten) {
        let gone = classes(forgotten.classes.iter().filter_map(|class| class.as_known()));
        self.needs.retain(|class, _| !gone.iter().any(|one| one.name() == class));
        let to = if forgotten.incomplete { Standing::Incomplete } else { Standing::Done };
        self.comes(&forgotten.request_id, to, &forgotten.forgotten_on);
        if let Some(one) = self.request(&forgotten.request_id) {
            one.backups_mute_on = parse(&forgotten.backups_mute_on);
            let missing = forgotten.stores.iter().filter(|store| !store.reached);
            one.unreached = missing.map(|store| store.store.clone()).collect();
        }
        if forgotten.renewable {
            return;
        }
        self.erased.extend(gone);
        self.erased.sort_unstable();
        self.erased.dedup();
        // What was erased for ever answers every other request about it.
        let (erased, on) = (self.erased.clone(), parse(&forgotten.forgotten_on));
        for one in self.requests.values_mut().filter(|one| one.standing.is_revocable()) {
            if one.classes.iter().all(|class| erased.contains(class)) {
                (one.standing, one.since) = (Standing::Done, on);
            }
        }
    }

    fn request(&mut self, id: &str) -> Option<&mut Forgetting> {
        self.requests.get_mut(&id.parse().ok()?)
    }

    fn comes(&mut self, id: &str, to: Standing, on: &str) {
        if let Some(one) = self.request(id) {
            (one.standing, one.since) = (to, parse(on));
        }
    }

    /// The obligation to keep that holds that day, the longest.
    pub fn held_on(&self, day: Date) -> Option<(Uuid, &Hold)> {
        let holding = self.holds.iter().filter(|(_, hold)| hold.holds_on(day));
        holding.max_by_key(|(_, hold)| hold.until).map(|(id, hold)| (*id, hold))
    }

    /// Whether the whole person was forgotten.
    pub fn is_forgotten(&self) -> bool {
        self.erased.len() == Class::PERSONAL.len()
    }
}

/// These classes, in the order of their codes.
pub fn classes(words: impl IntoIterator<Item = PersonalClass>) -> Vec<Class> {
    let mut classes: Vec<Class> = words.into_iter().filter_map(class_of).collect();
    classes.sort_unstable();
    classes.dedup();
    classes
}

/// Classes as their names.
mod names {
    use contracts::Class;
    use serde::{Deserialize as _, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(classes: &[Class], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(classes.iter().map(|class| class.name()))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Class>, D::Error> {
        let names = Vec::<String>::deserialize(deserializer)?;
        let known = |name: &String| Class::PERSONAL.into_iter().find(|class| class.name() == name);
        Ok(names.iter().filter_map(known).collect())
    }
}
