//! What passes the border and what does not; what is tolerated and what is refused.

use contracts::Facts as _;
use immersion::{
    domain::ImmersionObject,
    inbound::{
        border::{Cleaned, Ignored},
        payload::{self, Read},
    },
};
use serde_json::{Value, json};
use service::Problem;

use super::tool::*;

/// Everything in the fixtures that must not be kept begins so, or is one of these numbers.
fn forbidden() -> Vec<&'static str> {
    vec!["secret", "+3363998014", "+33465710241", "+33465710242", "isRqth", "CHRS Les Tilleuls", "(fictif)"]
}

fn assert_free_of_secrets(text: &str) {
    let text = text.to_lowercase();
    for word in forbidden() {
        assert!(!text.contains(&word.to_lowercase()), "{word} passed the border");
    }
}

#[test]
fn what_must_not_be_kept_is_in_no_fact_no_aside_and_no_print() {
    for body in [adult(), minor()] {
        let body = with(body, "isEstablishmentBanned", true);
        let body = with(body, "establishmentBannishmentJustification", "secret-ban");
        assert!(body.to_string().contains("secret"), "the fixture holds what must not pass");
        let (snapshot, person) = kept(&body);
        assert_free_of_secrets(&serde_json::to_string(&(&snapshot, &person)).expect("JSON"));
        let mut heard = Heard::default();
        heard.hear(&body);
        for fact in &heard.facts {
            let (kind, bytes) = fact.encode();
            assert_free_of_secrets(&String::from_utf8_lossy(&bytes));
            assert_free_of_secrets(&contracts::to_json(kind, &bytes).expect("JSON").to_string());
            for name in ["Ilyès", "Guessan", "Lila", "uvrard", "1994", "2009"] {
                assert!(!String::from_utf8_lossy(&bytes).contains(name), "{name} is in {}", kind.name);
            }
        }
        let printed = format!("{:?} {snapshot:?} {person:?}", told(&body));
        assert_free_of_secrets(&printed);
        for value in ["Ilyès", "Lila", "Jardins", "Fontanel", "Salindres"] {
            assert!(!printed.contains(value), "{value} would be in a log");
        }
    }
}

#[test]
fn a_social_security_number_typed_in_a_text_is_taken_out_and_a_telephone_stays() {
    let text = "NIR 2 86 04 99 000 001 60, joindre le 04 65 71 02 40.";
    let (snapshot, _) = kept(&with(adult(), "immersionActivities", text));
    assert_eq!(snapshot.details.activities, "NIR [numéro retiré], joindre le 04 65 71 02 40.");
}

#[test]
fn what_is_kept_is_sealed_and_only_traces_are_in_clear() {
    let mut heard = Heard::default();
    heard.hear(&with(adult(), "statusJustification", "Raison."));
    let rejected = with(
        at(adult(), "2026-09-09T08:00:00.000Z", "REJECTED"),
        "statusJustification",
        "Raison confidentielle",
    );
    heard.hear(&rejected);
    for fact in &heard.facts {
        let (kind, bytes) = fact.encode();
        let clear = sealing::wire::split(&bytes, |number| kind.class_of(number)).expect("a fact").clear;
        let clear = String::from_utf8_lossy(&clear).into_owned();
        for word in ["Jardins", "Fontanel", "confidentielle", "Salindres", "Semis", "00070563200016"] {
            assert!(!clear.contains(word), "{word} is in clear in {}", kind.name);
        }
    }
}

