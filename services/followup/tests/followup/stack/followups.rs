//! My follow-ups, and what hangs on a post.

use contracts::{case::v1::*, common::v1::Role, events, platform::v1::*, prescription::v1::*};
use serde_json::{Value, json};

use super::{super::invented::*, *};

/// `POST` of that body with that secret.
async fn post(stack: &Stack, token: &str, path: &str, body: &Value) -> Answer {
    let request = Request::post(path)
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .header(header::CONTENT_TYPE, "application/json");
    stack.send(request.body(Body::from(body.to_string())).expect("a request")).await
}

fn items(body: &Value) -> Vec<Value> {
    body["items"].as_array().expect("items").clone()
}

#[tokio::test]
async fn my_follow_ups_say_what_changed_since_i_looked_and_what_waits() {
    let stack = Stack::told().await;
    let inside = stack.token(&actor(Role::CIP, CIP, ACI)).await;
    let path = "/api/v1/me/followups";
    let first = stack.get(&inside, path).await.json();
    let one = &items(&first)[0];
    assert_eq!((&first["seen"], &one["called"]), (&Value::Null, &"Selam Tesfay".into()));
    // What the post itself stated is no news to it.
    let facts = stack.get(&inside, &format!("/api/v1/cases/{}/timeline?limit=200", id(CASE))).await.json();
    let others = items(&facts).iter().filter(|fact| fact["who"]["post_id"] != id(CIP).to_string()).count();
    assert_eq!(one["news_count"], others);
    assert_eq!(one["news"].as_array().expect("news").len(), 3);
    // 180 days after 13 April came on 10 October.
    assert_eq!(
        (&one["prompts"][0]["what"], &one["prompts"][0]["on"]),
        (&"check_in_due".into(), &"2026-10-10".into())
    );
    assert_eq!(one["prompts"][0]["about_text"], "CDDI chez La Ressourcerie");
    assert_eq!(one["prompts"][0]["rule"], "rappel.maintien");

    let position = one["last"]["position"].clone();
    let seen = post(&stack, &inside, "/api/v1/me/followups/seen", &json!({"position": position})).await;
    assert_eq!((seen.status.as_u16(), &seen.json()["position"]), (200, &position), "{}", seen.text);
    let after = stack.get(&inside, path).await.json();
    assert_eq!((&after["seen"]["position"], &items(&after)[0]["news_count"]), (&position, &0.into()));
    assert_eq!(items(&stack.get(&inside, &format!("{path}?show=news")).await.json()).len(), 0);
    assert_eq!(items(&stack.get(&inside, &format!("{path}?show=waiting")).await.json()).len(), 1);
    // Nobody unsees, and nobody sees what is not there.
    let back = post(&stack, &inside, "/api/v1/me/followups/seen", &json!({"position": 1})).await;
    assert_eq!(back.json()["position"], position);
    for wrong in
        [json!({"position": -1}), json!({"position": 1_000_000}), json!({}), json!({"position": 1, "x": 1})]
    {
        let refused = post(&stack, &inside, "/api/v1/me/followups/seen", &wrong).await;
        assert!(refused.status.is_client_error(), "{wrong}: {}", refused.text);
    }
    let referent = stack.token(&actor(Role::REFERENT_SOCIAL, REFERENT, CHRS)).await;
    assert_eq!(stack.get(&referent, path).await.json()["seen"], Value::Null);
    let elsewhere = stack.token(&actor(Role::CIP, 40, 41)).await;
    assert_eq!(items(&stack.get(&elsewhere, path).await.json()).len(), 0);
    let partner = stack.token(&actor(Role::PARTENAIRE, 50, FT)).await;
    assert_eq!(stack.get(&partner, path).await.status, 403);
}

