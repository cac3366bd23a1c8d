//! What the queries answer, and to whom.

use contracts::{case::v1::*, common::v1::Role, events};

use super::{super::invented::*, *};

#[tokio::test]
async fn the_circle_reads_names_and_the_platform_reads_traces_only() {
    let stack = Stack::told().await;
    let inside = stack.token(&actor(Role::CIP, CIP, ACI)).await;
    let case = stack.get(&inside, &format!("/api/v1/cases/{}", id(CASE))).await;
    assert_eq!(case.status, 200, "{}", case.text);
    let body = case.json();
    // Weak: many aggregates are told here, each with its own version.
    assert!(case.headers["etag"].to_str().expect("text").starts_with("W/\""));
    assert!(body["position"].is_i64());
    assert_eq!(body["called"], "Selam Tesfay");
    assert_eq!(body["identity"]["birth_date"], "1991-04-17");
    assert_eq!(body["obstacles"], serde_json::json!({"open": 1, "eased": 1}));
    assert_eq!(body["employments"][0]["weekly_minutes"], 1560);
    assert_eq!(body["next_dates"][0]["what"], "answer_due");
    assert_eq!(body["circle"].as_array().expect("a circle").len(), 2);
    let holders: Vec<_> =
        body["circle"].as_array().expect("a circle").iter().map(|one| &one["holder"]).collect();
    assert_eq!(holders, ["Nadia Ferrand", "Bruno Castel"]);

    let beside = stack.token(&actor(Role::CONSEILLER, 22, FT)).await;
    let case = stack.get(&beside, &format!("/api/v1/cases/{}", id(CASE))).await;
    assert_eq!(case.status, 200);
    assert!(case.json()["called"].as_str().expect("a name").starts_with("Personne "));
    assert_eq!(case.json()["identity"], serde_json::Value::Null);
    let timeline = stack.get(&beside, &format!("/api/v1/cases/{}/timeline?limit=200", id(CASE))).await;
    for personal in ["Tesfay", "Selam", "1991", "bus", "ponctuelle", "collecte", "Prochaine session"] {
        assert!(!timeline.text.contains(personal), "{personal}");
        assert!(!case.text.contains(personal), "{personal}");
    }
}

#[tokio::test]
async fn a_case_that_is_not_theirs_is_as_unknown_as_one_that_is_not() {
    let stack = Stack::told().await;
    let elsewhere = stack.token(&actor(Role::CIP, 40, 41)).await;
    let unknown = stack.get(&elsewhere, &format!("/api/v1/cases/{}", id(77))).await;
    for path in ["", "/timeline"] {
        let closed = stack.get(&elsewhere, &format!("/api/v1/cases/{}{path}", id(CASE))).await;
        assert_eq!((closed.status.as_u16(), &closed.text), (404, &unknown.text), "{path}");
    }
    let board = stack.get(&elsewhere, &format!("/api/v1/platforms/{}/board", id(TESA))).await;
    assert_eq!(board.status, 404);
    let administrator = stack.token(&actor(Role::ADMINISTRATEUR, 20, CHRS)).await;
    let refused = stack.get(&administrator, &format!("/api/v1/cases/{}", id(CASE))).await;
    assert_eq!(refused.status, 403);
    assert_eq!(stack.get("jal_faux", "/api/v1/me").await.status, 401);
}

