//! The demonstration runs in one process or in one a unit: its users see the same.

use serde_json::Value;
use testkit::stack::{Demo, until};

async fn story_is_told(demo: &Demo) {
    let platform = demo.run["platform_id"].as_str().expect("a platform");
    let animator = demo.token("ANIMATEUR_PLATEFORME");
    let board = demo.api.get(&animator, &format!("/api/v1/platforms/{platform}/board")).await;
    assert_eq!(board.status, 200, "{}", board.text);
    let items = board.body["items"].as_array().expect("items").len();
    assert!(items >= 4, "{} cases on the board", items);
    for kind in [
        "DiagnosticCompleted",
        "PrescriptionSent",
        "PrescriptionLapsed",
        "ConventionFullySigned",
        "ImmersionStarted",
        "EmploymentStarted",
    ] {
        let mut found = false;
        for item in board.body["items"].as_array().expect("items") {
            let case = item["case_id"].as_str().or(item["id"].as_str()).expect("a case");
            let timeline = demo.api.get(&animator, &format!("/api/v1/cases/{case}/timeline?limit=200")).await;
            found |= timeline.text.contains(&format!("\"{kind}\""));
        }
        assert!(found, "no {kind} on any timeline");
    }
    let (checked, said) = demo.jalon(&["journal", "check"]).await;
    assert!(checked, "{said}");
    let (known, said) = demo.jalon(&["status", "--json"]).await;
    assert!(known, "{said}");
    let status: Value = serde_json::from_str(said.trim()).expect("JSON");
    assert!(status["head"].as_i64().expect("a head") > 20, "{status}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_story_is_told_in_one_process_and_a_second_start_finds_it_there() {
    let demo = Demo::start("one-process", false).await;
    story_is_told(&demo).await;
    let head = |said: &str| serde_json::from_str::<Value>(said.trim()).expect("JSON")["head"].clone();
    let (_, before) = demo.jalon(&["status", "--json"]).await;
    let dir = demo.stop().await;
    let again = Demo::start_in(dir, false, &[]).await;
    let (_, after) = again.jalon(&["status", "--json"]).await;
    assert_eq!(head(&before), head(&after), "nothing is told twice");
    story_is_told(&again).await;
    again.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_story_is_told_by_one_process_a_unit_and_each_may_be_killed() {
    let mut demo = Demo::start("processes", true).await;
    story_is_told(&demo).await;
    let metrics = demo.api.get(&demo.token("ADMINISTRATEUR"), "/metrics").await;
    for unit in ["case", "relay", "followup"] {
        assert!(metrics.text.contains(&format!("{{unit=\"{unit}\"")), "{unit} in {}", metrics.text);
    }
    assert_eq!(demo.api.get(&demo.token("CIP"), "/metrics").await.status, 403);
    for unit in ["relay", "clock", "case", "followup"] {
        let file = demo.dir.join(format!("{unit}.pid"));
        let pid = std::fs::read_to_string(&file).expect("a pid");
        std::process::Command::new("kill").args(["-9", pid.trim()]).status().expect("kill runs");
        until("the unit was started again", async || {
            std::fs::read_to_string(&file).is_ok_and(|again| again != pid) && demo.api.is_ready().await
        })
        .await;
    }
    story_is_told(&demo).await;
    // However the launcher ends, its units end with it.
    let units = ["relay", "clock", "case", "followup"].map(|unit| {
        let pid = std::fs::read_to_string(demo.dir.join(format!("{unit}.pid"))).expect("a pid");
        std::path::Path::new("/proc").join(pid.trim())
    });
    demo.child.kill().await.expect("SIGKILL");
    until("the units ended with their launcher", async || !units.iter().any(|unit| unit.exists())).await;
}