#[tokio::test]
async fn my_follow_ups_page_through_all_even_when_only_some_are_looked_at() {
    let stack = Stack::start().await;
    let mut story = Story::default();
    directory(&mut story);
    for number in 0..7 {
        opening(&mut story, 600 + number, "Ana", &format!("Essai {number}"));
        if number % 2 == 0 {
            sent(&mut story, 700 + number, PrescriptionKind::GEIQ, ACI, ("2026-01-05", "2026-02-04"));
        }
    }
    stack.tell(&story.facts).await;
    let inside = stack.token(&actor(Role::REFERENT_SOCIAL, REFERENT, CHRS)).await;
    for (show, expected) in [("all", 7), ("waiting", 4)] {
        let (mut seen, mut next) = (Vec::new(), Some(String::new()));
        while let Some(cursor) = next {
            let cursor = if cursor.is_empty() { cursor } else { format!("&cursor={cursor}") };
            let page = stack.get(&inside, &format!("/api/v1/me/followups?show={show}&limit=3{cursor}")).await;
            assert_eq!(page.status, 200, "{}", page.text);
            seen.extend(items(&page.json()).iter().map(|one| one["called"].clone()));
            next = page.json()["next"].as_str().map(str::to_owned);
        }
        assert_eq!(seen.len(), expected, "{show}: {seen:?}");
        let distinct: std::collections::HashSet<_> = seen.iter().map(Value::to_string).collect();
        assert_eq!(distinct.len(), expected);
    }
}

/// What hangs on the post of the CIP: a path, an agreement, an appointment, a handover under way; and what it promised.
fn hanging() -> Story {
    let mut story = Story::default();
    directory(&mut story);
    path(&mut story);
    let given = AgreementGiven {
        agreement_id: id(1).to_string(),
        organisation_id: id(FT).to_string(),
        from_day: "2026-10-01".into(),
        until_day: "2027-09-30".into(),
        ..Default::default()
    };
    story.tell(CASE, "2026-10-01", events::Case::from(given));
    let scheduled =
        AppointmentScheduled { day: "2026-12-01".into(), post_id: id(CIP).to_string(), ..Default::default() };
    story.tell(740, "2026-11-01", events::Appointment::from(scheduled));
    story.case_id = None;
    let item = |number: u128, kind: HandoverItemKind| HandoverItem {
        item_id: id(number).to_string(),
        kind: kind.into(),
        case_id: id(CASE).to_string(),
        ..Default::default()
    };
    let proposed = HandoverProposed {
        post_id: id(CIP).to_string(),
        proposed_on: "2026-11-20".into(),
        items: vec![item(1, HandoverItemKind::CASE), item(2, HandoverItemKind::AGREEMENT)],
        ..Default::default()
    };
    story.tell(750, "2026-11-20", events::Handover::from(proposed));
    let accepted = HandoverItemAccepted {
        item_id: id(2).to_string(),
        accepted_on: "2026-11-21".into(),
        ..Default::default()
    };
    story.tell(750, "2026-11-21", events::Handover::from(accepted));
    promised(&mut story);
    story
}

/// An employer led and to be called again, a local service mobilised.
fn promised(story: &mut Story) {
    let led = EmployerLeadAssigned {
        platform_id: id(TESA).to_string(),
        organisation_id: id(FT).to_string(),
        post_id: id(CIP).to_string(),
        from_day: "2026-11-01".into(),
        until_day: "2027-03-31".into(),
        ..Default::default()
    };
    story.tell(760, "2026-11-01", events::Employer::from(led));
    let contacted = EmployerContacted {
        platform_id: id(TESA).to_string(),
        organisation_id: id(FT).to_string(),
        post_id: id(CIP).to_string(),
        contacted_on: "2026-11-02".into(),
        next_contact_on: "2026-12-02".into(),
        ..Default::default()
    };
    story.tell(760, "2026-11-02", events::Employer::from(contacted));
    story.case_id = Some(id(CASE));
    let mobilised = contracts::diagnostic::v1::ResourceMobilised {
        mobilised_on: "2026-11-03".into(),
        ..Default::default()
    };
    story.tell(770, "2026-11-03", events::Resource::from(mobilised));
}