#[test]
fn the_frame_the_object_the_job_and_the_tutor_are_read() {
    let (snapshot, person) = kept(&adult());
    assert_eq!(snapshot.terms.starts_on.to_string(), "2026-09-14");
    assert_eq!(snapshot.terms.ends_on.to_string(), "2026-09-25");
    assert_eq!((snapshot.terms.presence_days, snapshot.terms.weekly_minutes), (10, 35 * 60));
    assert_eq!(snapshot.object.map(|object| object.0), Some(ImmersionObject::DECOUVRIR_METIER));
    assert_eq!(snapshot.details.job.as_ref().map(|job| job.rome_code.as_str()), Some("A1414"));
    assert_eq!(snapshot.details.tutor_name, "Maïté Fontanel");
    assert_eq!(snapshot.details.tutor_contact, "m.fontanel@jardins.example.org · +33465710243");
    assert_eq!(snapshot.details.current_employer_siret, "00070563200016");
    assert_eq!(snapshot.prescriber.siret, "00070452800017");
    assert_eq!(snapshot.accompanying.as_ref().map(|agency| agency.siret.as_str()), Some("00070340500019"));
    assert_eq!((person.family_name.as_str(), person.given_name.as_str()), ("N'Guessan-Roux", "Ilyès"));
    assert_eq!(person.birth_date.map(|date| date.to_string()).as_deref(), Some("1994-03-08"));
    let (split, _) = kept(&minor());
    assert_eq!((split.terms.presence_days, split.terms.weekly_minutes), (10, 20 * 60));
    assert_eq!(split.accompanying, None);
}

#[test]
fn a_birth_date_the_tool_does_not_know_is_unknown_and_that_very_day_is_not() {
    let birth = |text: &str| kept(&with(adult(), "signatories/beneficiary/birthdate", text)).1.birth_date;
    assert_eq!(birth("1970-01-01T12:00:00.000Z"), None);
    assert!(birth("1970-01-01").is_some());
    assert!(birth("1970-01-01T00:00:00.000Z").is_some());
}

#[test]
fn every_object_is_read_with_either_apostrophe() {
    for (word, object) in [
        ("Découvrir un métier ou un secteur d'activité", ImmersionObject::DECOUVRIR_METIER),
        ("Découvrir un métier ou un secteur d’activité", ImmersionObject::DECOUVRIR_METIER),
        ("Confirmer un projet professionnel", ImmersionObject::CONFIRMER_PROJET),
        ("Initier une démarche de recrutement", ImmersionObject::INITIER_RECRUTEMENT),
    ] {
        let (snapshot, _) = kept(&with(adult(), "immersionObjective", word));
        assert_eq!(snapshot.object.map(|read| read.0), Some(object));
    }
}

#[test]
fn the_documented_name_of_the_delegating_agency_is_tolerated() {
    let mut body = adult();
    let convention = body["payload"]["convention"].as_object_mut().expect("an object");
    let agency = convention.remove("agencyRefersTo").expect("an agency");
    convention.insert("agencyRefersToOtherAgency".into(), agency);
    assert!(kept(&body).0.accompanying.is_some());
}

#[test]
fn null_and_absent_are_the_same() {
    let mut body = adult();
    body["payload"]["convention"]["statusJustification"] = Value::Null;
    body["payload"]["convention"]["dateApproval"] = Value::Null;
    body["payload"]["convention"]["renewed"] = Value::Null;
    assert_eq!(kept(&body).0, kept(&adult()).0);
}

#[test]
fn unknown_members_are_passed_over_and_named() {
    let body = with(adult(), "moonPhase", "secret-lune");
    let body = with(body, "signatories/beneficiary/shoeSize", 42);
    let mut body = with(body, "une clé avec valeur@example.org", true);
    body["payload"]["extra"] = json!({"secret": 1});
    let (_, unknown, _) = cleaned(&body).expect("tolerated");
    assert_eq!(
        unknown,
        ["payload.extra", "beneficiary.shoeSize", "convention.(nom illisible)", "convention.moonPhase"]
    );
}

