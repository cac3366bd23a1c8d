//! What a platform reads: awaited answers, employers, the next meeting, plans, indicators; and the report
//! of a structure.

use contracts::{
    common::v1::{OrganisationKind, Role},
    events,
    platform::v1::*,
    prescription::v1::*,
};
use serde_json::Value;

use super::{super::invented::*, *};

fn items(body: &Value) -> Vec<Value> {
    body["items"].as_array().expect("items").clone()
}

/// Eight people for whom something was sent to the ACI: three answers, one silence, four awaited.
async fn answered() -> Stack {
    let stack = Stack::start().await;
    let mut story = Story::default();
    directory(&mut story);
    for number in 0..8 {
        opening(&mut story, 600 + number, "Ana", &format!("Essai {number}"));
        let stream = 700 + number;
        let due = if number == 7 { "2026-12-30" } else { "2026-11-20" };
        sent(
            &mut story,
            stream,
            PrescriptionKind::CANDIDATURE_IAE,
            ACI,
            (&format!("2026-09-2{number}"), due),
        );
        let day = "2026-10-05";
        match number {
            0 | 1 => {
                let one = PrescriptionAccepted { accepted_on: day.into(), ..Default::default() };
                story.tell(stream, day, events::Prescription::from(one));
            }
            2 => {
                let one = PrescriptionRefused { refused_on: day.into(), ..Default::default() };
                story.tell(stream, day, events::Prescription::from(one));
            }
            3 => {
                let one = PrescriptionUnanswered { days: 30, ..Default::default() };
                story.tell(stream, "2026-11-21", events::Prescription::from(one));
            }
            _ => {}
        }
    }
    sent(&mut story, 799, PrescriptionKind::FORMATION, FT, ("2026-11-02", "2026-12-02"));
    stack.tell(&story.facts).await;
    stack
}

#[tokio::test]
async fn awaited_answers_are_filtered_ordered_and_rated() {
    let stack = answered().await;
    let inside = stack.token(&actor(Role::REFERENT_SOCIAL, REFERENT, CHRS)).await;
    let path = format!("/api/v1/platforms/{}/awaited-answers", id(TESA));
    let all = stack.get(&inside, &path).await.json();
    let called: Vec<_> = items(&all).iter().map(|one| one["called"].clone()).collect();
    assert_eq!(called, ["Ana Essai 4", "Ana Essai 5", "Ana Essai 6", "Ana Essai 7", "Ana Essai 7"]);
    assert_eq!((&items(&all)[0]["overdue"], &items(&all)[0]["age_days"]), (&true.into(), &60.into()));
    let count = async |query: &str| items(&stack.get(&inside, &format!("{path}?{query}")).await.json()).len();
    assert_eq!(count("overdue=true").await, 3);
    assert_eq!(count("overdue=false").await, 2);
    assert_eq!(count("kind=FORMATION").await, 1);
    assert_eq!(count(&format!("addressee={}", id(ACI))).await, 4);
    let by = stack.get(&inside, &format!("{path}?order=addressee&limit=4")).await.json();
    let next = format!("{path}?order=addressee&cursor={}", by["next"].as_str().expect("a cursor"));
    let last = stack.get(&inside, &next).await.json();
    assert_eq!(items(&last)[0]["addressee"]["name"], "France Travail Alès");
    // Seven could have been answered: three were, two with a yes. One sending gives no rate.
    let rates = all["rates"].as_array().expect("rates");
    let of = |name: &str| rates.iter().find(|one| one["organisation"]["name"] == name).expect("a rate");
    let aci = of("La Ressourcerie");
    assert_eq!(
        (&aci["sent"], &aci["response_percent"], &aci["acceptance_percent"]),
        (&7.into(), &42.into(), &66.into())
    );
    assert_eq!(of("France Travail Alès")["response_percent"], Value::Null);

    let beside = stack.token(&actor(Role::CONSEILLER, 22, FT)).await;
    let veiled = stack.get(&beside, &path).await;
    assert_eq!(items(&veiled.json()).len(), 5);
    assert!(!veiled.text.contains("Essai"));
    for wrong in ["kind=AUTRE_CHOSE", "overdue=peut-être", "addressee=1", "inconnu=1"] {
        assert_eq!(stack.get(&inside, &format!("{path}?{wrong}")).await.status, 400, "{wrong}");
    }
    let page = stack
        .visit(&inside, &format!("/plateformes/{}/reponses?retard=oui&quoi=CANDIDATURE_IAE", id(TESA)))
        .await;
    assert!(
        page.text.contains("42 %") && page.text.contains("Ana Essai 4") && !page.text.contains("Ana Essai 7")
    );
}

