//! What the rules of a case must know of its past.

use std::collections::{BTreeMap, BTreeSet};

use contracts::common::v1::Role;
use jiff::civil::Date;
use service::{Domain, Forgettings, Restrictions};
use uuid::Uuid;
use vocabulary::dates::parse;

use super::{Event, PersonalClass};

/// The aggregate.
#[derive(Debug)]
pub struct Case;

/// Its state.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// Whether it is open today.
    pub open: bool,
    /// The day it was closed, when it is.
    pub closed_on: Option<Date>,
    /// The structure that hosts the person.
    pub structure_id: Option<Uuid>,
    /// The platform that shares it.
    pub platform_id: Option<Uuid>,
    /// The pause it is in, when it is in one.
    pub pause: Option<Pause>,
    /// Whether an identity was recorded.
    pub identified: bool,
    /// The posts in the circle.
    pub circle: BTreeSet<Uuid>,
    /// Those of them that are of a référent social, with their organisation.
    pub referents: BTreeMap<Uuid, Option<Uuid>>,
    /// What the person agreed to share, and until when; what ended too.
    pub agreements: BTreeMap<Uuid, Agreement>,
    /// What was opened in an emergency.
    pub emergencies: BTreeMap<Uuid, Emergency>,
    /// What was opened to the person, and until which day; none once it was closed.
    pub own_accesses: BTreeMap<Uuid, Option<Date>>,
    /// Those by which the person came in.
    pub entered: BTreeSet<Uuid>,
    /// What is asked to be erased, and what must be kept.
    pub forgettings: Forgettings,
    /// What was asked to be put right.
    pub rectifications: BTreeMap<Uuid, Rectification>,
    /// What keeps the data from being used.
    pub restrictions: Restrictions,
    /// Which organisation was told of which fact: the fact, the organisation.
    pub told: BTreeSet<(Uuid, Uuid)>,
}

/// A pause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pause {
    /// First day.
    pub from: Option<Date>,
    /// Last day, when it is known.
    pub until: Option<Date>,
}

/// An agreement.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Agreement {
    /// Whom it is opened to.
    pub organisation_id: String,
    /// The day the person said yes.
    pub given_on: Option<Date>,
    /// Last day, included.
    pub until: Option<Date>,
    /// Withdrawn or expired.
    pub ended: bool,
}

/// An access opened in an emergency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Emergency {
    /// The post that opened it.
    pub post_id: Option<Uuid>,
    /// The professional who did.
    pub professional_id: Option<Uuid>,
    /// Whether a colleague looked back on it.
    pub reviewed: bool,
}

/// Something to put right.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rectification {
    /// The class of what is said to be wrong.
    pub class: PersonalClass,
    /// Since when.
    pub requested_on: Option<Date>,
    /// Whether it was answered.
    pub settled: bool,
}

impl Domain for Case {
    type Event = Event;
    type State = State;

    const IS_CASE: bool = true;
    const CALLED: &'static str = "ce dossier";

    fn apply(mut state: State, event: Event) -> State {
        state.forgettings.apply(&event);
        state.restrictions.apply(&event);
        match event {
            Event::CaseOpened(opened) => {
                state.open = true;
                state.structure_id = opened.structure_id.parse().ok();
                state.platform_id = opened.platform_id.parse().ok();
            }
            Event::CaseTransferred(transferred) => {
                state.structure_id = transferred.structure_id.parse().ok();
                state.platform_id = transferred.platform_id.parse().ok();
            }
            Event::IdentityRecorded(_) | Event::IdentityCorrected(_) => state.identified = true,
            Event::CircleMemberJoined(joined) => {
                state.circle.extend(joined.post_id.parse::<Uuid>());
                if joined.role == Role::REFERENT_SOCIAL {
                    let organisation = joined.organisation_id.parse().ok();
                    state.referents.extend(joined.post_id.parse::<Uuid>().map(|post| (post, organisation)));
                }
            }
            Event::CircleMemberLeft(left) => {
                if let Ok(post) = left.post_id.parse::<Uuid>() {
                    state.circle.remove(&post);
                    state.referents.remove(&post);
                }
            }
            Event::CasePaused(paused) => {
                state.pause = Some(Pause { from: parse(&paused.paused_on), until: parse(&paused.until) });
            }
            Event::CaseResumed(_) => state.pause = None,
            Event::CaseClosed(closed) => {
                (state.open, state.closed_on, state.pause) = (false, parse(&closed.closed_on), None);
            }
            Event::CaseReopened(_) => (state.open, state.closed_on) = (true, None),
            Event::PersonForgotten(forgotten) => {
                state.identified &= !forgotten.classes.iter().any(|class| *class == PersonalClass::IDENTITY);
            }
            other => state.share(other),
        }
        state
    }
}

