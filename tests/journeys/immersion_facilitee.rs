//! What Immersion Facilitée sends becomes the facts that are missing, once, whatever is repeated.

use serde_json::{Value, json};
use testkit::stack::{Answer, Stack, until};
use tests::World;

/// Where that tool knocks.
pub const PATH: &str = "/api/v1/inbound/immersion-facilitee";
/// What it says to be let in.
pub const SECRET: &str = "un-secret-de-test-assez-long";

/// A convention as that tool would send it.
pub fn notification(status: &str, updated_at: &str, signed: bool) -> Value {
    let signed_at = |instant: &str| if signed { json!(instant) } else { Value::Null };
    let mut beneficiary = json!({
        "role": "beneficiary", "firstName": "Éloïse", "lastName": "D’Arcy-Benali", "email": "eloise@example.org",
        "phone": "+33536490111", "birthdate": "1990-02-03", "isRqth": true, "financiaryHelp": "aide-a-ne-pas-garder",
        "emergencyContact": "contact-a-ne-pas-garder",
    });
    let mut host = json!({
        "role": "establishment-representative", "firstName": "Paule", "lastName": "Représentante-Inconnue",
        "email": "paule@example.org", "phone": "+33465710211",
    });
    if signed {
        beneficiary["signedAt"] = signed_at("2026-05-05T08:00:00.000Z");
        host["signedAt"] = signed_at("2026-05-06T09:30:00.000Z");
    }
    let mut convention = json!({
        "id": "3f0c1f64-5b57-4c02-9d1f-0b8a54c9a001", "status": status, "dateSubmission": "2026-05-04T00:00:00.000Z",
        "dateStart": "2026-05-18T00:00:00.000Z", "dateEnd": "2026-05-29T00:00:00.000Z", "updatedAt": updated_at,
        "dateValidation": if status == "ACCEPTED_BY_VALIDATOR" { json!("2026-05-12T10:00:00.000Z") } else { Value::Null },
        "signatories": {"beneficiary": beneficiary, "establishmentRepresentative": host},
        "siret": "00000101600013", "businessName": "Garrigue Bois", "internshipKind": "immersion",
        "schedule": {"totalHours": 63, "workedDays": 9, "isSimple": true, "complexSchedule": []},
    });
    let agency = json!({
        "agencyId": "911f75bd-37d1-44c7-9921-da61563ea02a", "agencyName": "Agence du Vallon", "agencyKind": "pole-emploi",
        "agencySiret": "00000301200010", "agencyDepartment": "30", "agencyContactEmail": "agence@example.org",
        "agencyValidationSteps": "validator-only", "assessment": null, "isEstablishmentBanned": false,
        "lastReminders": {}, "unChampNouveau": 1,
    });
    let work = json!({
        "individualProtection": false, "individualProtectionDescription": "", "sanitaryPrevention": false,
        "sanitaryPreventionDescription": "", "remoteWorkMode": "ON_SITE",
        "immersionAddress": "14 chemin des Olivettes 30100 Alès",
        "immersionObjective": "Découvrir un métier ou un secteur d'activité",
        "immersionAppellation": {"romeCode": "H2206", "romeLabel": "Menuiserie", "appellationCode": "15430", "appellationLabel": "Menuisier"},
        "immersionActivities": "Ponçage et pose", "immersionSkills": "",
        "establishmentTutor": {"role": "establishment-tutor", "firstName": "Jo", "lastName": "Tuteur", "email": "t@example.org", "phone": "+33465710212", "job": "Chef d'atelier"},
    });
    for part in [agency, work] {
        convention.as_object_mut().expect("an object").extend(part.as_object().expect("an object").clone());
    }
    json!({"subscribedEvent": "convention.updated", "payload": {"convention": convention}})
}

