//! What the rules of a match must know of its past.

use contracts::EnumValue;
use jiff::civil::Date;
use service::Domain;
use vocabulary::dates;

use super::{EmployerAnswer, Event, MatchPutForward};

/// The aggregate.
#[derive(Debug)]
pub struct Match;

/// Where it stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Step {
    /// Nothing yet.
    #[default]
    None,
    /// Proposed to the person.
    Proposed,
    /// The person wants it.
    Accepted,
    /// The person does not want it.
    Declined,
    /// The person was put forward to the employer.
    PutForward,
    /// The employer answered.
    Answered(EnumValue<EmployerAnswer>),
}

/// Its state.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// Where it stands.
    pub step: Step,
    /// The day of what was last said.
    pub last_on: Option<Date>,
    /// Last day the employer's answer is awaited, once the person was put forward.
    pub answer_due_on: Option<Date>,
}

impl Domain for Match {
    type Event = Event;
    type State = State;

    const CALLED: &'static str = "cette proposition";

    fn apply(state: State, event: Event) -> State {
        let mut answer_due_on = state.answer_due_on;
        let (step, day) = match event {
            Event::MatchProposed(proposed) => (Step::Proposed, proposed.proposed_on),
            Event::MatchAccepted(accepted) => (Step::Accepted, accepted.answered_on),
            Event::MatchDeclined(declined) => (Step::Declined, declined.answered_on),
            Event::MatchPutForward(put_forward) => {
                answer_due_on = due_on(&put_forward);
                (Step::PutForward, put_forward.put_forward_on)
            }
            Event::MatchAnswered(answered) => (Step::Answered(answered.answer), answered.answered_on),
        };
        State { step, last_on: dates::parse(&day), answer_due_on }
    }
}

/// Days within which an employer answers; facts that are older do not say until when.
pub const ANSWER_DAYS: i32 = 30;

/// Last day an employer's answer is awaited, included.
pub fn due_on(put_forward: &MatchPutForward) -> Option<Date> {
    let said = dates::parse(&put_forward.answer_due_on);
    said.or_else(|| Some(dates::days_after(dates::parse(&put_forward.put_forward_on)?, ANSWER_DAYS)))
}
