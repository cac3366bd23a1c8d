//! Which commands state something personal.

use std::{
    collections::HashSet,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// The commands that have stated something personal in this process, by name. For the next one of that name, keys are
/// asked for while it is decided, instead of after.
#[derive(Debug, Default)]
pub struct Personal(Mutex<HashSet<&'static str>>);

impl Personal {
    pub(super) fn holds(&self, command: &'static str) -> bool {
        self.lock().contains(command)
    }

    pub(super) fn learn(&self, command: &'static str, is_personal: bool) {
        if is_personal {
            self.lock().insert(command);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashSet<&'static str>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
