//! A prescription is made ready. Nothing is asked before: no diagnostic, no obstacle eased.

use std::collections::HashMap;

use contracts::{
    Class, Word,
    buffa::Enumeration as _,
    common::v1::{AvipSituation, Job, OrganisationKind},
    diagnostic::v1::DisabilityDecisionKind,
    events::Diagnostic,
};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use service::{Command, Context, Needs, OfCase};
use utoipa::ToSchema;
use uuid::Uuid;
use vocabulary::{
    Refusal, Rule,
    codes::is_rome,
    dates::{age_on, parse},
};

use super::super::{
    aggregate::{Prescription, State},
    *,
};

/// A closed case must be reopened first; answers reach it all the same.
pub const OPEN_CASE: Rule = Rule::strict(
    "prescription.dossier-clos",
    "Une prescription se prépare et s’envoie dans un dossier ouvert.",
    "usage",
);
/// Someone must be there to answer.
pub const KNOWN_ADDRESSEE: Rule = Rule::strict(
    "prescription.destinataire",
    "Une prescription est adressée à une organisation inscrite dans Jalon.",
    "usage",
);
/// Someone prescribes.
pub const KNOWN_PRESCRIBER: Rule = Rule::strict(
    "prescription.prescripteur",
    "Une prescription est faite par une organisation inscrite dans Jalon.",
    "usage",
);
/// A position has a name.
pub const POSITION: Rule =
    Rule::strict("prescription.poste", "Le poste visé porte un nom, même approximatif.", "usage");
/// A job of the ROME is a letter and four digits.
pub const ROME: Rule = Rule::strict(
    "prescription.rome",
    "Un code ROME de métier s’écrit avec une lettre de A à N et quatre chiffres.",
    "répertoire ROME de France Travail",
);
/// Who usually answers for that kind.
pub const USUAL_ADDRESSEE: Rule = Rule::soft(
    "prescription.destinataire-inhabituel",
    "Ce type d’organisation ne répond pas d’ordinaire à ce type de prescription : vérifiez le destinataire.",
    "usage",
);
/// An AAVA is carried by a CHRS.
pub const AAVA_CARRIER: Rule = Rule::strict(
    "aava.porteur",
    "Un atelier d’adaptation à la vie active est porté par une structure autorisée comme CHRS.",
    "CASF, art. R. 345-3",
);
/// The proof that these employers will ask for.
pub const CDAPH: Rule = Rule::soft(
    "handicap.orientation",
    "Un ESAT demande une orientation de la CDAPH et une entreprise adaptée une RQTH : Jalon n’en connaît pas pour cette prescription, vérifiez que la personne en a la preuve.",
    "CASF, art. L. 241-6 ; Code du travail, art. L. 5213-13",
);
/// Whom TAPAJ is for.
pub const TAPAJ_AGE: Rule = Rule::soft(
    "tapaj.age",
    "TAPAJ s’adresse aux personnes de 16 à 25 ans : vérifiez la date de naissance.",
    "programme TAPAJ",
);
/// Who employs in TAPAJ.
pub const TAPAJ_EMPLOYER: Rule = Rule::soft(
    "tapaj.employeur",
    "L’employeur d’un contrat TAPAJ est une association intermédiaire : vérifiez le destinataire.",
    "programme TAPAJ",
);

/// Whom a crèche AVIP is for.
pub const AVIP_SITUATION: Rule = Rule::soft(
    "creche-avip.situation",
    "Une crèche AVIP accueille l’enfant d’un parent en recherche active d’emploi, dans l’une de ces situations : inscription sur la liste des demandeurs d’emploi ; RSA ; demandeur d’emploi et parent isolé ; demandeur d’emploi dans un quartier de la politique de la ville ; demandeur d’emploi de moins de 25 ans, sans diplôme. Vérifiez-la avec la personne.",
    "charte nationale des crèches AVIP",
);
/// Of what these situations are said.
pub const AVIP_ONLY: Rule = Rule::strict(
    "creche-avip.objet",
    "Les situations qui ouvrent une crèche AVIP ne se disent que d’une prescription vers une crèche AVIP.",
    "charte nationale des crèches AVIP",
);

/// Whether the case was open that day: what happened before it was closed may still be told.
pub(super) fn open_on(day: Date, context: &Context) -> Result<(), Refusal> {
    if context.case().is_some_and(|case| case.is_closed_on(day)) {
        return Err(
            OPEN_CASE.refuse("Ce dossier est clos. Rouvrez-le d’abord, tout ce qu’il contient est resté.")
        );
    }
    Ok(())
}

