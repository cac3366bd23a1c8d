//! What the rules of a diagnostic must know of its past.

use std::collections::BTreeMap;

use contracts::{Class, Message};
use jiff::civil::Date;
use sealing::{part::Part, wire::take_parts};
use service::Domain;
use uuid::Uuid;
use vocabulary::dates::parse;

use super::Event;

/// The aggregate.
#[derive(Debug)]
pub struct Diagnostic;

/// Its state.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// Its first day.
    pub started_on: Option<Date>,
    /// Whether it is done.
    pub completed: bool,
    /// The day it was.
    pub completed_on: Option<Date>,
    /// Last day it can be relied upon.
    pub valid_until: Option<Date>,
    /// How many times its conclusion was said anew.
    pub revisions: u32,
    /// The obstacles named in it.
    pub obstacles: BTreeMap<Uuid, Obstacle>,
}

/// An obstacle, as far as rules must know it: what it is about stays sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Obstacle {
    /// The class of its dimension: what is said of it later has the same.
    pub class: Class,
    /// Whether it still weighs.
    pub open: bool,
}

impl Domain for Diagnostic {
    type Event = Event;
    type State = State;

    const CALLED: &'static str = "ce diagnostic";

    fn apply(mut state: State, event: Event) -> State {
        match event {
            Event::DiagnosticStarted(started) => {
                state.started_on = parse(&started.started_on);
            }
            Event::ObstacleNamed(named) => {
                let set = [
                    named.project.is_set(),
                    named.social.is_set(),
                    named.health.is_set(),
                    named.judicial.is_set(),
                ];
                if let Ok(id) = named.obstacle_id.parse() {
                    state.obstacles.insert(id, Obstacle { class: class_of(set, &named), open: true });
                }
            }
            Event::ObstacleEased(eased) => state.weigh(&eased.obstacle_id, false),
            Event::ObstacleReturned(returned) => state.weigh(&returned.obstacle_id, true),
            Event::DiagnosticCompleted(completed) => {
                state.completed = true;
                state.completed_on = parse(&completed.completed_on);
                state.valid_until = parse(&completed.valid_until);
            }
            Event::DiagnosticRevised(_) => state.revisions += 1,
            Event::ProfessionalSituationAssessed(_)
            | Event::SocialSituationAssessed(_)
            | Event::SkillIdentified(_) => {}
        }
        state
    }
}

impl State {
    fn weigh(&mut self, obstacle_id: &str, open: bool) {
        if let Some(obstacle) = obstacle_id.parse().ok().and_then(|id| self.obstacles.get_mut(&id)) {
            obstacle.open = open;
        }
    }
}

/// The classes a thing of some dimension may have, in the order in which facts have their fields.
const CLASSES: [Class; 4] = [Class::Project, Class::Social, Class::Health, Class::Judicial];

/// The class of what a fact says, which a sealed part announces without being opened: the one whose field
/// is set when nothing is sealed. One that announces nothing is kept as closed as health.
pub(super) fn class_of(set: [bool; 4], fact: &impl Message) -> Class {
    if let Some((_, class)) = set.into_iter().zip(CLASSES).find(|(set, _)| *set) {
        return class;
    }
    let bytes = fact.encode_to_vec();
    let sealed = take_parts(&bytes).map(|(_, parts)| parts).unwrap_or_default();
    sealed.into_iter().find_map(|part| Some(Part::parse(part).ok()?.class)).unwrap_or(Class::Health)
}
