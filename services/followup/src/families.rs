//! The four families of « Emploi et vie professionnelle » in the tariff of CHRS, and to which of them each
//! kind of fact belongs.

use contracts::FactType;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A family.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
pub enum Family {
    /// Access to information on employment and training.
    #[serde(rename = "F2.A1")]
    Information,
    /// Opening and renewal of the rights that go with employment.
    #[serde(rename = "F2.A2")]
    Rights,
    /// Access to employment.
    #[serde(rename = "F2.A3")]
    Access,
    /// Life at work.
    #[serde(rename = "F2.A4")]
    Work,
}

impl Family {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Information, Self::Rights, Self::Access, Self::Work];

    /// Its code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Information => "F2.A1",
            Self::Rights => "F2.A2",
            Self::Access => "F2.A3",
            Self::Work => "F2.A4",
        }
    }

    /// Its name.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Information => "Accès à l’information relative à l’emploi et la formation professionnelle",
            Self::Rights => "Ouverture et renouvellement des droits relatifs à l’emploi",
            Self::Access => "Accès à l’emploi",
            Self::Work => "Vie professionnelle",
        }
    }

    /// The family of a kind of fact: that of its aggregate, but for the kinds that are said apart.
    pub fn of(kind: &FactType) -> Self {
        let apart = APART.iter().find(|(_, kinds)| kinds.contains(&kind.name));
        apart.map_or_else(|| of_aggregate(kind.aggregate().name), |(family, _)| *family)
    }
}

/// Kinds that are not of the family of their aggregate.
const APART: &[(Family, &[&str])] =
    &[(Family::Rights, &["EligibilityEstablished"]), (Family::Access, &["EmploymentStarted"])];

/// The family of most facts of an aggregate. What comes from elsewhere informs.
fn of_aggregate(name: &str) -> Family {
    match name {
        "pass" | "resource" => Family::Rights,
        "prescription" | "convention" | "activity" | "match" | "attendance" => Family::Access,
        "employment" => Family::Work,
        _ => Family::Information,
    }
}

#[cfg(test)]
mod tests {
    use contracts::{all_aggregates, by_kind};

    use super::*;

    #[test]
    fn every_kind_that_is_said_apart_exists_and_leaves_the_family_of_its_aggregate() {
        for (family, names) in APART {
            for name in *names {
                let kind = all_aggregates().iter().flat_map(|one| one.facts).find(|kind| kind.name == *name);
                let kind = kind.unwrap_or_else(|| panic!("{name} is a kind of fact"));
                assert_eq!(Family::of(kind), *family, "{name}");
                assert_ne!(of_aggregate(kind.aggregate().name), *family, "{name} needs not be said apart");
            }
        }
    }

    #[test]
    fn every_family_has_facts_and_every_fact_about_a_person_one_family() {
        let all: Vec<&FactType> = all_aggregates().iter().flat_map(|one| one.facts).collect();
        for family in Family::ALL {
            assert!(all.iter().any(|kind| Family::of(kind) == family), "{}", family.code());
        }
        let of = |kind: &str| Family::of(by_kind(kind).expect("a kind"));
        for (kind, family) in [
            ("jalon.case.v1.CaseOpened", Family::Information),
            ("jalon.diagnostic.v1.DiagnosticCompleted", Family::Information),
            ("jalon.prescription.v1.EligibilityEstablished", Family::Rights),
            ("jalon.prescription.v1.PrescriptionSent", Family::Access),
            ("jalon.immersion.v1.ImmersionStarted", Family::Access),
            ("jalon.employment.v1.EmploymentStarted", Family::Access),
            ("jalon.employment.v1.EmploymentEnded", Family::Work),
        ] {
            assert_eq!(of(kind), family, "{kind}");
        }
    }
}
