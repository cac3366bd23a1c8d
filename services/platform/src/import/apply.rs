//! A record becomes a command on the one stream that its reference designates, or only what it would state.

use access::Actor;
use contracts::common::v1::Source;
use service::{
    Command, Context, Domain, Problem, Request, Runtime, Target,
    command::{Event, State},
    execute,
};
use uuid::Uuid;

use super::{Done, Mode};

/// Where records come from, and whether they are written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Import<'a> {
    pub runtime: &'a Runtime,
    pub mode: Mode,
    /// The tool it was first said in.
    pub tool: &'static str,
}

impl Import<'_> {
    /// Applies a command on that stream, begun when need be.
    pub async fn apply<C: Command>(&self, id: Uuid, reference: &str, command: C) -> Result<Done, String> {
        let told = |problem: Problem| problem.detail.into_owned();
        match self.mode {
            Mode::Apply => self.execute(id, reference, command).await.map_err(told),
            Mode::DryRun => self.consider(id, &command).await,
        }
    }

    async fn execute<C: Command>(&self, id: Uuid, reference: &str, command: C) -> Result<Done, Problem> {
        let now = self.runtime.clock.now();
        let source =
            Source { system: self.tool.into(), reference: reference.to_owned(), ..Default::default() };
        // What a record says is compared with what is known: it needs no key of its own.
        let key = self.runtime.ids.next(now).to_string();
        let request = Request { source: Some(source), ..Request::keyed(Actor::system(self.tool), &key, now) };
        let outcome = execute(self.runtime, Target::Begun { id }, command, request).await?;
        Ok(match (outcome.repeated, outcome.version) {
            (true, _) => Done::Unchanged,
            (false, 1) => Done::Created,
            (false, _) => Done::Updated,
        })
    }

    async fn consider<C: Command>(&self, id: Uuid, command: &C) -> Result<Done, String> {
        let told = |problem: Problem| problem.detail.into_owned();
        let facts = self.runtime.journal.stream(id, 1).await.map_err(|error| told(error.into()))?;
        let events = facts.iter().filter_map(|fact| fact.trace::<Event<C>>().ok());
        let state = events.fold(State::<C>::default(), C::Aggregate::apply);
        let known = self.runtime.gather(None, &command.needs(&state)).await;
        let known = known.map_err(|error| told(error.into()))?;
        let now = self.runtime.clock.now();
        let context = Context::new(now, Actor::system(self.tool), id, Uuid::nil(), known);
        if command.occurred_on().is_some_and(|day| day > context.today) {
            return Err("Cette date est à venir. Corrigez-la.".to_owned());
        }
        let stated = command.decide(&state, &context).map_err(|refusal| refusal.detail.into_owned())?;
        Ok(match (stated.is_empty(), facts.is_empty()) {
            (true, _) => Done::Unchanged,
            (false, true) => Done::Created,
            (false, false) => Done::Updated,
        })
    }
}