/// Makes a sending ready, with the person.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PreparePrescription {
    /// What is prescribed.
    pub kind: Word<PrescriptionKind>,
    /// The organisation that will answer.
    pub addressee_id: Uuid,
    /// The organisation that sends; that of whoever asks when absent.
    #[serde(default)]
    pub prescriber_id: Option<Uuid>,
    /// The position sought, when there is one.
    #[serde(default)]
    pub position: Option<Position>,
    /// What the person wants to say.
    #[serde(default)]
    pub motivation: String,
    /// For a crèche AVIP, the situations the person is in.
    #[serde(default)]
    pub avip_situations: Vec<Word<AvipSituation>>,
}

/// A position sought.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Position {
    /// ROME code of the job, when known.
    #[serde(default)]
    pub rome_code: String,
    /// How the person or the employer calls it.
    pub label: String,
}

impl Position {
    fn job(&self) -> Result<Job, Refusal> {
        if self.label.trim().is_empty() {
            return Err(POSITION
                .refuse("Donnez un nom au poste, ou ne mentionnez pas de poste.")
                .at("/position/label"));
        }
        if !self.rome_code.is_empty() && !is_rome(&self.rome_code) {
            return Err(ROME
                .refuse("Ce code n’a pas la forme d’un code ROME. Corrigez-le, ou laissez-le vide.")
                .at("/position/rome_code"));
        }
        let label = self.label.trim().to_owned();
        Ok(Job { rome_code: self.rome_code.clone(), label, ..Default::default() })
    }
}

impl PreparePrescription {
    fn check_addressee(&self, context: &Context) -> Result<(), Refusal> {
        let Some(addressee) = context.organisation(self.addressee_id) else {
            return Err(KNOWN_ADDRESSEE
                .refuse("Jalon ne connaît pas cette organisation. Inscrivez-la d’abord.")
                .at("/addressee_id"));
        };
        match self.kind.0 {
            PrescriptionKind::AAVA if addressee.kind != OrganisationKind::CHRS => {
                return Err(AAVA_CARRIER
                    .refuse("Cette organisation n’est pas un CHRS. Adressez l’AAVA au CHRS qui le porte, ou choisissez un autre type de prescription.")
                    .at("/addressee_id"));
            }
            PrescriptionKind::TAPAJ if addressee.kind != OrganisationKind::AI => {
                context.warn(&TAPAJ_EMPLOYER);
            }
            kind if !usual(kind).is_empty() && !usual(kind).contains(&addressee.kind) => {
                context.warn(&USUAL_ADDRESSEE);
            }
            _ => {}
        }
        Ok(())
    }

    fn prescriber(&self, context: &Context) -> Result<Uuid, Refusal> {
        match self.prescriber_id {
            Some(id) if context.organisation(id).is_none() => Err(KNOWN_PRESCRIBER
                .refuse("Jalon ne connaît pas l’organisation qui prescrit. Inscrivez-la d’abord.")
                .at("/prescriber_id")),
            Some(id) => Ok(id),
            None => context.actor.organisation_id.ok_or_else(|| {
                KNOWN_PRESCRIBER.refuse("Indiquez l’organisation qui prescrit.").at("/prescriber_id")
            }),
        }
    }

    /// The situations the person is in, each once.
    fn avip_situations(&self) -> Result<Vec<AvipSituation>, Refusal> {
        if self.kind.0 != PrescriptionKind::CRECHE_AVIP && !self.avip_situations.is_empty() {
            return Err(AVIP_ONLY
                .refuse("Ces situations ne servent qu’à une crèche AVIP. Retirez-les, ou choisissez ce type de prescription.")
                .at("/avip_situations"));
        }
        let mut situations: Vec<AvipSituation> = self.avip_situations.iter().map(|one| one.0).collect();
        situations.sort_by_key(|one| one.to_i32());
        situations.dedup();
        Ok(situations)
    }

    fn remind(&self, context: &Context) {
        match self.kind.0 {
            PrescriptionKind::CRECHE_AVIP if self.avip_situations.is_empty() => {
                context.warn(&AVIP_SITUATION);
            }
            PrescriptionKind::EA | PrescriptionKind::ESAT if !is_decided(self.kind.0, context) => {
                context.warn(&CDAPH);
            }
            PrescriptionKind::TAPAJ => {
                let age = context.birth_date().map(|birth| age_on(birth, context.today));
                if age.is_none_or(|age| !(16..=25).contains(&age)) {
                    context.warn(&TAPAJ_AGE);
                }
            }
            _ => {}
        }
    }
}

