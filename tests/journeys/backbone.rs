//! The four backbone facts, from a command to the live status, a subscriber, and an auditor's replay.

use std::time::Duration;

use futures::StreamExt as _;
use serde_json::{Value, json};
use testkit::stack::Stack;
use tests::World;

/// What a subscriber of `/api/v1/events` receives: (position, kind).
async fn listen(world: &World, token: &str, after: i64, until: i64) -> Vec<(i64, String)> {
    let request = world
        .api
        .request("GET", "/api/v1/events")
        .bearer_auth(token)
        .header("last-event-id", after.to_string());
    let answer = request.send().await.expect("a stream");
    assert_eq!(answer.status(), 200);
    let mut stream = answer.bytes_stream();
    let (mut text, mut seen) = (String::new(), Vec::new());
    let reading = async {
        while let Some(Ok(chunk)) = stream.next().await {
            text.push_str(&String::from_utf8_lossy(&chunk));
            while let Some(end) = text.find("\n\n") {
                let event: String = text.drain(..end + 2).collect();
                let field = |name: &str| {
                    event.lines().find_map(|line| line.strip_prefix(name).map(|v| v.trim().to_owned()))
                };
                if let (Some(id), Some(kind)) = (field("id:"), field("event:")) {
                    seen.push((id.parse().expect("a position"), kind));
                }
            }
            if seen.last().is_some_and(|(position, _)| *position >= until) {
                break;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(20), reading)
        .await
        .expect("the stream reaches the last position");
    seen
}

#[tokio::test(flavor = "multi_thread")]
async fn the_backbone_travels_from_commands_to_page_subscriber_and_auditor() {
    the_backbone_travels(Stack::start("backbone").await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_backbone_travels_from_commands_to_page_subscriber_and_auditor_one_process_a_unit() {
    the_backbone_travels(Stack::start_each("backbone-each").await).await;
}

async fn the_backbone_travels(stack: Stack) {
    let world = World::build(&stack).await;
    let case = world.open_case("Benkacem", "Salima", "1991-04-12").await;

    let diagnostic =
        world.must(&format!("/api/v1/cases/{case}/diagnostics"), json!({"frame": "GUIDE_IAE"})).await.id();
    world
        .must(
            &format!("/api/v1/diagnostics/{diagnostic}/complete"),
            json!({"author": "PRESCRIPTEUR_HABILITE", "conclusion": "Envie de travailler le bois"}),
        )
        .await;
    let prescription = world.send_candidature(case, world.aci[0]).await;
    let convention = json!({
        "kind": "PMSMP", "object": "CONFIRMER_PROJET", "prescriber_id": world.france_travail,
        "terms": {"starts_on": "2030-03-01", "ends_on": "2030-03-15", "presence_days": 11, "weekly_minutes": 2100},
        "details": {"host_name": "Menuiserie du Vallon", "job": {"rome_code": "H2206", "label": "Menuisier"}},
    });
    let convention = world.must(&format!("/api/v1/cases/{case}/conventions"), convention).await.id();
    for party in ["BENEFICIAIRE", "STRUCTURE_ACCUEIL", "STRUCTURE_ACCOMPAGNANTE"] {
        let path = format!("/api/v1/conventions/{convention}/sign");
        let answer = world.api.post(&world.cip, &path, json!({"party": party})).await;
        assert!(matches!(answer.status, 200 | 422), "{}", answer.text);
    }
    let body = json!({"contract": "CDDI", "weekly_minutes": 1560, "employer_id": world.aci[0], "came_from_id": prescription, "ends_on": "2031-01-01"});
    let last = world.must(&format!("/api/v1/cases/{case}/employments"), body).await.position();

    // The live status, as its reader asks for it.
    let status = world.read(&format!("/api/v1/cases/{case}"), last).await;
    let text = status.to_string();
    for expected in ["Benkacem", "CDDI", "1560", "2030-03-01"] {
        assert!(text.contains(expected), "{expected} is missing from {text}");
    }
    // The timeline holds the four backbone facts.
    let timeline = world.read(&format!("/api/v1/cases/{case}/timeline"), last).await;
    let kinds = kinds_of(&timeline);
    for kind in ["DiagnosticCompleted", "PrescriptionSent", "ConventionFullySigned", "EmploymentStarted"] {
        assert!(kinds.contains(&kind), "{kind} is missing from {kinds:?}");
    }
    // The board shows the case to the platform, by name only to the circle.
    let board = world
        .api
        .get(&world.animator, &format!("/api/v1/platforms/{}/board?min_position={last}", world.platform))
        .await;
    assert_eq!(board.status, 200, "{}", board.text);
    assert!(board.text.contains(&case.to_string()) && !board.text.contains("Benkacem"), "{}", board.text);

    // A subscriber saw each fact once, in order; one who comes back misses nothing.
    let seen = listen(&world, &world.cip, 0, last).await;
    assert!(seen.windows(2).all(|pair| pair[0].0 < pair[1].0), "{seen:?}");
    for kind in ["DiagnosticCompleted", "PrescriptionSent", "ConventionFullySigned", "EmploymentStarted"] {
        assert_eq!(seen.iter().filter(|(_, seen)| seen == kind).count(), 1, "{kind} in {seen:?}");
    }
    let middle = seen[seen.len() / 2].0;
    let again = listen(&world, &world.cip, middle, last).await;
    assert_eq!(again, seen.iter().filter(|(position, _)| *position > middle).cloned().collect::<Vec<_>>());

    // An auditor replays it, and the journal is intact.
    let (replayed, said) = stack.jalon(&["replay", &case.to_string()]).await;
    assert!(replayed && said.contains("Emploi commencé") && !said.contains("Benkacem"), "{said}");
    let (intact, said) = stack.jalon(&["journal", "check"]).await;
    assert!(intact, "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pmsmp_is_drafted_without_a_diagnostic_and_with_three_open_obstacles() {
    let stack = Stack::start("p1").await;
    let world = World::build(&stack).await;
    let case = world.open_case("Morel", "Ines", "1988-09-30").await;
    let diagnostic =
        world.must(&format!("/api/v1/cases/{case}/diagnostics"), json!({"frame": "STRUCTURE"})).await.id();
    for dimension in ["MOBILITE", "SANTE", "LOGEMENT"] {
        world
            .must(&format!("/api/v1/diagnostics/{diagnostic}/obstacles"), json!({"dimension": dimension}))
            .await;
    }
    // Someone of whom there is no diagnostic at all, not even one that was begun.
    let nothing = world.open_case("Lahlou", "Karim", "1984-01-17").await;
    for (case, diagnosed) in [(case, true), (nothing, false)] {
        let convention = json!({
            "kind": "PMSMP", "object": "DECOUVRIR_METIER", "prescriber_id": world.france_travail,
            "terms": {"starts_on": "2030-01-31", "ends_on": "2030-02-28", "presence_days": 20, "weekly_minutes": 2100},
            "details": {"host_name": "Boulangerie du Vallon"},
        });
        let drafted = world.must(&format!("/api/v1/cases/{case}/conventions"), convention).await;
        assert_eq!(drafted.body["warnings"], json!([]), "nothing is said of a diagnostic");
        let timeline = world.read(&format!("/api/v1/cases/{case}/timeline"), drafted.position()).await;
        let kinds = kinds_of(&timeline);
        assert!(kinds.contains(&"ConventionDrafted"), "{kinds:?}");
        assert_eq!(kinds.contains(&"DiagnosticStarted"), diagnosed, "{kinds:?}");
        assert_eq!(
            kinds.iter().filter(|kind| **kind == "ObstacleNamed").count(),
            if diagnosed { 3 } else { 0 }
        );
    }
}

fn kinds_of(timeline: &Value) -> Vec<&str> {
    let items = timeline["items"].as_array().expect("items");
    items.iter().filter_map(|item| item["kind"].as_str()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn people_read_what_they_are_entitled_to_and_nothing_else() {
    let stack = Stack::start("entitled").await;
    let world = World::build(&stack).await;
    let case = world.open_case("Haddad", "Youssef", "1979-01-02").await;
    let diagnostic =
        world.must(&format!("/api/v1/cases/{case}/diagnostics"), json!({"frame": "STRUCTURE"})).await.id();
    let body = json!({"dimension": "SANTE", "text": "suivi au dispensaire du Vallon"});
    let last =
        world.must(&format!("/api/v1/diagnostics/{diagnostic}/social-situations"), body).await.position();
    let path = format!("/api/v1/cases/{case}/timeline?min_position={last}");
    // Somebody from elsewhere does not even learn that the case exists.
    assert_eq!(world.api.get(&world.stranger, &path).await.status, 404);
    // The platform reads traces; the circle reads more, and a CIP no health.
    let animator = world.api.get(&world.animator, &path).await;
    assert!(animator.status == 200 && !animator.text.contains("Haddad"), "{}", animator.text);
    let cip = world.api.get(&world.cip, &path).await;
    assert!(cip.text.contains("Haddad") && !cip.text.contains("dispensaire"), "{}", cip.text);
    // Writing is for the circle; knocking without a token gets nothing.
    let body = json!({"frame": "STRUCTURE"});
    let refused = world.api.post(&world.animator, &format!("/api/v1/cases/{case}/diagnostics"), body).await;
    assert_eq!(refused.status, 403, "{}", refused.text);
    for path in ["/api/v1/cases", "/api/v1/rules", "/api/v1/openapi.json", "/api/v1/events"] {
        let answer = world.api.send(world.api.request("GET", path)).await;
        assert!(matches!(answer.status, 401 | 405), "{path}: {}", answer.status);
    }
}
