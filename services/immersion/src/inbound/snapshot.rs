//! A convention as the tool showed it, with nothing left that must not be kept.

use std::fmt;

use contracts::{Word, common::v1::OrganisationKind};
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use service::Day;
use utoipa::ToSchema;
use uuid::Uuid;
use vocabulary::clock::day_in_paris;

use crate::domain::{
    ImmersionObject, OutsideOrganisation, Party, ReviewOutcome,
    aggregate::Frame,
    commands::{Details, Terms},
    rules,
};

/// How far the convention is, in the tool's own words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    /// Submitted, nobody has signed.
    ReadyToSign,
    /// Some have signed.
    PartiallySigned,
    /// All have signed, the agency reads it.
    InReview,
    /// A counsellor agreed.
    AcceptedByCounsellor,
    /// A validator agreed.
    AcceptedByValidator,
    /// The agency refused.
    Rejected,
    /// Cancelled after its validation.
    Cancelled,
    /// Nobody answered in time.
    Deprecated,
}

impl Status {
    /// From the tool's word; nothing when it is a word of later times.
    pub fn read(word: &str) -> Option<Self> {
        use serde::de::{IntoDeserializer, value::Error};
        let deserializer: serde::de::value::StrDeserializer<'_, Error> = word.into_deserializer();
        Self::deserialize(deserializer).ok()
    }

    /// The tool's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::ReadyToSign => "READY_TO_SIGN",
            Self::PartiallySigned => "PARTIALLY_SIGNED",
            Self::InReview => "IN_REVIEW",
            Self::AcceptedByCounsellor => "ACCEPTED_BY_COUNSELLOR",
            Self::AcceptedByValidator => "ACCEPTED_BY_VALIDATOR",
            Self::Rejected => "REJECTED",
            Self::Cancelled => "CANCELLED",
            Self::Deprecated => "DEPRECATED",
        }
    }

    /// Nothing is decided yet.
    pub fn is_open(self) -> bool {
        matches!(
            self,
            Self::ReadyToSign | Self::PartiallySigned | Self::InReview | Self::AcceptedByCounsellor
        )
    }
}

/// An agency of the tool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Agency {
    /// Its id there.
    pub reference: String,
    /// Its SIRET; empty when unknown.
    pub siret: String,
    /// Its kind, when the tool's word has one here.
    pub kind: Option<Word<OrganisationKind>>,
    /// Whether agencies of its kind prescribe by themselves; unknown for the SIAE, whose kind is not told.
    pub prescribes: Option<bool>,
}

impl Agency {
    pub(super) fn stated(&self) -> OutsideOrganisation {
        OutsideOrganisation {
            reference: self.reference.clone(),
            siret: self.siret.clone(),
            kind: self.kind.map(|kind| kind.0).unwrap_or_default().into(),
            ..Default::default()
        }
    }
}

/// Someone who must sign, and when they did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Signatory {
    /// Who.
    pub party: Word<Party>,
    /// The instant of the signature.
    #[schema(value_type = Option<String>)]
    pub signed_at: Option<Timestamp>,
}

/// The bilan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Assessment {
    /// How it went.
    pub outcome: Word<ReviewOutcome>,
    /// Whether a job follows, when it was asked.
    pub hired: Option<bool>,
    /// When it was written.
    pub created_on: Option<Day>,
    /// When the person answered it: an answer, not an agreement.
    pub answered_on: Option<Day>,
}

/// What is kept of a notification.
#[derive(Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Snapshot {
    /// The convention's id in the tool.
    pub reference: Uuid,
    /// When the tool last changed it.
    #[schema(value_type = String)]
    pub updated_at: Timestamp,
    /// How far it is.
    pub status: Status,
    /// Why, when it was refused, cancelled or dropped.
    pub justification: String,
    /// When it was submitted, for the first of a series.
    pub submitted_on: Option<Day>,
    /// Dates and hours.
    pub terms: Terms,
    /// Its object; nothing when the tool's word is unknown here.
    pub object: Option<Word<ImmersionObject>>,
    /// Who must sign and who did.
    pub signatories: Vec<Signatory>,
    /// When a counsellor agreed.
    #[schema(value_type = Option<String>)]
    pub approved_at: Option<Timestamp>,
    /// When a validator agreed.
    #[schema(value_type = Option<String>)]
    pub validated_at: Option<Timestamp>,
    /// The earlier convention, by its id in the tool.
    pub renewed_from: Option<Uuid>,
    /// Why it was renewed.
    pub renewal_justification: String,
    /// Who prescribes.
    pub prescriber: Agency,
    /// Who accompanies, when another agency prescribes for it.
    pub accompanying: Option<Agency>,
    /// What the immersion is made of.
    pub details: Details,
    /// The bilan.
    pub assessment: Option<Assessment>,
    /// Whether the tool lets this host welcome nobody any more.
    pub banned: bool,
}

// Sealed or forgotten, never in a log.
impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Snapshot")
            .field("reference", &self.reference)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

impl Snapshot {
    pub(super) fn frame(&self) -> Frame {
        self.terms.frame()
    }

    /// The day of the last change, in Paris.
    pub(super) fn updated_on(&self) -> Date {
        day_in_paris(self.updated_at)
    }

    /// Who signed, first to last.
    pub(super) fn signed(&self) -> Vec<(Party, Timestamp)> {
        let signed = self.signatories.iter().filter_map(|who| Some((who.party.0, who.signed_at?)));
        let mut signed: Vec<_> = signed.collect();
        signed.sort_by_key(|(party, at)| (*at, *party as i32));
        signed
    }

    /// An edit came before every signature that stands.
    pub(super) fn edited_on(&self) -> Date {
        let first = self.signed().first().map(|(_, at)| day_in_paris(*at));
        first.map_or(self.updated_on(), |first| first.min(self.updated_on()))
    }

    /// Whether the status shows that everyone signed.
    pub(super) fn proves_full_signature(&self) -> bool {
        match self.status {
            Status::InReview | Status::AcceptedByCounsellor | Status::AcceptedByValidator => true,
            Status::Cancelled => self.validated_at.is_some(),
            _ => false,
        }
    }

    /// Our strict rules that its dates and hours depart from.
    pub(super) fn departures(&self) -> impl Iterator<Item = &'static str> + use<> {
        rules::departures(&self.frame()).into_iter().map(|rule| rule.id)
    }
}

/// Who the convention is about: serves to recognise the person, and is kept nowhere but aside, sealed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Family name.
    pub family_name: String,
    /// Given name.
    pub given_name: String,
    /// Birth date; nothing when the tool did not know it.
    pub birth_date: Option<Date>,
}

impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Person").finish_non_exhaustive()
    }
}