/// Whether a decision that such an employer asks for is known and holds today: of one told again, the last word.
fn is_decided(kind: PrescriptionKind, context: &Context) -> bool {
    use DisabilityDecisionKind::{ORIENTATION_ESAT, ORIENTATION_MARCHE_DU_TRAVAIL, RQTH};
    let asked: &[DisabilityDecisionKind] = match kind {
        PrescriptionKind::ESAT => &[ORIENTATION_ESAT],
        _ => &[RQTH, ORIENTATION_MARCHE_DU_TRAVAIL],
    };
    let mut known = HashMap::new();
    for (_, fact) in context.of_case::<Diagnostic>() {
        let Diagnostic::SocialSituationAssessed(assessed) = fact else { continue };
        for decision in assessed.decisions {
            known.insert(decision.kind.to_i32(), parse(&decision.until_day));
        }
    }
    let holds = |last: &Option<Date>| last.is_none_or(|last| context.today <= last);
    asked.iter().any(|asked| known.get(&asked.to_i32()).is_some_and(holds))
}

/// The kinds of organisation that usually answer; none when any may.
fn usual(kind: PrescriptionKind) -> &'static [OrganisationKind] {
    use OrganisationKind as O;
    match kind {
        PrescriptionKind::CANDIDATURE_IAE => &[O::ACI, O::AI, O::EI, O::EITI, O::ETTI],
        PrescriptionKind::GEIQ => &[O::GEIQ],
        PrescriptionKind::EA => &[O::EA, O::EATT],
        PrescriptionKind::ESAT => &[O::ESAT],
        PrescriptionKind::PHC => &[O::PHC, O::ACI],
        PrescriptionKind::CVG => &[O::CVG, O::ACI],
        PrescriptionKind::FORMATION => &[O::ORGANISME_FORMATION, O::FORMATION_LINGUISTIQUE, O::E2C, O::EPIDE],
        PrescriptionKind::POEI_FLE => &[O::FT, O::ORGANISME_FORMATION, O::FORMATION_LINGUISTIQUE],
        PrescriptionKind::MISSION_LOCALE => &[O::ML],
        PrescriptionKind::CAP_EMPLOI => &[O::CAP_EMPLOI],
        PrescriptionKind::ACCOMPAGNEMENT_GLOBAL => &[O::FT],
        PrescriptionKind::EMILE => &[O::EMILE],
        PrescriptionKind::CRECHE_AVIP => &[O::CRECHE_AVIP],
        PrescriptionKind::MOBILITE => &[O::PLATEFORME_MOBILITE],
        PrescriptionKind::MDPH => &[O::MDPH],
        PrescriptionKind::PLATEFORME_LINGUISTIQUE => &[O::FORMATION_LINGUISTIQUE],
        PrescriptionKind::OFII => &[O::OFII],
        PrescriptionKind::MICRO_CRECHE => &[O::MICRO_CRECHE],
        PrescriptionKind::COACH_EMPLOI => &[O::COACH_EMPLOI],
        _ => &[],
    }
}

impl Command for PreparePrescription {
    type Aggregate = Prescription;
    const NAME: &'static str = "prescription.prepare";
    const SUMMARY: &'static str = "Préparer une prescription";

    fn needs(&self, _: &State) -> Needs {
        Needs {
            organisations: [self.addressee_id].into_iter().chain(self.prescriber_id).collect(),
            birth_date: self.kind.0 == PrescriptionKind::TAPAJ,
            of_case: matches!(self.kind.0, PrescriptionKind::EA | PrescriptionKind::ESAT)
                .then(|| OfCase::all::<Diagnostic>().opening(Class::Health)),
            ..Needs::default()
        }
    }

    fn decide(&self, _: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        open_on(context.today, context)?;
        self.check_addressee(context)?;
        let prepared = PrescriptionPrepared {
            kind: self.kind.into(),
            addressee_id: self.addressee_id.to_string(),
            prescriber_id: self.prescriber(context)?.to_string(),
            position: self.position.as_ref().map(Position::job).transpose()?.into(),
            motivation: self.motivation.trim().to_owned(),
            avip_situations: self.avip_situations()?.into_iter().map(Into::into).collect(),
            ..Default::default()
        };
        self.remind(context);
        Ok(vec![prepared.into()])
    }
}
