//! What the rules of a diagnostic must know of its past.

use std::collections::BTreeMap;

use contracts::{Class, Message as _};
use jiff::civil::Date;
use sealing::{part::Part, wire::take_parts};
use service::Domain;
use uuid::Uuid;

use super::{Event, ObstacleNamed};

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
                state.started_on = vocabulary::dates::parse(&started.started_on);
            }
            Event::ObstacleNamed(named) => {
                if let Ok(id) = named.obstacle_id.parse() {
                    state.obstacles.insert(id, Obstacle { class: class_of(&named), open: true });
                }
            }
            Event::ObstacleEased(eased) => state.weigh(&eased.obstacle_id, false),
            Event::ObstacleReturned(returned) => state.weigh(&returned.obstacle_id, true),
            Event::DiagnosticCompleted(_) => state.completed = true,
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

/// The class of an obstacle, which a sealed part announces without being opened. One that announces
/// nothing is kept as closed as health.
fn class_of(named: &ObstacleNamed) -> Class {
    let in_clear = [
        (named.project.is_set(), Class::Project),
        (named.social.is_set(), Class::Social),
        (named.health.is_set(), Class::Health),
        (named.judicial.is_set(), Class::Judicial),
    ];
    if let Some((_, class)) = in_clear.into_iter().find(|(set, _)| *set) {
        return class;
    }
    let bytes = named.encode_to_vec();
    let sealed = take_parts(&bytes).map(|(_, parts)| parts).unwrap_or_default();
    sealed.into_iter().find_map(|part| Some(Part::parse(part).ok()?.class)).unwrap_or(Class::Health)
}
