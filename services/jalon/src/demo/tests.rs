//! The stories that are always there, looked at without a server.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    STORY, WITH,
    play::Told,
    script::{Step, Story, parse},
    story,
    waves::Ties,
};

fn world() -> Story {
    story(None).expect("the story that is always there can be told")
}

/// Whether a member of the body, however deep, has that value.
fn says(body: &Value, member: &str, value: &str) -> bool {
    match body {
        Value::Object(object) => object.iter().any(|(key, inner)| {
            key == member
                && (inner == value || inner.as_array().is_some_and(|all| all.contains(&json!(value))))
                || says(inner, member, value)
        }),
        Value::Array(items) => items.iter().any(|item| says(item, member, value)),
        _ => false,
    }
}

/// Whether a step posts there and says that.
fn tells(step: &Step, ending: &str, member: &str, value: &str) -> bool {
    step.post.ends_with(ending) && says(&step.body, member, value)
}

#[test]
fn every_story_of_the_folder_is_told_or_is_the_small_one() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/demonstration");
    let files = std::fs::read_dir(folder).expect("the folder of the demonstration");
    let files = files.map(|file| file.expect("a file").file_name().into_string().expect("a name"));
    let stories: BTreeSet<String> = files.filter(|name| name.ends_with(".json")).collect();
    let mut told: BTreeSet<String> = WITH.iter().map(|(name, _)| (*name).to_owned()).collect();
    told.extend(["tesa.json".to_owned(), "small.json".to_owned()]);
    assert_eq!(stories, told);
    let alone: Value = serde_json::from_str(STORY).expect("JSON");
    let named: Vec<&str> =
        alone["with"].as_array().expect("files").iter().filter_map(Value::as_str).collect();
    assert_eq!(named, WITH.iter().map(|(name, _)| *name).collect::<Vec<_>>());
}

#[test]
fn sixty_people_share_the_platform_and_a_handful_are_followed_in_each_other_structure() {
    let mut people: BTreeMap<String, usize> = BTreeMap::new();
    for step in world().steps.iter().filter(|step| step.post == "/api/v1/cases") {
        let place = step.body["platform_id"].as_str().or(step.body["structure_id"].as_str());
        let place = place.expect("a place").split('-').next().expect("a word").to_owned();
        *people.entry(place).or_default() += 1;
    }
    let expected = [("@adj", 5), ("@arp", 5), ("@fh", 5), ("@mas", 4), ("@platform", 60)];
    assert_eq!(people, expected.map(|(place, count)| (place.to_owned(), count)).into());
}

#[test]
fn everyone_works_on_working_days_and_at_working_hours() {
    for step in &world().steps {
        let (day, hour) = (step.at.date().weekday().to_monday_one_offset(), step.at.hour());
        assert!(day < 6 && (8..19).contains(&hour), "{} {}", step.at, step.post);
    }
}

