//! What protecting people costs, on the real path: decisions about real cases, readings recorded, a person erased, and
//! how many people a curious reader opens before they are stopped. What sealing costs is measured with appends.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use access::{
    Actor, CaseView,
    readings::{self, Opened},
};
use case::reactions::keeping::Keeping;
use contracts::{Class, events};
use reqwest::StatusCode;
use serde_json::json;
use service::{Agenda as _, Runtime};
use uuid::Uuid;

use super::{
    AccessBench, Error,
    ground::{Ground, Professional},
    stack,
};
use crate::demo::actor_of;

/// Cases of the list: one page of it.
const LISTED: usize = 50;
/// How often one decision is asked for.
const DECISIONS: usize = 20_000;
/// How often each page is asked for.
const TIMES: usize = 400;
/// How long the clock may take to reach the present, before.
const CAUGHT_UP: Duration = Duration::from_secs(600);
/// How long an erasure may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// Measures.
pub async fn run(options: &AccessBench) -> Result<(), Error> {
    stack::during("access", false, async |http, runtime| measure(options, http, runtime).await).await
}

async fn measure(options: &AccessBench, http: &str, runtime: &Arc<Runtime>) -> Result<(), Error> {
    let told = Told { json: options.json };
    let people = People::new(http, runtime).await?;
    let mut cases = Vec::new();
    for number in 0..LISTED {
        cases.push(people.case(number).await?);
    }
    let actor = actor_of(runtime, people.referent.post).await?;
    let mut views = Vec::new();
    for case in &cases {
        let standing = runtime.case_standing(*case).await?;
        views.push(runtime.view(&actor, standing.as_ref(), runtime.clock.now()).await?);
    }
    decisions(&told, runtime, &actor, &views)?;
    let head = runtime.journal.head().await?;
    let path = format!("/api/v1/cases/{}", cases[0]);
    let waiting = format!("{path}?min_position={head}");
    people.ground.get(&people.referent.token, &waiting).await?.error_for_status()?;
    recording(&told, &people, runtime, &actor, &path, cases[0]).await?;
    erasure(&told, &people, runtime, cases[1]).await?;
    stopped(&told, &people, &cases).await
}

/// What the policies take: one decision, those of a case page, those of a list.
fn decisions(told: &Told, runtime: &Runtime, actor: &Actor, views: &[CaseView]) -> Result<(), Error> {
    let policies = &runtime.policies;
    let view = views.first().ok_or("aucun dossier")?;
    let one = times(DECISIONS, || policies.view(actor, view, Class::Social, None).is_ok())?;
    told.row("décision", &[("p50_us", micros(&one, 50)), ("p99_us", micros(&one, 99)), ("target_us", 30.0)]);
    let page = times(DECISIONS / 10, || {
        policies.decide(actor, "case.read", Some(view)).is_ok()
            && policies.view(actor, view, Class::Note, actor.post_id).is_ok()
            && !policies.classes(actor, view).is_empty()
    })?;
    told.row(
        "règles d’une page de dossier",
        &[("p50_us", micros(&page, 50)), ("p99_us", micros(&page, 99)), ("target_us", 1_000.0)],
    );
    let list = times(DECISIONS / 50, || {
        views.iter().all(|view| {
            policies.decide(actor, "case.read", Some(view)).is_ok()
                && policies.view(actor, view, Class::Identity, None).is_ok()
        })
    })?;
    told.row(
        "règles d’une liste de 50",
        &[("p50_us", micros(&list, 50)), ("p99_us", micros(&list, 99)), ("target_us", 10_000.0)],
    );
    Ok(())
}

/// What recording adds to a page: the reading, counted and durable before the page leaves. Whether its reader is
/// suspended is known with who they are.
async fn recording(
    told: &Told,
    people: &People,
    runtime: &Runtime,
    actor: &Actor,
    path: &str,
    case: Uuid,
) -> Result<(), Error> {
    let opened = Opened {
        classes: [Class::Identity, Class::Project, Class::Social].into(),
        cases: [case].into(),
        ..Opened::default()
    };
    let (mut pages, mut added) = (Vec::new(), Vec::new());
    for _ in 0..TIMES {
        let begun = Instant::now();
        people.ground.get(&people.referent.token, path).await?.error_for_status()?.bytes().await?;
        pages.push(begun.elapsed());
        let begun = Instant::now();
        let stopped =
            readings::record(&runtime.pool, actor, "case.read", &opened, runtime.clock.now()).await?;
        added.push(begun.elapsed());
        if let Some(why) = stopped {
            return Err(format!("la lecture a été arrêtée : {why:?}").into());
        }
    }
    told.row(
        "consigner une lecture, en plus d’une page",
        &[
            ("added_p50_ms", micros(&added, 50) / 1e3),
            ("added_p99_ms", micros(&added, 99) / 1e3),
            ("page_p50_ms", micros(&pages, 50) / 1e3),
            ("target_ms", 2.0),
        ],
    );
    Ok(())
}

