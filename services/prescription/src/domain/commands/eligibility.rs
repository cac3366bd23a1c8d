//! Whether the person may enter the insertion par l'activité économique, on what ground, until when.

use std::collections::BTreeSet;

use contracts::{Word, common::v1::OrganisationKind};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use service::{Command, Context, Day, Needs};
use utoipa::ToSchema;
use vocabulary::{
    Refusal, Rule,
    dates::{valid_for_days, valid_for_months},
};

use super::{
    super::{
        aggregate::{Prescription, State},
        *,
    },
    answers::entitled,
};

/// Which employers may establish it alone.
pub const SIAE_ONLY: Rule = Rule::strict(
    "eligibilite.employeur",
    "Seule une SIAE (ACI, AI, EI, EITI, ETTI) établit l’éligibilité à partir de critères.",
    "Code du travail, art. L. 5132-3",
);
/// An employer does not speak as an authorised prescriber.
pub const NOT_THE_EMPLOYER: Rule = Rule::strict(
    "eligibilite.habilitation",
    "La SIAE destinataire établit l’éligibilité en tant qu’employeur, pas en tant que prescripteur habilité.",
    "Code du travail, art. L. 5132-3",
);
/// Whose word is that of an authorised prescriber.
pub const AUTHORISED: Rule = Rule::strict(
    "eligibilite.prescripteur",
    "Parlent en prescripteurs habilités : France Travail, mission locale, Cap emploi, PLIE, département, EPIDE, école de la deuxième chance ; CHRS, hébergement d’urgence, CADA, CPH, HUDA, pension de famille, intermédiation locative, OACAS ; CSAPA, CAARUD, CIDFF, aide sociale à l’enfance, prévention spécialisée, PJJ, SPIP.",
    "arrêté du 1er septembre 2021",
);
/// Whose word is that of the employer.
pub const BY_THE_EMPLOYER: Rule = Rule::strict(
    "eligibilite.verifiee-par",
    "C’est la SIAE destinataire elle-même qui vérifie les critères.",
    "Code du travail, art. L. 5132-3",
);
/// Each criterion counts once.
pub const CRITERIA_NAMED: Rule = Rule::strict(
    "eligibilite.critere",
    "Chaque critère est nommé, et n’est donné qu’une fois.",
    "usage des Emplois de l’inclusion",
);
/// How many criteria an employer alone needs.
pub const ENOUGH_CRITERIA: Rule = Rule::strict(
    "eligibilite.seuil",
    "Un employeur seul vérifie un critère de niveau 1, ou des critères de niveau 2 : deux pour une AI ou une ETTI, trois pour un ACI, une EI ou une EITI.",
    "arrêté du 1er septembre 2021",
);
/// What it is for.
pub const FOR_IAE: Rule = Rule::soft(
    "eligibilite.objet",
    "L’éligibilité à l’IAE ne sert qu’à une prescription vers l’IAE : vérifiez qu’elle est au bon endroit.",
    "usage",
);

/// For how many months the word of an authorised prescriber holds.
const PRESCRIBER_MONTHS: i32 = 6;
/// For how many days that of an employer alone holds.
const EMPLOYER_DAYS: i32 = 92;

/// How many criteria of level 2 a SIAE of that kind needs; nothing for another organisation.
fn level_2_needed(kind: OrganisationKind) -> Option<usize> {
    match kind {
        OrganisationKind::AI | OrganisationKind::ETTI => Some(2),
        OrganisationKind::ACI | OrganisationKind::EI | OrganisationKind::EITI => Some(3),
        _ => None,
    }
}

/// Whether organisations of that kind are authorised prescribers.
pub fn is_authorised(kind: OrganisationKind) -> bool {
    use OrganisationKind as Kind;
    matches!(
        kind,
        Kind::FT
            | Kind::ML
            | Kind::CAP_EMPLOI
            | Kind::PLIE
            | Kind::DEPT
            | Kind::EPIDE
            | Kind::E2C
            | Kind::CHRS
            | Kind::CHU
            | Kind::HU
            | Kind::CADA
            | Kind::CPH
            | Kind::HUDA
            | Kind::PENSION
            | Kind::OIL
            | Kind::OACAS
            | Kind::CSAPA
            | Kind::CAARUD
            | Kind::CIDFF
            | Kind::ASE
            | Kind::PREVENTION
            | Kind::PJJ
            | Kind::SPIP
    )
}

/// Establishes that the person may enter the insertion par l'activité économique.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EstablishEligibility {
    /// On what ground.
    pub ground: Word<EligibilityGround>,
    /// On which day; today when absent.
    #[serde(default)]
    pub established_on: Option<Day>,
    /// Codes of the criteria of level 1; an authorised prescriber needs none.
    #[serde(default)]
    pub level_1: Vec<String>,
    /// Codes of the criteria of level 2.
    #[serde(default)]
    pub level_2: Vec<String>,
}