/// Each system and device of the guide, and a step that tells it: end of the route, member, value.
const GUIDE: &[(&str, &str, &str, &str)] = &[
    ("plateforme emploi", "/platforms", "name", "TESA, Territoire Emploi Solidarité Alésienne"),
    ("accompagnement global", "/prescriptions", "kind", "ACCOMPAGNEMENT_GLOBAL"),
    ("suivi conjoint avec France Travail", "/reviews", "kind", "ENTRETIEN_FRANCE_TRAVAIL"),
    ("bilan trimestriel du SDILE", "/reviews", "kind", "BILAN_TRIMESTRIEL"),
    ("entretien en binôme", "/reviews", "kind", "ENTRETIEN_BINOME"),
    ("convention de stage de la structure", "/conventions", "kind", "STAGE_STRUCTURE"),
    ("mi-temps et français", "/employments", "linked_activity_id", "@act-fh-meron-fle"),
    ("guide de la prescription IAE", "/diagnostics", "frame", "GUIDE_IAE"),
    ("Les emplois : PASS IAE", "/passes", "source", "LES_EMPLOIS"),
    ("PMSMP", "/conventions", "kind", "PMSMP"),
    ("Immersion Facilitée", "/inbound/immersion-facilitee", "subscribedEvent", "convention.updated"),
    ("Diagoriente", "/diagnostics", "frame", "DIAGORIENTE"),
    ("compétences de la vie sur place", "/skills", "origin", "LIFE_ON_SITE"),
    ("ACI", "/organisations", "kind", "ACI"),
    ("AI", "/organisations", "kind", "AI"),
    ("EI", "/organisations", "kind", "EI"),
    ("ETTI", "/organisations", "kind", "ETTI"),
    ("GEIQ", "/prescriptions", "kind", "GEIQ"),
    ("EA", "/organisations", "kind", "EA"),
    ("EATT", "/organisations", "kind", "EATT"),
    ("ESAT", "/prescriptions", "kind", "ESAT"),
    ("PHC", "/employments", "programme", "PHC"),
    ("CVG", "/employments", "programme", "CVG"),
    ("TAPAJ", "/employments", "contract", "TAPAJ_JOURNEE"),
    ("AAVA", "/activities", "kind", "AAVA"),
    ("OACAS", "/activities", "kind", "ACTIVITE_OACAS"),
    ("COACH emploi", "/organisations", "kind", "COACH_EMPLOI"),
    ("médiation active : mise en relation", "/put-forward", "channel", "TELEPHONE"),
    ("médiation active : démarches auprès d’un employeur", "/contacts", "channel", "VISITE"),
    ("POEI FLE", "/prescriptions", "kind", "POEI_FLE"),
    ("plateforme linguistique", "/organisations", "kind", "FORMATION_LINGUISTIQUE"),
    ("crèche AVIP", "/prescriptions", "kind", "CRECHE_AVIP"),
    ("EMILE", "/prescriptions", "kind", "EMILE"),
    ("plateforme mobilité", "/prescriptions", "kind", "MOBILITE"),
    ("MDPH", "/prescriptions", "kind", "MDPH"),
    ("CSAPA", "/organisations", "kind", "CSAPA"),
    ("CAARUD", "/organisations", "kind", "CAARUD"),
    ("conseiller numérique", "/activities", "kind", "NUMERIQUE"),
    ("atelier de recherche d’activité", "/activities", "kind", "ATELIER_RECHERCHE_ACTIVITE"),
    ("VAE", "/prescriptions", "kind", "VAE"),
    ("fonds de solidarité", "/resources", "name", "Fonds de solidarité du Mas"),
    ("CTA", "/meetings", "kind", "CTA"),
    ("comité territorial", "/meetings", "kind", "COMITE_TERRITORIAL"),
    ("visite de SIAE", "/gatherings", "kind", "VISITE_SIAE"),
    ("job dating", "/gatherings", "kind", "JOB_DATING"),
    ("salon du TAF", "/gatherings", "title", "Salon du TAF"),
    ("visite d’entreprise", "/gatherings", "kind", "VISITE_ENTREPRISE"),
    ("annexe 1 : partenariats", "/partnerships", "state", "A_CONSTRUIRE"),
    ("annexe 2 : plan d’action, court terme", "/actions", "term", "CT"),
    ("annexe 2 : plan d’action, moyen terme", "/actions", "term", "MT"),
    ("annexe 2 : plan d’action, long terme", "/actions", "term", "LT"),
    ("groupe d’échange de pratiques", "/gatherings", "kind", "GROUPE_ECHANGE_PRATIQUES"),
    ("formation des équipes", "/gatherings", "kind", "FORMATION_EQUIPES"),
    ("participation des personnes", "/activities", "kind", "PARTICIPATION"),
    ("« pas pour l’instant »", "/wishes", "kinds", "PAS_POUR_L_INSTANT"),
    ("EITI", "/organisations", "kind", "EITI"),
    ("OFII", "/prescriptions", "kind", "OFII"),
    ("micro-crèche", "/prescriptions", "kind", "MICRO_CRECHE"),
    ("parcours d’une plateforme linguistique", "/prescriptions", "kind", "PLATEFORME_LINGUISTIQUE"),
    ("COACH emploi : prescription", "/prescriptions", "kind", "COACH_EMPLOI"),
    ("COACH emploi : cadre d’accompagnement", "/circle", "frame", "COACH_EMPLOI"),
    ("IPS", "/circle", "frame", "IPS"),
    ("SEVE, médiation active", "/circle", "frame", "SEVE"),
    ("accompagnement global : cadre", "/circle", "frame", "ACCOMPAGNEMENT_GLOBAL"),
    ("CER", "/circle", "frame", "CER"),
    ("services de data·inclusion", "/resources", "service_id", "exemple--velo-30"),
    ("suite d’une décision de réunion", "/settle", "outcome", "DONE"),
    ("EPIDE", "/members", "organisation_id", "@epide"),
    ("PLIE", "/organisations", "kind", "PLIE"),
    ("école de la deuxième chance", "/organisations", "kind", "E2C"),
];

