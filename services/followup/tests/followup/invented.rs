//! An invented person and the facts of their path, for tests and for looking at pages.

use access::Actor;
use contracts::{
    Facts, Recorded,
    buffa::Message as _,
    case::v1::*,
    common::v1::{Job, Metadata, OrganisationKind, Role, Source},
    diagnostic::v1::*,
    employment::v1::*,
    events,
    immersion::v1::*,
    platform::v1::*,
    prescription::v1::*,
};
use jiff::{Timestamp, civil::Date};
use uuid::Uuid;

/// The id of that number.
pub fn id(number: u128) -> Uuid {
    Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 | number)
}

/// That day.
pub fn day(text: &str) -> Date {
    text.parse().expect("a date")
}

/// Facts, one after the other.
#[derive(Debug, Default)]
pub struct Story {
    /// The facts.
    pub facts: Vec<Recorded>,
    /// Whose case they are about from now on.
    pub case_id: Option<Uuid>,
    /// Who states them from now on.
    pub by: Option<Actor>,
    /// Where they were first said.
    pub source: Option<&'static str>,
    /// The soft rules they depart from.
    pub warnings: Vec<String>,
}

impl Story {
    /// That fact, known on the day it happened.
    pub fn tell(&mut self, stream: u128, occurred: &str, event: impl Facts) -> &mut Self {
        self.tell_later(stream, occurred, occurred, event)
    }

    /// That fact, known another day.
    pub fn tell_later(&mut self, stream: u128, occurred: &str, known: &str, event: impl Facts) -> &mut Self {
        let position = self.facts.len() as i64 + 1;
        let version = self.facts.iter().filter(|fact| fact.stream_id == id(stream)).count() as u32 + 1;
        let (kind, payload) = event.encode();
        let recorded_at: Timestamp = format!("{known}T13:05:00Z").parse().expect("an instant");
        let source = Source { system: self.source.unwrap_or_default().to_owned(), ..Source::default() };
        let metadata = Metadata {
            actor: self.by.as_ref().map(Actor::stated).unwrap_or_default().into(),
            source: source.into(),
            warnings: std::mem::take(&mut self.warnings),
            ..Metadata::default()
        };
        self.facts.push(Recorded {
            position,
            stream_id: id(stream),
            version,
            kind,
            event_id: id(1_000_000 + position as u128),
            case_id: self.case_id,
            occurred_on: day(occurred),
            recorded_at,
            command_id: id(2_000_000 + position as u128),
            metadata: metadata.encode_to_vec(),
            payload,
        });
        self
    }
}

/// The numbers of who and what there is.
pub const TESA: u128 = 1;
pub const CHRS: u128 = 10;
pub const ACI: u128 = 11;
pub const FT: u128 = 12;
pub const CSAPA: u128 = 13;
pub const REFERENT: u128 = 20;
pub const CIP: u128 = 21;
pub const CASE: u128 = 100;

/// Someone of that role, in that post of that organisation.
pub fn actor(role: Role, post: u128, organisation: u128) -> Actor {
    Actor {
        role,
        professional_id: Some(id(post + 500)),
        post_id: Some(id(post)),
        organisation_id: Some(id(organisation)),
        second_factor: true,
        system: None,
        purpose: None,
        own: None,
    }
}

/// The organisations, the posts and the platform.
pub fn directory(story: &mut Story) {
    story.case_id = None;
    let organisations = [
        (CHRS, "CHRS Les Glycines", OrganisationKind::CHRS, "Alès"),
        (ACI, "La Ressourcerie", OrganisationKind::ACI, "Alès"),
        (FT, "France Travail Alès", OrganisationKind::FT, "Alès"),
        (CSAPA, "Centre de soins du Gardon", OrganisationKind::CSAPA, "Alès"),
    ];
    for (number, name, kind, town) in organisations {
        let registered = OrganisationRegistered {
            name: name.into(),
            kind: kind.into(),
            town: town.into(),
            ..Default::default()
        };
        story.tell(number, "2025-05-02", events::Organisation::from(registered));
    }
    let posts = [
        (REFERENT, CHRS, Role::REFERENT_SOCIAL, "Référente sociale", "Nadia Ferrand"),
        (CIP, ACI, Role::CIP, "CIP de l’ACI", "Bruno Castel"),
    ];
    for (number, organisation, role, title, name) in posts {
        let opened = PostOpened {
            organisation_id: id(organisation).to_string(),
            role: role.into(),
            title: title.into(),
            ..Default::default()
        };
        story.tell(number, "2025-05-02", events::Post::from(opened));
        let filled = PostFilled {
            professional_id: id(number + 500).to_string(),
            since: "2025-05-02".into(),
            professional_name: name.into(),
            ..Default::default()
        };
        story.tell(number, "2025-05-02", events::Post::from(filled));
    }
    let opened = PlatformOpened {
        name: "TESA".into(),
        territory: "Bassin d’Alès".into(),
        lead_organisation_id: id(CHRS).to_string(),
        ..Default::default()
    };
    story.tell(TESA, "2025-05-02", events::Platform::from(opened));
    for member in [ACI, FT] {
        let joined = MemberJoined {
            organisation_id: id(member).to_string(),
            since: "2025-05-02".into(),
            ..Default::default()
        };
        story.tell(TESA, "2025-05-02", events::Platform::from(joined));
    }
}