#[tokio::test]
async fn a_platform_that_is_not_theirs_shows_nothing_to_anyone() {
    let stack = Stack::told().await;
    let elsewhere = stack.token(&actor(Role::CIP, 40, 41)).await;
    let inside = stack.token(&actor(Role::CIP, CIP, ACI)).await;
    let partner = stack.token(&actor(Role::PARTENAIRE, 50, FT)).await;
    for end in ["awaited-answers", "employers", "agenda", "action-plan", "partnerships", "indicators"] {
        let path = format!("/api/v1/platforms/{}/{end}", id(TESA));
        assert_eq!(stack.get(&inside, &path).await.status, 200, "{end}");
        assert_eq!(stack.get(&elsewhere, &path).await.status, 404, "{end}");
        assert_eq!(stack.get(&partner, &path).await.status, 403, "{end}");
    }
    for end in ["reponses", "employeurs", "ordre-du-jour", "plan-d-action", "partenariats", "indicateurs"] {
        let path = format!("/plateformes/{}/{end}", id(TESA));
        let page = stack.visit(&inside, &path).await;
        assert_eq!(page.status, 200, "{end}: {}", page.text);
        assert!(page.text.contains("aria-current=\"page\""), "{end}");
        for inline in [" style=", "<style", " onclick=", "<script>", "frein"] {
            assert!(!page.text.contains(inline), "{end} holds {inline}");
        }
        assert_eq!(stack.visit(&elsewhere, &path).await.status, 404, "{end}");
    }
}

fn meetings(story: &mut Story) {
    let (platform_id, organisation_id) = (id(TESA).to_string(), id(ACI).to_string());
    for (stream, on) in [(830, "2026-10-15"), (831, "2026-12-10")] {
        let scheduled = MeetingScheduled {
            platform_id: platform_id.clone(),
            kind: MeetingKind::REUNION_MENSUELLE.into(),
            scheduled_on: on.into(),
            ..Default::default()
        };
        story.tell(stream, "2026-10-01", events::Meeting::from(scheduled));
    }
    let held = MeetingHeld {
        held_on: "2026-10-16".into(),
        organisation_ids: vec![organisation_id.clone()],
        ..Default::default()
    };
    story.tell(830, "2026-10-16", events::Meeting::from(held));
    let taken = DecisionTaken { label: "Visiter la Ressourcerie".into(), ..Default::default() };
    story.tell(830, "2026-10-16", events::Meeting::from(taken));
    // A meeting before it left two decisions: one was done, nobody said what became of the other.
    let before = MeetingScheduled {
        platform_id: platform_id.clone(),
        kind: MeetingKind::CTA.into(),
        scheduled_on: "2026-06-11".into(),
        ..Default::default()
    };
    story.tell(829, "2026-06-01", events::Meeting::from(before));
    let held = MeetingHeld { held_on: "2026-06-11".into(), ..Default::default() };
    story.tell(829, "2026-06-11", events::Meeting::from(held));
    for (decision, label) in [(901, "Écrire aux adhérents"), (902, "Préparer le salon")] {
        let taken = DecisionTaken {
            decision_id: id(decision).to_string(),
            label: label.into(),
            organisation_id: organisation_id.clone(),
            due_on: "2026-09-01".into(),
            decided_on: "2026-06-11".into(),
            ..Default::default()
        };
        story.tell(829, "2026-06-11", events::Meeting::from(taken));
    }
    let settled = DecisionSettled {
        decision_id: id(901).to_string(),
        outcome: DecisionOutcome::DONE.into(),
        settled_on: "2026-08-20".into(),
        note: "Cent lettres parties".into(),
        ..Default::default()
    };
    story.tell(829, "2026-08-20", events::Meeting::from(settled));
}

