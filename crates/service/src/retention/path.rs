//! What the insertion path of a person and their immersions leave to be kept for a time: folded from facts, from
//! `trace` fields only.

use std::collections::BTreeMap;

use contracts::{
    Class, DecodeError, Recorded,
    employment::v1::ContractKind,
    events::{Convention, Employment, Pass, Prescription},
    immersion::v1::ReviewOutcome,
    prescription::v1::PrescriptionKind,
};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use vocabulary::dates::parse;

/// Where the path of a person stands, as far as it decides how long it is kept.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Path {
    /// Whether it is one of insertion par l’activité économique: a PASS, a candidature, a contract.
    iae: bool,
    /// The last day of each PASS IAE, as it now stands.
    passes: BTreeMap<Uuid, Date>,
    /// The last day of each contract; nothing as long as none is known.
    contracts: BTreeMap<Uuid, Option<Date>>,
    /// Each immersion that was agreed or undone: whether it took place.
    immersions: BTreeMap<Uuid, bool>,
    /// The last day something of the project of the person was collected, that can still be read.
    last_project: Option<Date>,
}

impl Path {
    /// Whether that fact changes anything here.
    pub fn concerns(fact: &Recorded) -> bool {
        let aggregate = fact.kind.aggregate().name;
        let ours = ["pass", "prescription", "employment", "convention"].contains(&aggregate);
        fact.case_id.is_some() && aggregate != "case" && (ours || is_of_project(fact))
    }

    /// Folds a fact of the person.
    ///
    /// # Errors
    /// When it cannot be understood.
    pub fn apply(&mut self, fact: &Recorded) -> Result<(), DecodeError> {
        if is_of_project(fact) {
            self.last_project = self.last_project.max(Some(fact.occurred_on));
        }
        match fact.kind.aggregate().name {
            "pass" => {
                let last = match fact.trace()? {
                    Pass::PassIaeReported(reported) => reported.ends_on,
                    Pass::PassIaeSuspended(suspended) => suspended.ends_on,
                    Pass::PassIaeProlonged(prolonged) => prolonged.until,
                };
                self.iae = true;
                self.passes.extend(parse(&last).map(|last| (fact.stream_id, last)));
            }
            "prescription" => {
                if let Prescription::PrescriptionSent(sent) = fact.trace()? {
                    self.iae |= sent.kind == PrescriptionKind::CANDIDATURE_IAE;
                }
            }
            "employment" => self.work(fact.stream_id, fact.trace()?),
            "convention" => self.meet(fact.stream_id, &fact.trace()?),
            _ => {}
        }
        Ok(())
    }

    fn work(&mut self, contract: Uuid, event: Employment) {
        match event {
            Employment::EmploymentStarted(started) => {
                let iae = [ContractKind::CDDI, ContractKind::CDI_INCLUSION];
                self.iae |= iae.iter().any(|kind| started.contract == *kind);
                self.contracts.insert(contract, parse(&started.ends_on));
            }
            Employment::ContractRenewed(renewed) => {
                self.contracts.insert(contract, parse(&renewed.ends_on));
            }
            Employment::EmploymentEnded(ended) => {
                self.contracts.insert(contract, parse(&ended.ended_on));
            }
            _ => {}
        }
    }

    fn meet(&mut self, immersion: Uuid, event: &Convention) {
        match event {
            Convention::ConventionCancelled(_)
            | Convention::ConventionRejected(_)
            | Convention::ConventionLapsed(_) => {
                self.immersions.entry(immersion).or_insert(false);
            }
            Convention::ImmersionStarted(_) => {
                self.immersions.insert(immersion, true);
            }
            Convention::ImmersionReviewed(reviewed) => {
                self.immersions.insert(immersion, reviewed.outcome != ReviewOutcome::DID_NOT_SHOW);
            }
            _ => {}
        }
    }

    /// What was collected of the project is erased: it counts no more.
    pub fn forget_project(&mut self) {
        self.last_project = None;
    }

    /// The last day of the path, or of what was collected when that is later; nothing while it goes on, or when none
    /// was of insertion par l’activité économique.
    pub fn end(&self) -> Option<Date> {
        if self.iae { self.last_of_work() } else { None }
    }

    /// The last day something was collected, when all that was agreed of immersions came to nothing.
    pub fn end_of_unexecuted(&self) -> Option<Date> {
        let none_took_place =
            !self.immersions.is_empty() && self.immersions.values().all(|took_place| !took_place);
        if none_took_place && !self.iae { self.last_of_work() } else { None }
    }

    fn last_of_work(&self) -> Option<Date> {
        let collected = self.last_project?;
        let contracts: Option<Vec<Date>> = self.contracts.values().copied().collect();
        contracts?.into_iter().chain(self.passes.values().copied()).chain([collected]).max()
    }
}

/// Whether a fact holds something of the project of the person.
fn is_of_project(fact: &Recorded) -> bool {
    fact.kind.fields.iter().any(|field| Class::from_code(field.class) == Some(Class::Project))
}
