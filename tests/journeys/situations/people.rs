//! Who follows the person changes; nothing is lost.

use serde_json::{Value, json};
use testkit::stack::until;
use uuid::Uuid;

use super::time::Past;

/// A post of the CHRS, with its holder since 2024.
async fn post(past: &Past, role: &str, holder: Uuid) -> Uuid {
    let administrator = &past.world.administrator;
    let body = json!({"organisation_id": past.world.structure, "role": role, "title": role});
    let post = past.must(administrator, "/api/v1/posts", body).await.id();
    let body = json!({"professional_name": "Une première", "professional_id": holder, "since": "2024-01-08"});
    past.must(administrator, &format!("/api/v1/posts/{post}/fill"), body).await;
    post
}

async fn token(past: &Past, post: Uuid, holder: Uuid) -> String {
    let (post, holder, structure) = (post.to_string(), holder.to_string(), past.world.structure.to_string());
    let arguments = [
        "token",
        "issue",
        "--role",
        "CIP",
        "--post",
        &post,
        "--professional",
        &holder,
        "--organisation",
        &structure,
    ];
    let (given, said) = past.stack.jalon(&arguments).await;
    assert!(given, "{said}");
    said.trim().to_owned()
}

/// What hangs on the post, as its holder reads it.
async fn open_items(past: &Past, token: &str, post: Uuid, position: i64) -> Value {
    let path = format!("/api/v1/posts/{post}/open-items?limit=200&min_position={position}");
    let answer = past.world.api.get(token, &path).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.body
}

