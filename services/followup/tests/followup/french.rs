//! Facts, in sentences.

use contracts::{
    Facts, case::v1::*, common::v1::*, diagnostic::v1::*, employment::v1::*, events, immersion::v1::*,
    prescription::v1::*,
};
use followup::french::{Names, sentence, typeset};

use super::invented::*;

#[track_caller]
fn says(event: impl Facts, about: &str, expected: &str) {
    let names: Names =
        [(id(ACI), "La Ressourcerie".to_owned()), (id(CIP), "CIP de l’ACI, La Ressourcerie".to_owned())]
            .into();
    let (kind, bytes) = event.encode();
    let said = sentence(kind, &bytes, about, &names).expect("a sentence");
    assert_eq!(said, expected);
    assert!(!said.contains("frein"));
}

#[test]
fn a_case_says_who_opened_it_who_came_and_why_it_closed() {
    let opened = CaseOpened {
        structure_id: id(ACI).to_string(),
        origin: CaseOrigin::SIAO.into(),
        opened_on: "2026-03-01".into(),
        ..Default::default()
    };
    let expected = "Ouvert par La Ressourcerie le 1er mars 2026, orientation du SIAO.";
    says(events::Case::from(opened), "", expected);
    let joined =
        CircleMemberJoined { post_id: id(CIP).to_string(), since: "2026-03-02".into(), ..Default::default() };
    says(events::Case::from(joined), "", "CIP de l’ACI, La Ressourcerie à compter du 2 mars 2026.");
    let unknown = CircleMemberJoined { role: Role::CONSEILLER.into(), ..Default::default() };
    says(events::Case::from(unknown), "", "Conseiller.");
    let closed = CaseClosed {
        closed_on: "2026-03-03".into(),
        reason: ClosingReason::PERSON_WISHES.into(),
        ..Default::default()
    };
    says(events::Case::from(closed), "", "Clos le 3 mars 2026 : à la demande de la personne.");
}

#[test]
fn what_is_closed_to_the_reader_leaves_a_plain_sentence_or_none() {
    says(events::Case::from(IdentityRecorded::default()), "", "");
    says(events::Diagnostic::from(ObstacleNamed::default()), "", "");
    let situation =
        Situation { dimension: Dimension::MOBILITE.into(), text: "pas de bus".into(), ..Default::default() };
    let named = ObstacleNamed { social: situation.into(), ..Default::default() };
    says(events::Diagnostic::from(named), "", "Mobilité « pas de bus ».");
    let refused = PrescriptionRefused {
        refused_on: "2026-03-03".into(),
        reason: RefusalReason::NO_POSITION.into(),
        ..Default::default()
    };
    let about = "candidature IAE auprès de La Ressourcerie";
    let plain = "Candidature IAE auprès de La Ressourcerie : réponse négative le 3 mars 2026 : pas de place ou de poste.";
    says(events::Prescription::from(refused.clone()), about, plain);
    let told = PrescriptionRefused { comment: "Rappeler en mai".into(), ..refused };
    says(events::Prescription::from(told), about, &format!("{plain} « Rappeler en mai »"));
}

#[test]
fn a_sending_says_until_when_an_answer_is_awaited_and_silence_says_for_how_long() {
    let sent = PrescriptionSent {
        sent_on: "2026-03-03".into(),
        answer_due_on: "2026-05-02".into(),
        kind: PrescriptionKind::CANDIDATURE_IAE.into(),
        addressee_id: id(ACI).to_string(),
        ..Default::default()
    };
    says(
        events::Prescription::from(sent),
        "",
        "Candidature IAE auprès de La Ressourcerie, envoi le 3 mars 2026 ; réponse attendue jusqu’au 2 mai 2026.",
    );
    let silent = PrescriptionUnanswered { days: 60, ..Default::default() };
    says(events::Prescription::from(silent), "VAE", "VAE : aucune réponse après 60 jours.");
}