impl State {
    /// The posts of the circle that answer for the data while they are limited: those of a référent social of the
    /// structure that hosts the person.
    pub fn answering(&self) -> impl Iterator<Item = Uuid> {
        let hosts = |of: &Option<Uuid>| of.is_some() && *of == self.structure_id;
        self.referents.iter().filter(move |(_, of)| hosts(of)).map(|(post, _)| *post)
    }

    /// The accesses of the person to their own case that are open that day.
    pub fn open_own_accesses(&self, today: Date) -> impl Iterator<Item = Uuid> {
        self.own_accesses.iter().filter(move |(_, until)| **until >= Some(today)).map(|(id, _)| *id)
    }

    fn share(&mut self, event: Event) {
        match event {
            Event::AgreementGiven(given) => {
                if let Ok(id) = given.agreement_id.parse() {
                    let agreement = Agreement {
                        organisation_id: given.organisation_id,
                        given_on: parse(&given.given_on),
                        until: parse(&given.until_day),
                        ended: false,
                    };
                    self.agreements.insert(id, agreement);
                }
            }
            Event::AgreementWithdrawn(withdrawn) => self.end(&withdrawn.agreement_id),
            Event::AgreementExpired(expired) => self.end(&expired.agreement_id),
            Event::EmergencyAccessOpened(opened) => {
                if let Ok(id) = opened.access_id.parse() {
                    let emergency = Emergency {
                        post_id: opened.post_id.parse().ok(),
                        professional_id: opened.professional_id.parse().ok(),
                        reviewed: false,
                    };
                    self.emergencies.insert(id, emergency);
                }
            }
            Event::EmergencyAccessReviewed(reviewed) => {
                if let Ok(id) = reviewed.access_id.parse() {
                    self.emergencies.entry(id).or_default().reviewed = true;
                }
            }
            other => self.open_to_person(other),
        }
    }

    fn open_to_person(&mut self, event: Event) {
        match event {
            Event::OwnAccessOpened(opened) => {
                let until = parse(&opened.until_day);
                self.own_accesses.extend(opened.access_id.parse::<Uuid>().map(|id| (id, until)));
            }
            Event::OwnAccessEntered(entered) => self.entered.extend(entered.access_id.parse::<Uuid>()),
            Event::OwnAccessClosed(closed) => {
                self.own_accesses.extend(closed.access_id.parse::<Uuid>().map(|id| (id, None)));
            }
            Event::RectificationRequested(requested) => {
                if let Ok(id) = requested.rectification_id.parse() {
                    let rectification = Rectification {
                        class: requested.of_class.as_known().unwrap_or_default(),
                        requested_on: parse(&requested.requested_on),
                        settled: false,
                    };
                    self.rectifications.insert(id, rectification);
                }
            }
            Event::RecipientTold(told) => {
                if let (Ok(cause), Ok(organisation)) = (told.cause_id.parse(), told.organisation_id.parse()) {
                    self.told.insert((cause, organisation));
                }
            }
            Event::RectificationSettled(settled) => {
                if let Ok(id) = settled.rectification_id.parse() {
                    self.rectifications.entry(id).or_default().settled = true;
                }
            }
            _ => {}
        }
    }

    fn end(&mut self, agreement_id: &str) {
        if let Ok(id) = agreement_id.parse() {
            self.agreements.entry(id).or_default().ended = true;
        }
    }
}