#[test]
fn every_system_of_the_guide_is_in_the_world() {
    let steps = world().steps;
    let missing: Vec<&str> = GUIDE
        .iter()
        .filter(|(_, ending, member, value)| !steps.iter().any(|step| tells(step, ending, member, value)))
        .map(|(name, ..)| *name)
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

fn told(at: &str, post: &str) -> Value {
    json!({"at": at, "by": "administrator", "post": post, "body": {}})
}

#[test]
fn stories_told_together_are_merged_by_time_and_one_that_is_missing_or_out_of_order_is_named() {
    let main = json!({"name": "Une", "platform": "p", "sign_ins": ["a"], "with": ["autre.json"],
        "steps": [told("2026-01-05T09:00", "/1"), told("2026-01-07T09:00", "/3")]});
    let other = json!({"name": "Autre", "sign_ins": ["b"],
        "steps": [told("2026-01-06T09:00", "/2"), told("2026-01-07T09:00", "/4")]});
    let merged = parse(&main.to_string(), |_| Ok(other.to_string())).expect("a story");
    let order: Vec<&str> = merged.steps.iter().map(|step| step.post.as_str()).collect();
    assert_eq!(order, ["/1", "/2", "/3", "/4"], "the same minute keeps the order of the files");
    assert_eq!(merged.sign_ins, ["a", "b"]);

    let refused = |beside: &Value| {
        parse(&main.to_string(), |_| Ok(beside.to_string())).expect_err("a story that cannot be told")
    };
    let backwards =
        json!({"name": "Autre", "steps": [told("2026-01-06T09:00", "/2"), told("2026-01-05T09:00", "/1")]});
    assert!(refused(&backwards).contains("autre.json"), "{}", refused(&backwards));
    assert!(refused(&main).contains("autre.json"), "{}", refused(&main));
    let absent = parse(&main.to_string(), |file| Err(format!("{file} manque")));
    assert_eq!(absent.expect_err("no file"), "autre.json manque");
}

#[test]
fn a_step_takes_ids_from_its_fact_and_is_done_for_each_of_them() {
    let step = |more: Value| -> Step {
        let mut step = told("2026-01-05T09:00", "/1");
        step.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        serde_json::from_value(step).expect("a step")
    };
    let (one, two) = (Uuid::from_u128(1), Uuid::from_u128(2));
    let fact = json!({"access_id": one, "items": [{"item_id": one}, {"item_id": two}]});
    let takes =
        step(json!({"takes": {"access": "access_id", "handed": "items/*/item_id", "absent": "other_id"}}));
    let taken: HashMap<String, Uuid> = takes.taken(&fact).into_iter().collect();
    let expected = [("access", one), ("handed/0", one), ("handed/1", two)];
    assert_eq!(taken, expected.map(|(alias, id)| (alias.to_owned(), id)).into());
    assert_eq!(step(json!({"each": "handed"})).rounds(&taken), [Some(one), Some(two)]);
    assert_eq!(step(json!({})).rounds(&taken), [None]);
}

#[test]
fn a_story_that_says_something_else_is_another_one_and_one_that_goes_on_is_resumed() {
    let told_by = |cases: &[&str]| {
        let steps: Vec<Value> = cases
            .iter()
            .map(|origin| json!({"at": "2025-01-06T09:00", "by": "cip", "post": "/api/v1/cases", "body": {"origin": origin}}))
            .collect();
        let text = json!({"name": "Une histoire", "steps": steps}).to_string();
        parse(&text, |_| Err("none beside".into())).expect("a story")
    };
    let dir = std::env::temp_dir().join(format!("jalon-told-{}", std::process::id()));
    std::fs::create_dir_all(&dir).expect("a folder");
    let (file, story) = (dir.join("demonstration.json"), told_by(&["SIAO", "ORIENTATION"]));
    let mut told = Told::read(&file, &story);
    told.next = 2;
    told.ids.insert("case".into(), Uuid::nil());
    told.write(&file, &story).expect("written");
    let known = |story: &Story| Told::read(&file, story).ids.contains_key("case");
    assert!(known(&story), "the same");
    assert!(known(&told_by(&["SIAO", "ORIENTATION", "SIAO"])), "the same, which goes on");
    assert!(!known(&told_by(&["SIAO", "SIAO"])), "the same name and as many steps, that say something else");
    assert!(!known(&told_by(&["SIAO"])), "less than was told");
    drop(std::fs::remove_dir_all(dir));
}

/// How many steps are told at once, from the first to the last.
fn waves(steps: &[Step]) -> Vec<usize> {
    let (ties, mut from, mut waves) = (Ties::of(steps), 0, Vec::new());
    while from < steps.len() {
        waves.push(ties.together(steps, from));
        from += waves.last().expect("one");
    }
    waves
}

#[test]
fn what_is_told_at_once_is_of_one_day_and_about_other_people_and_things() {
    let steps = |told: &[Value]| -> Vec<Step> {
        let all = told.iter().map(|step| {
            let mut all = json!({"at": "2026-01-05T09:00", "by": "cip", "body": {}});
            all.as_object_mut().expect("an object").extend(step.as_object().expect("an object").clone());
            serde_json::from_value(all).expect("a step")
        });
        all.collect()
    };
    let open = |alias: &str| json!({"post": "/api/v1/cases", "as": alias});
    assert_eq!(
        waves(&steps(&[open("a"), open("b")])),
        [1, 1],
        "of the same name, the second is told of the first"
    );
    let of = |alias: &str| json!({"post": format!("/api/v1/cases/@{alias}/notes")});
    assert_eq!(waves(&steps(&[of("a"), of("b"), of("c"), of("b")])), [3, 1]);
    let mut tomorrow = of("b");
    tomorrow["at"] = json!("2026-01-06T09:00");
    assert_eq!(waves(&steps(&[of("a"), tomorrow])), [1, 1]);

    // What was begun for someone is theirs, as far as it goes.
    let begun = json!({"post": "/api/v1/prescriptions", "as": "p", "body": {"case_id": "@a"}});
    let sent = json!({"post": "/api/v1/prescriptions/@p/send", "takes": {"answer": "answer_id"}});
    let answered = json!({"post": "/api/v1/prescriptions/@answer/read"});
    let story = steps(&[open("a"), begun, of("b"), sent, of("a"), of("c"), answered, of("a")]);
    assert_eq!(waves(&story), [1, 2, 1, 2, 1, 1]);

    let filled = json!({"post": "/api/v1/posts/@post/fill", "body": {"professional_id": "@new:someone"}});
    assert_eq!(
        waves(&steps(&[of("a"), filled, of("b"), of("c")])),
        [1, 1, 2],
        "who acts from a post is known first"
    );
    let by = |post: &str| json!({"by": post, "post": "/api/v1/cases/@b/notes"});
    let missioned = json!({"post": "/api/v1/posts/@post/missions"});
    assert_eq!(waves(&steps(&[missioned, by("post")])), [1, 1]);
    let list = json!({"post": "/api/v1/handovers/@h/accept", "each": "items", "body": {"item_id": "@each"}});
    let handed = json!({"post": "/api/v1/handovers/@h/begin", "takes": {"items": "items/*/item_id"}});
    assert_eq!(waves(&steps(&[handed, list])), [1, 1]);

    let world = world();
    let waves = waves(&world.steps);
    assert_eq!(waves.iter().sum::<usize>(), world.steps.len());
    assert!(waves.len() * 2 < world.steps.len(), "{} waves of {} steps", waves.len(), world.steps.len());
}
