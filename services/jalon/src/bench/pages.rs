//! What people open every day, on the whole program with 600 open cases on one platform: each answer beside the raw
//! query of the rows it is made of. Beside them, the matching of 600 wishes with 500 offers.

use std::{hint::black_box, sync::Arc, time::Instant};

use contracts::{
    case::v1::{Wish, WishKind},
    common::v1::Job,
    platform::v1::{FrenchUse, OfferCard},
};
use futures::{StreamExt as _, TryStreamExt as _};
use matching::{Offered, Wished, rank};
use serde_json::json;
use service::Runtime;
use uuid::Uuid;

use super::{
    Error, PagesBench,
    ground::{Ground, Professional},
    stack,
};

/// How many cases are written at once.
const AT_ONCE: usize = 16;
/// What is sent for each person.
const SENDINGS: usize = 4;
/// Offers of the platform.
const OFFERS: usize = 50;
/// How often each answer is asked for.
const TIMES: usize = 31;
/// Wishes and offers of the matching.
const MATCHED: (usize, usize) = (600, 500);
/// Offers shown to each person.
const SHOWN: usize = 10;

const JOBS: [&str; 8] = ["K2204", "K2202", "G1602", "G1603", "A1203", "N4105", "N1103", "J1303"];
const SECTORS: [&str; 6] = ["81.21Z", "56.10A", "01.13Z", "49.41A", "87.90B", "52.10B"];
const COMMUNES: [&str; 8] = ["30007", "30132", "30189", "30010", "30243", "30334", "31555", "31149"];

/// The rows that a board is made of.
const BOARD: &str = "select key, body from read.live_status where platform_id = $1 and open
                     order by last_position desc limit $2";
/// The rows that one's follow-ups are made of.
const FOLLOWUPS: &str = "select key, body from read.live_status
                         where key in (select case_id from read.readership where reader_id = $1 and via = 'circle') and open
                         order by last_position desc limit $2";
/// The rows that indicators are counted from.
const PATHS: &str = "select key, body from read.milestones where platforms @> array[$1::uuid] limit $2";

/// Measures.
pub async fn run(options: &PagesBench) -> Result<(), Error> {
    compare(options);
    stack::during("pages", false, async |http, runtime| measure(options, http, runtime).await).await
}

async fn measure(options: &PagesBench, http: &str, runtime: &Arc<Runtime>) -> Result<(), Error> {
    let filling = Instant::now();
    let world = World::new(http, runtime).await?;
    futures::stream::iter(0..options.cases)
        .map(|number| world.case(number))
        .buffer_unordered(AT_ONCE)
        .try_for_each(|()| std::future::ready(Ok(())))
        .await?;
    for number in 0..OFFERS {
        world.offer(number).await?;
    }
    let (seconds, head) = (filling.elapsed().as_secs_f64(), runtime.journal.head().await?);
    if !options.json {
        println!("{} dossiers, {head} faits, écrits en {seconds:.1} s", options.cases);
    }
    let (platform, post) = (world.platform, world.referent.post);
    let cases = i64::try_from(options.cases)?;
    let board = Limit { sql: BOARD, id: platform, rows: cases };
    let followups = Limit { sql: FOLLOWUPS, id: post, rows: 100 };
    let paths = Limit { sql: PATHS, id: platform, rows: cases };
    let api = format!("/api/v1/platforms/{platform}");
    let asked = [
        ("tableau, 200 lignes (API)", format!("{api}/board?limit=200"), Limit { rows: 200, ..board }),
        ("tableau, page entière", format!("/plateformes/{platform}"), board),
        ("mes suivis, 100 (API)", "/api/v1/me/followups?limit=100".to_owned(), followups),
        ("mes suivis, page", "/suivis".to_owned(), followups),
        ("réponses attendues, 100 (API)", format!("{api}/awaited-answers?limit=100"), board),
        ("ordre du jour et offres (API)", format!("{api}/agenda?limit=100"), board),
        ("indicateurs (API)", format!("{api}/indicators"), paths),
    ];
    for (what, path, limit) in asked {
        let (bytes, took) = world.median(&path, head).await?;
        let raw = limit.median(runtime).await?;
        if options.json {
            let row = json!({"workload": "pages", "what": what, "cases": options.cases, "ms": took, "bytes": bytes, "limit_ms": raw});
            println!("{row}");
        } else {
            println!("{what:<32}{took:>9.1} ms, {:>5} ko ; requête nue {raw:>6.1} ms", bytes / 1000);
        }
    }
    Ok(())
}

/// The same rows, read and thrown away.
#[derive(Clone, Copy)]
struct Limit {
    sql: &'static str,
    id: Uuid,
    rows: i64,
}

impl Limit {
    /// In milliseconds.
    async fn median(&self, runtime: &Runtime) -> Result<f64, Error> {
        let client = runtime.machinery.get().await?;
        let statement = client.prepare(self.sql).await?;
        let mut times = Vec::new();
        for _ in 0..TIMES {
            let begun = Instant::now();
            black_box(client.query(&statement, &[&self.id, &self.rows]).await?);
            times.push(milliseconds(begun));
        }
        Ok(middle(times))
    }
}

fn milliseconds(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1000.0
}

