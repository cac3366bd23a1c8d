//! From inside a circle: a colleague from elsewhere who would take the case over, read by an agreement of their own
//! making, bring in their own, come in as the person; an animator who would become a référent social; an employer who
//! would write of health.

use reqwest::Method;
use serde_json::{Value, json};
use testkit::stack::{Stack, until};
use tests::World;
use uuid::Uuid;

use crate::ground::{Ground, Holder, Reply};

/// Words that an employer or a colleague from elsewhere would write of somebody’s health.
const HEALTH: &str = "suivi-du-mercredi-matin";
/// What the person chooses.
pub const OWN_CODE: &str = "270419";

/// A case with a référent social, a CIP of the structure, and an adviser of France Travail.
pub struct Circle {
    pub stack: Stack,
    pub world: World,
    pub ground: Ground,
    pub case: Uuid,
    pub referent: String,
    pub referent_post: Uuid,
    pub adviser: String,
    adviser_post: Uuid,
}

impl Circle {
    pub async fn start(name: &str) -> Self {
        let stack = Stack::start(name).await;
        let world = World::build(&stack).await;
        let ground = Ground::of_stack(&stack).await;
        let case = world.open_case("Vautrin", "Ana", "1990-01-15").await;
        let (referent_post, adviser_post) = (
            post(&world, world.structure, "REFERENT_SOCIAL", "Inès Aubanel").await,
            post(&world, world.france_travail, "CONSEILLER", "Hugo Lambert").await,
        );
        for (post, organisation, role) in [
            (referent_post, world.structure, "REFERENT_SOCIAL"),
            (adviser_post, world.france_travail, "CONSEILLER"),
        ] {
            let body = json!({"post_id": post, "organisation_id": organisation, "role": role});
            world.must(&format!("/api/v1/cases/{case}/circle"), body).await;
        }
        let referent = stack.token("REFERENT_SOCIAL", Some(referent_post), Some(world.structure)).await;
        let adviser = stack.token("CONSEILLER", Some(adviser_post), Some(world.france_travail)).await;
        Self { stack, world, ground, case, referent, referent_post, adviser, adviser_post }
    }

    pub async fn ask(&self, token: &str, end: &str, body: Value) -> Reply {
        self.ground.post(token, &format!("/api/v1/cases/{}{end}", self.case), &body).await
    }

    /// Refused by that policy, as the log says; nothing was written.
    pub async fn forbids(&self, token: &str, end: &str, body: Value, policy: &str) {
        let before = self.version().await;
        let reply = self.ask(token, end, body).await;
        assert_eq!(reply.status, 403, "{end}: {}", reply.text);
        assert!(self.ground.log().contains(policy), "{policy} is in the log");
        assert_eq!(self.version().await, before, "{end}");
    }

    /// How many facts the case has.
    async fn version(&self) -> i32 {
        let version = "select version from journal.streams where id = $1";
        self.ground.database.query_one(version, &[&self.case]).await.expect("the case").get(0)
    }

    /// Refused by that rule.
    pub async fn refuses(&self, token: &str, end: &str, body: Value, rule: &str) {
        let reply = self.ask(token, end, body).await;
        assert_eq!((reply.status, reply.json()["rule"].as_str()), (422, Some(rule)), "{end}: {}", reply.text);
    }

    /// What is told to that post at once.
    async fn noticed(&self, token: &str, kind: &str) {
        until(&format!("{kind} is told"), async || {
            let notices = self.ground.get(token, "/api/v1/me/notices").await.json();
            notices["items"].as_array().is_some_and(|items| items.iter().any(|one| one["kind"] == kind))
        })
        .await;
    }
}

async fn post(world: &World, organisation: Uuid, role: &str, holder: &str) -> Uuid {
    let body = json!({"organisation_id": organisation, "role": role, "title": role});
    let post = world.api.must(&world.administrator, "/api/v1/posts", body).await.id();
    let fill = json!({"professional_name": holder});
    world.api.must(&world.administrator, &format!("/api/v1/posts/{post}/fill"), fill).await;
    post
}

/// A hundred days from now.
fn later() -> String {
    let today = vocabulary::clock::day_in_paris(vocabulary::Clock::now(&vocabulary::SystemClock));
    today.saturating_add(jiff::Span::new().days(100)).to_string()
}

