//! From what is known of a convention, and what the tool shows of it, to the facts that this proves and
//! that are not recorded yet. Pure.

use jiff::{Timestamp, civil::Date};
use service::Domain as _;
use vocabulary::clock::day_in_paris;

use super::{
    SYSTEM,
    apply::ApplyNotification,
    snapshot::{Snapshot, Status},
};
use crate::domain::{
    ConventionAmended, ConventionApproved, ConventionCancelled, ConventionCorrected, ConventionDrafted,
    ConventionKind, ConventionLapsed, ConventionRejected, ConventionRenewed, ConventionSigned,
    ConventionValidated, DivergenceNoted, Event, Hired, ImmersionReviewed, NotificationReceived, Party,
    aggregate::{Convention, Review, Stage, State},
    commands::fully_signed,
    rules,
};

/// The facts to state. None at all when this content was applied already; only that it was received when a
/// newer one was.
pub fn missing(state: &State, told: &ApplyNotification, earlier: Option<&State>) -> Vec<Event> {
    match order(state, told) {
        Order::Known => Vec::new(),
        Order::Late => vec![received(told, true)],
        Order::New => {
            let mut facts =
                Facts { state: state.clone(), stated: Vec::new(), told, snapshot: &told.snapshot };
            facts.content();
            facts.signatures();
            facts.answers();
            facts.review();
            facts.divergences(state, earlier);
            facts.stated
        }
    }
}

enum Order {
    /// This content was seen.
    Known,
    /// A newer one was.
    Late,
    /// It is the newest.
    New,
}

/// The tool promises no order but `updatedAt`, which a bilan does not move: of two contents of the same
/// instant the last one to come is taken, so that a bilan that disappears is noticed.
fn order(state: &State, told: &ApplyNotification) -> Order {
    let Some(heard) = &state.heard else { return Order::New };
    if heard.digest == told.digest {
        return Order::Known;
    }
    match heard.version.parse::<Timestamp>() {
        Ok(newest) if told.snapshot.updated_at < newest => {
            if state.seen.contains_key(&told.digest) {
                Order::Known
            } else {
                Order::Late
            }
        }
        _ => Order::New,
    }
}

fn received(told: &ApplyNotification, late: bool) -> Event {
    NotificationReceived {
        system: SYSTEM.into(),
        version: told.snapshot.updated_at.to_string(),
        status: told.snapshot.status.word().into(),
        digest: told.digest.clone(),
        details_digest: told.details_digest.clone(),
        late,
        reviewed: told.snapshot.assessment.is_some(),
        attached_by_post_id: told.attached_by.map(|post| post.to_string()).unwrap_or_default(),
        ..Default::default()
    }
    .into()
}

/// The facts as they are found, folded into the state as they go.
struct Facts<'a> {
    state: State,
    stated: Vec<Event>,
    told: &'a ApplyNotification,
    snapshot: &'a Snapshot,
}

