//! What conventions call for: an immersion starts on its first day and ends with its last one; told twice, it
//! is recognised.
//!
//! A structure's own convention starts once everyone signed it; a PMSMP, and whatever another tool tells of, once it
//! is validated too. One that nobody signed or validated in time is left without an answer.

use contracts::Recorded;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use service::{Agenda, Command as _, Due};
use uuid::Uuid;
use vocabulary::{
    clock::{day_in_paris, start_of_day},
    dates::{self, days_after},
};

use crate::domain::{
    ConventionKind, Event, ReviewOutcome,
    commands::{EndImmersion, LapseConvention, StartImmersion},
};

mod same;

pub use same::SameImmersions;

/// For how many days after something was told of a convention more may be told: what happened on paper is typed later.
const TIME_TO_TELL: i32 = 7;

/// The agenda of immersions.
#[derive(Debug)]
pub struct Immersions;

/// What is kept of one convention.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    stream_id: Uuid,
    from_outside: bool,
    /// A PMSMP: the prescriber validates it.
    #[serde(default)]
    pmsmp: bool,
    /// What was last told of its paper, and the day it was.
    #[serde(default)]
    told: Option<Step>,
    starts_on: Option<Date>,
    ends_on: Option<Date>,
    fully_signed: Option<Step>,
    validated: Option<Step>,
    started: Option<Step>,
    /// Refused, cancelled, lapsed.
    closed: bool,
    /// Interrupted, ended.
    finished: bool,
    nobody_came: bool,
    /// Another tool tells of it: what it says is what happens.
    #[serde(default)]
    told_elsewhere: bool,
}

/// A fact that calls for something.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Step {
    position: i64,
    on: Option<Date>,
}

impl State {
    fn set_dates(&mut self, starts_on: &str, ends_on: &str) {
        self.starts_on = dates::parse(starts_on).or(self.starts_on);
        self.ends_on = dates::parse(ends_on).or(self.ends_on);
    }

    /// The fact after which nothing but time is waited for.
    fn ready(&self) -> Option<Step> {
        if !self.from_outside && !self.pmsmp {
            return self.fully_signed;
        }
        let (signed, validated) = self.fully_signed.zip(self.validated)?;
        Some(Step { position: signed.position.max(validated.position), on: signed.on.max(validated.on) })
    }

    /// When it is left without an answer, unless one comes before.
    fn lapse(&self, day: Date) -> Option<Due> {
        let told = self.told.filter(|_| !self.from_outside)?;
        let lapsed_on = days_after(day, 1).max(days_after(told.on?, TIME_TO_TELL));
        Some(Due {
            target: self.stream_id,
            at: start_of_day(lapsed_on),
            command: LapseConvention::NAME,
            body: serde_json::json!({ "lapsed_on": lapsed_on }),
            cause: told.position,
        })
    }
}

impl Agenda for Immersions {
    type State = State;
    const NAME: &'static str = "immersion_agenda";
    const VERSION: u32 = 4;

    fn key(fact: &Recorded) -> Option<Uuid> {
        (fact.kind.aggregate().name == "convention").then_some(fact.stream_id)
    }

    fn fold(state: &mut State, fact: &Recorded) -> Result<(), String> {
        let event: Event = fact.trace().map_err(|error| error.to_string())?;
        state.stream_id = fact.stream_id;
        let step = |day: &str| Some(Step { position: fact.position, on: dates::parse(day) });
        state.told = Some(Step { position: fact.position, on: Some(day_in_paris(fact.recorded_at)) });
        match event {
            Event::ConventionDrafted(drafted) => {
                let source = fact.metadata().map_err(|error| error.to_string())?;
                state.from_outside = !matches!(&*source.source.system, "" | "jalon");
                state.pmsmp = drafted.kind == ConventionKind::PMSMP;
                state.set_dates(&drafted.terms.starts_on, &drafted.terms.ends_on);
            }
            Event::ConventionAmended(amended) => {
                state.set_dates(&amended.terms.starts_on, &amended.terms.ends_on);
                (state.fully_signed, state.validated, state.closed) = (None, None, false);
            }
            Event::ConventionCorrected(corrected) => {
                state.set_dates(&corrected.terms.starts_on, &corrected.terms.ends_on);
            }
            Event::ConventionFullySigned(signed) => state.fully_signed = step(&signed.signed_on),
            Event::ConventionValidated(validated) => {
                state.validated = step(&validated.validated_on);
                state.closed = false;
            }
            Event::ImmersionStarted(started) => state.started = step(&started.started_on),
            Event::ConventionRejected(_) | Event::ConventionCancelled(_) | Event::ConventionLapsed(_) => {
                state.closed = true
            }
            Event::ImmersionInterrupted(_) | Event::ImmersionEnded(_) => state.finished = true,
            Event::ImmersionReviewed(reviewed) => {
                state.nobody_came = reviewed.outcome == ReviewOutcome::DID_NOT_SHOW;
            }
            Event::ImmersionReviewCorrected(corrected) => {
                state.nobody_came = corrected.outcome == ReviewOutcome::DID_NOT_SHOW;
            }
            Event::NotificationReceived(_) => state.from_outside = true,
            Event::ConventionRecognised(_) => state.told_elsewhere = true,
            Event::ConventionToldApart(_) => state.told_elsewhere = false,
            Event::ConventionSigned(_)
            | Event::ConventionApproved(_)
            | Event::ConventionRenewed(_)
            | Event::DivergenceNoted(_) => {}
        }
        Ok(())
    }

    fn due(state: &State) -> Vec<Due> {
        let over = state.closed || state.finished || state.nobody_came || state.told_elsewhere;
        let (Some(starts_on), Some(ends_on), false) = (state.starts_on, state.ends_on, over) else {
            return Vec::new();
        };
        if let Some(started) = state.started {
            let body = serde_json::json!({ "ended_on": ends_on.max(started.on.unwrap_or(ends_on)) });
            return vec![Due {
                target: state.stream_id,
                at: start_of_day(days_after(ends_on, 1)),
                command: EndImmersion::NAME,
                body,
                cause: started.position,
            }];
        }
        let Some(ready) = state.ready() else {
            let day = if state.fully_signed.is_some() { ends_on } else { starts_on };
            return state.lapse(day).into_iter().collect();
        };
        // Signed after the first day, it starts on the day it was signed; after the last one, never.
        let first = ready.on.map_or(starts_on, |on| on.max(starts_on));
        if first > ends_on {
            return state.lapse(ends_on).into_iter().collect();
        }
        vec![Due {
            target: state.stream_id,
            at: start_of_day(first),
            command: StartImmersion::NAME,
            body: serde_json::json!({ "started_on": first }),
            cause: ready.position,
        }]
    }
}