/// The opening of that case, with its circle and identity.
pub fn opening(story: &mut Story, case: u128, given_name: &str, family_name: &str) {
    story.case_id = Some(id(case));
    story.by = Some(actor(Role::REFERENT_SOCIAL, REFERENT, CHRS));
    let opened = CaseOpened {
        structure_id: id(CHRS).to_string(),
        device: OrganisationKind::CHRS.into(),
        platform_id: id(TESA).to_string(),
        origin: CaseOrigin::SIAO.into(),
        opened_on: "2025-09-08".into(),
        ..Default::default()
    };
    story.tell(case, "2025-09-08", events::Case::from(opened));
    story.tell(case, "2025-09-08", events::Case::from(member(REFERENT, CHRS, Role::REFERENT_SOCIAL)));
    let identity = IdentityRecorded {
        family_name: family_name.into(),
        given_name: given_name.into(),
        birth_date: "1991-04-17".into(),
        phone: "06 00 00 00 00".into(),
        language: "tigrigna, français".into(),
        ..Default::default()
    };
    story.tell(case, "2025-09-08", events::Case::from(identity));
}

/// That post of that organisation joins the circle.
pub fn member(post: u128, organisation: u128, role: Role) -> CircleMemberJoined {
    CircleMemberJoined {
        post_id: id(post).to_string(),
        organisation_id: id(organisation).to_string(),
        role: role.into(),
        since: "2025-09-08".into(),
        ..Default::default()
    }
}

/// A whole path: diagnostic, prescriptions with and without answer, an immersion, a contract.
pub fn path(story: &mut Story) {
    opening(story, CASE, "Selam", "Tesfay");
    story.tell_later(CASE, "2025-09-15", "2025-10-02", events::Case::from(member(CIP, ACI, Role::CIP)));
    diagnostic(story);
    prescriptions(story);
    immersion(story);
    employment(story);
}

fn diagnostic(story: &mut Story) {
    let started = DiagnosticStarted {
        frame: DiagnosticFrame::GUIDE_IAE.into(),
        started_on: "2025-09-22".into(),
        ..Default::default()
    };
    story.tell(200, "2025-09-22", events::Diagnostic::from(started));
    let situation = |dimension: Dimension, text: &str| Situation {
        dimension: dimension.into(),
        text: text.into(),
        ..Default::default()
    };
    let named = ObstacleNamed {
        obstacle_id: id(901).to_string(),
        social: situation(Dimension::MOBILITE, "Pas de bus avant 7 h 30").into(),
        ..Default::default()
    };
    story.tell(200, "2025-09-22", events::Diagnostic::from(named));
    let named = ObstacleNamed {
        obstacle_id: id(902).to_string(),
        social: situation(Dimension::FAMILLE, "Garde d’enfant le mercredi").into(),
        ..Default::default()
    };
    story.tell(200, "2025-09-22", events::Diagnostic::from(named));
    let skill = SkillIdentified {
        label: "Remettre en état des vélos".into(),
        origin: SkillOrigin::BENEVOLAT.into(),
        ..Default::default()
    };
    story.tell(200, "2025-09-29", events::Diagnostic::from(skill));
    let completed = DiagnosticCompleted {
        author: AuthorKind::PRESCRIPTEUR_HABILITE.into(),
        completed_on: "2025-10-06".into(),
        valid_until: "2026-04-05".into(),
        conclusion: "Prête à commencer tout de suite, à mi-temps".into(),
        ..Default::default()
    };
    story.tell(200, "2025-10-06", events::Diagnostic::from(completed));
    let eased = ObstacleEased {
        obstacle_id: id(901).to_string(),
        how_social: "Vélo prêté par la plateforme mobilité".into(),
        ..Default::default()
    };
    story.tell(200, "2025-11-03", events::Diagnostic::from(eased));
    let started = DiagnosticStarted {
        frame: DiagnosticFrame::GUIDE_IAE.into(),
        started_on: "2026-10-01".into(),
        ..Default::default()
    };
    story.tell(201, "2026-10-01", events::Diagnostic::from(started));
    let completed = DiagnosticCompleted {
        author: AuthorKind::PRESCRIPTEUR_HABILITE.into(),
        completed_on: "2026-10-08".into(),
        valid_until: "2027-04-07".into(),
        ..Default::default()
    };
    story.tell(201, "2026-10-08", events::Diagnostic::from(completed));
}

/// A prescription that was prepared and sent.
pub fn sent(
    story: &mut Story,
    stream: u128,
    kind: PrescriptionKind,
    addressee: u128,
    (sent_on, due): (&str, &str),
) {
    let prepared = PrescriptionPrepared {
        kind: kind.into(),
        addressee_id: id(addressee).to_string(),
        prescriber_id: id(CHRS).to_string(),
        ..Default::default()
    };
    story.tell(stream, sent_on, events::Prescription::from(prepared));
    let sent = PrescriptionSent {
        sent_on: sent_on.into(),
        answer_due_on: due.into(),
        kind: kind.into(),
        addressee_id: id(addressee).to_string(),
        ..Default::default()
    };
    story.tell(stream, sent_on, events::Prescription::from(sent));
}