#[tokio::test]
async fn what_hangs_on_a_post_is_for_its_holder_and_colleagues_and_shows_its_handover() {
    let stack = Stack::start().await;
    stack.tell(&hanging().facts).await;

    let holder = stack.token(&actor(Role::CIP, CIP, ACI)).await;
    let place = format!("/api/v1/posts/{}/open-items", id(CIP));
    let body = stack.get(&holder, &place).await.json();
    assert_eq!((&body["post"]["holder"], &body["handover"]["accepted"]), (&"Bruno Castel".into(), &1.into()));
    let kinds: Vec<_> = items(&body).iter().map(|one| one["kind"].clone()).collect();
    let all = [
        "waiting",
        "awaited_answer",
        "appointment",
        "next_date",
        "agreement",
        "resource",
        "employer",
        "case",
    ];
    for kind in all {
        assert!(kinds.contains(&kind.into()), "{kind}: {kinds:?}");
    }
    let only = items(&stack.get(&holder, &format!("{place}?kind=employer")).await.json());
    assert_eq!(only.iter().map(|one| one["on"].clone()).collect::<Vec<_>>(), ["2026-12-02", "2027-03-31"]);
    assert!(only.iter().all(|one| one["called"] == "France Travail Alès" && one["case_id"].is_null()));
    let only = stack.get(&holder, &format!("{place}?kind=appointment")).await.json();
    assert_eq!(items(&only)[0]["text"], "rendez-vous avec CIP de l’ACI, La Ressourcerie");
    let first = stack.get(&holder, &format!("{place}?limit=2")).await.json();
    let rest =
        stack.get(&holder, &format!("{place}?cursor={}", first["next"].as_str().expect("a cursor"))).await;
    assert_eq!([items(&first), items(&rest.json())].concat(), items(&body));

    // A colleague who is not in the circle sees what hangs on it, and no one's name.
    let colleague = stack.token(&actor(Role::CIP, 60, ACI)).await;
    let seen = stack.get(&colleague, &place).await;
    assert_eq!(items(&seen.json()).len(), items(&body).len());
    assert!(!seen.text.contains("Tesfay"));
    let animator = stack.token(&actor(Role::ANIMATEUR_PLATEFORME, 61, CHRS)).await;
    assert_eq!(stack.get(&animator, &place).await.status, 200);
    let elsewhere = stack.token(&actor(Role::CIP, 40, 41)).await;
    assert_eq!(stack.get(&elsewhere, &place).await.status, 404);
}

#[tokio::test]
async fn the_holder_of_a_post_ticks_what_they_take_over_and_the_others_read() {
    let stack = Stack::start().await;
    stack.tell(&hanging().facts).await;
    let holder = stack.token(&actor(Role::CIP, CIP, ACI)).await;
    let colleague = stack.token(&actor(Role::CIP, 60, ACI)).await;
    let elsewhere = stack.token(&actor(Role::CIP, 40, 41)).await;
    let page = stack.visit(&holder, &format!("/postes/{}/passation", id(CIP))).await;
    assert!(page.text.contains("1 sur 2 repris") && page.text.contains("Selam Tesfay"), "{}", page.text);
    // Whoever holds the post ticks what they take over; the others read.
    let form = format!("action=\"/passations/{}/reprendre\"", id(750));
    assert!(page.text.contains(&form) && page.text.contains("name=\"item_ids[]\""), "{}", page.text);
    assert!(page.text.contains(&format!("value=\"{}\"", id(1))), "what is left");
    assert!(!page.text.contains(&format!("value=\"{}\"", id(2))), "what was taken over");
    let read = stack.visit(&colleague, &format!("/postes/{}/passation", id(CIP))).await;
    assert!(read.status == 200 && !read.text.contains("/reprendre"), "{}", read.text);
    let back = stack.visit(&holder, &format!("/passations/{}?min_position=3", id(750))).await;
    assert_eq!(back.status, 303);
    assert_eq!(back.headers["location"], format!("/postes/{}/passation?min_position=3", id(CIP)));
    assert_eq!(stack.visit(&elsewhere, &format!("/passations/{}", id(750))).await.status, 404);
    assert_eq!(stack.visit(&holder, &format!("/passations/{}", id(751))).await.status, 404);
}