impl EstablishEligibility {
    fn check_criteria(&self) -> Result<(), Refusal> {
        let mut seen = BTreeSet::new();
        for (pointer, criteria) in [("/level_1", &self.level_1), ("/level_2", &self.level_2)] {
            for criterion in criteria {
                if criterion.trim().is_empty() {
                    return Err(CRITERIA_NAMED
                        .refuse("Un critère est vide. Donnez son code, ou retirez-le.")
                        .at(pointer));
                }
                if !seen.insert(criterion.trim().to_uppercase()) {
                    return Err(CRITERIA_NAMED
                        .refuse("Un critère est donné deux fois. Gardez-le une seule fois.")
                        .at(pointer));
                }
            }
        }
        Ok(())
    }

    /// The ground fits whoever invokes it.
    fn check_ground(&self, employer: Option<OrganisationKind>, is_addressee: bool) -> Result<(), Refusal> {
        let needed = employer.and_then(level_2_needed);
        match (self.ground.0, needed) {
            (EligibilityGround::EMPLOYEUR, None) => Err(SIAE_ONLY
                .refuse("Le destinataire n’est pas une SIAE. Faites établir l’éligibilité par un prescripteur habilité.")
                .at("/ground")),
            (EligibilityGround::EMPLOYEUR, Some(needed))
                if self.level_1.is_empty() && self.level_2.len() < needed =>
            {
                Err(ENOUGH_CRITERIA
                    .refuse(format!("Il faut ici un critère de niveau 1, ou {needed} critères de niveau 2. Complétez les critères vérifiés, ou adressez-vous à un prescripteur habilité."))
                    .at("/level_2"))
            }
            (EligibilityGround::PRESCRIPTEUR_HABILITE, Some(_)) if is_addressee => Err(NOT_THE_EMPLOYER
                .refuse("Votre organisation est ici l’employeur. Donnez les critères que vous avez vérifiés, ou demandez à un prescripteur habilité.")
                .at("/ground")),
            _ => Ok(()),
        }
    }
}

/// Whoever speaks is who may: an authorised prescriber, or the employer itself. What the tool that is the authority
/// says is not judged.
fn check_speaker(ground: EligibilityGround, is_addressee: bool, context: &Context) -> Result<(), Refusal> {
    if context.actor.system.is_some() {
        return Ok(());
    }
    let own = context.actor.organisation_id.and_then(|id| context.organisation(id));
    match ground {
        EligibilityGround::EMPLOYEUR if !is_addressee => Err(BY_THE_EMPLOYER
            .refuse("Votre organisation n’est pas l’employeur. Demandez-lui de vérifier les critères, ou adressez-vous à un prescripteur habilité.")
            .at("/ground")),
        EligibilityGround::PRESCRIPTEUR_HABILITE if !own.is_some_and(|own| is_authorised(own.kind)) => {
            Err(AUTHORISED
                .refuse("Votre organisation n’est pas un prescripteur habilité. Demandez-le à celui qui accompagne la personne : France Travail, la mission locale, la structure qui l’héberge.")
                .at("/ground"))
        }
        _ => Ok(()),
    }
}

fn trimmed(criteria: &[String]) -> Vec<String> {
    criteria.iter().map(|criterion| criterion.trim().to_owned()).collect()
}

impl Command for EstablishEligibility {
    type Aggregate = Prescription;
    const NAME: &'static str = "prescription.establish-eligibility";
    const SUMMARY: &'static str = "Établir l’éligibilité à l’insertion par l’activité économique";
    const DAY: fn(&Self) -> Option<Date> = |command| command.established_on.map(|day| day.0);

    fn needs(&self, state: &State) -> Needs {
        Needs {
            organisations: state.addressee.into_iter().collect(),
            own_organisation: true,
            ..Needs::default()
        }
    }

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        entitled(state, context)?;
        self.check_criteria()?;
        let employer = state.addressee.and_then(|id| context.organisation(id)).map(|employer| employer.kind);
        let is_addressee = state.addressee.is_some() && context.actor.organisation_id == state.addressee;
        self.check_ground(employer, is_addressee)?;
        check_speaker(self.ground.0, is_addressee, context)?;
        let iae = [
            PrescriptionKind::CANDIDATURE_IAE,
            PrescriptionKind::PHC,
            PrescriptionKind::CVG,
            PrescriptionKind::TAPAJ,
        ];
        if !iae.contains(&state.kind) {
            context.warn(&FOR_IAE);
        }
        let established_on = self.established_on.map_or(context.today, |day| day.0);
        let valid_until = match self.ground.0 {
            EligibilityGround::EMPLOYEUR => valid_for_days(established_on, EMPLOYER_DAYS),
            _ => valid_for_months(established_on, PRESCRIBER_MONTHS),
        };
        let established = EligibilityEstablished {
            ground: self.ground.into(),
            established_on: established_on.to_string(),
            valid_until: valid_until.to_string(),
            level_1: trimmed(&self.level_1),
            level_2: trimmed(&self.level_2),
            ..Default::default()
        };
        Ok(vec![established.into()])
    }
}
