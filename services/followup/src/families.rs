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

    /// The family of the acts of that kind; nothing when it is no act of accompaniment. What belongs to a
    /// prescription that opens a right is of the family of rights.
    pub fn of(kind: &FactType, opens_a_right: bool) -> Option<Self> {
        let placed = ACTS.iter().find(|(_, kinds)| kinds.contains(&kind.name)).map(|(family, _)| *family);
        placed.map(|family| if opens_a_right { Self::Rights } else { family })
    }
}

/// What is done with the person or for them, by family.
const ACTS: [(Family, &[&str]); 4] = [
    (
        Family::Information,
        &[
            "AppointmentHeld",
            "DiagnosticCompleted",
            "DiagnosticRevised",
            "DiagnosticStarted",
            "ObstacleEased",
            "ObstacleNamed",
            "ObstacleReturned",
            "ProfessionalSituationAssessed",
            "ReviewHeld",
            "SkillIdentified",
            "SocialSituationAssessed",
            "SummaryWritten",
            "WishExpressed",
            "WishRevised",
            "WishSetAside",
        ],
    ),
    (
        Family::Rights,
        &[
            "EligibilityEstablished",
            "PassIaeProlonged",
            "PassIaeReported",
            "PassIaeSuspended",
            "ResourceEnded",
            "ResourceMobilised",
        ],
    ),
    (
        Family::Access,
        &[
            "ActivityEnded",
            "ActivityStarted",
            "AttendanceRecorded",
            "ConventionAmended",
            "ConventionApproved",
            "ConventionCancelled",
            "ConventionCorrected",
            "ConventionDrafted",
            "ConventionFullySigned",
            "ConventionRejected",
            "ConventionRenewed",
            "ConventionSigned",
            "ConventionValidated",
            "EmploymentStarted",
            "GatheringAttended",
            "ImmersionEnded",
            "ImmersionInterrupted",
            "ImmersionReviewed",
            "ImmersionStarted",
            "MatchAccepted",
            "MatchAnswered",
            "MatchDeclined",
            "MatchProposed",
            "MatchPutForward",
            "PrescriptionAccepted",
            "PrescriptionCompleted",
            "PrescriptionOnHold",
            "PrescriptionPrepared",
            "PrescriptionReceived",
            "PrescriptionRefused",
            "PrescriptionReopened",
            "PrescriptionSent",
            "PrescriptionStarted",
            "PrescriptionUnderReview",
            "PrescriptionWithdrawn",
            "ReminderSent",
        ],
    ),
    (
        Family::Work,
        &[
            "CheckInHeld",
            "ContractConverted",
            "ContractRenewed",
            "DifficultyReported",
            "EmployerMediationHeld",
            "EmploymentEnded",
            "HoursChanged",
            "WorkResumed",
            "WorkSuspended",
        ],
    ),
];

/// What is told of a case without being an act of accompaniment: how it is kept, shared, handed over and erased; what
/// is put right; what Jalon itself finds.
pub const NO_ACTS: &[&str] = &[
    "AgreementExpired",
    "AgreementGiven",
    "AgreementWithdrawn",
    "AppointmentCancelled",
    "AppointmentMissed",
    "AppointmentMoved",
    "AppointmentScheduled",
    "CaseClosed",
    "CaseOpened",
    "CasePaused",
    "CaseReopened",
    "CaseResumed",
    "CaseTransferred",
    "CircleMemberJoined",
    "CircleMemberLeft",
    "ConventionLapsed",
    "ConventionRecognised",
    "ConventionToldApart",
    "DataNeedStated",
    "DivergenceNoted",
    "EmergencyAccessOpened",
    "EmergencyAccessReviewed",
    "ForgettingApproved",
    "ForgettingBegun",
    "ForgettingCompleted",
    "ForgettingDeclined",
    "ForgettingRequested",
    "ForgettingSuspended",
    "ForgettingWithdrawn",
    "IdentityCorrected",
    "IdentityRecorded",
    "ImmersionReviewCorrected",
    "LegalHoldLifted",
    "LegalHoldPlaced",
    "NoteWritten",
    "NotificationReceived",
    "ObjectionRaised",
    "ObjectionSettled",
    "OwnAccessClosed",
    "OwnAccessEntered",
    "OwnAccessOpened",
    "PersonForgotten",
    "PrescriptionLapsed",
    "PrescriptionUnanswered",
    "ProcessingRestricted",
    "RecipientTold",
    "RectificationRequested",
    "RectificationSettled",
    "RestrictionLifted",
    "ReviewCorrected",
];

/// Aggregates that are about nobody: organisations, platforms and what they do together, mail, readings, handovers.
pub const ABOUT_NOBODY: &[&str] = &[
    "access",
    "action",
    "employer",
    "gathering",
    "handover",
    "mailbox",
    "meeting",
    "offer",
    "organisation",
    "partnership",
    "platform",
    "post",
    "service",
];

#[cfg(test)]
mod tests {
    use contracts::{all_aggregates, by_kind};

    use super::*;

    #[test]
    fn every_kind_of_fact_about_a_person_is_placed_once() {
        let all: Vec<&FactType> = all_aggregates().iter().flat_map(|one| one.facts).collect();
        let about: Vec<_> =
            all.iter().filter(|kind| !ABOUT_NOBODY.contains(&kind.aggregate().name)).collect();
        for kind in &about {
            let acts = ACTS.iter().filter(|(_, kinds)| kinds.contains(&kind.name)).count();
            let places = acts + usize::from(NO_ACTS.contains(&kind.name));
            assert_eq!(
                places, 1,
                "{} is in {places} lists of families.rs: place it in the family of the tariff that it belongs to, or among NO_ACTS",
                kind.name
            );
        }
        let named = ACTS.iter().flat_map(|(_, kinds)| *kinds).chain(NO_ACTS);
        for name in named {
            assert!(about.iter().any(|kind| kind.name == *name), "{name} is no kind of fact about a person");
        }
        for name in ABOUT_NOBODY {
            assert!(all.iter().any(|kind| kind.aggregate().name == *name), "{name} is no aggregate");
        }
    }

    #[test]
    fn closing_sharing_and_erasing_are_no_acts_and_a_file_at_the_mdph_opens_a_right() {
        let of = |kind: &str, right: bool| Family::of(by_kind(kind).expect("a kind"), right);
        for (kind, family) in [
            ("jalon.case.v1.CaseClosed", None),
            ("jalon.case.v1.AgreementGiven", None),
            ("jalon.case.v1.EmergencyAccessOpened", None),
            ("jalon.case.v1.PersonForgotten", None),
            ("jalon.platform.v1.MeetingHeld", None),
            ("jalon.diagnostic.v1.DiagnosticCompleted", Some(Family::Information)),
            ("jalon.prescription.v1.EligibilityEstablished", Some(Family::Rights)),
            ("jalon.prescription.v1.PrescriptionSent", Some(Family::Access)),
            ("jalon.immersion.v1.ImmersionStarted", Some(Family::Access)),
            ("jalon.employment.v1.EmploymentStarted", Some(Family::Access)),
            ("jalon.employment.v1.EmploymentEnded", Some(Family::Work)),
        ] {
            assert_eq!(of(kind, false), family, "{kind}");
        }
        assert_eq!(of("jalon.prescription.v1.PrescriptionSent", true), Some(Family::Rights));
    }
}