#[test]
fn unknown_values_are_tolerated_and_named() {
    let body = with(adult(), "immersionObjective", "Faire une pause");
    let body = with(body, "agencyKind", "agence-lunaire");
    let body = with(body, "siret", "123");
    let body = with(body, "immersionAppellation/romeCode", "ZZZ");
    let body = with(body, "dateApproval", "hier");
    let body = with(body, "assessment", json!({ "status": "WONDERFUL" }));
    let (known, _, mut odd) = cleaned(&body).expect("tolerated");
    odd.sort();
    assert_eq!(
        odd,
        ["agencyKind", "assessment.status", "dateApproval", "immersionObjective", "romeCode", "siret"]
    );
    let Cleaned::Known(snapshot, _) = known else { panic!("nothing follows") };
    assert_eq!(snapshot.object, None);
    assert_eq!(snapshot.assessment, None);
    let mut heard = Heard::default();
    assert_eq!(heard.hear(&body)[0], "ConventionDrafted 2026-09-01");
}

#[test]
fn an_object_of_later_times_does_not_change_the_one_known() {
    let mut heard = Heard::default();
    heard.hear(&adult());
    let odd = at(
        with(adult(), "immersionObjective", "Faire une pause"),
        "2026-09-02T08:00:00.000Z",
        "READY_TO_SIGN",
    );
    assert_eq!(heard.hear(&odd), Vec::<String>::new());
    assert_eq!(heard.state().object, ImmersionObject::DECOUVRIR_METIER);
}

#[test]
fn mini_stages_other_kinds_and_other_events_are_none_of_our_business() {
    let why = |body: Value| match cleaned(&body).expect("tolerated").0 {
        Cleaned::Nothing(why) => why,
        Cleaned::Known(..) => panic!("kept"),
    };
    assert_eq!(why(with(adult(), "internshipKind", "mini-stage-cci")), Ignored::MiniStage);
    assert_eq!(why(with(adult(), "internshipKind", "lunar")), Ignored::UnknownKind);
    let other = json!({ "subscribedEvent": "agency.updated", "payload": { "agency": 1 } });
    assert!(matches!(payload::read(other.to_string().as_bytes()), Ok(Read::OtherEvent)));
}

fn refused(body: &Value) -> Problem {
    cleaned(body).expect_err("refused")
}

#[test]
fn what_is_not_a_notification_is_400() {
    for body in [
        "",
        "{",
        "[]",
        "12",
        "{\"subscribedEvent\":3}",
        "{}",
        "{\"subscribedEvent\":\"convention.updated\"}",
        "{\"subscribedEvent\":\"convention.updated\",\"payload\":{}}",
        "{\"subscribedEvent\":\"convention.updated\",\"payload\":{\"convention\":[]}}",
    ] {
        let problem = payload::read(body.as_bytes()).expect_err(body);
        assert_eq!(problem.status.as_u16(), 400, "{body}");
        assert!(problem.detail.ends_with('.'));
    }
    let problem = refused(&with(adult(), "schedule/totalHours", "beaucoup-de-secrets"));
    assert_eq!(
        (problem.status.as_u16(), &*problem.errors[0].pointer),
        (400, "/payload/convention/schedule/totalHours")
    );
    assert!(!format!("{problem:?}").contains("beaucoup"));
}

#[test]
fn what_is_needed_and_missing_or_contradictory_is_422_with_its_place() {
    let null = || Value::Null;
    for (body, pointer) in [
        (with(adult(), "id", null()), "/id"),
        (with(adult(), "id", "pas-un-uuid"), "/id"),
        (with(adult(), "status", null()), "/status"),
        (with(adult(), "dateStart", null()), "/dateStart"),
        (with(adult(), "dateEnd", "bientôt"), "/dateEnd"),
        (with(adult(), "dateEnd", "2026-09-13T00:00:00.000Z"), "/dateEnd"),
        (with(adult(), "signatories", null()), "/signatories"),
        (with(adult(), "signatories/beneficiary", null()), "/signatories/beneficiary"),
        (
            with(adult(), "signatories/establishmentRepresentative", null()),
            "/signatories/establishmentRepresentative",
        ),
    ] {
        let problem = refused(&body);
        assert_eq!(problem.status.as_u16(), 422, "{pointer}");
        assert_eq!(problem.errors[0].pointer, format!("/payload/convention{pointer}"));
        assert!(problem.detail.ends_with('.') && !format!("{problem:?}").contains("Guessan"));
    }
}
