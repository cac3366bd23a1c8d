//! The open offers of an agenda, and the people whose wishes they answer: only those whose wishes the reader may see.

use contracts::{
    EnumValue,
    case::v1::{Wish, WishExpressed, WishKind},
    common::v1::{Job, Role},
    events,
    platform::v1::{MatchProposed, OfferCard, OfferPublished},
};
use serde_json::Value;

use super::{super::invented::*, *};

fn wishing(story: &mut Story, number: u128, kind: WishKind, rome_code: &str) {
    opening(story, 600 + number, "Ana", &format!("Essai {number}"));
    let jobs = vec![Job { rome_code: rome_code.into(), ..Default::default() }];
    let wish = Wish {
        kinds: vec![EnumValue::from(kind)],
        jobs: if rome_code.is_empty() { Vec::new() } else { jobs },
        commune_code: "30007".into(),
        distance_km: 10,
        ..Default::default()
    };
    let expressed =
        WishExpressed { wish: wish.into(), expressed_on: "2026-10-01".into(), ..Default::default() };
    story.tell(700 + number, "2026-10-01", events::Wish::from(expressed));
}

/// Who is named beside the only offer.
fn suited(agenda: &Value) -> Vec<String> {
    let all = agenda["offers"][0]["suited"].as_array().expect("people");
    all.iter().map(|one| one["called"].as_str().expect("a name").to_owned()).collect()
}

#[tokio::test]
async fn an_offer_names_those_it_suits_and_says_why_to_those_who_may_know() {
    let stack = Stack::start().await;
    let mut story = Story::default();
    directory(&mut story);
    let wishes = [
        (WishKind::EMPLOI, "K2204"),
        (WishKind::EMPLOI, "K2202"),
        (WishKind::EMPLOI, "A1203"),
        (WishKind::PAS_POUR_L_INSTANT, "K2204"),
        (WishKind::EMPLOI, "K2204"),
        (WishKind::EMPLOI, ""),
    ];
    for (number, (kind, rome_code)) in (0..).zip(wishes) {
        wishing(&mut story, number, kind, rome_code);
    }
    let card = OfferCard {
        label: "Agent d’entretien".into(),
        rome_code: "K2204".into(),
        insee_code: "30007".into(),
        positions: 1,
        ..Default::default()
    };
    let offer = OfferPublished {
        platform_id: id(TESA).to_string(),
        card: card.into(),
        published_on: "2026-11-02".into(),
        ..Default::default()
    };
    story.case_id = Some(id(604));
    let proposed = MatchProposed { offer_id: id(820).to_string(), ..Default::default() };
    story.tell(860, "2026-11-03", events::Match::from(proposed));
    story.case_id = None;
    story.tell(820, "2026-11-02", events::Offer::from(offer));
    stack.tell(&story.facts).await;

    let path = format!("/api/v1/platforms/{}/agenda", id(TESA));
    let inside = stack.token(&actor(Role::REFERENT_SOCIAL, REFERENT, CHRS)).await;
    let agenda = stack.get(&inside, &path).await.json();
    // The job, then one near it. Not another job, nor who rests, nor who was proposed it, nor who named no job.
    assert_eq!(suited(&agenda), ["Ana Essai 0", "Ana Essai 1"]);
    let offer = &agenda["offers"][0];
    assert_eq!((&offer["proposed"], &offer["more"]), (&1.into(), &false.into()));
    let first = &offer["suited"][0];
    assert_eq!(first["reasons"][0]["text"], "C’est le métier souhaité.");
    assert!(first["score"].as_u64() > offer["suited"][1]["score"].as_u64());
    let page = stack.visit(&inside, &format!("/plateformes/{}/ordre-du-jour", id(TESA))).await;
    assert!(
        page.text.contains("Ana Essai 1") && page.text.contains("C’est le métier souhaité."),
        "{}",
        page.text
    );

    let beside = stack.token(&actor(Role::CONSEILLER, 22, FT)).await;
    let agenda = stack.get(&beside, &path).await.json();
    assert_eq!(suited(&agenda), Vec::<String>::new());
    assert_eq!(agenda["offers"][0]["proposed"], 1);
}