#[tokio::test]
async fn the_timeline_goes_back_in_time_page_by_page_without_hole_or_repeat() {
    let stack = Stack::told().await;
    let inside = stack.token(&actor(Role::CIP, CIP, ACI)).await;
    let path = format!("/api/v1/cases/{}/timeline", id(CASE));
    let whole = stack.get(&inside, &format!("{path}?limit=200")).await.json();
    let all = whole["items"].as_array().expect("items").clone();
    assert_eq!(whole["next"], serde_json::Value::Null);
    let mut days: Vec<_> = all
        .iter()
        .map(|item| (item["occurred_on"].as_str().expect("a day").to_owned(), item["position"].as_i64()))
        .collect();
    days.reverse();
    assert!(days.is_sorted());
    let (mut seen, mut next) = (Vec::new(), Some(String::new()));
    while let Some(cursor) = next {
        let cursor = if cursor.is_empty() { cursor } else { format!("&cursor={cursor}") };
        let page = stack.get(&inside, &format!("{path}?limit=7{cursor}")).await.json();
        seen.extend(page["items"].as_array().expect("items").clone());
        next = page["next"].as_str().map(str::to_owned);
    }
    assert_eq!(seen, all);

    let reviewed = all.iter().find(|item| item["kind"] == "ImmersionReviewed").expect("a review");
    assert_eq!(reviewed["late"], true);
    assert_eq!(reviewed["who"]["called"], "CIP de l’ACI, La Ressourcerie");
    assert!(
        reviewed["summary"]
            .as_str()
            .expect("a sentence")
            .starts_with("PMSMP chez La Ressourcerie : allée à son terme")
    );
    let drafted = all.iter().find(|item| item["kind"] == "ConventionDrafted").expect("a convention");
    assert_eq!(drafted["warnings"][0]["text"], HOURS.text);
    assert_eq!(drafted["source"], "immersion-facilitee");
    let named = all.iter().find(|item| item["kind"] == "ObstacleNamed").expect("an obstacle");
    assert_eq!(
        (&named["closed"], &named["fact"]["social"]),
        (&serde_json::json!(["social"]), &serde_json::Value::Null)
    );
}

#[tokio::test]
async fn a_cursor_belongs_to_its_query() {
    let stack = Stack::told().await;
    let inside = stack.token(&actor(Role::CIP, CIP, ACI)).await;
    let timeline = format!("/api/v1/cases/{}/timeline", id(CASE));
    let cursor = stack.get(&inside, &format!("{timeline}?limit=2")).await.json()["next"].clone();
    let cursor = cursor.as_str().expect("a cursor");
    let board = format!("/api/v1/platforms/{}/board", id(TESA));
    for wrong in [
        format!("{board}?cursor={cursor}"),
        format!("/api/v1/organisations?cursor={cursor}"),
        format!("{timeline}?cursor=abc"),
        format!("{timeline}?limit=0"),
        format!("{timeline}?limit=201"),
        format!("{timeline}?inconnu=1"),
        format!("{board}?state=ailleurs"),
        format!("{board}?min_position=x"),
    ] {
        let refused = stack.get(&inside, &wrong).await;
        assert_eq!(refused.status, 400, "{wrong}: {}", refused.text);
        assert_eq!(refused.headers["content-type"], "application/problem+json");
    }
}

#[tokio::test]
async fn a_board_shows_the_latest_news_first_and_pages_through_all() {
    let stack = Stack::start().await;
    let mut story = Story::default();
    directory(&mut story);
    for number in 0..7 {
        opening(&mut story, 600 + number, "Ana", &format!("Essai {number}"));
    }
    story.case_id = Some(id(606));
    story.tell(606, "2026-11-01", events::Case::from(CaseClosed::default()));
    stack.tell(&story.facts).await;
    let inside = stack.token(&actor(Role::REFERENT_SOCIAL, REFERENT, CHRS)).await;
    let beside = stack.token(&actor(Role::CONSEILLER, 22, FT)).await;
    let path = format!("/api/v1/platforms/{}/board", id(TESA));
    let first = stack.get(&inside, &format!("{path}?limit=4")).await.json();
    let names: Vec<_> =
        first["items"].as_array().expect("items").iter().map(|row| row["called"].clone()).collect();
    assert_eq!(names, ["Ana Essai 5", "Ana Essai 4", "Ana Essai 3", "Ana Essai 2"]);
    let next = first["next"].as_str().expect("a cursor");
    let second = stack.get(&inside, &format!("{path}?limit=4&cursor={next}")).await.json();
    assert_eq!(second["items"].as_array().expect("items").len(), 2);
    assert_eq!(second["next"], serde_json::Value::Null);
    let closed = stack.get(&beside, &format!("{path}?state=closed")).await.json();
    assert_eq!(closed["items"][0]["id"], id(606).to_string());
    assert_eq!(closed["items"][0]["named"], false);
    let none = stack.get(&beside, &format!("{path}?state=all&structure={}", id(ACI))).await.json();
    assert_eq!(none["items"], serde_json::json!([]));
}

