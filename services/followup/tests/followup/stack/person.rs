//! What the person sees of their own path, by the sheet they were handed and the code they were told; and nobody
//! else by it.

use access::{Handed, OwnCase};
use contracts::{case::v1::*, common::v1::Role, events};
use jiff::ToSpan as _;
use serde_json::json;

use super::{super::invented::*, *};

pub(super) const ACCESS: u128 = 900;
/// The code that the person chooses.
const OWN_CODE: &str = "270419";
/// What a note says, and a rectification.
const NOTE: &str = "Préfère le matin, après la prière.";
const WRONG: &str = "Je suis née à Oran.";

impl Told {
    /// A path, and an access that is open until 20 February.
    pub(super) async fn to_the_person() -> Self {
        let mut told = Self::new().await;
        told.story.by = Some(actor(Role::REFERENT_SOCIAL, REFERENT, CHRS));
        told.tell(opened(ACCESS).into()).await;
        told
    }

    pub(super) async fn handed(&self, access: u128) -> Handed {
        let own = OwnCase { case_id: id(CASE), access_id: id(access) };
        let now = self.stack.runtime.clock.now();
        let handed = self.stack.runtime.tokens.hand_over(own, now, now + (90 * 24).hours()).await;
        handed.expect("a database").expect("once")
    }

    async fn enter(&self, secret: &str, code: &str) -> Answer {
        let body = format!("secret={secret}&code={code}");
        let request = Request::post("/mon-suivi/entrer")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(body));
        self.stack.send(request.expect("a request")).await
    }

    /// The session of the person: the first time, by a code of their own.
    pub(super) async fn session(&self, handed: &Handed) -> String {
        let (tokens, now) = (&self.stack.runtime.tokens, self.stack.runtime.clock.now());
        // What states it is another service's.
        tokens.choose_own(&handed.secret, &handed.code, OWN_CODE, now).await.expect("a database");
        let entered = self.enter(&handed.secret, OWN_CODE).await;
        assert_eq!(entered.status, 303, "{}", entered.text);
        assert_eq!(entered.headers[header::LOCATION], "/mon-suivi", "the secret is left behind");
        let cookie = entered.headers[header::SET_COOKIE].to_str().expect("text");
        assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
        assert!(cookie.contains("Max-Age=1800"), "{cookie}");
        cookie.split(';').next().expect("a cookie").to_owned()
    }

    pub(super) async fn see(&self, cookie: &str, path: &str) -> Answer {
        let request = Request::get(path).header(header::COOKIE, cookie).header(header::ACCEPT, "text/html");
        self.stack.send(request.body(Body::empty()).expect("a request")).await
    }
}

fn opened(access: u128) -> OwnAccessOpened {
    OwnAccessOpened {
        access_id: id(access).to_string(),
        post_id: id(REFERENT).to_string(),
        opened_on: "2026-11-23".into(),
        until_day: "2027-02-20".into(),
        ..Default::default()
    }
}

fn closed(access: u128) -> events::Case {
    OwnAccessClosed {
        access_id: id(access).to_string(),
        closed_on: "2026-11-23".into(),
        reason: OwnAccessEnd::SHEET_LOST.into(),
        ..Default::default()
    }
    .into()
}

#[tokio::test]
async fn the_person_sees_their_own_path_until_it_is_closed_and_not_a_request_longer() {
    let mut told = Told::to_the_person().await;
    let handed = told.handed(ACCESS).await;
    let door = told.see("", &format!("/mon-suivi/{}", handed.secret)).await;
    assert_eq!(door.status, 200);
    assert!(door.text.contains("Le code qu’on vous a dit") && !door.text.contains("Glycines"));
    let first = told.enter(&handed.secret, &handed.code).await;
    assert_eq!(first.status, 200, "the code of the sheet serves to choose one's own: {}", first.text);
    assert!(first.text.contains("Mon code à moi") && !first.headers.contains_key(header::SET_COOKIE));
    let cookie = told.session(&handed).await;
    assert_eq!(told.enter(&handed.secret, &handed.code).await.status, 403, "and for nothing else");
    told.see(&cookie, "/mon-suivi").await;
    let page = told.see(&cookie, "/mon-suivi").await;
    assert_eq!(page.status, 200, "{}", page.text);
    let visits = page.text.split("Mes visites").nth(1).expect("their visits");
    assert!(visits.contains("23 novembre 2026 à ") || visits.contains("23\u{a0}novembre"), "{visits}");
    for shown in ["Bonjour ", "Nadia Ferrand", "Bruno Castel", "CHRS Les Glycines", "20 février 2027"] {
        assert!(page.text.contains(shown), "{shown} in {}", page.text);
    }
    assert!(!page.text.contains(&handed.secret) && !page.text.contains("<script"), "{}", page.text);
    // It is theirs alone: nothing of the professionals opens by it.
    for path in [format!("/api/v1/cases/{}", id(CASE)), "/api/v1/me".to_owned(), "/suivis".to_owned()] {
        let answer = told.see(&cookie, &path).await;
        assert!([303, 401].contains(&answer.status.as_u16()), "{path}: {}", answer.status);
    }
    told.tell(closed(ACCESS)).await;
    for path in ["/mon-suivi", "/mon-suivi/tout", "/mon-suivi/corriger", "/mon-suivi/tout.json"] {
        let answer = told.see(&cookie, path).await;
        assert_eq!(answer.status, 401, "{path}");
        assert!(!answer.text.contains("Nadia"), "{path}");
    }
    assert_eq!(told.enter(&handed.secret, OWN_CODE).await.status, 403, "the sheet opens nothing any more");
}

