//! The aggregate of the command workload: an employment, small but with a rule of its own.

use contracts::events::Employment;
use eventually::Aggregate;
use futures::{FutureExt as _, future::BoxFuture};
use uuid::Uuid;

use crate::setup;

/// What is known of an employment.
#[derive(Clone, Debug, Default)]
pub(crate) struct State {
    pub facts: u32,
    pub weekly_minutes: u32,
}

/// What is asked.
#[derive(Clone, Debug)]
pub(crate) enum Command {
    Start,
    ChangeHours(u32),
}

/// What is refused.
#[derive(Clone, Copy, Debug, thiserror::Error)]
pub(crate) enum Refused {
    #[error("l’emploi a déjà commencé")]
    Started,
    #[error("ces horaires sont déjà les siens")]
    Same,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Contract;

impl Aggregate for Contract {
    type Id = Uuid;
    type State = State;
    type Event = Employment;
    type Command = Command;
    type Error = Refused;

    fn apply(state: State, event: Employment) -> Result<State, Refused> {
        let weekly_minutes = match event {
            Employment::EmploymentStarted(fact) => fact.weekly_minutes,
            Employment::HoursChanged(fact) => fact.weekly_minutes,
            _ => state.weekly_minutes,
        };
        Ok(State { facts: state.facts + 1, weekly_minutes })
    }

    fn handle<'a, 's: 'a>(
        &'a self,
        _id: &'s Uuid,
        state: &'s State,
        command: Command,
    ) -> BoxFuture<'a, Result<Option<Vec<Employment>>, Refused>> {
        let decided = match command {
            Command::Start if state.facts > 0 => Err(Refused::Started),
            Command::Start => Ok(Some(vec![setup::started()])),
            Command::ChangeHours(minutes) if minutes == state.weekly_minutes => Err(Refused::Same),
            Command::ChangeHours(minutes) => Ok(Some(vec![setup::hours(minutes)])),
        };
        async move { decided }.boxed()
    }
}