/// From the second professional’s agreement to the receipt. The clock that carries it out reads the facts in their order:
/// those that were just appended are not counted.
async fn erasure(told: &Told, people: &People, runtime: &Runtime, case: Uuid) -> Result<(), Error> {
    let ground = &people.ground;
    let head = runtime.journal.head().await?;
    let end = tokio::time::Instant::now() + CAUGHT_UP;
    runtime
        .positions
        .wait(Keeping::NAME, head, end)
        .await
        .map_err(|_| "l’agenda de ce qui s’efface a du retard")?;
    let path = format!("/api/v1/cases/{case}/forgetting");
    ground.ask(&people.referent.token, &path, json!({"ground": "PERSON_ASKED", "everything": true})).await?;
    let facts = runtime.journal.stream(case, 1).await?;
    let request = facts.iter().find_map(|fact| match fact.trace() {
        Ok(events::Case::ForgettingRequested(asked)) => Some(asked.request_id),
        _ => None,
    });
    let request = request.ok_or("l’effacement n’est pas demandé")?;
    let begun = Instant::now();
    ground.ask(&people.cip.token, &format!("{path}/approve"), json!({"request_id": request})).await?;
    while begun.elapsed() < PATIENCE {
        let facts = runtime.journal.stream(case, 1).await?;
        let receipt = facts.iter().find_map(|fact| match fact.trace() {
            Ok(events::Case::PersonForgotten(receipt)) => Some(receipt),
            _ => None,
        });
        if let Some(receipt) = receipt {
            told.row("effacer une personne", &[("s", begun.elapsed().as_secs_f64()), ("target_s", 5.0)]);
            let reached = receipt.stores.iter().all(|store| store.reached);
            return reached.then_some(()).ok_or_else(|| "ce qui était à effacer ne l’est pas partout".into());
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    Err("l’effacement ne se termine pas".into())
}

/// How many people a curious reader opens before they are stopped.
async fn stopped(told: &Told, people: &People, cases: &[Uuid]) -> Result<(), Error> {
    for (count, case) in cases.iter().enumerate() {
        let answer = people.ground.get(&people.cip.token, &format!("/api/v1/cases/{case}")).await?;
        if answer.status() == StatusCode::TOO_MANY_REQUESTS {
            let people = f64::from(u32::try_from(count)?);
            told.row("personnes ouvertes avant l’arrêt", &[("people", people), ("target_people", 40.0)]);
            return Ok(());
        }
        answer.error_for_status()?;
    }
    Err("rien n’a arrêté la lecture en masse".into())
}

/// How long each took, in order.
fn times(count: usize, mut act: impl FnMut() -> bool) -> Result<Vec<Duration>, Error> {
    let mut all = Vec::with_capacity(count);
    for _ in 0..count {
        let begun = Instant::now();
        let allowed = act();
        all.push(begun.elapsed());
        if !allowed {
            return Err("une décision qui devait être oui ne l’est pas".into());
        }
    }
    Ok(all)
}

/// That percentile, in microseconds.
fn micros(all: &[Duration], percent: usize) -> f64 {
    let mut all = all.to_vec();
    all.sort_unstable();
    let place = (all.len().saturating_sub(1)) * percent / 100;
    all.get(place).map_or(0.0, Duration::as_secs_f64) * 1e6
}

/// How what was measured is told.
struct Told {
    json: bool,
}

impl Told {
    fn row(&self, what: &str, figures: &[(&str, f64)]) {
        if self.json {
            let figures: BTreeMap<&str, f64> = figures.iter().copied().collect();
            println!("{}", json!({"workload": "access", "what": what, "figures": figures}));
        } else {
            let figures: Vec<String> =
                figures.iter().map(|(name, figure)| format!("{name} {figure:.1}")).collect();
            println!("{what:<44}{}", figures.join("   "));
        }
    }
}

/// A structure, its référent social and its CIP.
struct People {
    ground: Ground,
    referent: Professional,
    cip: Professional,
}

impl People {
    async fn new(http: &str, runtime: &Runtime) -> Result<Self, Error> {
        let ground = Ground::new(http, runtime).await?;
        let referent = ground.professional(runtime, "REFERENT_SOCIAL").await?;
        let cip = ground.professional(runtime, "CIP").await?;
        Ok(Self { ground, referent, cip })
    }

    /// A person with a name, both professionals around.
    async fn case(&self, number: usize) -> Result<Uuid, Error> {
        let case = self.ground.case(&self.referent.token, number, None).await?;
        let joins =
            json!({"post_id": self.cip.post, "organisation_id": self.ground.structure, "role": "CIP"});
        self.ground.ask(&self.referent.token, &format!("/api/v1/cases/{case}/circle"), joins).await?;
        Ok(case)
    }
}
