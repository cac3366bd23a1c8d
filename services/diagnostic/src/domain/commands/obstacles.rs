//! Obstacles: named, eased, back again. None of them is ever a precondition of anything.

use contracts::{Class, Word};
use serde::{Deserialize, Serialize};
use service::{Command, Context};
use utoipa::ToSchema;
use uuid::Uuid;
use vocabulary::{Refusal, Rule};

use super::{
    super::{
        aggregate::{self, Diagnostic, Obstacle},
        *,
    },
    not_completed, protected,
};

/// An obstacle is spoken of where it was named.
pub const KNOWN_OBSTACLE: Rule = Rule::strict(
    "diagnostic.obstacle",
    "Un obstacle est levé ou revient dans le diagnostic où il a été repéré.",
    "usage",
);

/// The obstacle of that diagnostic.
pub(in crate::domain) fn known(state: &aggregate::State, obstacle_id: Uuid) -> Result<Obstacle, Refusal> {
    state.obstacles.get(&obstacle_id).copied().ok_or_else(|| {
        KNOWN_OBSTACLE
            .refuse("Cet obstacle n’est pas dans ce diagnostic. Vérifiez l’identifiant, ou cherchez-le dans un autre diagnostic de la personne.")
            .at("/obstacle_id")
    })
}

/// Names an obstacle; kept in the class of its dimension.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NameObstacle {
    /// What it is about.
    pub dimension: Word<Dimension>,
    /// In a few words.
    #[serde(default)]
    pub text: String,
    /// Its id, when the caller gives it one so as to speak of it later; a fresh one when absent.
    #[serde(default)]
    pub obstacle_id: Option<Uuid>,
}

impl Command for NameObstacle {
    type Aggregate = Diagnostic;
    const NAME: &'static str = "diagnostic.name-obstacle";
    const SUMMARY: &'static str = "Repérer un obstacle";

    fn decide(&self, state: &aggregate::State, context: &Context) -> Result<Vec<Event>, Refusal> {
        not_completed(state)?;
        let obstacle_id = self.obstacle_id.unwrap_or(context.fresh_id);
        if state.obstacles.contains_key(&obstacle_id) {
            return Ok(Vec::new());
        }
        let text = self.text.trim().to_owned();
        let situation = Situation { dimension: self.dimension.into(), text, ..Default::default() };
        let mut named = ObstacleNamed { obstacle_id: obstacle_id.to_string(), ..Default::default() };
        match class_of_dimension(self.dimension.0) {
            Class::Health => named.health = situation.into(),
            Class::Judicial => named.judicial = situation.into(),
            Class::Project => named.project = situation.into(),
            _ => named.social = situation.into(),
        }
        Ok(vec![named.into()])
    }
}

/// The class of an obstacle of that dimension, and of what is done about it.
pub fn class_of_dimension(dimension: Dimension) -> Class {
    match (protected(dimension), dimension) {
        (Some(class), _) => class,
        (_, Dimension::FORMATION | Dimension::AGE) => Class::Project,
        _ => Class::Social,
    }
}

/// Says that an obstacle weighs less, or no more; also after the diagnostic is completed.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EaseObstacle {
    /// Which one.
    pub obstacle_id: Uuid,
    /// What helped; kept in the class of the obstacle.
    #[serde(default)]
    pub how: String,
}

impl Command for EaseObstacle {
    type Aggregate = Diagnostic;
    const NAME: &'static str = "diagnostic.ease-obstacle";
    const SUMMARY: &'static str = "Lever un obstacle";

    fn decide(&self, state: &aggregate::State, _: &Context) -> Result<Vec<Event>, Refusal> {
        let obstacle = known(state, self.obstacle_id)?;
        if !obstacle.open {
            return Ok(Vec::new());
        }
        let how = self.how.trim().to_owned();
        let mut eased = ObstacleEased { obstacle_id: self.obstacle_id.to_string(), ..Default::default() };
        match obstacle.class {
            Class::Project => eased.how_project = how,
            Class::Social => eased.how_social = how,
            Class::Judicial => eased.how_judicial = how,
            _ => eased.how_health = how,
        }
        Ok(vec![eased.into()])
    }
}

/// Says that an obstacle is back; also after the diagnostic is completed.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReturnObstacle {
    /// Which one.
    pub obstacle_id: Uuid,
}

impl Command for ReturnObstacle {
    type Aggregate = Diagnostic;
    const NAME: &'static str = "diagnostic.return-obstacle";
    const SUMMARY: &'static str = "Dire qu’un obstacle est revenu";

    fn decide(&self, state: &aggregate::State, _: &Context) -> Result<Vec<Event>, Refusal> {
        if known(state, self.obstacle_id)?.open {
            return Ok(Vec::new());
        }
        let returned = ObstacleReturned { obstacle_id: self.obstacle_id.to_string(), ..Default::default() };
        Ok(vec![returned.into()])
    }
}