async fn send(world: &World, secret: &str, body: &Value) -> Answer {
    world
        .api
        .send(world.api.request("POST", PATH).header("authorization", secret.to_owned()).json(body))
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_convention_becomes_its_missing_facts_once_and_an_unknown_person_waits_sealed() {
    a_convention_becomes_its_facts(Stack::start("immersion-facilitee").await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_convention_becomes_its_missing_facts_once_and_an_unknown_person_waits_sealed_one_process_a_unit() {
    a_convention_becomes_its_facts(Stack::start_each("immersion-facilitee-each").await).await;
}

async fn a_convention_becomes_its_facts(stack: Stack) {
    let world = World::build(&stack).await;
    let secret = SECRET;
    let ready = notification("READY_TO_SIGN", "2026-05-04T13:00:00.000Z", false);
    let validated = notification("ACCEPTED_BY_VALIDATOR", "2026-05-12T10:00:01.000Z", true);

    assert_eq!(send(&world, "faux", &ready).await.status, 401);
    // Nobody of that name is known yet: it waits aside.
    let aside = send(&world, secret, &ready).await;
    assert!((200..300).contains(&aside.status), "{}", aside.text);

    let case = world.open_case("D'ARCY BENALI", "eloise", "1990-02-03").await;
    // The index of people follows the facts: the notification is sent again until it finds its case.
    let kinds = async || {
        let timeline = world.api.get(&world.cip, &format!("/api/v1/cases/{case}/timeline?limit=200")).await;
        let items = timeline.body["items"].as_array().cloned().unwrap_or_default();
        items.iter().filter_map(|item| item["kind"].as_str().map(str::to_owned)).collect::<Vec<_>>()
    };
    until("the convention is attached", async || {
        let answer = send(&world, secret, &validated).await;
        assert!((200..300).contains(&answer.status), "{}", answer.text);
        kinds().await.contains(&"ConventionValidated".to_owned())
    })
    .await;
    // Repeated, late, out of order: nothing more.
    for body in [&validated, &ready, &validated] {
        assert!((200..300).contains(&send(&world, secret, body).await.status));
    }
    let kinds = kinds().await;
    for (kind, count) in [
        ("ConventionDrafted", 1),
        ("ConventionSigned", 2),
        ("ConventionFullySigned", 1),
        ("ConventionValidated", 1),
    ] {
        assert_eq!(kinds.iter().filter(|known| *known == kind).count(), count, "{kind} in {kinds:?}");
    }
    // The clock starts and ends it by its dates.
    until("the immersion started and ended", async || {
        let timeline = world.api.get(&world.cip, &format!("/api/v1/cases/{case}/timeline?limit=200")).await;
        timeline.text.contains("\"ImmersionEnded\"")
    })
    .await;
    // What must not be kept is nowhere.
    let timeline = world.api.get(&world.cip, &format!("/api/v1/cases/{case}/timeline?limit=200")).await;
    for dropped in ["ne-pas-garder", "Représentante-Inconnue", "+33536490111", "eloise@example.org"] {
        assert!(!timeline.text.contains(dropped) && !stack.log().contains(dropped), "{dropped} was kept");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_received_by_the_command_line_and_a_dry_run_writes_nothing() {
    files_are_received(Stack::start("immersion-facilitee-files").await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_received_by_the_command_line_and_a_dry_run_writes_nothing_one_process_a_unit() {
    files_are_received(Stack::start_each("immersion-facilitee-files-each").await).await;
}

async fn files_are_received(stack: Stack) {
    let world = World::build(&stack).await;
    let write = |name: &str, body: &Value| {
        let file = stack.dir.join(name);
        std::fs::write(&file, body.to_string()).expect("a file");
        file.display().to_string()
    };
    let known = write("notification.json", &notification("IN_REVIEW", "2026-05-06T09:30:01.000Z", true));
    let mut other = notification("READY_TO_SIGN", "2026-05-04T13:00:00.000Z", false);
    other["payload"]["convention"]["id"] = "3f0c1f64-5b57-4c02-9d1f-0b8a54c9a002".into();
    other["payload"]["convention"]["signatories"]["beneficiary"]["lastName"] = "Personne-Inconnue".into();
    let unknown = write("inconnue.json", &other);
    let unreadable = stack.dir.join("illisible.json").display().to_string();
    std::fs::write(&unreadable, "{").expect("a file");
    let head = async || {
        let (_, said) = stack.jalon(&["status", "--json"]).await;
        serde_json::from_str::<Value>(said.trim()).expect("JSON")["head"].clone()
    };
    let receive = async |files: &[&str]| {
        let (received, said) = stack.jalon(&[&["inbound", "immersion-facilitee"][..], files].concat()).await;
        for name in ["Benali", "Éloïse", "Inconnue", "Représentante", "+33"] {
            assert!(!said.contains(name), "{name}: {said}");
        }
        (received, said)
    };
    let case = world.open_case("D'ARCY BENALI", "eloise", "1990-02-03").await;
    let kinds = async || {
        let timeline = world.api.get(&world.cip, &format!("/api/v1/cases/{case}/timeline?limit=200")).await;
        let items = timeline.body["items"].as_array().cloned().unwrap_or_default();
        let mut kinds: Vec<_> =
            items.iter().filter_map(|item| item["kind"].as_str().map(str::to_owned)).collect();
        kinds.retain(|kind| kind.starts_with("Convention"));
        kinds.sort();
        kinds
    };
    // The index of people follows the facts.
    until("the dry run finds whose it is", async || {
        let before = head().await;
        let (received, said) = receive(&[known.as_str(), "--dry-run"]).await;
        assert!(received && said.contains("rien n’est écrit"), "{said}");
        assert_eq!(head().await, before, "a dry run writes nothing");
        said.contains("Convention d’immersion rédigée")
    })
    .await;
    assert!(kinds().await.is_empty(), "a dry run writes nothing");

    let (received, said) = receive(&[known.as_str(), unreadable.as_str(), unknown.as_str()]).await;
    assert!(
        !received && said.contains("refusé"),
        "one file cannot be read, and the others are received: {said}"
    );
    let facts = ["ConventionDrafted", "ConventionFullySigned", "ConventionSigned", "ConventionSigned"];
    until("the facts are on the timeline", async || kinds().await == facts).await;
    let aside = world.api.get(&world.cip, "/api/v1/inbound/immersion-facilitee/aside").await;
    assert_eq!(aside.body["items"].as_array().map(Vec::len), Some(1), "{}", aside.text);
    // The same files again: nothing more.
    let before = head().await;
    let (received, said) = receive(&[known.as_str(), unknown.as_str()]).await;
    assert!(received, "{said}");
    assert_eq!(head().await, before, "what was received is received once");
    assert_eq!(kinds().await, facts);
}