fn agreement(organisation: Uuid) -> Value {
    json!({"organisation_id": organisation, "classes": ["SOCIAL"], "purposes": ["ACCOMPAGNEMENT"],
           "until_day": later(), "form": "ORAL_WITH_WITNESS", "witness": "Moi-même"})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_of_the_circle_takes_nothing_over() {
    let circle = Circle::start("attacks-takeover").await;
    let (world, adviser) = (&circle.world, &circle.adviser);
    let transfer = |to: Uuid| json!({"structure_id": to});
    circle.forbids(adviser, "/transfer", transfer(world.france_travail), "guard.transfer").await;
    circle.forbids(adviser, "/pause", json!({}), "guard.host-keeps").await;
    circle.forbids(adviser, "/close", json!({"reason": "MOVED"}), "guard.host-keeps").await;
    circle.forbids(adviser, "/own-access", json!({}), "guard.own-access").await;
    let out = json!({"post_id": circle.referent_post});
    circle.forbids(adviser, "/circle/departures", out, "guard.circle").await;
    // Nor by bringing in colleagues, nor by an agreement that only they heard.
    let colleague = post(world, world.france_travail, "CONSEILLER", "Zoé Marchal").await;
    let joins = json!({"post_id": colleague, "organisation_id": world.france_travail, "role": "CONSEILLER"});
    circle.refuses(adviser, "/circle", joins.clone(), "cercle.entree").await;
    circle.refuses(adviser, "/agreements", agreement(world.france_travail), "accord.pour-soi").await;
    // A CIP of the structure is no référent.
    circle.forbids(&world.cip, "/transfer", transfer(world.france_travail), "guard.transfer").await;
    circle.forbids(&world.cip, "/own-access", json!({}), "guard.own-access").await;
    // Who is brought in holds the post that is said.
    let vacant = json!({"organisation_id": world.france_travail, "role": "CONSEILLER", "title": "Vacant"});
    let vacant = world.api.must(&world.administrator, "/api/v1/posts", vacant).await.id();
    for (what, wrong) in [
        (
            "nobody's",
            json!({"post_id": vacant, "organisation_id": world.france_travail, "role": "CONSEILLER"}),
        ),
        (
            "no post",
            json!({"post_id": Uuid::now_v7(), "organisation_id": world.france_travail, "role": "CONSEILLER"}),
        ),
        (
            "of another",
            json!({"post_id": colleague, "organisation_id": world.structure, "role": "CONSEILLER"}),
        ),
        (
            "another role",
            json!({"post_id": colleague, "organisation_id": world.france_travail, "role": "REFERENT_SOCIAL"}),
        ),
    ] {
        assert!(!what.is_empty());
        circle.refuses(&world.cip, "/circle", wrong, "cercle.poste").await;
    }
    // What the structure does, it does; and its référent hears of what others open.
    assert_eq!(circle.ask(&world.cip, "/circle", joins).await.status, 200);
    circle.noticed(&circle.referent, "CIRCLE_JOINED").await;
    assert_eq!(circle.ask(&world.cip, "/agreements", agreement(world.france_travail)).await.status, 200);
    circle.noticed(&circle.referent, "AGREEMENT_GIVEN").await;
    // A case goes where people are hosted, and is shared where that structure is.
    let referent = &circle.referent;
    circle.refuses(referent, "/transfer", transfer(world.france_travail), "dossier.accueil").await;
    let elsewhere =
        circle.ground.get(&world.stranger, "/api/v1/me").await.json()["organisation"]["id"].clone();
    let shared = json!({"structure_id": elsewhere, "platform_id": world.platform});
    circle.refuses(referent, "/transfer", shared, "dossier.plateforme").await;
    let moved = circle.ask(referent, "/transfer", json!({"structure_id": elsewhere})).await;
    assert_eq!(moved.status, 200, "{}", moved.text);
    circle.forbids(referent, "/close", json!({"reason": "MOVED"}), "guard.host-keeps").await;
    circle.forbids(referent, "/transfer", transfer(world.structure), "guard.transfer").await;
    // One leaves by oneself.
    let leaves = json!({"post_id": circle.adviser_post});
    assert_eq!(circle.ask(adviser, "/circle/departures", leaves).await.status, 200);
    circle.ground.kept_quiet(&["Vautrin", "Aubanel"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sheet_of_the_person_is_no_key_for_professionals() {
    let circle = Circle::start("attacks-sheet").await;
    let (ground, case) = (&circle.ground, circle.case);
    // Signed in without a second factor, the référent is asked for one.
    let weak =
        circle.stack.token("REFERENT_SOCIAL", Some(circle.referent_post), Some(circle.world.structure)).await;
    let forget =
        "update access.token set second_factor = false where digest = sha256(convert_to($1, 'UTF8'))";
    assert_eq!(ground.database.execute(forget, &[&weak]).await.expect("an update"), 1);
    let refused = circle.ask(&weak, "/own-access", json!({})).await;
    assert_eq!((refused.status, refused.problem().as_str()), (403, "second-facteur"), "{}", refused.text);
    let opened = circle.ask(&circle.referent, "/own-access", json!({})).await;
    assert_eq!(opened.status, 200, "{}", opened.text);
    let (address, code) = sheet(&circle).await;
    let enter =
        async |code: &str| form(ground, "/mon-suivi/entrer", &[("secret", &address), ("code", code)]).await;
    let choose = async |own: &str| {
        let fields = [("secret", address.as_str()), ("code", code.as_str()), ("nouveau", own)];
        form(ground, "/mon-suivi/code", &fields).await
    };
    let first = enter(&code).await;
    assert!(first.status == 200 && first.text.contains("Mon code à moi"), "{}", first.text);
    assert_eq!(first.header("set-cookie"), None, "the code of the sheet opens nothing by itself");
    assert!(!first.text.contains("Vautrin") && !first.text.contains("Ana"));
    for easy in ["000000", "123456", "12345", code.as_str()] {
        assert_eq!(choose(easy).await.status, 422, "{easy}");
    }
    let entered = choose(OWN_CODE).await;
    assert_eq!(entered.status, 303, "{}", entered.text);
    let cookie = entered.header("set-cookie").expect("a session");
    let cookie = cookie.split(';').next().expect("a cookie").to_owned();
    // It served once: whoever printed it does not come in any more, nor chooses again.
    assert_eq!(enter(&code).await.status, 403);
    assert_eq!(choose("582914").await.status, 403);
    assert_eq!(enter(OWN_CODE).await.status, 303);
    let see =
        async || ground.send(ground.request(&Method::GET, "/mon-suivi").header("cookie", &cookie)).await;
    see().await;
    let page = see().await;
    assert!(page.status == 200 && page.text.contains("Mes visites"), "{}", page.text);
    let visits = page.text.split("Mes visites").nth(1).expect("visits").replace(['\u{a0}', '\u{202f}'], " ");
    assert!(visits.contains(" h "), "with their hour: {visits}");
    // The circle's référent hears of the first entry, and the timeline keeps it.
    circle.noticed(&circle.referent, "OWN_ACCESS_ENTERED").await;
    let timeline = format!("/api/v1/cases/{case}/timeline?limit=100");
    until("the timeline tells it", async || {
        ground.get(&circle.world.cip, &timeline).await.text.contains("Première entrée de la personne")
    })
    .await;
    ground.kept_quiet(&["Vautrin", OWN_CODE, &address]);
}

/// The address and the code of the sheet, as it is printed.
pub async fn sheet(circle: &Circle) -> (String, String) {
    let path = format!("/dossiers/{}/suivi-personnel", circle.case);
    until("the sheet may be printed", async || {
        circle.ground.get(&circle.referent, &path).await.text.contains("Imprimer la feuille")
    })
    .await;
    let printed = circle.ground.post(&circle.referent, &format!("{path}/remettre"), &Value::Null).await;
    assert_eq!(printed.status, 200, "{}", printed.text);
    let page = printed.text;
    let between = |from: &str, to: &str| page.split(from).nth(1)?.split(to).next().map(str::to_owned);
    let secret = between("/mon-suivi/", "<").expect("an address");
    let code = between("class=\"code-dit\">", "<").expect("a code");
    (secret.trim().to_owned(), code.chars().filter(char::is_ascii_digit).collect())
}

pub async fn form(ground: &Ground, path: &str, fields: &[(&str, &str)]) -> Reply {
    let body: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let request = ground.request(&Method::POST, path).body(body.join("&"));
    ground.send(request.header("content-type", "application/x-www-form-urlencoded")).await
}

#[tokio::test(flavor = "multi_thread")]
async fn health_is_written_by_who_hosts_the_person_and_by_no_employer() {
    let circle = Circle::start("attacks-writes").await;
    let (world, ground, case) = (&circle.world, &circle.ground, circle.case);
    let prescription = world.send_candidature(case, world.aci[0]).await;
    let job = json!({"contract": "CDDI", "weekly_minutes": 1560, "employer_id": world.aci[0], "came_from_id": prescription});
    let job = world.must(&format!("/api/v1/cases/{case}/employments"), job).await.id();
    let difficulty = format!("/api/v1/employments/{job}/difficulties");
    let health = json!({"health": HEALTH});
    let refused = ground.post(&world.employer, &difficulty, &health).await;
    assert_eq!(refused.status, 403, "{}", refused.text);
    assert!(refused.text.contains("santé") && !refused.text.contains(HEALTH), "{}", refused.text);
    assert_eq!(ground.post(&circle.adviser, &difficulty, &health).await.status, 403);
    for (who, text) in [(&world.employer, "Les horaires du soir."), (&circle.adviser, "Le trajet du soir.")] {
        let work = ground.post(who, &difficulty, &json!({"project": text})).await;
        assert_eq!(work.status, 200, "{}", work.text);
    }
    assert_eq!(ground.post(&circle.referent, &difficulty, &health).await.status, 200);
    let diagnostic =
        world.must(&format!("/api/v1/cases/{case}/diagnostics"), json!({"frame": "STRUCTURE"})).await.id();
    let obstacles = format!("/api/v1/diagnostics/{diagnostic}/obstacles");
    for (dimension, status) in [("SANTE", 403), ("ADDICTION", 403), ("JUDICIAIRE", 403), ("MOBILITE", 200)] {
        let named = ground
            .post(&circle.adviser, &obstacles, &json!({"dimension": dimension, "text": "Le lundi."}))
            .await;
        assert_eq!(named.status, status, "{dimension}: {}", named.text);
        let named =
            ground.post(&world.cip, &obstacles, &json!({"dimension": dimension, "text": "Le mardi."})).await;
        assert_eq!(named.status, 200, "{dimension}: {}", named.text);
    }
    // By an agreement of the person, whoever may read what is judicial may write it; here nobody may.
    assert!(ground.log().contains("guard.states-health-or-justice"));
    ground.kept_quiet(&[HEALTH, "Vautrin"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_animator_becomes_no_referent_and_no_organisation_another() {
    let stack = Stack::start("attacks-animator").await;
    let world = World::build(&stack).await;
    let ground = Ground::of_stack(&stack).await;
    // Somebody by their own name, as they sign in.
    let holder = Holder { role: "ANIMATEUR_PLATEFORME", post: None, organisation: Some(world.structure) };
    let (animator, administrator) = (&ground.token(holder, 600.0).await, &world.administrator);
    let me = ground.get(animator, "/api/v1/me").await.json();
    let rule = async |token: &str, path: &str, body: Value| {
        let reply = ground.post(token, path, &body).await;
        (reply.status, reply.json()["rule"].as_str().unwrap_or_default().to_owned())
    };
    let refused = |rule: &str| (422, rule.to_owned());
    for role in ["REFERENT_SOCIAL", "CIP", "REFERENT_EMPLOI", "CONSEILLER"] {
        let body = json!({"organisation_id": world.structure, "role": role, "title": "Le mien"});
        assert_eq!(rule(animator, "/api/v1/posts", body.clone()).await, refused("poste.secret"), "{role}");
        let post = world.api.must(administrator, "/api/v1/posts", body).await.id();
        let other = json!({"professional_name": "Quelqu’un d’autre"});
        let path = format!("/api/v1/posts/{post}/fill");
        assert_eq!(rule(animator, &path, other).await, refused("poste.secret"), "{role}");
    }
    let own = json!({"organisation_id": world.structure, "role": "ANIMATEUR_PLATEFORME", "title": "Le mien"});
    let post = world.api.must(animator, "/api/v1/posts", own).await.id();
    let own = json!({"professional_name": "Maëlle Quéré", "professional_id": me["professional_id"]});
    assert!(me["professional_id"].is_string(), "who they are: {me}");
    assert_eq!(rule(animator, &format!("/api/v1/posts/{post}/fill"), own).await, refused("poste.soi-meme"));
    let chrs = json!({"name": "CHRS de personne", "kind": "CHRS"});
    assert_eq!(rule(animator, "/api/v1/organisations", chrs).await, refused("organisation.accueil"));
    let platform = json!({"name": "À moi", "territory": "Partout", "lead_organisation_id": world.structure});
    let denied = ground.post(animator, "/api/v1/platforms", &platform).await;
    assert_eq!(denied.status, 403, "{}", denied.text);
    // Whoever would come in by the SIRET of another.
    let siret = "73282932000074";
    let update = format!("/api/v1/organisations/{}/update", world.structure);
    assert_eq!(
        rule(animator, &update, json!({"siret": siret})).await,
        refused("organisation.siret-administrateur")
    );
    world.api.must(administrator, &update, json!({"siret": siret})).await;
    let twin = json!({"name": "Le même", "kind": "ENTREPRISE", "siret": siret});
    until("the SIRET is known to be taken", async || {
        rule(animator, "/api/v1/organisations", twin.clone()).await == refused("organisation.siret-unique")
    })
    .await;
    let other = format!("/api/v1/organisations/{}/update", world.france_travail);
    assert_eq!(
        rule(administrator, &other, json!({"siret": siret})).await,
        refused("organisation.siret-unique")
    );
    ground.kept_quiet(&[siret]);
}
