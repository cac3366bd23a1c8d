//! Which commands state something personal.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Mutex, MutexGuard, PoisonError},
};

use contracts::Class;

/// The personal classes that commands have stated in this process, by name. For the next one of that name, their keys are
/// asked for while it is decided, instead of after.
#[derive(Debug, Default)]
pub struct Personal(Mutex<HashMap<&'static str, BTreeSet<Class>>>);

impl Personal {
    pub(super) fn of(&self, command: &'static str) -> BTreeSet<Class> {
        self.lock().get(command).cloned().unwrap_or_default()
    }

    pub(super) fn learn(&self, command: &'static str, classes: BTreeSet<Class>) {
        if !classes.is_empty() {
            self.lock().entry(command).or_default().extend(classes);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<&'static str, BTreeSet<Class>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
