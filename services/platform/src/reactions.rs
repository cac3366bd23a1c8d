//! What a mise en relation calls for: the silence of an employer becomes a fact.

use contracts::{Recorded, Word};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use service::{Agenda, Command as _, Due};
use uuid::Uuid;
use vocabulary::{clock::start_of_day, dates::days_after};

use crate::domain::matches::{EmployerAnswer, Event, aggregate::due_on, commands::AnswerMatch};

/// The agenda of the answers of employers.
#[derive(Debug)]
pub struct EmployersAnswers;

/// The answer awaited of one employer, about one person.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Awaited {
    /// The match, the last day of its answer, and the position of the fact that told the employer.
    pub answer: Option<(Uuid, Date, i64)>,
}

impl Agenda for EmployersAnswers {
    type State = Awaited;

    const NAME: &'static str = "employers_answers_agenda";
    const VERSION: u32 = 1;

    fn key(fact: &Recorded) -> Option<Uuid> {
        (fact.kind.aggregate().name == "match").then_some(fact.stream_id)
    }

    fn fold(state: &mut Awaited, fact: &Recorded) -> Result<(), String> {
        state.answer = match fact.trace().map_err(|error| error.to_string())? {
            Event::MatchPutForward(forward) => {
                due_on(&forward).map(|due| (fact.stream_id, due, fact.position))
            }
            // The person changed their mind, or the employer answered.
            _ => None,
        };
        Ok(())
    }

    fn due(state: &Awaited) -> Vec<Due> {
        let silence = |(id, due, cause): (Uuid, Date, i64)| Due {
            target: id,
            at: start_of_day(days_after(due, 1)),
            command: AnswerMatch::NAME,
            body: serde_json::json!(AnswerMatch {
                answered_on: None,
                answer: Word(EmployerAnswer::REPONSE_ABSENTE),
                comment: String::new(),
            }),
            cause,
        };
        state.answer.map(silence).into_iter().collect()
    }
}
