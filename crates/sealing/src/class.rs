//! The classes of data.

use std::fmt;

/// The class of data that a field of a fact belongs to.
///
/// The numbers are stored, sealed and signed: they never change and are never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Class {
    /// What happened, when, in which state: nothing that describes a person. Never sealed.
    Trace = 0,
    /// Who the person is and how to reach them.
    Identity = 1,
    /// What the person wants to do and has done: skills, jobs, training.
    Project = 2,
    /// Housing, income, family, debts, mobility.
    Social = 3,
    /// Health, addiction and disability.
    Health = 4,
    /// Constraints that come from justice.
    Judicial = 5,
    /// Free text written by a professional, whatever it holds.
    Note = 6,
}

impl Class {
    /// The classes that are sealed, in the order of their codes: all but [`Class::Trace`].
    pub const PERSONAL: [Class; 6] =
        [Class::Identity, Class::Project, Class::Social, Class::Health, Class::Judicial, Class::Note];

    /// The class whose code is `code`, or `None` when no class of this version has it.
    #[must_use]
    pub const fn from_code(code: u8) -> Option<Class> {
        match code {
            0 => Some(Class::Trace),
            1 => Some(Class::Identity),
            2 => Some(Class::Project),
            3 => Some(Class::Social),
            4 => Some(Class::Health),
            5 => Some(Class::Judicial),
            6 => Some(Class::Note),
            _ => None,
        }
    }

    /// The stored number of the class.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// The name of the class in lower case, as policies and metrics write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Class::Trace => "trace",
            Class::Identity => "identity",
            Class::Project => "project",
            Class::Social => "social",
            Class::Health => "health",
            Class::Judicial => "judicial",
            Class::Note => "note",
        }
    }

    /// Whether data of this class is sealed.
    #[must_use]
    pub const fn is_personal(self) -> bool {
        !matches!(self, Class::Trace)
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::Class;

    #[test]
    fn a_code_names_one_class_and_comes_back() {
        for code in 0..=u8::MAX {
            match Class::from_code(code) {
                Some(class) => assert_eq!(class.code(), code),
                None => assert!(code > 6),
            }
        }
    }

    #[test]
    fn every_class_but_trace_is_personal_and_in_order() {
        let personal: Vec<_> = (0..=6).filter_map(Class::from_code).filter(|c| c.is_personal()).collect();
        assert_eq!(personal, Class::PERSONAL);
    }
}
