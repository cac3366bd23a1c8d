//! How fast a board of 600 open cases and 100 follow-ups are answered. Prints medians; run it by name:
//! `cargo nextest run -p followup --run-ignored only --no-capture speed`.

use std::time::Instant;

use contracts::{common::v1::Role, prescription::v1::*};

use super::{super::invented::*, *};

async fn median(stack: &Stack, token: &str, path: &str) -> f64 {
    let mut times = Vec::new();
    for _ in 0..31 {
        let started = Instant::now();
        let answer = stack.get(token, path).await;
        times.push(started.elapsed().as_secs_f64() * 1000.0);
        assert_eq!(answer.status, 200, "{}", answer.text);
    }
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

#[tokio::test]
#[ignore = "a measure, not a test"]
async fn a_board_of_600_and_100_follow_ups_are_answered_in_20_ms() {
    let stack = Stack::start().await;
    let mut story = Story::default();
    directory(&mut story);
    for number in 0..600 {
        opening(&mut story, 10_000 + number, "Ana", &format!("Essai {number}"));
        for sending in 0..4 {
            let stream = 100_000 + number * 10 + sending;
            sent(&mut story, stream, PrescriptionKind::CANDIDATURE_IAE, ACI, ("2026-09-02", "2026-11-01"));
        }
    }
    stack.tell(&story.facts).await;
    let inside = stack.token(&actor(Role::REFERENT_SOCIAL, REFERENT, CHRS)).await;
    let beside = stack.token(&actor(Role::CONSEILLER, 22, FT)).await;
    let platform = format!("/api/v1/platforms/{}", id(TESA));
    let paths = [
        ("board, 200 of 600, with names", &inside, format!("{platform}/board?limit=200")),
        ("board, 200 of 600, without", &beside, format!("{platform}/board?limit=200")),
        ("my follow-ups, 100", &inside, "/api/v1/me/followups?limit=100".to_owned()),
        ("awaited answers, 100 of 2400", &inside, format!("{platform}/awaited-answers?limit=100")),
        (
            "what hangs on a post, 100",
            &inside,
            format!("/api/v1/posts/{}/open-items?limit=100", id(REFERENT)),
        ),
        ("agenda, 100", &beside, format!("{platform}/agenda?limit=100")),
        ("indicators", &beside, format!("{platform}/indicators")),
    ];
    for (what, token, path) in paths {
        println!("{what}: {:.1} ms", median(&stack, token, &path).await);
    }
    let started = Instant::now();
    let page = stack.visit(&beside, &format!("/plateformes/{}", id(TESA))).await;
    println!(
        "the page of 600 lines, once: {:.1} ms, {} kB",
        started.elapsed().as_secs_f64() * 1000.0,
        page.text.len() / 1000
    );
}