#[tokio::test]
async fn five_wrong_codes_end_a_sheet_and_nothing_tells_a_wrong_sheet_from_a_wrong_code() {
    let told = Told::to_the_person().await;
    let handed = told.handed(ACCESS).await;
    let wrong = if handed.code == "000000" { "111111" } else { "000000" };
    let elsewhere = told.enter(&"A".repeat(43), &handed.code).await;
    let first = told.enter(&handed.secret, wrong).await;
    assert_eq!((elsewhere.status.as_u16(), first.status.as_u16()), (403, 403));
    assert_eq!(elsewhere.text.replace(&"A".repeat(43), ""), first.text.replace(&handed.secret, ""));
    let now = told.stack.runtime.clock.now();
    for _ in 0..4 {
        let entry =
            told.stack.runtime.tokens.enter_own(&handed.secret, wrong, now).await.expect("a database");
        assert_eq!(entry, access::Entry::Out);
    }
    let entry = told.stack.runtime.tokens.enter_own(&handed.secret, &handed.code, now).await;
    assert_eq!(entry.expect("a database"), access::Entry::Out, "five wrong ones, then the right one");
    let used = told.stack.runtime.tokens.own_use(id(ACCESS)).await.expect("a database").expect("printed");
    assert!(used.ended_by_codes && used.entered == 0);
}

#[tokio::test]
async fn guesses_made_at_the_same_time_are_counted_one_by_one() {
    let told = Told::to_the_person().await;
    let handed = told.handed(ACCESS).await;
    let now = told.stack.runtime.clock.now();
    let guess = |number: u32| {
        let (tokens, secret) = (told.stack.runtime.tokens.clone(), handed.secret.clone());
        let code = format!("{:06}", (number + 1) * 1_000 % 1_000_000);
        async move { tokens.enter_own(&secret, &code, now).await }
    };
    futures::future::join_all((0..16).map(guess)).await;
    let used = told.stack.runtime.tokens.own_use(id(ACCESS)).await.expect("a database").expect("printed");
    assert!(used.ended_by_codes);
    let late = told.stack.runtime.tokens.enter_own(&handed.secret, &handed.code, now).await;
    assert_eq!(late.expect("a database"), access::Entry::Out);
}

#[tokio::test]
async fn a_sheet_is_printed_once_serves_three_devices_and_each_stays_half_an_hour() {
    let told = Told::to_the_person().await;
    let handed = told.handed(ACCESS).await;
    let own = OwnCase { case_id: id(CASE), access_id: id(ACCESS) };
    let (tokens, now) = (told.stack.runtime.tokens.clone(), told.stack.runtime.clock.now());
    assert!(tokens.hand_over(own, now, now + 1.hour()).await.expect("a database").is_none());
    let mut devices = Vec::new();
    for _ in 0..4 {
        devices.push(told.session(&handed).await);
        told.stack.later(1.second());
    }
    let mut seen = Vec::new();
    for device in &devices {
        seen.push(told.see(device, "/mon-suivi").await.status.as_u16());
    }
    assert_eq!(seen, [401, 200, 200, 200], "the one that came first left");
    told.stack.later(31.minutes());
    assert_eq!(told.see(&devices[3], "/mon-suivi").await.status, 401);
    assert_eq!(told.session(&handed).await.len(), devices[0].len(), "the sheet still serves");
}