fn together(story: &mut Story) {
    story.case_id = None;
    let (platform_id, organisation_id, post_id) =
        (id(TESA).to_string(), id(ACI).to_string(), id(CIP).to_string());
    let assigned = EmployerLeadAssigned {
        platform_id: platform_id.clone(),
        organisation_id: organisation_id.clone(),
        post_id: post_id.clone(),
        from_day: "2026-10-01".into(),
        until_day: "2027-03-31".into(),
        ..Default::default()
    };
    story.tell(810, "2026-10-01", events::Employer::from(assigned));
    for (on, next) in [("2026-11-10", "2026-12-01"), ("2026-10-20", "2026-10-30")] {
        let contacted = EmployerContacted {
            platform_id: platform_id.clone(),
            organisation_id: organisation_id.clone(),
            contacted_on: on.into(),
            channel: ContactChannel::VISITE.into(),
            outcome: ContactOutcome::INTERESSE.into(),
            next_contact_on: next.into(),
            ..Default::default()
        };
        story.tell(810, on, events::Employer::from(contacted));
    }
    let card = OfferCard { label: "Agent de tri".into(), positions: 2, ..Default::default() };
    let offer = OfferPublished {
        platform_id: platform_id.clone(),
        employer_id: organisation_id.clone(),
        card: card.into(),
        published_on: "2026-11-02".into(),
        ..Default::default()
    };
    story.tell(820, "2026-11-02", events::Offer::from(offer));
    meetings(story);
    let card = ActionCard {
        theme: "Employeurs".into(),
        title: "Rencontrer dix employeurs".into(),
        steps: vec![ActionStep { label: "Lister".into(), ..Default::default() }; 2],
        due_on: "2026-11-01".into(),
        ..Default::default()
    };
    let planned = ActionPlanned { platform_id: platform_id.clone(), card: card.into(), ..Default::default() };
    story.tell(840, "2026-10-01", events::Action::from(planned));
    let progressed = ActionProgressed { step: 1, percent: 100, ..Default::default() };
    story.tell(840, "2026-10-20", events::Action::from(progressed));
    let card = PartnershipCard {
        actor: OrganisationKind::ML.into(),
        how_it_works: "Une permanence".into(),
        ..Default::default()
    };
    let recorded = PartnershipRecorded { platform_id, card: card.into(), ..Default::default() };
    story.tell(850, "2026-10-01", events::Partnership::from(recorded));
}

#[tokio::test]
async fn what_members_do_together_is_read_as_it_stands() {
    let stack = Stack::start().await;
    let mut story = Story::default();
    directory(&mut story);
    path(&mut story);
    let proposed = MatchProposed {
        offer_id: id(820).to_string(),
        platform_id: id(TESA).to_string(),
        proposed_on: "2026-11-03".into(),
        ..Default::default()
    };
    story.tell(860, "2026-11-03", events::Match::from(proposed));
    story.tell(860, "2026-11-04", events::Match::from(MatchAccepted::default()));
    together(&mut story);
    stack.tell(&story.facts).await;
    let beside = stack.token(&actor(Role::CONSEILLER, 22, FT)).await;
    let get =
        async |end: &str| stack.get(&beside, &format!("/api/v1/platforms/{}/{end}", id(TESA))).await.json();
    let employers = get("employers").await;
    let one = &items(&employers)[0];
    assert_eq!((&one["immersions"], &one["hires"], &one["open_offers"]), (&1.into(), &1.into(), &1.into()));
    assert_eq!(one["lead_called"], "CIP de l’ACI, La Ressourcerie");
    assert_eq!((&one["contact_count"], &one["next_contact_on"]), (&2.into(), &"2026-12-01".into()));
    assert_eq!(items(&get("employers?led=false").await).len(), 0);
    let agenda = get("agenda").await;
    assert_eq!((&agenda["since"], &agenda["next"]["on"]), (&"2026-10-16".into(), &"2026-12-10".into()));
    // What no meeting settled stays, whichever took it; what was done has gone with its meeting.
    let decisions: Vec<_> = agenda["decisions"].as_array().expect("decisions").iter().collect();
    let told: Vec<_> = decisions.iter().map(|one| (&one["label"], &one["overdue"])).collect();
    assert_eq!(
        told,
        [(&"Préparer le salon".into(), &true.into()), (&"Visiter la Ressourcerie".into(), &false.into())]
    );
    past_meetings(&stack, &beside).await;
    assert_eq!((&agenda["offers"][0]["proposed"], &agenda["offers"][0]["wanted"]), (&1.into(), &1.into()));
    let changes: Vec<_> =
        agenda["changes"].as_array().expect("changes").iter().map(|one| one["kind"].clone()).collect();
    assert!(
        changes.contains(&"MatchAccepted".into()) && !changes.contains(&"CaseOpened".into()),
        "{changes:?}"
    );
    assert!(agenda["waiting"][0]["called"].as_str().expect("a name").starts_with("Personne "));
    let plan = get("action-plan").await;
    let action = &items(&plan)[0];
    assert_eq!((&action["percent"], &action["overdue"]), (&50.into(), &true.into()));
    assert_eq!(items(&get("action-plan?state=completed").await).len(), 0);
    assert_eq!(items(&get("partnerships").await)[0]["how_it_works"], "Une permanence");
    for (end, text) in [
        ("employeurs", "CIP de l’ACI, La Ressourcerie"),
        ("ordre-du-jour", "Visiter la Ressourcerie"),
        ("plan-d-action", "Rencontrer dix employeurs"),
        ("partenariats", "Une permanence"),
    ] {
        let page = stack.visit(&beside, &format!("/plateformes/{}/{end}", id(TESA))).await;
        assert!(page.text.contains(text), "{end}: {}", page.text);
        assert!(!page.text.contains("Tesfay"), "{end}");
    }
}