fn prescriptions(story: &mut Story) {
    let dates = ("2025-10-13", "2025-12-12");
    sent(story, 300, PrescriptionKind::ACCOMPAGNEMENT_GLOBAL, FT, dates);
    let silent = PrescriptionUnanswered { days: 60, ..Default::default() };
    story.by = Some(Actor::system("clock"));
    story.tell(300, "2025-12-12", events::Prescription::from(silent));
    story.by = Some(actor(Role::CIP, CIP, ACI));
    sent(story, 301, PrescriptionKind::FORMATION, FT, ("2026-01-12", "2026-02-11"));
    let refused = PrescriptionRefused {
        refused_on: "2026-01-30".into(),
        reason: RefusalReason::NO_POSITION.into(),
        comment: "Prochaine session en septembre".into(),
        ..Default::default()
    };
    story.tell_later(301, "2026-01-30", "2026-02-16", events::Prescription::from(refused));
    sent(story, 302, PrescriptionKind::CANDIDATURE_IAE, ACI, ("2026-02-02", "2026-04-03"));
    let received = PrescriptionReceived { received_on: "2026-02-04".into(), ..Default::default() };
    story.tell(302, "2026-02-04", events::Prescription::from(received));
    let accepted = PrescriptionAccepted {
        accepted_on: "2026-04-01".into(),
        starts_on: "2026-04-13".into(),
        kind: PrescriptionKind::CANDIDATURE_IAE.into(),
        ..Default::default()
    };
    story.tell(302, "2026-04-01", events::Prescription::from(accepted));
    sent(story, 303, PrescriptionKind::FORMATION, FT, ("2026-10-26", "2026-11-25"));
}

fn immersion(story: &mut Story) {
    let terms = Terms {
        starts_on: "2026-03-02".into(),
        ends_on: "2026-03-13".into(),
        presence_days: 10,
        weekly_minutes: 35 * 60,
        ..Default::default()
    };
    story.source = Some("immersion-facilitee");
    story.by = Some(Actor::system("immersion-facilitee"));
    story.warnings = vec!["pmsmp.heures".into()];
    let drafted = ConventionDrafted {
        kind: ConventionKind::PMSMP.into(),
        object: ImmersionObject::CONFIRMER_PROJET.into(),
        terms: terms.clone().into(),
        host_id: id(ACI).to_string(),
        signatories: vec![Party::BENEFICIAIRE.into(), Party::STRUCTURE_ACCUEIL.into()],
        ..Default::default()
    };
    story.tell(400, "2026-02-20", events::Convention::from(drafted));
    for party in [Party::BENEFICIAIRE, Party::STRUCTURE_ACCUEIL] {
        let signed =
            ConventionSigned { party: party.into(), signed_on: "2026-02-24".into(), ..Default::default() };
        story.tell(400, "2026-02-24", events::Convention::from(signed));
    }
    let signed = ConventionFullySigned {
        signed_on: "2026-02-24".into(),
        kind: ConventionKind::PMSMP.into(),
        terms: terms.into(),
        ..Default::default()
    };
    story.tell(400, "2026-02-24", events::Convention::from(signed));
    let validated = ConventionValidated { validated_on: "2026-02-26".into(), ..Default::default() };
    story.tell(400, "2026-02-26", events::Convention::from(validated));
    story.source = None;
    story.by = Some(actor(Role::CIP, CIP, ACI));
    let started = ImmersionStarted {
        started_on: "2026-03-02".into(),
        ends_on: "2026-03-13".into(),
        ..Default::default()
    };
    story.tell(400, "2026-03-02", events::Convention::from(started));
    let ended = ImmersionEnded { ended_on: "2026-03-13".into(), ..Default::default() };
    story.tell(400, "2026-03-13", events::Convention::from(ended));
    let reviewed = ImmersionReviewed {
        outcome: ReviewOutcome::COMPLETED.into(),
        hired: Hired::HIRED_OTHER.into(),
        reviewed_on: "2026-03-16".into(),
        comment: "À l’aise avec le public, ponctuelle".into(),
        ..Default::default()
    };
    story.tell_later(400, "2026-03-16", "2026-03-27", events::Convention::from(reviewed));
}

fn employment(story: &mut Story) {
    let started = EmploymentStarted {
        employer_id: id(ACI).to_string(),
        contract: ContractKind::CDDI.into(),
        weekly_minutes: 20 * 60,
        started_on: "2026-04-13".into(),
        ends_on: "2026-12-12".into(),
        programme: Programme::IAE.into(),
        job: Job { label: "Agente de collecte et de tri".into(), ..Default::default() }.into(),
        ..Default::default()
    };
    story.tell(500, "2026-04-13", events::Employment::from(started));
    let changed =
        HoursChanged { weekly_minutes: 26 * 60, from_day: "2026-09-01".into(), ..Default::default() };
    story.tell(500, "2026-09-01", events::Employment::from(changed));
}