#[tokio::test(flavor = "multi_thread")]
async fn s1_a_worker_leaves_in_the_middle_of_a_pmsmp_and_the_newcomer_accepts_item_by_item() {
    let mut past = Past::start("s1", "2026-02-16T09:00").await;
    let (first, second) = (Uuid::from_u128(0x101), Uuid::from_u128(0x102));
    let post = post(&past, "CIP", first).await;
    let before = token(&past, post, first).await;
    past.world.cip = before;
    let case = past.open_case("Benkacem", "Salima", "1991-04-12").await;
    past.signed_pmsmp(case, "2026-02-23", "2026-03-13").await;
    let candidature = past.send(case, "CANDIDATURE_IAE", past.world.aci[0]).await;
    past.reach("2026-02-25T09:00").await;
    past.until_facts(case, "ImmersionStarted", 1).await;

    // She leaves; the post is empty, the immersion goes on, and what hangs on the post is still there.
    past.reach("2026-02-27T17:00").await;
    let administrator = past.world.administrator.clone();
    past.must(&administrator, &format!("/api/v1/posts/{post}/vacate"), json!({})).await;
    past.reach("2026-03-09T09:00").await;
    let fill = json!({"professional_name": "Une seconde", "professional_id": second, "since": "2026-03-09"});
    let filled = past.must(&administrator, &format!("/api/v1/posts/{post}/fill"), fill).await.position();
    let newcomer = token(&past, post, second).await;
    let listed = open_items(&past, &newcomer, post, filled).await;
    let listed = listed["items"].as_array().expect("items");
    assert!(listed.iter().any(|item| item["about"] == candidature.to_string()), "{listed:?}");
    assert!(listed.iter().all(|item| item["case_id"] == case.to_string()), "{listed:?}");

    // The list is made by Jalon, which opens the handover by itself; only the newcomer takes it over, one thing after
    // the other.
    let mut shown = serde_json::Value::Null;
    for _ in 0..200 {
        shown = open_items(&past, &newcomer, post, filled).await["handover"].clone();
        if !shown.is_null() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let handover = shown["id"].as_str().expect("it opened by itself").to_owned();
    let items: Vec<String> = shown["items"]
        .as_array()
        .expect("a handover has items")
        .iter()
        .map(|item| item["item_id"].as_str().expect("an id").to_owned())
        .collect();
    assert!(items.len() >= 3, "the person, the answer awaited, a date: {shown}");
    let accept = format!("/api/v1/handovers/{handover}/accept");
    let answer = past.ask(&past.world.animator, &accept, json!({"item_ids": [items[0]]})).await;
    assert!(matches!(answer.status, 403 | 422), "{} {}", answer.status, answer.text);
    // Whoever left holds a token that ends with the post: unknown as soon as that is read, refused until then.
    let answer = past.ask(&past.world.cip, &accept, json!({"item_ids": [items[0]]})).await;
    assert!(matches!(answer.status, 401 | 403 | 422), "{} {}", answer.status, answer.text);
    let mut last = 0;
    for (done, item) in items.iter().enumerate() {
        let shown = open_items(&past, &newcomer, post, last).await["handover"].clone();
        assert_eq!(shown["accepted"], done, "{shown}");
        assert!(shown["completed_on"].is_null(), "{shown}");
        last = past.must(&newcomer, &accept, json!({"item_ids": [item]})).await.position();
    }
    let shown = open_items(&past, &newcomer, post, last).await["handover"].clone();
    assert_eq!(shown["completed_on"], "2026-03-09", "{shown}");

    // The immersion ended on its day, under the same post; the newcomer writes its review.
    past.reach("2026-03-16T09:00").await;
    past.world.cip = newcomer;
    past.until_facts(case, "ImmersionEnded", 1).await;
    assert_eq!(past.facts(case, "ImmersionInterrupted").await.len(), 0);
    assert_eq!(past.facts(case, "CircleMemberLeft").await.len(), 0, "rights hang on the post");
}

#[tokio::test(flavor = "multi_thread")]
async fn s8_two_workers_target_the_same_employer_the_same_day_and_one_speaks_for_all() {
    let past = Past::start("s8", "2026-11-20T09:00").await;
    let (world, administrator) = (&past.world, past.world.administrator.clone());
    let bakery = json!({"name": "Le Levain du Vallon", "kind": "ENTREPRISE", "town": "Alès"});
    let bakery = past.must(&administrator, "/api/v1/organisations", bakery).await.id();
    let other = Uuid::from_u128(0x201);
    let other_post = post(&past, "REFERENT_EMPLOI", other).await;
    let colleague = past.stack.token("REFERENT_EMPLOI", Some(other_post), Some(world.structure)).await;
    let lead = |post: Uuid| json!({"platform_id": world.platform, "organisation_id": bakery, "post_id": post, "until_day": "2027-04-26"});
    // Both want it at the same moment: one is the voice, the other learns who is.
    let (one, two) = tokio::join!(
        past.ask(&world.cip, "/api/v1/employers/leads", lead(world.cip_post)),
        past.ask(&colleague, "/api/v1/employers/leads", lead(other_post)),
    );
    let mut statuses = [one.status, two.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 422], "{} {}", one.text, two.text);
    let (refused, voice, second) =
        if one.status == 422 { (one, &colleague, &world.cip) } else { (two, &world.cip, &colleague) };
    assert!(refused.text.contains("employeur.referent-unique"), "{}", refused.text);

    // Both called all the same: both calls are in the ledger, and the second one is told who leads.
    let call = |outcome: &str| json!({"platform_id": world.platform, "organisation_id": bakery, "channel": "TELEPHONE", "outcome": outcome});
    let first = past.must(voice, "/api/v1/employers/contacts", call("INTERESSE")).await;
    assert!(!first.text.contains("employeur.hors-referent"), "{}", first.text);
    let warned = past.must(second, "/api/v1/employers/contacts", call("A_RAPPELER")).await;
    assert!(warned.text.contains("employeur.hors-referent"), "{}", warned.text);
    let path = format!("/api/v1/platforms/{}/employers?min_position={}", world.platform, warned.position());
    until("the ledger shows both", async || {
        let answer = world.api.get(&world.animator, &path).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let lines = answer.body["items"].as_array().cloned().unwrap_or_default();
        let line = lines.iter().find(|line| line["organisation"]["id"] == bakery.to_string());
        line.is_some_and(|line| line["contact_count"] == 2 && !line["lead"].is_null())
    })
    .await;
}