#[test]
fn an_immersion_and_a_contract_say_where_how_long_and_when() {
    let terms = Terms {
        starts_on: "2026-03-02".into(),
        ends_on: "2026-03-13".into(),
        weekly_minutes: 35 * 60,
        ..Default::default()
    };
    let drafted = ConventionDrafted {
        kind: ConventionKind::PMSMP.into(),
        object: ImmersionObject::CONFIRMER_PROJET.into(),
        terms: terms.into(),
        host_id: id(ACI).to_string(),
        ..Default::default()
    };
    says(
        events::Convention::from(drafted),
        "",
        "PMSMP chez La Ressourcerie du 2 mars 2026 au 13 mars 2026, 35 h par semaine pour confirmer un projet professionnel.",
    );
    let signed = ConventionSigned {
        party: Party::REPRESENTANT_LEGAL.into(),
        signed_on: "2026-03-01".into(),
        ..Default::default()
    };
    says(
        events::Convention::from(signed),
        "PMSMP",
        "PMSMP : signature du représentant légal le 1er mars 2026.",
    );
    let started = EmploymentStarted {
        contract: ContractKind::CDDI.into(),
        weekly_minutes: 26 * 60 + 30,
        started_on: "2026-04-01".into(),
        employer_name: "Atelier du Gardon".into(),
        ..Default::default()
    };
    let expected = "CDDI de 26 h 30 par semaine chez Atelier du Gardon à partir du 1er avril 2026.";
    says(events::Employment::from(started), "", expected);
}

#[test]
fn every_fact_about_a_person_can_be_told_even_when_it_says_nothing() {
    let about_people = |aggregate: &&contracts::AggregateType| {
        aggregate.context != "platform" || ["match", "attendance"].contains(&aggregate.name)
    };
    for aggregate in contracts::all_aggregates().iter().filter(about_people) {
        for kind in aggregate.facts {
            let said = sentence(kind, &[], "", &Names::new()).expect("an empty fact is a fact");
            let ended = said.is_empty() || said.ends_with(['.', '»']);
            assert!(ended && !said.contains("  "), "{}: « {said} »", kind.name);
        }
    }
}

#[test]
fn what_is_around_the_path_reads_as_people_say_it() {
    use contracts::case::v1::*;
    let wish = Wish {
        kinds: vec![WishKind::EMPLOI.into(), WishKind::APPRENDRE_LE_FRANCAIS.into()],
        min_weekly_minutes: 600,
        max_weekly_minutes: 1200,
        ..Default::default()
    };
    let expressed =
        WishExpressed { wish: wish.into(), support: "Un cours le soir".into(), ..Default::default() };
    says(
        events::Wish::from(expressed),
        "",
        "Travailler, apprendre le français ; de 10 h à 20 h par semaine. Ce qui aiderait : « Un cours le soir ».",
    );
    let given = AgreementGiven {
        organisation_id: id(ACI).to_string(),
        classes: vec![PersonalClass::PROJECT.into()],
        purposes: vec![SharingPurpose::SUIVI_EMPLOI.into()],
        until_day: "2026-12-31".into(),
        ..Default::default()
    };
    says(
        events::Case::from(given),
        "",
        "La personne ouvre à La Ressourcerie : projet, compétences et emploi ; pour commencer et garder un emploi jusqu’au 31 décembre 2026.",
    );
    let moved = AppointmentMoved {
        day: "2026-03-03".into(),
        hour: "09:30".into(),
        by: AppointmentSide::BY_PERSON.into(),
        ..Default::default()
    };
    says(events::Appointment::from(moved), "", "Déplacé au 3 mars 2026 à 9 h 30 par la personne.");
    let came = AttendanceRecorded {
        from_day: "2026-03-03".into(),
        until_day: "2026-03-03".into(),
        presence: Presence::PRESENT.into(),
        minutes: 150,
        ..Default::default()
    };
    says(
        events::Activity::from(came),
        "cours de français",
        "Cours de français : présence le 3 mars 2026, 2 h 30.",
    );
    let held = CheckInHeld {
        step: 30,
        held_on: "2026-03-03".into(),
        with: CheckInWith::BOTH.into(),
        outcome: CheckInOutcome::GOING_WELL.into(),
        ..Default::default()
    };
    says(
        events::Employment::from(held),
        "CDDI",
        "CDDI : point des 30 jours le 3 mars 2026 avec la personne et l’employeur : tout va bien.",
    );
}

#[test]
fn french_typography_keeps_its_spaces_together() {
    assert_eq!(
        typeset("Qui ? « Elle » : 26 h par semaine"),
        "Qui\u{202f}? «\u{a0}Elle\u{a0}»\u{a0}: 26\u{a0}h par semaine"
    );
}