fn middle(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// Brings invented wishes together with invented offers.
fn compare(options: &PagesBench) {
    let (people, offers) = MATCHED;
    let wishes: Vec<Wished> = (0..people).map(|number| Wished::of(&wish(number), "Alès")).collect();
    let offers: Vec<Offered> = (0..offers).map(|number| Offered::of(&card(number))).collect();
    let mut shown = 0;
    let times = (0..5).map(|_| {
        let begun = Instant::now();
        shown = wishes.iter().map(|wish| black_box(rank(wish, &offers, SHOWN)).len()).sum();
        milliseconds(begun)
    });
    let took = middle(times.collect());
    if options.json {
        println!(
            "{}",
            json!({"workload": "matching", "wishes": people, "offers": offers.len(), "answers": shown, "ms": took})
        );
    } else {
        println!("{people} envies × {} offres, {shown} réponses expliquées : {took:.1} ms", offers.len());
    }
}

fn wish(number: usize) -> Wish {
    let kind = if number.is_multiple_of(5) { WishKind::IMMERSION } else { WishKind::EMPLOI };
    Wish {
        kinds: vec![kind.into()],
        naf_codes: vec![SECTORS[number % SECTORS.len()].into()],
        jobs: [number, number / 3]
            .iter()
            .map(|n| Job { rome_code: JOBS[n % JOBS.len()].into(), ..Default::default() })
            .collect(),
        min_weekly_minutes: 10 * 60,
        max_weekly_minutes: 60 * (20 + u32::try_from(number % 16).unwrap_or(0)),
        distance_km: 10 + u32::try_from(number % 4).unwrap_or(0) * 10,
        commune_code: COMMUNES[number % COMMUNES.len()].into(),
        ..Default::default()
    }
}

fn card(number: usize) -> OfferCard {
    OfferCard {
        rome_code: JOBS[number * 7 % JOBS.len()].into(),
        sector: SECTORS[number * 5 % SECTORS.len()].into(),
        weekly_minutes: 60 * (15 + u32::try_from(number % 21).unwrap_or(0)),
        insee_code: COMMUNES[number * 3 % COMMUNES.len()].into(),
        french: FrenchUse::FRANCAIS_ORAL.into(),
        ..Default::default()
    }
}

/// Who is there before the cases, and who looks at them.
struct World {
    ground: Ground,
    /// A référent social, in the circle of everyone.
    referent: Professional,
    /// Who leads the platform.
    lead: Professional,
    addressee: Uuid,
    platform: Uuid,
}

impl World {
    async fn new(http: &str, runtime: &Runtime) -> Result<Self, Error> {
        let ground = Ground::new(http, runtime).await?;
        let addressee = ground.organisation("Chantier de mesure", "ACI").await?;
        let opened = json!({"name": "Plateforme de mesure", "territory": "Mesure", "lead_organisation_id": ground.structure});
        let platform = ground.ask(&ground.admin, "/api/v1/platforms", opened).await?;
        let referent = ground.professional(runtime, "REFERENT_SOCIAL").await?;
        let lead = ground.professional(runtime, "ANIMATEUR_PLATEFORME").await?;
        Ok(Self { ground, referent, lead, addressee, platform })
    }

    /// A case with a name, a wish, and candidatures that await an answer.
    async fn case(&self, number: usize) -> Result<(), Error> {
        let token = &self.referent.token;
        let case = self.ground.case(token, number, Some(self.platform)).await?;
        let wish = json!({
            "kinds": ["EMPLOI"], "jobs": [{"rome_code": JOBS[number % JOBS.len()], "label": "Mesure"}],
            "commune_code": COMMUNES[number % COMMUNES.len()], "distance_km": 20,
        });
        let path = format!("/api/v1/cases/{case}/wishes");
        self.ground.ask(token, &path, json!({"wish": wish})).await?;
        for _ in 0..SENDINGS {
            let body = json!({"kind": "CANDIDATURE_IAE", "addressee_id": self.addressee});
            let path = format!("/api/v1/cases/{case}/prescriptions");
            let sent = self.ground.ask(token, &path, body).await?;
            self.ground.ask(token, &format!("/api/v1/prescriptions/{sent}/send"), json!({})).await?;
        }
        Ok(())
    }

    async fn offer(&self, number: usize) -> Result<(), Error> {
        let card = json!({
            "label": "Mesure", "rome_code": JOBS[number * 7 % JOBS.len()], "contract": "CDD", "weekly_minutes": 1500,
            "insee_code": COMMUNES[number * 3 % COMMUNES.len()], "positions": 1, "employer_name": "Employeur de mesure",
        });
        let body = json!({"platform_id": self.platform, "card": card});
        self.ground.ask(&self.lead.token, "/api/v1/offers", body).await.map(drop)
    }

    /// How many bytes are answered, and in how many milliseconds, once everything up to `head` is shown.
    async fn median(&self, path: &str, head: i64) -> Result<(usize, f64), Error> {
        let wait = format!("{path}{}min_position={head}", if path.contains('?') { '&' } else { '?' });
        let mut bytes = self.get(&wait).await?;
        let mut times = Vec::new();
        for _ in 0..TIMES {
            let begun = Instant::now();
            bytes = self.get(path).await?;
            times.push(milliseconds(begun));
        }
        Ok((bytes, middle(times)))
    }

    async fn get(&self, path: &str) -> Result<usize, Error> {
        let answer = self.ground.get(&self.referent.token, path).await?;
        let status = answer.status();
        let body = answer.bytes().await?;
        if !status.is_success() {
            return Err(format!("{path} : {status}, {}", String::from_utf8_lossy(&body)).into());
        }
        Ok(body.len())
    }
}