#[tokio::test]
async fn a_query_waits_for_what_was_just_written_or_says_that_it_is_not_there_yet() {
    let stack = Stack::told().await;
    let inside = stack.token(&actor(Role::CIP, CIP, ACI)).await;
    let head = stack.runtime.journal.head().await.expect("a head");
    let path = format!("/api/v1/cases/{}?min_position=", id(CASE));
    assert_eq!(stack.get(&inside, &format!("{path}{head}")).await.status, 200);
    let started = std::time::Instant::now();
    let later = stack.get(&inside, &format!("{path}{}", head + 1)).await;
    assert_eq!((later.status.as_u16(), &later.headers["retry-after"]), (503, &"2".parse().expect("a value")));
    assert!((2..6).contains(&started.elapsed().as_secs()));
}

#[tokio::test]
async fn who_i_am_and_what_there_is() {
    let stack = Stack::told().await;
    let inside = stack.token(&actor(Role::CIP, CIP, ACI)).await;
    let me = stack.get(&inside, "/api/v1/me").await.json();
    assert_eq!((&me["name"], &me["role"]), (&"Bruno Castel".into(), &"CIP".into()));
    assert_eq!(me["post"], "CIP de l’ACI, La Ressourcerie");
    assert_eq!((&me["circles"], &me["platforms"][0]["name"]), (&1.into(), &"TESA".into()));
    let organisations = stack.get(&inside, "/api/v1/organisations?limit=2").await.json();
    assert_eq!(organisations["items"].as_array().expect("items").len(), 2);
    let next = organisations["next"].as_str().expect("a cursor");
    let rest = stack.get(&inside, &format!("/api/v1/organisations?cursor={next}")).await.json();
    assert_eq!(rest["items"].as_array().expect("items").len(), 2);
    let platforms = stack.get(&inside, "/api/v1/platforms").await.json();
    assert_eq!(platforms["items"][0]["member_ids"].as_array().expect("members").len(), 3);
    let partner = stack.token(&actor(Role::PARTENAIRE, 50, FT)).await;
    let kinds = |body: serde_json::Value| {
        let items = body["items"].as_array().expect("items").clone();
        items.into_iter().map(|one| one["kind"].as_str().expect("a kind").to_owned()).collect::<Vec<_>>()
    };
    let all = stack.get(&partner, "/api/v1/organisations").await.json();
    assert!(!kinds(all.clone()).contains(&"CSAPA".to_owned()));
    assert!(kinds(all).contains(&"AUTRE".to_owned()));
}

#[tokio::test]
async fn a_person_who_was_forgotten_keeps_a_path_and_no_name() {
    let stack = Stack::told().await;
    stack.runtime.sealer.ring().forget(id(CASE), &sealing::Class::PERSONAL).await.expect("forgotten");
    let inside = stack.token(&actor(Role::CIP, CIP, ACI)).await;
    let case = stack.get(&inside, &format!("/api/v1/cases/{}", id(CASE))).await.json();
    assert_eq!((&case["forgotten"], &case["identity"]), (&true.into(), &serde_json::Value::Null));
    let timeline = stack.get(&inside, &format!("/api/v1/cases/{}/timeline", id(CASE))).await.json();
    let identity =
        timeline["items"].as_array().expect("items").iter().find(|one| one["kind"] == "IdentityRecorded");
    assert_eq!(identity.expect("the fact stays")["forgotten"], serde_json::json!(["identity"]));
    let page = stack.visit(&inside, &format!("/dossiers/{}", id(CASE))).await;
    assert!(page.text.contains("effacées à jamais") && !page.text.contains("Tesfay"));
}
