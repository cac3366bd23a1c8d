//! What the rules of a convention must know of its past.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use service::Domain;
use uuid::Uuid;
use vocabulary::dates;

use super::*;

/// The aggregate.
#[derive(Debug)]
pub struct Convention;

/// How far it is on paper.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stage {
    /// Written, signed or not; nobody has validated it yet.
    #[default]
    Open,
    /// A counsellor agreed, the validation waits.
    Approved,
    /// The prescriber validated it.
    Validated,
    /// The prescriber said no.
    Rejected,
    /// It will not take place, or not further.
    Cancelled,
    /// Nobody answered in time.
    Lapsed,
}

impl Stage {
    /// Nothing more is expected of it: another convention may be written.
    pub fn is_closed(self) -> bool {
        matches!(self, Self::Rejected | Self::Cancelled | Self::Lapsed)
    }
}

/// Dates and hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame {
    /// First day.
    pub starts_on: Date,
    /// Last day, included.
    pub ends_on: Date,
    /// Days of presence.
    pub presence_days: u32,
    /// Minutes a week.
    pub weekly_minutes: u32,
}

impl Frame {
    /// From a fact.
    pub fn of(terms: &Terms) -> Option<Self> {
        Some(Self {
            starts_on: dates::parse(&terms.starts_on)?,
            ends_on: dates::parse(&terms.ends_on)?,
            presence_days: terms.presence_days,
            weekly_minutes: terms.weekly_minutes,
        })
    }

    /// As a fact says it.
    pub fn stated(&self) -> Terms {
        Terms {
            starts_on: self.starts_on.to_string(),
            ends_on: self.ends_on.to_string(),
            presence_days: self.presence_days,
            weekly_minutes: self.weekly_minutes,
            ..Default::default()
        }
    }
}

/// A signature that stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// Who signed.
    pub party: Party,
    /// When.
    pub on: Option<Date>,
    /// The instant, when another tool said it; empty otherwise.
    pub at: String,
}

/// A review.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Review {
    /// How it went.
    pub outcome: ReviewOutcome,
    /// What followed.
    pub hired: Hired,
    /// When it was written.
    pub on: Option<Date>,
    /// When the person answered it.
    pub answered_on: Option<Date>,
}

/// What another tool last said of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heard {
    /// The newest version heard of.
    pub version: String,
    /// Digest of the last content applied.
    pub digest: String,
    /// Digest of the last details.
    pub details_digest: String,
    /// Whether a review was there.
    pub reviewed: bool,
}

/// Its state.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// PMSMP, or a structure's own.
    pub kind: ConventionKind,
    /// Its one object.
    pub object: ImmersionObject,
    /// Its dates and hours; nothing before it is drafted.
    pub frame: Option<Frame>,
    /// Host, prescriber, accompanying structure, as far as Jalon knows them.
    pub host_id: Option<Uuid>,
    /// See `host_id`.
    pub prescriber_id: Option<Uuid>,
    /// See `host_id`.
    pub accompanying_id: Option<Uuid>,
    /// The prescriber and the accompanying structure, by their reference in another tool.
    pub outside: (String, String),
    /// The earlier convention it renews.
    pub renews: Option<Uuid>,
    /// Who must sign.
    pub signatories: Vec<Party>,
    /// Who did.
    pub signatures: Vec<Signature>,
    /// Every signature another tool ever told: party and instant. None is told twice.
    pub told_signatures: BTreeSet<(i32, String)>,
    /// Whether everyone signed.
    pub fully_signed: bool,
    /// How far it is on paper.
    pub stage: Stage,
    /// The day the first reading agreed.
    pub approved_on: Option<Date>,
    /// The day it was validated.
    pub validated_on: Option<Date>,
    /// First day, once it came.
    pub started_on: Option<Date>,
    /// Whether it stopped before its last day.
    pub interrupted: bool,
    /// Whether its last day passed.
    pub ended: bool,
    /// Its review.
    pub review: Option<Review>,
    /// What another tool said; nothing when it was typed here.
    pub heard: Option<Heard>,
    /// Every content of that tool seen, with its version.
    pub seen: BTreeMap<String, String>,
    /// Divergences noted.
    pub divergences: BTreeSet<String>,
    /// The convention of another tool that it is: it counts no more by itself.
    pub same_as: Option<Uuid>,
    /// Those it was taken for, and is not.
    pub told_apart: BTreeSet<Uuid>,
}

impl State {
    /// The state that these facts make.
    pub fn of(facts: impl IntoIterator<Item = Event>) -> Self {
        facts.into_iter().fold(Self::default(), Convention::apply)
    }

    /// Whether that party's signature stands.
    pub fn has_signed(&self, party: Party) -> bool {
        self.signatures.iter().any(|signature| signature.party == party)
    }

    /// Who has not signed yet.
    pub fn missing(&self) -> Vec<Party> {
        self.signatories.iter().copied().filter(|party| !self.has_signed(*party)).collect()
    }

    /// Whether the prescriber must validate it before it begins: a PMSMP, and whatever another tool tells of.
    pub fn awaits_validation(&self) -> bool {
        (self.kind == ConventionKind::PMSMP || self.heard.is_some()) && self.stage != Stage::Validated
    }

    fn void_signatures(&mut self) {
        self.signatures.clear();
        self.fully_signed = false;
        self.stage = Stage::Open;
        self.approved_on = None;
        self.validated_on = None;
    }
}