/// The meetings, page by page, one of them, and the page that a browser reads.
async fn past_meetings(stack: &Stack, token: &str) {
    let base = format!("/api/v1/platforms/{}/meetings", id(TESA));
    let first = stack.get(token, &format!("{base}?limit=2")).await.json();
    let days = |page: &Value| items(page).iter().map(|one| one["on"].clone()).collect::<Vec<_>>();
    assert_eq!(days(&first), ["2026-12-10", "2026-10-16"]);
    let cursor = first["next"].as_str().expect("a second page");
    let second = stack.get(token, &format!("{base}?limit=2&cursor={cursor}")).await.json();
    assert_eq!((days(&second), &second["next"]), (vec!["2026-06-11".into()], &Value::Null));
    let decisions = items(&second)[0]["decisions"].clone();
    assert_eq!(decisions[0]["settled"]["outcome"], "DONE");
    assert_eq!((&decisions[1]["settled"], &decisions[1]["overdue"]), (&Value::Null, &true.into()));
    let one = stack.get(token, &format!("{base}/{}", id(830))).await.json();
    assert_eq!((&one["held"], &one["present"][0]["name"]), (&true.into(), &"La Ressourcerie".into()));
    assert_eq!(stack.get(token, &format!("{base}/{}", id(999))).await.status, 404);
    let elsewhere = stack.token(&actor(Role::CIP, 40, 41)).await;
    assert_eq!(stack.get(&elsewhere, &base).await.status, 404);
    let page = format!("/plateformes/{}/reunions", id(TESA));
    let list = stack.visit(token, &page).await;
    assert!(
        list.text.contains("Écrire aux adhérents") && list.text.contains("faite le 20 août"),
        "{}",
        list.text
    );
    let (to_come, held) = list.text.split_once("Réunions passées").expect("two parts");
    assert!(to_come.contains("10 décembre 2026") && to_come.contains("/ordre-du-jour"), "{to_come}");
    assert!(held.contains("16 octobre 2026") && !held.contains("10 décembre 2026"), "{held}");
    let one = stack.visit(token, &format!("{page}/{}", id(829))).await;
    assert!(
        one.text.contains("Cent lettres parties") && one.text.contains("pour le 1er sept"),
        "{}",
        one.text
    );
}

#[tokio::test]
async fn what_betrays_health_is_another_service_to_whom_health_is_closed() {
    let stack = Stack::start().await;
    let mut story = Story::default();
    directory(&mut story);
    path(&mut story);
    story.by = Some(actor(Role::REFERENT_SOCIAL, REFERENT, CHRS));
    let dates = ("2026-11-01", "2026-12-01");
    sent(&mut story, 310, contracts::prescription::v1::PrescriptionKind::MDPH, FT, dates);
    sent(&mut story, 311, contracts::prescription::v1::PrescriptionKind::AUTRE_SERVICE, CSAPA, dates);
    stack.tell(&story.facts).await;
    let case = format!("/api/v1/cases/{}", id(CASE));
    let answers = format!("/api/v1/platforms/{}/awaited-answers", id(TESA));
    let hears_of = async |token: &str| {
        let mut told = Vec::new();
        for path in [case.clone(), format!("{case}/timeline?limit=200"), answers.clone()] {
            let answer = stack.get(token, &path).await;
            assert_eq!(answer.status, 200, "{path}");
            told.push((answer.text.contains("MDPH"), answer.text.contains(&id(CSAPA).to_string())));
        }
        told
    };
    // In the circle, of a structure held to secrecy; of one that is not; on the platform only.
    let host = stack.token(&actor(Role::REFERENT_SOCIAL, REFERENT, CHRS)).await;
    assert_eq!(hears_of(&host).await, [(true, true); 3]);
    let colleague = stack.token(&actor(Role::CIP, CIP, ACI)).await;
    assert_eq!(hears_of(&colleague).await, [(false, false); 3]);
    let page = stack.visit(&colleague, &format!("/dossiers/{}", id(CASE))).await;
    assert!(!page.text.contains("MDPH") && page.text.contains("Autre service"), "{}", page.text);
    // Nor by asking for it: a filter finds what is shown.
    let asked = stack.get(&colleague, &format!("{answers}?kind=MDPH")).await;
    assert_eq!(items(&asked.json()).len(), 0);
}

