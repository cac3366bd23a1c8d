//! What is due: commands that follow from facts, now or on a day to come. An agenda is a read model
//! that keeps, for each key, the commands its facts call for; a worker applies those whose time has
//! come. Nothing is kept of what was done: the fact that results removes the due from the agenda, and
//! the id of the command follows from its cause, so that a due is done once whatever dies.

use contracts::Recorded;
use jiff::Timestamp;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use uuid::Uuid;

/// A command that facts call for.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Due {
    /// The aggregate it is about.
    pub target: Uuid,
    /// From which instant.
    pub at: Timestamp,
    /// The command's name.
    pub command: &'static str,
    /// Its body.
    pub body: Value,
    /// Position of the fact that calls for it.
    pub cause: i64,
}

/// What an agenda keeps of the facts, and which commands follow.
pub trait Agenda: Send + Sync + 'static {
    /// What is kept for one key.
    type State: Serialize + DeserializeOwned + Default + Clone + std::fmt::Debug + Send + Sync + 'static;

    /// Its name, also its table's.
    const NAME: &'static str;
    /// Its version: another one is built beside, and takes over.
    const VERSION: u32;

    /// Whose order matters: the case, or the aggregate. Nothing when the fact is of no concern.
    fn key(fact: &Recorded) -> Option<Uuid>;

    /// Folds a fact.
    ///
    /// # Errors
    /// When it cannot be understood; the reason names no person.
    fn fold(state: &mut Self::State, fact: &Recorded) -> Result<(), String>;

    /// The commands that are called for, as things stand.
    fn due(state: &Self::State) -> Vec<Due>;
}
