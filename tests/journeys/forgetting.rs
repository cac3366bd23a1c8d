//! A person asks to be forgotten, two professionals agree, and it is done everywhere by itself; what comes to the
//! end of its time is proposed, agreed to, and erased.

use std::time::{Duration, Instant};

use futures::StreamExt as _;
use serde_json::{Value, json};
use testkit::stack::{Answer, Stack, until};
use tests::World;
use tokio_postgres::NoTls;
use uuid::Uuid;

/// The structure of a person, with a référent social and a CIP in the circle.
pub(super) struct Structure {
    pub(super) stack: Stack,
    pub(super) world: World,
    pub(super) referent: String,
    referent_post: Uuid,
}

impl Structure {
    pub(super) async fn start(name: &str) -> Self {
        let stack = Stack::durable(name).await;
        let world = World::build(&stack).await;
        let body =
            json!({"organisation_id": world.structure, "role": "REFERENT_SOCIAL", "title": "Référente"});
        let referent_post = world.api.must(&world.administrator, "/api/v1/posts", body).await.id();
        let fill = json!({"professional_name": "Inès Aubanel"});
        world.api.must(&world.administrator, &format!("/api/v1/posts/{referent_post}/fill"), fill).await;
        let referent = stack.token("REFERENT_SOCIAL", Some(referent_post), Some(world.structure)).await;
        Self { stack, world, referent, referent_post }
    }

    /// A person with a name, a candidature, and both professionals around.
    pub(super) async fn person(&self, family_name: &str) -> Uuid {
        let case = self.world.open_case(family_name, "Thibaut", "1998-07-19").await;
        let joins = json!({"post_id": self.referent_post, "organisation_id": self.world.structure, "role": "REFERENT_SOCIAL"});
        self.world.must(&format!("/api/v1/cases/{case}/circle"), joins).await;
        self.world.send_candidature(case, self.world.aci[0]).await;
        let words = json!({"wish": {"words": format!("{family_name} voudrait travailler au jardin")}});
        let wish = self.ask(&self.world.cip, &format!("/api/v1/cases/{case}/wishes"), words).await;
        assert!((200..300).contains(&wish.status), "{}", wish.text);
        case
    }

    pub(super) async fn ask(&self, token: &str, path: &str, body: Value) -> Answer {
        let request = self.world.api.request("POST", path).bearer_auth(token);
        let request = request.header("idempotency-key", Uuid::now_v7().to_string()).json(&body);
        self.world.api.send(request).await
    }

    /// The référente asks that everything be erased; returns the request.
    pub(super) async fn request(&self, case: Uuid) -> Uuid {
        let path = format!("/api/v1/cases/{case}/forgetting");
        let asked = self
            .world
            .api
            .must(&self.referent, &path, json!({"ground": "PERSON_ASKED", "everything": true}))
            .await;
        self.fact(case, "ForgettingRequested", asked.position()).await["fact"]["request_id"]
            .as_str()
            .expect("an id")
            .parse()
            .expect("an id")
    }

    pub(super) async fn approve(&self, case: Uuid, request: Uuid) -> Answer {
        let path = format!("/api/v1/cases/{case}/forgetting/approve");
        self.world.must(&path, json!({"request_id": request})).await
    }

    pub(super) async fn facts(&self, case: Uuid) -> Vec<Value> {
        let (_, said) = self.stack.jalon(&["replay", &case.to_string(), "--json"]).await;
        let replayed: Value = serde_json::from_str(&said).unwrap_or_else(|error| panic!("{error}: {said}"));
        replayed["facts"].as_array().expect("facts").clone()
    }

    async fn fact(&self, case: Uuid, kind: &str, position: i64) -> Value {
        let facts = self.facts(case).await;
        let found = facts.into_iter().find(|fact| fact["kind"] == kind && fact["position"] == position);
        found.unwrap_or_else(|| panic!("no {kind} at {position}"))
    }

    pub(super) async fn last(&self, case: Uuid, kind: &str) -> Option<Value> {
        self.facts(case).await.into_iter().rev().find(|fact| fact["kind"] == kind)
    }

    pub(super) async fn until_told(&self, case: Uuid, kind: &str) {
        let word = format!("\"{kind}\"");
        until(&format!("{kind} is told"), async || {
            let path = format!("/api/v1/cases/{case}/timeline?limit=200");
            self.world.api.get(&self.world.cip, &path).await.text.contains(&word)
        })
        .await;
    }

    async fn sql(&self, database: &str) -> tokio_postgres::Client {
        let url = self.stack.postgres.url(database);
        let (client, connection) = tokio_postgres::connect(&url, NoTls).await.expect("Postgres");
        tokio::spawn(connection);
        client
    }

