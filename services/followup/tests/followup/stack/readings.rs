//! Reading is recorded before it is shown; who reads too much reads no more; who looked is told.

use contracts::common::v1::Role;
use serde_json::Value;

use super::{super::invented::*, *};

/// A second case, whose person is of the circle of the same social worker.
const OTHER: u128 = 3_000;

/// What was recorded: name, role, classes, opened, listed; oldest first.
async fn recorded(stack: &Stack) -> Vec<(String, String, Vec<String>, Vec<uuid::Uuid>, Vec<uuid::Uuid>)> {
    let client = stack.runtime.pool.get().await.expect("a connection");
    let rows = client.query("select name, role, classes, cases, listed from access.reading order by id", &[]);
    let rows = rows.await.expect("the readings");
    rows.iter().map(|row| (row.get(0), row.get(1), row.get(2), row.get(3), row.get(4))).collect()
}

/// Many people of the circle of one social worker.
async fn crowd(number: u128) -> Stack {
    let stack = Stack::start().await;
    let mut story = Story::default();
    directory(&mut story);
    for case in 0..number {
        opening(&mut story, OTHER + case, "Prénom", &format!("Famille{case}"));
    }
    stack.tell(&story.facts).await;
    stack
}

fn page(case: u128) -> String {
    format!("/dossiers/{}", id(case))
}

#[tokio::test]
async fn each_page_leaves_one_reading_that_says_what_it_opened() {
    let stack = Stack::told().await;
    let referent = stack.token(&actor(Role::REFERENT_SOCIAL, REFERENT, CHRS)).await;
    let case = id(CASE);
    for (path, name) in [
        (page(CASE), "/dossiers/{id}"),
        (format!("/api/v1/cases/{case}"), "case.read"),
        (format!("/api/v1/cases/{case}/timeline"), "timeline.read"),
        (format!("/dossiers/{case}?fragment=1"), "/dossiers/{id}"),
    ] {
        let before = recorded(&stack).await.len();
        assert_eq!(stack.visit(&referent, &path).await.status, 200, "{path}");
        let after = recorded(&stack).await;
        assert_eq!(after.len(), before + 1, "{path}: one reading");
        let (known, role, classes, cases, listed) = after.last().expect("a reading");
        assert_eq!((known.as_str(), role.as_str()), (name, "REFERENT_SOCIAL"), "{path}");
        assert_eq!((cases.as_slice(), listed.len()), (&[case][..], 0), "{path}");
        assert!(classes.contains(&"identity".to_owned()), "{path}: {classes:?}");
    }
}

#[tokio::test]
async fn a_list_of_ones_circle_is_listed_and_what_is_pseudonymous_opens_nobody() {
    let stack = Stack::told().await;
    let referent = stack.token(&actor(Role::REFERENT_SOCIAL, REFERENT, CHRS)).await;
    for path in ["/", "/suivis", "/api/v1/me/followups"] {
        assert_eq!(stack.visit(&referent, path).await.status, 200);
        let (_, _, classes, cases, listed) = recorded(&stack).await.pop().expect("a reading");
        assert_eq!((classes.len(), cases.len(), listed.as_slice()), (0, 0, &[id(CASE)][..]), "{path}");
    }
    let before = recorded(&stack).await.len();
    let outside = stack.token(&actor(Role::CONSEILLER, 999, FT)).await;
    let board = stack.visit(&outside, &format!("/plateformes/{}", id(TESA))).await;
    assert_eq!(board.status, 200);
    assert!(!board.text.contains("Tesfay") && board.text.contains("Personne "));
    assert_eq!(recorded(&stack).await.len(), before, "a board of pseudonyms");
    // The case of someone one does not know is looked at all the same.
    assert_eq!(stack.visit(&outside, &page(CASE)).await.status, 200);
    let (_, _, classes, cases, _) = recorded(&stack).await.pop().expect("a reading");
    assert_eq!((classes, cases), (vec!["trace".to_owned()], vec![id(CASE)]));
    assert_eq!(stack.visit(&outside, &page(77)).await.status, 404);
    assert_eq!(recorded(&stack).await.len(), before + 1, "nothing was there");
}