#[tokio::test]
async fn the_person_takes_everything_away_and_a_professional_no_more_than_they_may_read() {
    let mut told = Told::to_the_person().await;
    let note = NoteWritten {
        author_post_id: id(CIP).to_string(),
        written_on: "2026-11-20".into(),
        text: NOTE.into(),
        ..Default::default()
    };
    told.story.by = Some(actor(Role::CIP, CIP, ACI));
    told.tell_of(801, events::Writing::from(note)).await;
    let given = AgreementGiven {
        agreement_id: id(700).to_string(),
        organisation_id: id(FT).to_string(),
        classes: vec![PersonalClass::IDENTITY.into()],
        purposes: vec![SharingPurpose::ACCOMPAGNEMENT.into()],
        given_on: "2026-11-20".into(),
        from_day: "2026-11-20".into(),
        until_day: "2027-11-19".into(),
        form: AgreementForm::ORAL_WITH_WITNESS.into(),
        witness: "Awa Témoignage".into(),
        ..Default::default()
    };
    told.tell(given.into()).await;
    let cookie = told.session(&told.handed(ACCESS).await).await;

    let own = told.see(&cookie, "/mon-suivi/tout.json").await;
    let name = own.headers[header::CONTENT_DISPOSITION].to_str().expect("text");
    assert_eq!(name, "attachment; filename=\"mon-suivi-2026-11-23.json\"", "a date, and no name");
    let json = own.json();
    assert_eq!(json["by_person"], json!(true));
    assert!(own.text.contains(NOTE), "a note about them is theirs to read");
    let kept = json["kept"].as_array().cloned().unwrap_or_default();
    assert!(kept.iter().any(|rule| rule["until"].is_string()), "how long it is kept, with a day: {kept:?}");
    assert!(!own.text.contains("Témoignage") && own.text.contains("(une autre personne)"), "{}", own.text);
    let closed = json["classes"].as_array().expect("classes").iter().map(|one| one["closed"].clone());
    assert!(closed.into_iter().all(|closed| closed == json!(0)), "nothing is closed to them");
    let page = told.see(&cookie, "/mon-suivi/tout").await;
    assert!(page.status == 200 && page.text.contains("France Travail Alès"), "{}", page.text);
    let file = told.see(&cookie, "/mon-suivi/tout?fichier=1").await;
    assert!(file.text.contains("<style>") && !file.text.contains("/statique/"), "it stands by itself");

    let export = format!("/api/v1/cases/{}/export", id(CASE));
    let referent = told.stack.token(&actor(Role::REFERENT_SOCIAL, REFERENT, CHRS)).await;
    let theirs = told.stack.get(&referent, &export).await;
    assert_eq!(theirs.status, 200, "{}", theirs.text);
    assert!(!theirs.text.contains(NOTE), "the note of another post stays closed to them");
    let notes = theirs.json()["classes"]
        .as_array()
        .expect("classes")
        .iter()
        .find(|one| one["class"] == "note")
        .cloned();
    assert_eq!(notes.expect("notes")["closed"], json!(1), "and is counted");
    for (other, status) in [
        (actor(Role::CIP, CIP, ACI), 403),
        (actor(Role::EMPLOYEUR_SIAE, 97, ACI), 403),
        (actor(Role::REFERENT_SOCIAL, 98, CSAPA), 404),
        (actor(Role::ADMINISTRATEUR, 96, CHRS), 403),
    ] {
        let token = told.stack.token(&other).await;
        let answer = told.stack.get(&token, &export).await;
        assert_eq!(answer.status.as_u16(), status, "{:?}: {}", other.role, answer.text);
    }
}