    async fn indicators(&self) -> Value {
        let path = format!("/api/v1/platforms/{}/indicators", self.world.platform);
        let answer = self.world.api.get(&self.world.animator, &path).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.body["indicators"].clone()
    }
}

/// Every message of the bus, as one text.
async fn bus(stack: &Stack) -> Vec<Vec<u8>> {
    let client = async_nats::connect(stack.nats.url()).await.expect("NATS");
    let stream = async_nats::jetstream::new(client).get_stream("JOURNAL").await.expect("the stream");
    let config = async_nats::jetstream::consumer::pull::OrderedConfig::default();
    let mut messages =
        stream.create_consumer(config).await.expect("a consumer").messages().await.expect("messages");
    let mut all = Vec::new();
    while let Ok(Some(Ok(message))) = tokio::time::timeout(Duration::from_millis(500), messages.next()).await
    {
        all.push(message.payload.to_vec());
    }
    all
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

/// The receipt: store by store, and until when backups speak.
async fn every_store_was_reached(place: &Structure, case: Uuid, request: Uuid) {
    let receipt = place.last(case, "PersonForgotten").await.expect("a receipt")["fact"].clone();
    assert_eq!(receipt["request_id"], request.to_string());
    let stores = receipt["stores"].as_array().expect("stores");
    assert!(stores.iter().all(|store| store["reached"] == true), "{receipt}");
    assert!(
        stores.iter().any(|store| store["store"] == "keys" && store["removed"].as_u64() > Some(0)),
        "{receipt}"
    );
    assert!(
        receipt["incomplete"].as_bool() != Some(true) && receipt["backups_mute_on"].is_string(),
        "{receipt}"
    );
    let keys = place.sql("jalon_keys").await;
    let left = "select count(*) from keys.subject_key where subject = $1 and state = 'living'";
    let left: i64 = keys.query_one(left, &[&case]).await.expect("keys").get(0);
    assert_eq!(left, 0);
    let found: i64 = keys
        .query_one("select count(*) from keys.blind_index where subject = $1", &[&case])
        .await
        .expect("the index")
        .get(0);
    assert_eq!(found, 0, "found no more by name");
}

/// e70: nothing personal is written to who was forgotten; e71: erasing twice says it once.
async fn nothing_more_is_written(place: &Structure, case: Uuid) {
    let identity = json!({"identity": {"family_name": "Pradeilles", "given_name": "Thibaut"}});
    let refused = place.ask(&place.world.cip, &format!("/api/v1/cases/{case}/identity"), identity).await;
    assert!(refused.status == 410 || refused.status == 422, "{} {}", refused.status, refused.text);
    let wish = json!({"wish": {"words": "un jardin"}});
    let refused = place.ask(&place.world.cip, &format!("/api/v1/cases/{case}/wishes"), wish).await;
    assert_eq!(refused.status, 410, "{}", refused.text);
    let (again, said) = place.stack.jalon(&["forget", &case.to_string(), "--yes", "--json"]).await;
    assert!(again, "{said}");
    let told = place.facts(case).await.iter().filter(|fact| fact["kind"] == "PersonForgotten").count();
    assert_eq!(told, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_two_agreed_to_is_erased_everywhere_and_the_figures_stay() {
    let place = Structure::start("forgotten").await;
    let mut cases = Vec::new();
    for name in ["Pradeilles", "Ferrand", "Lozach", "Maurin", "Rieux", "Teulon"] {
        cases.push(place.person(name).await);
    }
    let case = cases[0];
    until("the figures are there", async || place.indicators().await.to_string().contains('6')).await;
    let before = place.indicators().await;
    let page = format!("/dossiers/{case}/effacement");
    let request = place.request(case).await;

    // Neither who asked, nor someone of elsewhere.
    let approve = format!("/api/v1/cases/{case}/forgetting/approve");
    let own = place.ask(&place.referent, &approve, json!({"request_id": request})).await;
    assert!(own.status == 422 && own.text.contains("oubli.deux-voix"), "{}", own.text);
    let stranger = place.ask(&place.world.stranger, &approve, json!({"request_id": request})).await;
    assert_eq!(stranger.status, 404, "{}", stranger.text);

    let started = Instant::now();
    let approved = place.approve(case, request).await;
    place.until_told(case, "PersonForgotten").await;
    let took = started.elapsed();
    println!("erased everywhere {} ms after it was approved", took.as_millis());
    let path = format!("/api/v1/cases/{case}?min_position={}", approved.position());
    let status = place.world.api.get(&place.world.cip, &path).await;
    assert!(!status.text.contains("Pradeilles") && !status.text.contains("1998-07-19"), "{}", status.text);

    every_store_was_reached(&place, case, request).await;

    // Figures are made of traces.
    assert_eq!(place.indicators().await, before);
    let other = place.world.api.get(&place.world.cip, &format!("/api/v1/cases/{}", cases[1])).await;
    assert!(other.text.contains("Ferrand"));
    nothing_more_is_written(&place, case).await;

    // The bus holds what it held, which says nothing: the parts are sealed under keys that are no more.
    let messages = bus(&place.stack).await;
    assert!(messages.len() > 40, "{}", messages.len());
    assert!(!messages.iter().any(|message| holds(message, "Pradeilles") || holds(message, "Ferrand")));
    // What the auditor replays, the page, and read models made again from nothing hold no more of it.
    for model in ["live_status", "timeline", "identities", "keeping_agenda"] {
        let (rebuilt, said) = place.stack.jalon(&["rebuild", model]).await;
        assert!(rebuilt || said.contains("n’est pas un modèle de lecture"), "{said}");
    }
    let replayed = serde_json::to_string(&place.facts(case).await).expect("JSON");
    assert!(!replayed.contains("Pradeilles"), "{replayed}");
    let read =
        place.world.api.get(&place.world.cip, &format!("/api/v1/cases/{case}/timeline?limit=200")).await;
    assert!(!read.text.contains("Pradeilles"), "{}", read.text);
    let page = place.world.api.get(&place.referent, &page).await;
    assert!(page.status == 200 && page.text.contains("Fait partout"), "{} {}", page.status, page.text);
    assert!(!page.text.contains("Pradeilles"));
    let (intact, said) = place.stack.jalon(&["journal", "check"]).await;
    assert!(intact, "{said}");

    // e77: who comes back has a new case, by an explicit act.
    let back = place.world.open_case("Pradeilles", "Thibaut", "1998-07-19").await;
    assert_ne!(back, case);
    until("the new case is there", async || {
        let path = format!("/api/v1/cases/{back}");
        place.world.api.get(&place.world.cip, &path).await.text.contains("Pradeilles")
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn e79_a_store_out_of_reach_makes_the_receipt_incomplete_until_it_is_purged() {
    let place = Structure::start("incomplete").await;
    let case = place.person("Maurin").await;
    let database = place.sql("jalon").await;
    let away = "alter table immersion.person_index rename to person_index_away";
    database.batch_execute(away).await.expect("it goes away");
    let request = place.request(case).await;
    place.approve(case, request).await;
    place.until_told(case, "PersonForgotten").await;
    let receipt = place.last(case, "PersonForgotten").await.expect("a receipt")["fact"].clone();
    assert_eq!(receipt["incomplete"], true, "{receipt}");
    let page = place.world.api.get(&place.referent, &format!("/dossiers/{case}/effacement")).await;
    assert!(page.text.contains("n’a pas pu être atteint"), "{}", page.text);
    let metrics = place.stack.log();
    assert!(metrics.contains("could not be purged"), "the log alarms");
    // Another person is forgotten meanwhile all the same.
    let other = place.person("Rieux").await;
    let second = place.request(other).await;
    place.approve(other, second).await;
    place.until_told(other, "PersonForgotten").await;

    let back = "alter table immersion.person_index_away rename to person_index";
    database.batch_execute(back).await.expect("it comes back");
    place.until_told(case, "ForgettingCompleted").await;
    let done = place.last(case, "ForgettingCompleted").await.expect("a receipt")["fact"].clone();
    assert_eq!(done["stores"][0]["store"], "immersion", "{done}");
    assert_eq!(done["stores"][0]["reached"], true, "{done}");
}

#[tokio::test(flavor = "multi_thread")]
async fn e73_killed_in_the_middle_while_read_models_are_made_again_it_is_ended_by_itself() {
    let mut place = Structure::start("killed").await;
    let mut cases = Vec::new();
    for name in ["Pradeilles", "Ferrand", "Lozach", "Maurin"] {
        let case = place.person(name).await;
        let request = place.request(case).await;
        cases.push((case, request));
    }
    for (case, request) in &cases {
        place.approve(*case, *request).await;
    }
    place.stack.kill_and_serve().await;
    place.stack.ready().await;
    let (rebuilt, said) = place.stack.jalon(&["rebuild", "live_status"]).await;
    assert!(rebuilt, "{said}");
    place.stack.kill_and_serve().await;
    place.stack.ready().await;
    for ((case, _), name) in cases.iter().zip(["Pradeilles", "Ferrand", "Lozach", "Maurin"]) {
        place.until_told(*case, "PersonForgotten").await;
        let told = place.facts(*case).await;
        let told = told.iter().filter(|fact| fact["kind"] == "PersonForgotten").count();
        assert_eq!(told, 1, "said once");
        let status = place.world.api.get(&place.world.cip, &format!("/api/v1/cases/{case}")).await;
        assert!(status.status == 200 && !status.text.contains(name), "{}", status.text);
    }
}
