//! What the facts of a case call for: a notice to each post of its circle, except the one that stated the
//! fact; what opens something to someone, to its référents only, and so is all else while the data are limited.
//! Whoever joins later is told nothing of what was before. And when an access is suspended: a notice to each post that
//! the fact names. What organisations are told of what they were asked or received: see [`organisations`].

pub mod organisations;

use std::collections::{BTreeMap, BTreeSet};

use contracts::{
    Recorded, Word, common::v1::Role, events, immersion::v1::ReviewOutcome, platform::v1::EmployerAnswer,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use service::{Agenda, Command as _, Due, Restrictions};
use uuid::Uuid;

use crate::domain::{Event, NoticeKind, commands::RaiseNotice, mailbox_of, notice_of};

/// The agenda of immediate notices.
#[derive(Debug)]
pub struct Notices;

/// What is kept of one case, or of the access of one professional.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    case_id: Option<Uuid>,
    about_id: Option<Uuid>,
    circle: BTreeSet<Uuid>,
    /// Those of the circle who answer for the person: the référents sociaux.
    referents: BTreeSet<Uuid>,
    /// What keeps the data of the person from being used.
    #[serde(default)]
    restrictions: Restrictions,
    causes: Causes,
}

/// The notices still to be raised, by position of their cause.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Causes(BTreeMap<i64, Cause>);

/// A fact that its circle must hear of at once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Cause {
    id: Uuid,
    kind: Word<NoticeKind>,
    at: Timestamp,
    /// Who is still to be told.
    posts: BTreeSet<Uuid>,
}

impl Agenda for Notices {
    type State = State;
    const NAME: &'static str = "notice_agenda";
    const VERSION: u32 = 4;

    fn key(fact: &Recorded) -> Option<Uuid> {
        match fact.kind.aggregate().name {
            "case" | "appointment" | "prescription" | "convention" | "match" => fact.case_id,
            "access" => {
                let suspended = matches!(fact.trace(), Ok(events::Access::AccessSuspended(_)));
                suspended.then_some(fact.stream_id)
            }
            "mailbox" => match fact.trace() {
                Ok(Event::NoticeRaised(raised)) if !organisations::is_one(raised.kind) => {
                    raised.case_id.parse().or_else(|_| raised.about_id.parse()).ok()
                }
                _ => None,
            },
            _ => None,
        }
    }

    fn fold(state: &mut State, fact: &Recorded) -> Result<(), String> {
        let why = |error: contracts::DecodeError| error.to_string();
        if fact.kind.aggregate().name == "mailbox" {
            if let Event::NoticeRaised(raised) = fact.trace().map_err(why)? {
                state.causes.told(&raised.notice_id, &raised.post_id);
            }
            return Ok(());
        }
        if let Ok(events::Access::AccessSuspended(suspended)) = fact.trace() {
            state.about_id = Some(fact.stream_id);
            let posts = suspended.told_post_ids.iter().filter_map(|post| post.parse().ok()).collect();
            state.causes.add(fact, NoticeKind::ACCESS_SUSPENDED, posts);
            return Ok(());
        }
        state.case_id = fact.case_id.or(state.case_id);
        if fact.kind.aggregate().name == "case" {
            let event = fact.trace().map_err(why)?;
            state.restrictions.apply(&event);
            match event {
                events::Case::CircleMemberJoined(joined) => {
                    let post = joined.post_id.parse::<Uuid>();
                    if joined.role == Role::REFERENT_SOCIAL {
                        state.referents.extend(post.clone());
                    }
                    state.circle.extend(post);
                }
                events::Case::CircleMemberLeft(left) => {
                    state.circle.retain(|post| left.post_id.parse() != Ok(*post));
                    state.referents.retain(|post| left.post_id.parse() != Ok(*post));
                }
                _ => {}
            }
        }
        if let Some(kind) = kind_of(fact).map_err(why)? {
            let own = fact.metadata().map_err(why)?.actor.post_id.parse::<Uuid>().ok();
            let referents_only = FOR_REFERENTS.contains(&kind) || state.restrictions.hold();
            let told = if referents_only { &state.referents } else { &state.circle };
            let posts: BTreeSet<Uuid> = told.iter().copied().filter(|post| Some(*post) != own).collect();
            state.causes.add(fact, kind, posts);
        }
        Ok(())
    }

    fn due(state: &State) -> Vec<Due> {
        state.causes.due(state.case_id, state.about_id)
    }
}

impl Causes {
    /// These posts are to be told of that fact.
    fn add(&mut self, fact: &Recorded, kind: NoticeKind, posts: BTreeSet<Uuid>) {
        if !posts.is_empty() {
            let cause = Cause { id: fact.event_id, kind: Word(kind), at: fact.recorded_at, posts };
            self.0.insert(fact.position, cause);
        }
    }