impl Facts<'_> {
    fn state(&mut self, fact: impl Into<Event>) {
        let fact = fact.into();
        self.state = Convention::apply(std::mem::take(&mut self.state), fact.clone());
        self.stated.push(fact);
    }

    /// Drafted, amended or corrected.
    fn content(&mut self) {
        if self.state.frame.is_none() {
            self.draft();
            return;
        }
        let details = self.state.heard.as_ref().is_none_or(|h| h.details_digest != self.told.details_digest);
        let terms = self.terms_changed();
        let told: Vec<_> = self.state.signatures.iter().filter(|known| !known.at.is_empty()).collect();
        let now: Vec<_> = self.snapshot.signed().iter().map(|(party, at)| (*party, at.to_string())).collect();
        let lost = told.iter().any(|known| !now.contains(&(known.party, known.at.clone())));
        // An edit takes all signatures away: one that stands shows that there was none.
        let unsigned = told.is_empty() && matches!(self.state.stage, Stage::Open | Stage::Approved);
        let amended = lost || (terms || details) && unsigned;
        self.state(received(self.told, false));
        if amended {
            let amended = ConventionAmended {
                object: self.object().into(),
                terms: self.snapshot.frame().stated().into(),
                signatories: self.signatories().into_iter().map(Into::into).collect(),
                details: details.then(|| self.snapshot.details.stated()).into(),
                ..Default::default()
            };
            self.state(amended);
        }
        self.correct(terms && !amended, details && !amended);
    }

    fn draft(&mut self) {
        let snapshot = self.snapshot;
        let drafted = ConventionDrafted {
            kind: ConventionKind::PMSMP.into(),
            object: self.object().into(),
            terms: snapshot.frame().stated().into(),
            host_id: text(self.told.host_id),
            prescriber_id: text(self.told.prescriber_id),
            accompanying_structure_id: text(self.told.accompanying_id),
            signatories: self.signatories().into_iter().map(Into::into).collect(),
            renews_convention_id: text(self.told.renews),
            details: snapshot.details.stated().into(),
            outside_prescriber: snapshot.prescriber.stated().into(),
            outside_accompanying: snapshot.accompanying.as_ref().map(super::snapshot::Agency::stated).into(),
            ..Default::default()
        };
        self.state(drafted);
        self.state(received(self.told, false));
        if let Some(earlier) = self.told.renews {
            self.state(ConventionRenewed {
                from_convention_id: earlier.to_string(),
                justification: snapshot.renewal_justification.clone(),
                ..Default::default()
            });
        }
    }

    fn correct(&mut self, terms: bool, details: bool) {
        let snapshot = self.snapshot;
        let accompanying = snapshot.accompanying.as_ref();
        let references = (
            snapshot.prescriber.reference.clone(),
            accompanying.map(|agency| agency.reference.clone()).unwrap_or_default(),
        );
        let prescriber = references != self.state.outside;
        if !(terms || details || prescriber) {
            return;
        }
        let mut corrected = ConventionCorrected {
            details: details.then(|| snapshot.details.stated()).into(),
            ..Default::default()
        };
        if terms {
            corrected.object = self.object().into();
            corrected.terms = snapshot.frame().stated().into();
            corrected.signatories = self.signatories().into_iter().map(Into::into).collect();
        }
        if prescriber {
            corrected.prescriber_id = text(self.told.prescriber_id);
            corrected.accompanying_structure_id = text(self.told.accompanying_id);
            corrected.outside_prescriber = snapshot.prescriber.stated().into();
            corrected.outside_accompanying = accompanying.map(super::snapshot::Agency::stated).into();
        }
        self.state(corrected);
    }

    fn terms_changed(&self) -> bool {
        self.object() != self.state.object
            || Some(self.snapshot.frame()) != self.state.frame
            || self.signatories() != self.state.signatories
    }

    /// A word of later times changes nothing.
    fn object(&self) -> crate::domain::ImmersionObject {
        self.snapshot.object.map_or(self.state.object, |object| object.0)
    }

    fn signatories(&self) -> Vec<Party> {
        self.snapshot.signatories.iter().map(|who| who.party.0).collect()
    }

    /// Each signature once, then that everyone signed.
    fn signatures(&mut self) {
        for (party, at) in self.snapshot.signed() {
            let (on, at) = (day_in_paris(at), at.to_string());
            let told = self.state.told_signatures.contains(&(party as i32, at.clone()));
            let typed = self
                .state
                .signatures
                .iter()
                .any(|known| known.party == party && known.at.is_empty() && known.on == Some(on));
            if !told && !typed {
                self.state(ConventionSigned {
                    party: party.into(),
                    signed_on: on.to_string(),
                    signed_at: at,
                    ..Default::default()
                });
            }
        }
        let proven = self.snapshot.proves_full_signature() || self.state.missing().is_empty();
        if proven && !self.state.fully_signed {
            let last = self.state.signatures.iter().filter_map(|signature| signature.on).max();
            self.state(fully_signed(&self.state.clone(), last.unwrap_or(self.snapshot.updated_on())));
        }
    }

    /// What the agency answered.
    fn answers(&mut self) {
        let snapshot = self.snapshot;
        let updated_on = snapshot.updated_on();
        let accepted = matches!(snapshot.status, Status::AcceptedByCounsellor | Status::AcceptedByValidator);
        let approved_on = match snapshot.approved_at.map(day_in_paris) {
            None if snapshot.status == Status::AcceptedByCounsellor => Some(updated_on),
            approved => approved.filter(|_| accepted),
        };
        if let Some(on) = approved_on.filter(|on| self.state.approved_on != Some(*on)) {
            self.state(ConventionApproved { approved_on: on.to_string(), ..Default::default() });
        }
        self.validation(updated_on);
        let justification = snapshot.justification.clone();
        let day = updated_on.to_string();
        match snapshot.status {
            Status::Rejected if self.state.stage != Stage::Rejected => {
                self.state(ConventionRejected { rejected_on: day, justification, ..Default::default() });
            }
            Status::Cancelled if self.state.stage != Stage::Cancelled => {
                self.state(ConventionCancelled { cancelled_on: day, justification, ..Default::default() });
            }
            Status::Deprecated if self.state.stage != Stage::Lapsed => {
                self.state(ConventionLapsed { lapsed_on: day, justification, ..Default::default() });
            }
            _ => {}
        }
    }

    /// A cancelled convention keeps the instant of its validation: it proves it too.
    fn validation(&mut self, updated_on: Date) {
        let validated_on = self.snapshot.validated_at.map(day_in_paris);
        let missing = match self.snapshot.status {
            Status::AcceptedByValidator => {
                let on = validated_on.unwrap_or(updated_on);
                let known = self.state.stage == Stage::Validated && self.state.validated_on == Some(on);
                (!known).then_some(on)
            }
            Status::Cancelled if self.state.validated_on.is_none() => validated_on,
            _ => None,
        };
        if let Some(on) = missing {
            self.state(ConventionValidated { validated_on: on.to_string(), ..Default::default() });
        }
    }

    /// The bilan, then the person's answer to it.
    fn review(&mut self) {
        let Some(told) = self.snapshot.assessment else { return };
        let known = self.state.review;
        let hired = match (told.hired, known.map(|review| review.hired)) {
            // The tool does not say which contract: whoever typed it here knows more.
            (Some(true), Some(known @ (Hired::HIRED_CDI | Hired::HIRED_CDD | Hired::HIRED_OTHER))) => known,
            (Some(true), _) => Hired::HIRED_CONTRACT_UNKNOWN,
            (Some(false), _) => Hired::NOT_HIRED,
            (None, known) => known.unwrap_or_default(),
        };
        let written_on = told.created_on.map(|day| day.0).or_else(|| known.and_then(|review| review.on));
        let answered_on =
            told.answered_on.map(|day| day.0).or_else(|| known.and_then(|review| review.answered_on));
        let said = |answered_on: Option<Date>| ImmersionReviewed {
            outcome: told.outcome.into(),
            hired: hired.into(),
            reviewed_on: written_on.unwrap_or(self.snapshot.updated_on()).to_string(),
            person_answered_on: answered_on.map(|day| day.to_string()).unwrap_or_default(),
            ..Default::default()
        };
        let same = known.is_some_and(|review| review.outcome == told.outcome.0 && review.hired == hired);
        let answered = known.and_then(|review: Review| review.answered_on);
        let (written, answer) = (said(answered), said(answered_on));
        if !same {
            self.state(written);
        }
        if answered_on != answered {
            self.state(answer);
        }
    }

    /// What differs from our rules, or from what we hold: by name only, each once.
    fn divergences(&mut self, before: &State, earlier: Option<&State>) {
        let snapshot = self.snapshot;
        let mut about: Vec<String> = snapshot.departures().map(str::to_owned).collect();
        let mut add = |differs: bool, what: &str| {
            if differs {
                about.push(what.to_owned());
            }
        };
        let minor = self.told.age.is_some_and(|age| age < 18);
        add(self.told.age.is_some_and(|age| age < 16), rules::AGE.id);
        add(minor && !self.signatories().contains(&Party::REPRESENTANT_LEGAL), rules::SIGNATORIES.id);
        add(snapshot.prescriber.prescribes == Some(false), rules::PRESCRIBER.id);
        let renewal = earlier.filter(|earlier| earlier.frame.is_some());
        add(
            renewal.is_some_and(|earlier| earlier.renews.is_some() || earlier.object != self.state.object),
            rules::RENEWAL.id,
        );
        let went_back = snapshot.status.is_open()
            && snapshot.status != Status::AcceptedByCounsellor
            && self.state.stage != Stage::Open;
        add(went_back, rules::STATUS_WENT_BACK.id);
        let held = before.heard.as_ref().is_some_and(|heard| heard.reviewed);
        add(held && snapshot.assessment.is_none(), rules::REVIEW_REMOVED.id);
        let contradicts = snapshot.assessment.zip(before.review).is_some_and(|(told, typed)| {
            let hired = told.hired.is_some_and(|hired| {
                typed.hired != Hired::default() && hired == (typed.hired == Hired::NOT_HIRED)
            });
            told.outcome.0 != typed.outcome || hired
        });
        add(contradicts && !held, rules::REVIEW_DIFFERS.id);
        about.extend(self.told.identity_differs.iter().cloned());
        about.retain(|what| !self.state.divergences.contains(what));
        if !about.is_empty() {
            self.state(DivergenceNoted { about, ..Default::default() });
        }
    }
}

fn text(id: Option<uuid::Uuid>) -> String {
    id.map(|id| id.to_string()).unwrap_or_default()
}