#[tokio::test]
async fn a_correction_that_is_asked_waits_in_the_follow_ups_until_it_is_answered() {
    let mut told = Told::to_the_person().await;
    let asked = RectificationRequested {
        rectification_id: id(910).to_string(),
        of_class: PersonalClass::SOCIAL.into(),
        requested_on: "2026-11-20".into(),
        by_person: true,
        text_social: WRONG.into(),
        ..Default::default()
    };
    told.tell(asked.into()).await;
    let referent = told.stack.token(&actor(Role::REFERENT_SOCIAL, REFERENT, CHRS)).await;
    let waits = |text: &str| text.contains("rectification_waits");
    let followups = told.stack.get(&referent, "/api/v1/me/followups").await;
    assert!(waits(&followups.text) && !followups.text.contains(WRONG), "{}", followups.text);
    let page = told.stack.visit(&referent, &format!("/dossiers/{}/corrections", id(CASE))).await;
    assert!(page.status == 200 && page.text.contains(WRONG), "{}", page.text);
    // Someone to whom that class is closed sees that there is a request, and no more.
    let cip = told.stack.token(&actor(Role::CIP, CIP, ACI)).await;
    let page = told.stack.visit(&cip, &format!("/dossiers/{}/corrections", id(CASE))).await;
    assert!(page.text.contains("Fermé pour vous.") && !page.text.contains(WRONG), "{}", page.text);
    let settled = RectificationSettled {
        rectification_id: id(910).to_string(),
        outcome: RectificationOutcome::NOT_RECTIFIED.into(),
        settled_on: "2026-11-21".into(),
        answer_social: "C’est ce que dit l’acte.".into(),
        ..Default::default()
    };
    told.tell(settled.into()).await;
    assert!(!waits(&told.stack.get(&referent, "/api/v1/me/followups").await.text));
    let cookie = told.session(&told.handed(ACCESS).await).await;
    let page = told.see(&cookie, "/mon-suivi/corriger").await;
    assert!(page.text.contains(WRONG) && page.text.contains("C’est ce que dit l’acte."), "{}", page.text);
}

#[tokio::test]
async fn the_agreements_page_tells_who_reads_what_and_forgets_nothing() {
    let mut told = Told::to_the_person().await;
    let given = |agreement: u128| AgreementGiven {
        agreement_id: id(agreement).to_string(),
        organisation_id: id(FT).to_string(),
        classes: vec![PersonalClass::IDENTITY.into(), PersonalClass::PROJECT.into()],
        purposes: vec![SharingPurpose::CANDIDATURE.into()],
        given_on: "2026-11-20".into(),
        from_day: "2026-11-20".into(),
        until_day: "2027-11-19".into(),
        form: AgreementForm::SIGNED_PAPER.into(),
        ..Default::default()
    };
    told.tell(given(701).into()).await;
    let referent = told.stack.token(&actor(Role::REFERENT_SOCIAL, REFERENT, CHRS)).await;
    let here = format!("/dossiers/{}/accords", id(CASE));
    let page = told.stack.visit(&referent, &here).await;
    assert_eq!(page.status, 200, "{}", page.text);
    for shown in [
        "France Travail Alès",
        "ouvert aujourd’hui",
        "Retirer cet accord",
        "19 novembre 2027",
        "Enregistrer cet accord",
    ] {
        assert!(page.text.contains(shown), "{shown}");
    }
    let sharing = format!("/api/v1/cases/{}/sharing", id(CASE));
    let reads = |json: serde_json::Value| {
        let readers = json["readers"].as_array().cloned().unwrap_or_default();
        let adviser = readers.into_iter().find(|one| one["organisation"]["id"] == json!(id(FT)));
        adviser.map(|one| one["classes"].clone())
    };
    let before = told.stack.get(&referent, &sharing).await.json();
    assert_eq!(reads(before), Some(json!(["identity", "project"])), "whatever it is told to read for");
    let paper = told.stack.visit(&referent, &format!("{here}/{}/imprimer", id(701))).await;
    for said in ["Je peux changer d’avis à tout moment.", "France Travail Alès", "Ma signature"] {
        assert!(paper.text.contains(said), "{said}");
    }
    let blank = told.stack.visit(&referent, &format!("{here}/vierge?organisation={}", id(ACI))).await;
    assert!(blank.status == 200 && blank.text.contains("La Ressourcerie"), "{}", blank.text);

    let gone = AgreementWithdrawn {
        agreement_id: id(701).to_string(),
        organisation_id: id(FT).to_string(),
        withdrawn_on: "2026-11-21".into(),
        ..Default::default()
    };
    told.tell(gone.into()).await;
    let page = told.stack.visit(&referent, &here).await;
    assert!(
        page.text.contains("retiré par la personne") && !page.text.contains("Retirer cet accord"),
        "kept in history"
    );
    assert_eq!(reads(told.stack.get(&referent, &sharing).await.json()), None);
    // Who may not give one is proposed nothing.
    let employer = told.stack.token(&actor(Role::EMPLOYEUR_SIAE, CIP, ACI)).await;
    let theirs = told.stack.visit(&employer, &here).await;
    assert!(theirs.status == 200 && !theirs.text.contains("Enregistrer cet accord"), "{}", theirs.text);
}