#[tokio::test]
async fn indicators_and_reports_hide_small_numbers_outside_the_structure() {
    let stack = answered().await;
    let inside = stack.token(&actor(Role::REFERENT_SOCIAL, REFERENT, CHRS)).await;
    let beside = stack.token(&actor(Role::CONSEILLER, 22, FT)).await;
    let auditor = stack.token(&actor(Role::AUDITEUR, 70, 71)).await;
    let mut sent = Story::default();
    let mission = MissionOpened {
        mission_id: id(72).to_string(),
        from_day: "2026-11-01".into(),
        until_day: "2026-11-30".into(),
        ..Default::default()
    };
    sent.tell(70, "2026-11-01", events::Post::from(mission));
    stack.tell(&sent.facts).await;
    // The auditor’s first page leads to what their mission opens.
    let first = stack.visit(&auditor, "/").await;
    assert_eq!(first.status, 200, "{}", first.text);
    for there in [format!("/plateformes/{}", id(TESA)), format!("/structures/{}/rapport", id(CHRS))] {
        assert!(first.text.contains(&format!("href=\"{there}\"")), "{there} in {}", first.text);
    }
    let indicators = stack.get(&beside, &format!("/api/v1/platforms/{}/indicators", id(TESA))).await.json();
    let figures = &indicators["indicators"][0]["figures"];
    assert_eq!((&figures[0]["value"], &figures[2]["value"]), (&8.into(), &Value::Null));
    assert_eq!(indicators["indicators"][0]["rules"][0]["id"], "indicateur.suivi");
    let wrong = format!("/api/v1/platforms/{}/indicators?from=2026-12-01&to=2026-01-01", id(TESA));
    assert_eq!(stack.get(&beside, &wrong).await.status, 400);

    let path = format!("/api/v1/structures/{}/report?from=2026-10-01", id(CHRS));
    let own = stack.get(&inside, &path).await.json();
    let family = |report: &Value, code: &str| {
        let all = report["families"].as_array().expect("families").clone();
        all.into_iter().find(|one| one["family"] == code).expect("a family")
    };
    // Since October: two yes, one no, two facts of the last sending; a silence is nobody's act.
    let access = family(&own, "F2.A3");
    assert_eq!(
        (&own["own"], &access["acts"]["value"], &access["people"]["value"]),
        (&true.into(), &5.into(), &4.into())
    );
    for token in [&beside, &auditor] {
        let report = stack.get(token, &path).await.json();
        let access = family(&report, "F2.A3");
        assert_eq!((&report["own"], &access["acts"]["value"]), (&false.into(), &Value::Null));
        assert_eq!(access["kinds"], serde_json::json!([]));
        assert_eq!(family(&report, "F2.A4")["people"]["value"], Value::Null);
    }
    let elsewhere = stack.token(&actor(Role::CIP, 40, 41)).await;
    assert_eq!(stack.get(&elsewhere, &path).await.status, 404);
    let page = stack.visit(&beside, &format!("/structures/{}/rapport", id(CHRS))).await;
    assert!(page.text.contains("non montré (moins de 5)") && page.text.contains("F2.A4"), "{}", page.text);
    let page = stack.visit(&beside, &format!("/plateformes/{}/indicateurs?du=2026-01-01", id(TESA))).await;
    assert!(page.text.contains("Personnes suivies") && page.text.contains("version 1 de cette règle"));
    assert!(!page.text.contains("Essai"));
}
