//! What was done of a notification: names of facts, of rules, of members; never a value.

use std::fmt;

use contracts::{FactType, Facts as _};
use uuid::Uuid;

use super::{attach::Reason, border::Ignored};
use crate::domain::Event;

/// What was done of a body, or would be.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Whether it was only tried.
    pub dry_run: bool,
    /// Why nothing follows, when nothing does.
    pub ignored: Option<Ignored>,
    /// What follows for each convention.
    pub conventions: Vec<ConventionReport>,
    /// Members nobody knows.
    pub unknown_fields: Vec<String>,
    /// Members whose value was not understood.
    pub unknown_values: Vec<String>,
}

/// What was done for one convention.
#[derive(Clone, Debug)]
pub struct ConventionReport {
    /// Its id in the tool.
    pub reference: Uuid,
    /// What became of it.
    pub outcome: Outcome,
    /// The facts stated.
    pub facts: Vec<&'static FactType>,
    /// What differs from our rules or from what we hold.
    pub divergences: Vec<String>,
    /// Soft rules it departs from.
    pub warnings: Vec<&'static str>,
}

/// What became of a convention.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Facts were stated.
    Recorded,
    /// Everything was known already.
    NothingNew,
    /// A newer state was known: kept as history.
    Late,
    /// Nobody was recognised: kept aside, sealed.
    KeptAside(Reason),
    /// The person was forgotten: nothing may be written any more.
    Forgotten,
}

impl ConventionReport {
    pub(super) fn new(reference: Uuid, outcome: Outcome) -> Self {
        Self { reference, outcome, facts: Vec::new(), divergences: Vec::new(), warnings: Vec::new() }
    }

    /// From the facts that were stated, or would be.
    pub(super) fn of(reference: Uuid, stated: &[Event]) -> Self {
        let mut report = Self::new(reference, Outcome::NothingNew);
        for fact in stated {
            match fact {
                Event::NotificationReceived(received) if received.late => report.outcome = Outcome::Late,
                Event::NotificationReceived(_) => {}
                fact => {
                    report.outcome = Outcome::Recorded;
                    report.facts.push(fact.encode().0);
                }
            }
            if let Event::DivergenceNoted(noted) = fact {
                report.divergences.extend(noted.about.iter().cloned());
            }
        }
        report
    }
}

impl Report {
    /// Whether something waits for a professional.
    pub fn is_kept_aside(&self) -> bool {
        self.conventions.iter().any(|convention| matches!(convention.outcome, Outcome::KeptAside(_)))
    }
}

impl Ignored {
    /// In French.
    pub fn text(self) -> &'static str {
        match self {
            Self::OtherEvent => "Cet événement n’est pas convention.updated : rien à enregistrer.",
            Self::MiniStage => "Les mini-stages ne concernent pas Jalon : rien à enregistrer.",
            Self::UnknownKind => "Jalon ne connaît pas encore ce type de stage : rien n’a été enregistré.",
            Self::UnknownStatus => {
                "Jalon ne connaît pas encore cet état : le dernier état connu est conservé."
            }
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.dry_run {
            f.write_str("À blanc, rien n’est écrit. ")?;
        }
        if let Some(ignored) = self.ignored {
            f.write_str(ignored.text())?;
        }
        for (index, convention) in self.conventions.iter().enumerate() {
            write!(f, "{}{convention}", if index > 0 { " " } else { "" })?;
        }
        for (what, names) in
            [("Champs inconnus", &self.unknown_fields), ("Valeurs non comprises", &self.unknown_values)]
        {
            if !names.is_empty() {
                write!(f, " {what} : {}.", names.join(", "))?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for ConventionReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Convention {} : ", self.reference)?;
        match self.outcome {
            Outcome::Recorded => {
                let labels: Vec<_> = self.facts.iter().map(|fact| fact.label).collect();
                write!(f, "{}.", labels.join(", "))?;
            }
            Outcome::NothingNew => f.write_str("rien de nouveau.")?,
            Outcome::Late => f.write_str("message ancien, gardé comme historique.")?,
            Outcome::KeptAside(reason) => write!(f, "à rattacher à un dossier, car {}.", reason.text())?,
            Outcome::Forgotten => {
                f.write_str("les données de cette personne sont effacées, rien n’est gardé.")?
            }
        }
        for (what, names) in [
            ("Divergences relevées", self.divergences.iter().map(String::as_str).collect::<Vec<_>>()),
            ("Avertissements", self.warnings.clone()),
        ] {
            if !names.is_empty() {
                write!(f, " {what} : {}.", names.join(", "))?;
            }
        }
        Ok(())
    }
}