#[tokio::test]
async fn what_cannot_be_recorded_is_not_shown() {
    let stack = Stack::told().await;
    let referent = stack.token(&actor(Role::REFERENT_SOCIAL, REFERENT, CHRS)).await;
    let case = id(CASE);
    let paths = [
        page(CASE),
        "/".to_owned(),
        "/suivis".to_owned(),
        format!("/api/v1/cases/{case}"),
        format!("/api/v1/cases/{case}/timeline"),
    ];
    for path in &paths {
        assert!(stack.visit(&referent, path).await.text.contains("Tesfay"), "{path}");
    }
    stack.as_owner("revoke execute on function access.record from jalon_serve").await;
    for path in &paths {
        let answer = stack.visit(&referent, path).await;
        assert_eq!(answer.status, 503, "{path}");
        for personal in ["Tesfay", "Selam", "06 00 00 00 00"] {
            assert!(!answer.text.contains(personal), "{path} shows {personal}");
        }
        assert!(
            answer.text.contains("rien n’a") && answer.text.contains("montré"),
            "{path}: {}",
            answer.text
        );
    }
    stack.as_owner("grant execute on function access.record to jalon_serve").await;
    assert_eq!(stack.visit(&referent, &page(CASE)).await.status, 200);
}

#[tokio::test]
async fn whoever_walks_through_all_cases_is_stopped_at_forty() {
    let stack = crowd(50).await;
    let stolen = actor(Role::REFERENT_SOCIAL, REFERENT, CHRS);
    let (token, other_session) = (stack.token(&stolen).await, stack.token(&stolen).await);
    let list = stack.visit(&token, "/").await;
    assert!(list.status == 200 && list.text.contains("Famille49"), "fifty names of one’s own circle");
    for case in 0..40 {
        let path =
            if case % 2 == 0 { page(OTHER + case) } else { format!("/api/v1/cases/{}", id(OTHER + case)) };
        assert_eq!(stack.visit(&token, &path).await.status, 200, "{case}");
    }
    let refused = stack.visit(&token, &page(OTHER + 40)).await;
    assert_eq!(refused.status, 429);
    assert!(!refused.text.contains("Famille40") && refused.text.contains("suspendu"), "{}", refused.text);
    for (token, path) in
        [(&token, page(OTHER)), (&token, "/".to_owned()), (&other_session, "/suivis".to_owned())]
    {
        let answer = stack.visit(token, &path).await;
        assert_eq!(answer.status, 403, "{path}");
        assert!(!answer.text.contains("Famille"), "{path}");
    }
    let colleague = stack.token(&actor(Role::CIP, CIP, ACI)).await;
    assert_eq!(stack.visit(&colleague, "/").await.status, 200);
}

#[tokio::test]
async fn asking_for_a_bait_suspends_at_once() {
    let stack = Stack::told().await;
    let bait = id(8_888);
    stack
        .as_owner(&format!(
            "insert into access.honey values ('{bait}', '{}', 'Nazarian', 'Lucie', '1980-02-03', now())",
            id(CHRS)
        ))
        .await;
    let ways: [(&str, &str); 4] = [
        ("GET", "/dossiers/{}"),
        ("GET", "/api/v1/cases/{}"),
        ("GET", "/api/v1/cases/{}/timeline"),
        ("GET", "/dossiers/{}/direct"),
    ];
    for (index, (method, way)) in ways.iter().enumerate() {
        let mut curious = actor(Role::CIP, CIP, ACI);
        curious.professional_id = Some(id(7_000 + index as u128));
        let token = stack.token(&curious).await;
        let path = way.replace("{}", &bait.to_string());
        let request = Request::builder().method(*method).uri(&path);
        let request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        let answer = stack.send(request.body(Body::empty()).expect("a request")).await;
        // As what nobody knows: only the next request tells.
        let nobody = actor(Role::CIP, CIP + 500, ACI);
        let unknown =
            stack.get(&stack.token(&nobody).await, &way.replace("{}", &id(9_999).to_string())).await;
        assert_eq!((answer.status.as_u16(), &answer.text), (404, &unknown.text), "{path}");
        assert!(!answer.text.contains("Nazarian"));
        assert_eq!(stack.get(&token, "/api/v1/me").await.status, 403, "{path}");
    }
    // Nothing counts or shows them.
    let referent = stack.token(&actor(Role::REFERENT_SOCIAL, REFERENT, CHRS)).await;
    let tesa = id(TESA);
    for path in [
        "/".to_owned(),
        format!("/plateformes/{tesa}"),
        format!("/plateformes/{tesa}/indicateurs"),
        format!("/structures/{}/rapport", id(CHRS)),
        "/suivis".to_owned(),
    ] {
        let text = stack.visit(&referent, &path).await.text;
        assert!(!text.contains("Nazarian") && !text.contains(&bait.to_string()), "{path}");
    }
}

