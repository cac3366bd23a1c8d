//! Given these facts, when this is asked, then these facts or that refusal: a rule asked alone.

use std::fmt::Debug;

use access::Actor;
use contracts::common::v1::{OrganisationKind, Role};
use service::{
    CaseStanding, Command, Context, Day, Domain, Known, Organisation,
    command::{Event, State},
};
use uuid::Uuid;
use vocabulary::Refusal;

/// What was, and what is known, before a command is asked.
#[derive(Debug)]
pub struct Scenario<E> {
    facts: Vec<E>,
    today: Day,
    actor: Actor,
    known: Known,
}

/// The id of that number.
pub const fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

/// The day of that text.
///
/// # Panics
/// When it is not a date.
pub fn day(text: &str) -> Day {
    Day(vocabulary::dates::parse(text).expect("a date"))
}

/// A professional of that role, in that post of that organisation.
pub fn actor(role: Role, post: u128, organisation: u128) -> Actor {
    Actor {
        role,
        professional_id: Some(id(post + 1_000_000)),
        post_id: Some(id(post)),
        organisation_id: Some(id(organisation)),
        second_factor: true,
        system: None,
        purpose: None,
        own: None,
    }
}

/// Makes an organisation of that kind known.
pub fn organisation(known: &mut Known, number: u128, kind: OrganisationKind) {
    let organisation = Organisation { kind, name: format!("{kind:?} {number}"), ..Organisation::default() };
    known.organisations.insert(id(number), organisation);
}

/// An open case of that id, hosted by organisation 1.
pub fn open_case(number: u128) -> CaseStanding {
    CaseStanding { case_id: id(number), structure_id: id(1), open: true, ..CaseStanding::default() }
}

impl<E: Clone + Debug> Scenario<E> {
    /// Nothing was.
    pub fn nothing() -> Self {
        Self {
            facts: Vec::new(),
            today: day("2026-11-23"),
            actor: actor(Role::CIP, 7, 1),
            known: Known { case: Some(open_case(42)), ..Known::default() },
        }
    }

    /// These facts were.
    pub fn given(facts: impl IntoIterator<Item = impl Into<E>>) -> Self {
        Self { facts: facts.into_iter().map(Into::into).collect(), ..Self::nothing() }
    }

    /// It is that day.
    #[must_use]
    pub fn on(self, today: &str) -> Self {
        Self { today: day(today), ..self }
    }

    /// That professional asks.
    #[must_use]
    pub fn by(self, actor: Actor) -> Self {
        Self { actor, ..self }
    }

    /// This is known besides.
    #[must_use]
    pub fn knowing(mut self, tell: impl FnOnce(&mut Known)) -> Self {
        tell(&mut self.known);
        self
    }

    /// This is asked.
    pub fn when<C>(self, command: &C) -> Decided<E>
    where
        C: Command,
        C::Aggregate: Domain<Event = E>,
        E: contracts::Facts,
    {
        let state = self.facts.into_iter().fold(State::<C>::default(), <C::Aggregate as Domain>::apply);
        let noon = self.today.0.at(12, 0, 0, 0).to_zoned(vocabulary::clock::paris()).expect("noon exists");
        let context = Context::new(noon.timestamp(), self.actor, id(99), id(100), self.known);
        let result: Result<Vec<Event<C>>, Refusal> = command.decide(&state, &context);
        Decided { result, warnings: context.warnings().iter().map(|warning| warning.rule).collect() }
    }
}

/// What was decided.
#[derive(Debug)]
pub struct Decided<E> {
    /// The facts, or the refusal.
    pub result: Result<Vec<E>, Refusal>,
    /// The soft rules departed from.
    pub warnings: Vec<&'static str>,
}

impl<E: contracts::Facts> Decided<E> {
    /// Facts of these kinds were stated, without a warning; returns them.
    ///
    /// # Panics
    /// When they were not.
    #[track_caller]
    pub fn states(self, kinds: &[&str]) -> Vec<E> {
        assert_eq!(self.warnings, Vec::<&str>::new(), "no warning was expected");
        self.states_with_warnings(kinds, &[])
    }

    /// Facts of these kinds were stated, with at least these warnings; returns them.
    ///
    /// # Panics
    /// When they were not.
    #[track_caller]
    pub fn states_with_warnings(self, kinds: &[&str], warnings: &[&str]) -> Vec<E> {
        let facts = match self.result {
            Ok(facts) => facts,
            Err(refusal) => panic!("refused by {refusal}"),
        };
        assert_eq!(facts.iter().map(|fact| fact.encode().0.name).collect::<Vec<_>>(), kinds);
        for warning in warnings {
            assert!(self.warnings.contains(warning), "{warning} was expected, there are {:?}", self.warnings);
        }
        facts
    }

    /// That rule refused, in a whole French sentence.
    ///
    /// # Panics
    /// When it did not.
    #[track_caller]
    pub fn refuses(self, rule: &str) {
        let refusal = match self.result {
            Ok(facts) => panic!("accepted: {facts:?}"),
            Err(refusal) => refusal,
        };
        assert_eq!(refusal.rule, rule, "{}", refusal.detail);
        assert!(refusal.detail.ends_with('.'), "« {} » is not a sentence", refusal.detail);
    }
}