    fn told(&mut self, notice_id: &str, post_id: &str) {
        let (Ok(notice), Ok(post)) = (notice_id.parse::<Uuid>(), post_id.parse::<Uuid>()) else { return };
        for cause in self.0.values_mut().filter(|cause| notice_of(post, cause.id) == notice) {
            cause.posts.remove(&post);
        }
        self.0.retain(|_, cause| !cause.posts.is_empty());
    }

    fn due(&self, case_id: Option<Uuid>, about_id: Option<Uuid>) -> Vec<Due> {
        let of_cause = |(position, cause): (&i64, &Cause)| -> Vec<Due> {
            let due = |post: &Uuid| Due {
                target: mailbox_of(*post),
                at: cause.at,
                command: RaiseNotice::NAME,
                body: serde_json::json!(RaiseNotice {
                    post_id: *post,
                    kind: cause.kind,
                    case_id,
                    about_id,
                    cause_id: cause.id,
                    cause_position: *position,
                }),
                cause: *position,
            };
            cause.posts.iter().map(due).collect()
        };
        self.0.iter().flat_map(of_cause).collect()
    }
}

/// What opens something to someone: those who answer for the person hear of it, whoever did it.
const FOR_REFERENTS: [NoticeKind; 4] = [
    NoticeKind::AGREEMENT_GIVEN,
    NoticeKind::CIRCLE_JOINED,
    NoticeKind::OWN_ACCESS_OPENED,
    NoticeKind::OWN_ACCESS_ENTERED,
];

/// What a fact calls for, if its circle must hear of it at once.
fn kind_of(fact: &Recorded) -> Result<Option<NoticeKind>, contracts::DecodeError> {
    Ok(match fact.kind.aggregate().name {
        "case" => match fact.trace()? {
            events::Case::AgreementWithdrawn(_) => Some(NoticeKind::AGREEMENT_WITHDRAWN),
            events::Case::EmergencyAccessOpened(_) => Some(NoticeKind::EMERGENCY_ACCESS),
            events::Case::AgreementGiven(_) => Some(NoticeKind::AGREEMENT_GIVEN),
            events::Case::CircleMemberJoined(_) => Some(NoticeKind::CIRCLE_JOINED),
            events::Case::OwnAccessOpened(_) => Some(NoticeKind::OWN_ACCESS_OPENED),
            events::Case::OwnAccessEntered(_) => Some(NoticeKind::OWN_ACCESS_ENTERED),
            _ => None,
        },
        "appointment" => match fact.trace()? {
            events::Appointment::AppointmentCancelled(_) => Some(NoticeKind::CANCELLATION),
            events::Appointment::AppointmentMissed(_) => Some(NoticeKind::NO_SHOW),
            _ => None,
        },
        "prescription" => match fact.trace()? {
            events::Prescription::PrescriptionRefused(_) => Some(NoticeKind::REFUSAL),
            _ => None,
        },
        "match" => match fact.trace()? {
            events::Match::MatchAnswered(answered) if answered.answer == EmployerAnswer::REPONSE_NEGATIVE => {
                Some(NoticeKind::REFUSAL)
            }
            _ => None,
        },
        "convention" => match fact.trace()? {
            events::Convention::ConventionCancelled(_) => Some(NoticeKind::CANCELLATION),
            events::Convention::ConventionRejected(_) => Some(NoticeKind::REFUSAL),
            // The person’s own answer to the review says nothing new here.
            events::Convention::ImmersionReviewed(reviewed)
                if reviewed.outcome == ReviewOutcome::DID_NOT_SHOW
                    && reviewed.person_answered_on.is_empty() =>
            {
                Some(NoticeKind::NO_SHOW)
            }
            _ => None,
        },
        _ => None,
    })
}

/// Whether a later fact of the same aggregate takes back what called for a notice.
pub fn undoes(cause: &Recorded, fact: &Recorded) -> bool {
    if cause.kind.name == "ReminderSent" {
        return organisations::answers(fact);
    }
    match fact.kind.aggregate().name {
        "match" => {
            matches!(fact.trace(), Ok(events::Match::MatchAnswered(_) | events::Match::MatchDeclined(_)))
        }
        "appointment" => matches!(
            fact.trace(),
            Ok(events::Appointment::AppointmentMoved(_) | events::Appointment::AppointmentHeld(_))
        ),
        "prescription" => matches!(
            fact.trace(),
            Ok(events::Prescription::PrescriptionReopened(_)
                | events::Prescription::PrescriptionSent(_)
                | events::Prescription::PrescriptionAccepted(_))
        ),
        "convention" => matches!(
            fact.trace(),
            Ok(events::Convention::ConventionAmended(_)
                | events::Convention::ConventionValidated(_)
                | events::Convention::ImmersionStarted(_)
                | events::Convention::ImmersionEnded(_))
        ),
        _ => false,
    }
}
