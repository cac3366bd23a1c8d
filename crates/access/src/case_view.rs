//! What the policy must know of a case, and of the organisation of whoever asks, to decide.

use contracts::{
    Class,
    case::v1::SharingPurpose,
    common::v1::OrganisationKind::{self, *},
};
use jiff::{Timestamp, civil::Date};
use uuid::Uuid;

/// What links whoever asks to a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseView {
    /// The instant it is asked.
    pub now: Timestamp,
    /// Whether the actor's post is in the circle today.
    pub in_circle: bool,
    /// The structure that hosts the person.
    pub structure_id: Uuid,
    /// Whether the actor's organisation is a member of the platform that shares the case.
    pub on_platform: bool,
    /// The actor's organisation.
    pub organisation: Asking,
    /// What the person agreed to share with that organisation.
    pub agreements: Vec<Agreement>,
    /// Until when the actor's post opened the case in an emergency, when it did.
    pub emergency_until: Option<Timestamp>,
    /// The classes whose keys were destroyed.
    pub erased: Vec<Class>,
    /// Whether the actor is the person of this case, by an access that is open today.
    pub own: bool,
    /// Whether its data are kept and otherwise left alone (RGPD, articles 18 and 21).
    pub restricted: bool,
}

impl CaseView {
    /// Nothing links them: also what is known of a case that does not exist.
    pub fn stranger(now: Timestamp) -> Self {
        Self {
            now,
            in_circle: false,
            structure_id: Uuid::nil(),
            on_platform: false,
            organisation: Asking::default(),
            agreements: Vec::new(),
            emergency_until: None,
            erased: Vec::new(),
            own: false,
            restricted: false,
        }
    }
}

/// The organisation of whoever asks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Asking {
    /// Its kind.
    pub kind: OrganisationKind,
    /// Whether it shares professional secrecy.
    pub shares_secrecy: bool,
    /// Whether it may know constraints that come from justice.
    pub judicial: bool,
    /// The mission within which an auditor reads, when they were given one.
    pub mission: Option<Period>,
}

/// Days, from the first to the last, included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// First day.
    pub from: Date,
    /// Last day, included.
    pub until: Date,
}

impl Period {
    /// Whether that day is one of them.
    pub fn holds_on(&self, day: Date) -> bool {
        self.from <= day && day <= self.until
    }
}

/// Where those who work with the persons are held to professional secrecy, as far as the kind of an organisation
/// tells: the structures that host or receive people with social workers (CASF, articles L. 345-1 and L. 411-3),
/// those of care (CSP, L. 1110-4), and the MDPH (CASF, L. 241-10). An OACAS is not among them: a community where
/// people live and work together (CASF, L. 265-1) is no establishment of L. 312-1, and no text holds those who work
/// there to secrecy because they do. Where one has social workers or a convention, an administrator says so.
const SECRECY: &[OrganisationKind] =
    &[CHRS, CHU, HU, CPH, CADA, HUDA, PENSION, OIL, ACCUEIL_DE_JOUR, CSAPA, CAARUD, MDPH];

impl Asking {
    /// An organisation of which nothing is said but its kind. None may know of justice by its kind alone
    /// (RGPD, article 10).
    pub fn of_kind(kind: OrganisationKind) -> Self {
        Self { kind, shares_secrecy: SECRECY.contains(&kind), judicial: false, mission: None }
    }
}

/// An agreement of the person to share, neither withdrawn nor expired.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agreement {
    /// Its id.
    pub id: Uuid,
    /// Whom it is opened to.
    pub organisation_id: Uuid,
    /// Which classes.
    pub classes: Vec<Class>,
    /// For what.
    pub purposes: Vec<SharingPurpose>,
    /// First day.
    pub from: Date,
    /// Last day, included.
    pub until: Date,
}

impl Agreement {
    /// Whether it holds on that day.
    pub fn holds_on(&self, day: Date) -> bool {
        self.from <= day && day <= self.until
    }
}
