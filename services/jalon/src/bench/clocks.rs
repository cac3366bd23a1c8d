//! Two years of clocks over many cases: reminders, silences, immersions that begin and end, agreements
//! that expire. Time is the demonstration's: it jumps from one due instant to the next, and each time what
//! is due is done before it goes on.

use std::time::Instant;

use access::Actor;
use contracts::common::v1::Role;
use futures::{StreamExt as _, TryStreamExt as _};
use jiff::{
    Timestamp, ToSpan as _,
    civil::{Date, date},
};
use reqwest::Client;
use serde_json::{Value, json};
use service::Runtime;
use uuid::Uuid;
use vocabulary::{clock::start_of_day, dates::days_after};

use super::{ClocksBench, Error, stack};
use crate::demo::{Time, actor_of, issue};

/// The day on which every case begins.
const FIRST_DAY: Date = date(2024, 1, 8);
/// How many days are played: two years, with a 29 February.
const DAYS: i32 = 731;
/// How many cases are written at once.
const AT_ONCE: usize = 16;

/// Measures.
pub async fn run(options: &ClocksBench) -> Result<(), Error> {
    stack::during("clocks", false, async |http, runtime| measure(options, http, runtime).await).await
}

async fn measure(options: &ClocksBench, http: &str, runtime: &Runtime) -> Result<(), Error> {
    let time = Time::of(runtime);
    let begin = start_of_day(FIRST_DAY);
    time.reach(begin).await?;
    let ground = Ground::new(http, runtime).await?;
    let filling = Instant::now();
    futures::stream::iter(0..options.cases)
        .map(|number| ground.fill(number))
        .buffer_unordered(AT_ONCE)
        .try_for_each(|()| std::future::ready(Ok(())))
        .await?;
    let filled = filling.elapsed().as_secs_f64();
    let before = head(runtime).await?;
    let playing = Instant::now();
    let end = start_of_day(days_after(FIRST_DAY, DAYS));
    let (mut now, mut moves) = (begin, 0);
    time.settle(now, before).await?;
    while let Some(next) = time.next_due(now).await?.filter(|next| *next <= end) {
        now = next;
        time.reach(now).await?;
        time.settle(now, before).await?;
        // The facts that were just stated call for others: they are read before the next due is looked for.
        time.settle(now, head(runtime).await?).await?;
        moves += 1;
    }
    let seconds = playing.elapsed().as_secs_f64();
    let dues = head(runtime).await? - before;
    let per_second = dues as f64 / seconds;
    if options.json {
        println!(
            "{}",
            json!({"workload": "clocks", "cases": options.cases, "days": DAYS, "fill_seconds": filled, "seconds": seconds, "instants": moves, "dues": dues, "per_second": per_second})
        );
    } else {
        println!(
            "{} dossiers, {DAYS} jours : {dues} faits énoncés par l’horloge à {moves} instants en {seconds:.1} s ({per_second:.0} par s) ; écrits en {filled:.1} s",
            options.cases
        );
    }
    Ok(())
}

async fn head(runtime: &Runtime) -> Result<i64, Error> {
    Ok(runtime.journal.head().await?)
}

/// Who is there before the cases.
struct Ground {
    client: Client,
    http: String,
    token: String,
    structure: Uuid,
    france_travail: Uuid,
    addressee: Uuid,
}

impl Ground {
    async fn new(http: &str, runtime: &Runtime) -> Result<Self, Error> {
        let administrator = Actor { role: Role::ADMINISTRATEUR, system: None, ..Actor::system("") };
        let mut ground = Self {
            client: Client::new(),
            http: http.to_owned(),
            token: issue(runtime, &administrator).await?,
            structure: Uuid::nil(),
            france_travail: Uuid::nil(),
            addressee: Uuid::nil(),
        };
        let mut ids = Vec::new();
        for (name, kind) in [("CHRS de mesure", "CHRS"), ("France Travail", "FT"), ("Chantier", "ACI")] {
            ids.push(ground.ask("/api/v1/organisations", json!({"name": name, "kind": kind})).await?);
        }
        (ground.structure, ground.france_travail, ground.addressee) = (ids[0], ids[1], ids[2]);
        let post = json!({"organisation_id": ground.structure, "role": "CIP", "title": "CIP"});
        let cip = ground.ask("/api/v1/posts", post).await?;
        ground.ask(&format!("/api/v1/posts/{cip}/fill"), json!({"professional_name": "Mesure"})).await?;
        ground.token = issue(runtime, &actor_of(runtime, cip).await?).await?;
        Ok(ground)
    }

    /// A case whose clocks run: a candidature nobody answers, an immersion to come, an agreement.
    async fn fill(&self, number: usize) -> Result<(), Error> {
        let days = i32::try_from(number % 330)?;
        let case =
            self.ask("/api/v1/cases", json!({"structure_id": self.structure, "origin": "SIAO"})).await?;
        let candidature = json!({"kind": "CANDIDATURE_IAE", "addressee_id": self.addressee});
        let candidature = self.ask(&format!("/api/v1/cases/{case}/prescriptions"), candidature).await?;
        self.ask(&format!("/api/v1/prescriptions/{candidature}/send"), json!({})).await?;
        let starts_on = days_after(FIRST_DAY, 7 + days);
        let convention = json!({
            "kind": "PMSMP", "object": "CONFIRMER_PROJET", "prescriber_id": self.france_travail,
            "accompanying_structure_id": self.structure, "details": {"host_name": "Mesure"},
            "terms": {"starts_on": starts_on, "ends_on": days_after(starts_on, 11), "presence_days": 8, "weekly_minutes": 2100},
        });
        let convention = self.ask(&format!("/api/v1/cases/{case}/conventions"), convention).await?;
        for party in ["BENEFICIAIRE", "STRUCTURE_ACCUEIL", "STRUCTURE_ACCOMPAGNANTE"] {
            self.ask(&format!("/api/v1/conventions/{convention}/sign"), json!({"party": party})).await?;
        }
        self.ask(&format!("/api/v1/conventions/{convention}/validate"), json!({})).await?;
        let agreement = json!({
            "organisation_id": self.addressee, "classes": ["IDENTITY", "PROJECT"], "purposes": ["CANDIDATURE"],
            "until_day": days_after(FIRST_DAY, 30 + days), "form": "SIGNED_PAPER",
        });
        self.ask(&format!("/api/v1/cases/{case}/agreements"), agreement).await?;
        Ok(())
    }

    async fn ask(&self, path: &str, body: Value) -> Result<Uuid, Error> {
        let instant: Timestamp = start_of_day(FIRST_DAY);
        let answer: Value = self
            .client
            .post(format!("{}{path}", self.http))
            .bearer_auth(&self.token)
            .header("idempotency-key", Uuid::now_v7().to_string())
            .header("jalon-demonstration-time", (instant + 9.hours()).to_string())
            .json(&body)
            .send()
            .await?
            .json()
            .await?;
        let id = answer["id"].as_str().and_then(|id| id.parse::<Uuid>().ok());
        id.ok_or_else(|| Error::from(format!("{path} : {answer}")))
    }
}