#[tokio::test]
async fn a_closed_case_stays_among_my_follow_ups_as_long_as_it_calls() {
    let stack = Stack::start().await;
    let mut story = Story::default();
    directory(&mut story);
    for number in [600, 601] {
        opening(&mut story, number, "Ana", "Essai");
        if number == 600 {
            let started = contracts::employment::v1::EmploymentStarted {
                started_on: "2026-10-12".into(),
                ..Default::default()
            };
            story.tell(650, "2026-10-12", events::Employment::from(started));
        }
        story.tell(number, "2026-10-15", events::Case::from(CaseClosed::default()));
    }
    stack.tell(&story.facts).await;
    let inside = stack.token(&actor(Role::REFERENT_SOCIAL, REFERENT, CHRS)).await;
    for show in ["all", "waiting"] {
        let all = items(&stack.get(&inside, &format!("/api/v1/me/followups?show={show}")).await.json());
        let ids: Vec<_> = all.iter().map(|one| one["id"].clone()).collect();
        assert_eq!(ids, [id(600).to_string()], "{show}");
        assert_eq!(all[0]["prompts"][0]["what"], "check_in_due");
    }
    let hanging = stack.get(&inside, &format!("/api/v1/posts/{}/open-items", id(REFERENT))).await.json();
    let kinds: Vec<_> = items(&hanging).iter().map(|one| one["kind"].clone()).collect();
    assert_eq!(kinds, ["waiting"]);
}

#[tokio::test]
async fn the_page_of_follow_ups_is_marked_as_read_by_its_own_button_only() {
    let stack = Stack::told().await;
    let inside = stack.token(&actor(Role::CIP, CIP, ACI)).await;
    let page = stack.visit(&inside, "/suivis").await;
    assert!(
        page.text.contains("J’ai tout lu") && page.text.contains("Point de maintien à faire"),
        "{}",
        page.text
    );
    let position =
        page.text.split("name=\"position\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
    let body = format!("position={}", position.expect("a position"));
    let send = |site: &'static str| {
        Request::post("/suivis/vu")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::COOKIE, format!("jalon_session={inside}"))
            .header("sec-fetch-site", site)
            .body(Body::from(body.clone()))
            .expect("a request")
    };
    assert_eq!(stack.send(send("cross-site")).await.status, 403);
    assert_eq!(stack.send(send("same-origin")).await.status, 303);
    let after = stack.visit(&inside, "/suivis?voir=nouveau").await;
    assert!(after.text.contains("Rien de nouveau depuis votre dernière visite."));
}

#[tokio::test]
async fn my_follow_ups_have_as_many_pages_as_it_takes() {
    let stack = Stack::start().await;
    let mut story = Story::default();
    directory(&mut story);
    for number in 0..103 {
        opening(&mut story, 2_000 + number, "Ana", &format!("Essai{number}"));
    }
    stack.tell(&story.facts).await;
    let inside = stack.token(&actor(Role::REFERENT_SOCIAL, REFERENT, CHRS)).await;
    let lines = |page: &str| page.matches("<a href=\"/dossiers/").count();
    let first = stack.visit(&inside, "/suivis").await.text;
    assert!(lines(&first) == 100 && first.contains("Essai102") && !first.contains(">Ana Essai1<"), "{first}");
    let next =
        first.split("href=\"").find(|there| there.starts_with("/suivis?suite=")).expect("a second page");
    let next = next.split('"').next().expect("an address");
    let second = stack.visit(&inside, next).await.text;
    assert!(lines(&second) == 3 && second.contains(">Ana Essai1<"), "{second}");
}
