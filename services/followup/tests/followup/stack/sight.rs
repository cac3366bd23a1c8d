//! Who sees what of whom as it changes: names in lists, facts in open streams, for what is read, within a mission.

use std::time::Duration;

use contracts::{case::v1::*, common::v1::Role, events, platform::v1::*};
use service::api::PURPOSE_HEADER;

use super::{super::invented::*, live::Events, *};

const BOARD: &str = "/api/v1/platforms";
/// An organisation that is no member of the platform.
const BESIDE: u128 = 14;

fn given(agreement: u128, organisation: u128, purpose: SharingPurpose, until: &str) -> events::Case {
    AgreementGiven {
        agreement_id: id(agreement).to_string(),
        organisation_id: id(organisation).to_string(),
        classes: vec![PersonalClass::IDENTITY.into()],
        purposes: vec![purpose.into()],
        given_on: "2026-11-02".into(),
        from_day: "2026-11-02".into(),
        until_day: until.into(),
        ..Default::default()
    }
    .into()
}

fn withdrawn(agreement: u128) -> events::Case {
    AgreementWithdrawn { agreement_id: id(agreement).to_string(), ..Default::default() }.into()
}

impl Told {
    /// As [`Told::tell`], without waiting for the read models.
    async fn tell_at_once(&mut self, event: events::Case) {
        self.story.case_id = Some(id(CASE));
        let known = self.story.facts.len();
        self.story.tell(CASE, "2026-11-20", event);
        self.stack.append(&self.story.facts[known..]).await;
    }

    async fn get(&self, token: &str, path: &str, purpose: Option<&str>) -> Answer {
        let request = Request::get(path).header(header::AUTHORIZATION, format!("Bearer {token}"));
        let request = match purpose {
            Some(purpose) => request.header(PURPOSE_HEADER, purpose),
            None => request,
        };
        self.stack.send(request.body(Body::empty()).expect("a request")).await
    }

    /// How the person of the path is called on the board of the platform.
    async fn called(&self, token: &str, purpose: Option<&str>) -> String {
        let board = self.get(token, &format!("{BOARD}/{}/board", id(TESA)), purpose).await.json();
        let row =
            board["items"].as_array().expect("items").iter().find(|row| row["id"] == id(CASE).to_string());
        row.expect("the case is shared")["called"].as_str().expect("a name").to_owned()
    }
}

#[tokio::test]
async fn lists_show_names_to_those_an_agreement_opens_them_to_and_no_longer_once_it_is_withdrawn() {
    let mut told = Told::new().await;
    let adviser = told.stack.token(&actor(Role::CONSEILLER, 22, FT)).await;
    let hidden = told.called(&adviser, None).await;
    assert!(hidden.starts_with("Personne "), "{hidden}");
    told.tell(given(701, FT, SharingPurpose::CANDIDATURE, "2026-12-31")).await;
    assert_eq!(
        told.called(&adviser, None).await,
        hidden,
        "an adviser accompanies, unless they say otherwise"
    );
    for other in ["ACCOMPAGNEMENT", "PREPARATION_IMMERSION", "STATISTIQUES"] {
        assert_eq!(told.called(&adviser, Some(other)).await, hidden, "{other}");
    }
    assert!(told.called(&adviser, Some("CANDIDATURE")).await.contains("Tesfay"));
    let colleague = told.stack.token(&actor(Role::CONSEILLER, 23, ACI)).await;
    assert_eq!(told.called(&colleague, Some("CANDIDATURE")).await, hidden, "of another organisation");
    let page = |path: String| {
        Request::get(path)
            .header(header::COOKIE, format!("jalon_session={adviser}; jalon_finalite=CANDIDATURE"))
    };
    let board = page(format!("/plateformes/{}", id(TESA))).body(Body::empty()).expect("a request");
    let board = told.stack.send(board).await;
    assert!(
        board.text.contains("Tesfay") && board.text.contains("présenter une candidature"),
        "{}",
        board.text
    );

    // The page of the case says what it may be read for, and shows it to who reads for that.
    let of_case = format!("/dossiers/{}", id(CASE));
    let plain = told.stack.visit(&adviser, &of_case).await.text;
    assert!(plain.contains("la lise pour") && plain.contains("présenter une candidature."), "{plain}");
    assert!(!plain.contains("Tesfay"));
    let chosen = told.stack.send(page(of_case).body(Body::empty()).expect("a request")).await.text;
    assert!(chosen.contains("Tesfay") && chosen.contains("par son accord"), "{chosen}");

    // Withdrawn: at the next request, whether or not the read models have heard of it.
    told.tell_at_once(withdrawn(701)).await;
    assert_eq!(told.called(&adviser, Some("CANDIDATURE")).await, hidden);
    told.stack.up_to_date().await;
    assert_eq!(told.called(&adviser, Some("CANDIDATURE")).await, hidden);
}

