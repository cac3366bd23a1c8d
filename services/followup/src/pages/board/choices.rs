//! What a board may be asked to show.

use serde::Deserialize;

use crate::{facets::Short, read::board::Standing};

/// Which cases, as the address says it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub enum Chosen {
    /// Open ones.
    #[default]
    #[serde(rename = "ouverts")]
    Open,
    /// Closed ones.
    #[serde(rename = "clos")]
    Closed,
    /// All.
    #[serde(rename = "tous")]
    All,
}

impl Chosen {
    pub(super) const ALL: [(Self, &str, &str); 3] = [
        (Self::Open, "ouverts", "Dossiers ouverts"),
        (Self::Closed, "clos", "Dossiers clos"),
        (Self::All, "tous", "Tous les dossiers"),
    ];

    pub(super) fn word(self) -> &'static str {
        Self::ALL.iter().find(|(state, _, _)| *state == self).map_or("", |(_, word, _)| word)
    }
}

impl From<Chosen> for Standing {
    fn from(state: Chosen) -> Self {
        match state {
            Chosen::Open => Self::Open,
            Chosen::Closed => Self::Closed,
            Chosen::All => Self::All,
        }
    }
}

/// What is looked at, as the address says it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub enum Seeing {
    /// Everyone.
    #[default]
    #[serde(rename = "tous")]
    Everyone,
    /// Those for whom an answer is awaited.
    #[serde(rename = "attente")]
    Awaiting,
    /// Those in an immersion, or about to be.
    #[serde(rename = "immersion")]
    Immersion,
    /// Those who work.
    #[serde(rename = "emploi")]
    Working,
    /// Those with nothing under way.
    #[serde(rename = "calme")]
    Quiet,
}

impl Seeing {
    pub(super) const ALL: [(Self, &str, &str); 5] = [
        (Self::Everyone, "tous", "Tout le monde"),
        (Self::Awaiting, "attente", "Réponse attendue"),
        (Self::Immersion, "immersion", "Immersion en cours ou prévue"),
        (Self::Working, "emploi", "En emploi"),
        (Self::Quiet, "calme", "Rien en cours"),
    ];

    pub(super) fn word(self) -> &'static str {
        Self::ALL.iter().find(|(seeing, _, _)| *seeing == self).map_or("", |(_, word, _)| word)
    }

    pub(super) fn shows(self, status: &Short) -> bool {
        let (awaiting, immersion) = (status.awaiting() > 0, status.immersion.is_some());
        let working = status.employment.is_some();
        match self {
            Self::Everyone => true,
            Self::Awaiting => awaiting,
            Self::Immersion => immersion,
            Self::Working => working,
            Self::Quiet => !awaiting && !immersion && !working,
        }
    }
}