#[tokio::test]
async fn who_looked_is_told_to_the_structure_and_to_auditors_without_names() {
    let stack = Stack::told().await;
    let case = id(CASE);
    let (referent, cip) = (
        stack.token(&actor(Role::REFERENT_SOCIAL, REFERENT, CHRS)).await,
        stack.token(&actor(Role::CIP, CIP, ACI)).await,
    );
    assert_eq!(stack.visit(&cip, &page(CASE)).await.status, 200);
    assert_eq!(stack.visit(&cip, &page(CASE)).await.status, 200);
    let path = format!("/api/v1/cases/{case}/readings");
    let told: Value = serde_json::from_str(&stack.get(&referent, &path).await.text).expect("JSON");
    let items = told["items"].as_array().expect("items");
    assert_eq!(items.len(), 2, "{told}");
    assert_eq!(items[0]["organisation"]["name"], "La Ressourcerie");
    assert_eq!((&items[0]["role"], &items[0]["looked_at"]), (&"CIP".into(), &"le dossier".into()));
    let one = serde_json::from_str::<Value>(&stack.get(&referent, &format!("{path}?limit=1")).await.text);
    assert!(one.expect("JSON")["next"].is_string(), "pages follow one another");

    let shown = stack.visit(&referent, &format!("/dossiers/{case}/consultations")).await;
    assert_eq!(shown.status, 200, "{}", shown.text);
    assert!(
        shown.text.contains("La Ressourcerie") && shown.text.contains("2 fois ce jour-là"),
        "{}",
        shown.text
    );
    let link = format!("/dossiers/{case}/consultations");
    assert!(stack.visit(&referent, &page(CASE)).await.text.contains(&link));
    assert!(!stack.visit(&cip, &page(CASE)).await.text.contains(&link));

    for (role, post, organisation) in [
        (Role::CIP, CIP, ACI),
        (Role::ANIMATEUR_PLATEFORME, 997, FT),
        (Role::ADMINISTRATEUR, 996, FT),
        (Role::REFERENT_SOCIAL, 995, ACI),
    ] {
        let token = stack.token(&actor(role, post, organisation)).await;
        for path in [&path, &link] {
            assert_eq!(stack.visit(&token, path).await.status, 403, "{role:?} {path}");
        }
    }
}

#[tokio::test]
async fn volumes_are_for_administrators_and_name_nobody_followed() {
    let stack = crowd(45).await;
    let stolen = stack.token(&actor(Role::REFERENT_SOCIAL, REFERENT, CHRS)).await;
    for case in 0..41 {
        stack.visit(&stolen, &page(OTHER + case)).await;
    }
    let administrator = stack.token(&actor(Role::ADMINISTRATEUR, 996, FT)).await;
    let told = stack.get(&administrator, "/api/v1/administration/readings").await;
    let told: Value = serde_json::from_str(&told.text).expect("JSON");
    assert_eq!(told["suspensions"][0]["reason"], "VOLUME");
    assert_eq!(told["items"][0]["people_hour"], 40, "{told}");
    let shown = stack.visit(&administrator, "/consultations").await;
    assert_eq!(shown.status, 200, "{}", shown.text);
    assert!(shown.text.contains("Rétablir l’accès") && shown.text.contains("41 personnes"), "{}", shown.text);
    let animator = stack.token(&actor(Role::ANIMATEUR_PLATEFORME, 997, CHRS)).await;
    let beside = stack.visit(&animator, "/consultations").await;
    assert!(
        beside.text.contains("41 personnes") && !beside.text.contains("Rétablir l’accès"),
        "{}",
        beside.text
    );
    for text in [&shown.text, &beside.text] {
        assert!(!text.contains("Famille"));
    }
    for (role, post, organisation) in [(Role::CIP, CIP, ACI), (Role::AUDITEUR, 994, FT)] {
        let token = stack.token(&actor(role, post, organisation)).await;
        assert_eq!(stack.visit(&token, "/consultations").await.status, 403, "{role:?}");
    }
}