#[tokio::test]
async fn of_two_agreements_the_one_withdrawn_leaves_the_other_open_in_lists_too() {
    let mut told = Told::new().await;
    let adviser = told.stack.token(&actor(Role::CONSEILLER, 22, FT)).await;
    told.tell(given(701, FT, SharingPurpose::ACCOMPAGNEMENT, "2026-12-31")).await;
    told.tell(given(702, FT, SharingPurpose::ACCOMPAGNEMENT, "2027-06-30")).await;
    told.tell(withdrawn(701)).await;
    assert!(told.called(&adviser, None).await.contains("Tesfay"));
    told.tell(withdrawn(702)).await;
    assert!(told.called(&adviser, None).await.starts_with("Personne "));
}

#[tokio::test]
async fn who_leaves_the_circle_reads_no_name_in_a_list_that_is_late() {
    let mut told = Told::new().await;
    let inside = told.stack.token(&actor(Role::CIP, CIP, ACI)).await;
    assert!(told.called(&inside, None).await.contains("Tesfay"));
    told.tell_at_once(CircleMemberLeft { post_id: id(CIP).to_string(), ..Default::default() }.into()).await;
    assert!(told.called(&inside, None).await.starts_with("Personne "));
}

#[tokio::test]
async fn a_stream_opens_with_an_agreement_and_closes_with_it() {
    let mut told = Told::new().await;
    let adviser = told.stack.token(&actor(Role::CONSEILLER, 24, BESIDE)).await;
    let mut heard = Events::open(&told.stack, &adviser, "/api/v1/events", None).await;
    // Each is heard, or not, before the next is told: what a stream holds is judged as things stand then.
    for event in [
        given(701, BESIDE, SharingPurpose::CANDIDATURE, "2026-12-31"),
        CasePaused::default().into(),
        given(702, BESIDE, SharingPurpose::ACCOMPAGNEMENT, "2026-12-31"),
        CaseResumed::default().into(),
        withdrawn(702),
        CasePaused::default().into(),
    ] {
        told.tell(event).await;
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    told.stack.runtime.shutdown.cancel();
    // Another purpose opened nothing; what came with the agreement, and before its end, is heard.
    let mut names = Vec::new();
    while let Some((_, name, _)) = heard.next().await {
        names.push(name);
    }
    assert_eq!(names, ["AgreementGiven", "CaseResumed"]);
}

#[tokio::test]
async fn an_open_stream_ends_with_the_secret_it_was_opened_with() {
    let mut told = Told::new().await;
    let inside = told.stack.token(&actor(Role::CIP, CIP, ACI)).await;
    let mut heard = Events::open(&told.stack, &inside, "/api/v1/events", None).await;
    told.tell(CasePaused::default().into()).await;
    assert_eq!(heard.next().await.map(|(_, name, _)| name).as_deref(), Some("CasePaused"));
    told.stack.runtime.tokens.revoke(&inside, told.stack.runtime.clock.now()).await.expect("revoked");
    tokio::time::sleep(Duration::from_millis(5_100)).await;
    told.tell(CaseResumed::default().into()).await;
    assert_eq!(heard.next().await, None, "who was removed hears nothing more");
}

#[tokio::test]
async fn a_partner_says_what_it_reads_for_and_hears_what_was_agreed_for_that() {
    let mut told = Told::new().await;
    let partner = told.stack.token(&actor(Role::PARTENAIRE, 50, BESIDE)).await;
    told.tell(given(701, BESIDE, SharingPurpose::SUIVI_EMPLOI, "2026-12-31")).await;
    let silent = told.get(&partner, "/api/v1/events", None).await;
    assert_eq!(
        (silent.status.as_u16(), &*silent.json()["type"].to_string()),
        (400, "\"/problemes/finalite\"")
    );
    for unknown in ["CONTROLE", "SANCTION", "", "SHARING_PURPOSE_UNSPECIFIED"] {
        let refused = told.get(&partner, "/api/v1/events", Some(unknown)).await;
        assert_eq!(refused.status, 400, "{unknown}");
        assert!(!refused.text.contains("SANCTION") && !refused.text.contains("CONTROLE"), "{}", refused.text);
    }
    for (purpose, hears) in [("SUIVI_EMPLOI", true), ("CANDIDATURE", false), ("STATISTIQUES", false)] {
        let path = "/api/v1/events?after=0";
        let mut heard = Events::open_for(&told.stack, &partner, path, purpose).await;
        let first = tokio::time::timeout(Duration::from_secs(2), heard.next()).await;
        let first = first.ok().flatten().map(|(_, name, _)| name);
        assert_eq!(first.is_some(), hears, "{purpose}: {first:?}");
    }
}

#[tokio::test]
async fn an_auditor_reads_while_their_mission_runs() {
    let mut told = Told::new().await;
    let auditor = told.stack.token(&actor(Role::AUDITEUR, 70, 71)).await;
    let status = async |told: &Told| {
        let case = told.get(&auditor, &format!("/api/v1/cases/{}", id(CASE)), None).await;
        let board = told.get(&auditor, &format!("{BOARD}/{}/board", id(TESA)), None).await;
        let report = told.get(&auditor, &format!("/api/v1/structures/{}/report", id(CHRS)), None).await;
        [case.status.as_u16(), board.status.as_u16(), report.status.as_u16()]
    };
    assert_eq!(status(&told).await, [404, 404, 404], "nobody sent them");
    told.story.case_id = None;
    let opened =
        PostOpened { organisation_id: id(71).to_string(), role: Role::AUDITEUR.into(), ..Default::default() };
    told.tell_of(70, events::Post::from(opened)).await;
    let mission = |number: u128, from: &str, until: &str| MissionOpened {
        mission_id: id(number).to_string(),
        from_day: from.into(),
        until_day: until.into(),
        ..Default::default()
    };
    told.tell_of(70, events::Post::from(mission(801, "2026-01-01", "2026-11-22"))).await;
    assert_eq!(status(&told).await, [404, 404, 404], "an old mission");
    told.tell_of(70, events::Post::from(mission(802, "2026-11-23", "2026-11-30"))).await;
    assert_eq!(status(&told).await, [200, 200, 200]);
    let case = told.get(&auditor, &format!("/api/v1/cases/{}", id(CASE)), None).await;
    assert!(!case.text.contains("Tesfay"));
    let ended =
        MissionEnded { mission_id: id(802).to_string(), ended_on: "2026-11-22".into(), ..Default::default() };
    told.tell_of(70, events::Post::from(ended)).await;
    assert_eq!(status(&told).await, [404, 404, 404], "over since yesterday");
}

#[tokio::test]
async fn what_comes_from_justice_opens_to_those_who_were_empowered_and_agreed_with() {
    use contracts::diagnostic::v1::{DiagnosticStarted, Dimension, ObstacleNamed, Situation};
    let mut told = Told::new().await;
    let referent = told.stack.token(&actor(Role::REFERENT_SOCIAL, REFERENT, CHRS)).await;
    told.story.case_id = Some(id(CASE));
    let started = DiagnosticStarted::default();
    told.tell_of(900, events::Diagnostic::from(started)).await;
    let judicial = Situation {
        dimension: Dimension::JUDICIAIRE.into(),
        text: "Indisponible le mardi de 14 h à 16 h".into(),
        ..Default::default()
    };
    let named =
        ObstacleNamed { obstacle_id: id(901).to_string(), judicial: judicial.into(), ..Default::default() };
    told.tell_of(900, events::Diagnostic::from(named)).await;
    let shown = async |told: &Told| {
        let path = format!("/api/v1/cases/{}/timeline?limit=100", id(CASE));
        told.get(&referent, &path, None).await.text.contains("Indisponible le mardi")
    };
    assert!(!shown(&told).await, "nobody reads it by their post alone");
    let mut judicial = given(701, CHRS, SharingPurpose::ACCOMPAGNEMENT, "2026-12-31");
    if let events::Case::AgreementGiven(given) = &mut judicial {
        given.classes = vec![PersonalClass::JUDICIAL.into()];
    }
    told.tell(judicial).await;
    assert!(!shown(&told).await, "nor by agreement with an organisation that was not empowered");
    told.story.case_id = None;
    let granted = JudicialAccessGranted { from_day: "2026-11-01".into(), ..Default::default() };
    told.tell_of(CHRS, events::Organisation::from(granted)).await;
    assert!(shown(&told).await);
    told.tell(withdrawn(701)).await;
    assert!(!shown(&told).await, "withdrawn");
    told.tell(given(702, CHRS, SharingPurpose::ACCOMPAGNEMENT, "2026-12-31")).await;
    told.story.case_id = None;
    let ended = JudicialAccessEnded { ended_on: "2026-11-22".into(), ..Default::default() };
    told.tell_of(CHRS, events::Organisation::from(ended)).await;
    assert!(!shown(&told).await, "no longer empowered");
}

#[tokio::test]
async fn secrecy_opens_health_to_those_it_was_recognised_to() {
    let mut told = Told::new().await;
    let referent = told.stack.token(&actor(Role::REFERENT_SOCIAL, REFERENT, CHRS)).await;
    let sees = async |told: &Told| {
        let case = told.get(&referent, &format!("/api/v1/cases/{}", id(CASE)), None).await.json();
        case["sees"].as_array().expect("classes").iter().any(|class| class == "health")
    };
    assert!(sees(&told).await, "a CHRS hosts, under secrecy");
    told.story.case_id = None;
    let ended = SecrecyEnded { ended_on: "2026-11-22".into(), ..Default::default() };
    told.tell_of(CHRS, events::Organisation::from(ended)).await;
    assert!(!sees(&told).await, "an administrator said that it no longer does");
    let recognised = SecrecyRecognised { from_day: "2026-11-23".into(), ..Default::default() };
    told.tell_of(CHRS, events::Organisation::from(recognised)).await;
    assert!(sees(&told).await);
}

#[tokio::test]
async fn the_purpose_of_pages_is_chosen_at_their_foot() {
    let told = Told::new().await;
    let adviser = told.stack.token(&actor(Role::CONSEILLER, 22, FT)).await;
    let page = told.stack.visit(&adviser, &format!("/plateformes/{}", id(TESA))).await.text;
    assert!(page.contains("Vous lisez pour") && page.contains("value=\"ACCOMPAGNEMENT\" selected"), "{page}");
    let choose = async |word: &str, there: &str, site: &str| {
        let request = Request::post("/finalite")
            .header(header::COOKIE, format!("jalon_session={adviser}"))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("sec-fetch-site", site)
            .body(Body::from(format!("finalite={word}&vers={there}")));
        told.stack.send(request.expect("a request")).await
    };
    let chosen = choose("CANDIDATURE", "/suivis", "same-origin").await;
    assert_eq!(
        (chosen.status.as_u16(), &chosen.headers["location"]),
        (303, &"/suivis".parse().expect("a value"))
    );
    let cookie = chosen.headers["set-cookie"].to_str().expect("text").to_owned();
    assert!(cookie.starts_with("jalon_finalite=CANDIDATURE; HttpOnly; SameSite=Strict; Path=/"), "{cookie}");
    assert_eq!(choose("CANDIDATURE", "//ailleurs.example", "same-origin").await.headers["location"], "/");
    assert_eq!(choose("CONTROLE", "/", "same-origin").await.status, 400);
    assert_eq!(choose("CANDIDATURE", "/", "cross-site").await.status, 403);
}