/// The parties a fact names.
pub fn parties(stated: &[contracts::EnumValue<Party>]) -> Vec<Party> {
    stated.iter().filter_map(contracts::EnumValue::as_known).collect()
}

impl Domain for Convention {
    type Event = Event;
    type State = State;

    const CALLED: &'static str = "cette convention";

    fn parties(state: &State) -> Vec<Uuid> {
        [state.host_id, state.prescriber_id, state.accompanying_id].into_iter().flatten().collect()
    }

    fn apply(mut state: State, event: Event) -> State {
        match event {
            Event::ConventionDrafted(drafted) => apply_drafted(&mut state, &drafted),
            Event::ConventionAmended(amended) => {
                state.void_signatures();
                state.object = amended.object.as_known().unwrap_or_default();
                state.frame = amended.terms.as_option().and_then(Frame::of).or(state.frame);
                state.signatories = parties(&amended.signatories);
            }
            Event::ConventionCorrected(corrected) => apply_corrected(&mut state, &corrected),
            Event::ConventionSigned(signed) => apply_signed(&mut state, signed),
            Event::ConventionFullySigned(_) => state.fully_signed = true,
            Event::ConventionApproved(approved) => {
                // A first reading may be heard of after the validation.
                if state.stage != Stage::Validated {
                    state.stage = Stage::Approved;
                }
                state.approved_on = dates::parse(&approved.approved_on);
            }
            Event::ConventionValidated(validated) => {
                state.stage = Stage::Validated;
                state.validated_on = dates::parse(&validated.validated_on);
            }
            Event::ConventionRejected(_) => state.stage = Stage::Rejected,
            Event::ConventionCancelled(_) => state.stage = Stage::Cancelled,
            Event::ConventionLapsed(_) => state.stage = Stage::Lapsed,
            Event::ConventionRenewed(renewed) => state.renews = renewed.from_convention_id.parse().ok(),
            Event::ImmersionStarted(started) => state.started_on = dates::parse(&started.started_on),
            Event::ImmersionInterrupted(_) => state.interrupted = true,
            Event::ImmersionEnded(_) => state.ended = true,
            Event::ImmersionReviewed(reviewed) => {
                state.review = Some(Review {
                    outcome: reviewed.outcome.as_known().unwrap_or_default(),
                    hired: reviewed.hired.as_known().unwrap_or_default(),
                    on: dates::parse(&reviewed.reviewed_on),
                    answered_on: dates::parse(&reviewed.person_answered_on),
                });
            }
            Event::ImmersionReviewCorrected(corrected) => {
                state.review = Some(Review {
                    outcome: corrected.outcome.as_known().unwrap_or_default(),
                    hired: corrected.hired.as_known().unwrap_or_default(),
                    on: dates::parse(&corrected.corrected_on),
                    answered_on: state.review.and_then(|before| before.answered_on),
                });
            }
            Event::DivergenceNoted(noted) => state.divergences.extend(noted.about),
            Event::ConventionRecognised(same) => {
                state.same_as = same.same_as_convention_id.parse().ok();
                state.told_apart.retain(|other| state.same_as != Some(*other));
            }
            Event::ConventionToldApart(_) => state.told_apart.extend(state.same_as.take()),
            Event::NotificationReceived(received) => apply_received(&mut state, received),
        }
        state
    }
}

fn apply_drafted(state: &mut State, drafted: &ConventionDrafted) {
    state.kind = drafted.kind.as_known().unwrap_or_default();
    state.object = drafted.object.as_known().unwrap_or_default();
    state.frame = drafted.terms.as_option().and_then(Frame::of);
    state.host_id = drafted.host_id.parse().ok();
    state.prescriber_id = drafted.prescriber_id.parse().ok();
    state.accompanying_id = drafted.accompanying_structure_id.parse().ok();
    state.outside =
        (drafted.outside_prescriber.reference.clone(), drafted.outside_accompanying.reference.clone());
    state.signatories = parties(&drafted.signatories);
    state.renews = drafted.renews_convention_id.parse().ok();
}

fn apply_corrected(state: &mut State, corrected: &ConventionCorrected) {
    state.object =
        corrected.object.as_known().filter(|o| *o != ImmersionObject::default()).unwrap_or(state.object);
    state.frame = corrected.terms.as_option().and_then(Frame::of).or(state.frame);
    if !corrected.signatories.is_empty() {
        state.signatories = parties(&corrected.signatories);
    }
    if let Some(prescriber) = corrected.outside_prescriber.as_option() {
        state.prescriber_id = corrected.prescriber_id.parse().ok();
        state.accompanying_id = corrected.accompanying_structure_id.parse().ok();
        state.outside = (prescriber.reference.clone(), corrected.outside_accompanying.reference.clone());
    }
}

fn apply_signed(state: &mut State, signed: ConventionSigned) {
    let Some(party) = signed.party.as_known() else { return };
    if !signed.signed_at.is_empty() {
        state.told_signatures.insert((signed.party.to_i32(), signed.signed_at.clone()));
    }
    state.signatures.retain(|signature| signature.party != party);
    state.signatures.push(Signature { party, on: dates::parse(&signed.signed_on), at: signed.signed_at });
}

fn apply_received(state: &mut State, received: NotificationReceived) {
    state.seen.insert(received.digest.clone(), received.version.clone());
    if !received.late {
        state.heard = Some(Heard {
            version: received.version,
            digest: received.digest,
            details_digest: received.details_digest,
            reviewed: received.reviewed,
        });
    } else if state.heard.is_none() {
        state.heard = Some(Heard::default());
    }
}
