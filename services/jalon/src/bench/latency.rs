//! From a command's acknowledgement to the read model, and to a subscriber, on a whole stack.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use futures::StreamExt as _;
use reqwest::Client;
use serde_json::{Value, json};
use service::Runtime;
use uuid::Uuid;

use super::{Error, LatencyBench, stack};
use crate::demo::{Stand, stand};

/// Contracts whose hours change.
const CONTRACTS: usize = 50;
/// Facts a second below which the machine is said not to follow.
const WARM_UP: Duration = Duration::from_secs(1);

/// Measures.
pub async fn run(options: LatencyBench) -> Result<(), Error> {
    stack::during("latency", true, async |http, runtime| {
        let stand = stand(http, runtime, CONTRACTS).await?;
        for rate in &options.rates {
            let row = at_rate(http, runtime, &stand, *rate, options.seconds).await?;
            if options.json {
                println!("{row}");
            } else {
                println!("{rate} faits/s : {row}");
            }
        }
        Ok(())
    })
    .await
}

#[derive(Default)]
struct Times {
    acknowledged: HashMap<i64, Instant>,
    in_model: HashMap<i64, Instant>,
    at_subscriber: HashMap<i64, Instant>,
}

async fn at_rate(
    http: &str,
    runtime: &Arc<Runtime>,
    stand: &Stand,
    rate: u32,
    seconds: f64,
) -> Result<Value, Error> {
    let times = Arc::new(Mutex::new(Times::default()));
    let listening = tokio::spawn(subscribe(http.to_owned(), stand.token.clone(), times.clone()));
    let watching = tokio::spawn(watch(runtime.clone(), times.clone()));
    tokio::time::sleep(WARM_UP).await;
    let client = Client::new();
    let mut ticks = tokio::time::interval(Duration::from_secs_f64(1.0 / f64::from(rate)));
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Burst);
    let count = (f64::from(rate) * seconds) as usize;
    let mut sent = tokio::task::JoinSet::new();
    let started = Instant::now();
    for number in 0..count {
        ticks.tick().await;
        let (client, http, token, times) =
            (client.clone(), http.to_owned(), stand.token.clone(), times.clone());
        let contract = stand.contracts[number % stand.contracts.len()];
        sent.spawn(async move {
            let began = Instant::now();
            let position = change_hours(&client, &http, &token, contract, number).await?;
            times
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner)
                .acknowledged
                .insert(position, Instant::now());
            Ok::<_, Error>(began.elapsed())
        });
    }
    let mut commands = Vec::new();
    while let Some(done) = sent.join_next().await {
        commands.push(done??);
    }
    let elapsed = started.elapsed().as_secs_f64();
    tokio::time::sleep(Duration::from_millis(500)).await;
    listening.abort();
    watching.abort();
    let times = times.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let since = |seen: &HashMap<i64, Instant>| -> Vec<Duration> {
        times
            .acknowledged
            .iter()
            .filter_map(|(position, at)| Some(seen.get(position)?.saturating_duration_since(*at)))
            .collect()
    };
    let (model, subscriber) = (since(&times.in_model), since(&times.at_subscriber));
    Ok(json!({
        "workload": "latency", "rate": rate, "per_second": count as f64 / elapsed, "facts": times.acknowledged.len(),
        "command": percentiles(commands),
        "missed_in_model": times.acknowledged.len() - model.len(), "acknowledged_to_model": percentiles(model),
        "missed_at_subscriber": times.acknowledged.len() - subscriber.len(), "acknowledged_to_sse": percentiles(subscriber),
    }))
}

fn percentiles(mut times: Vec<Duration>) -> Value {
    times.sort();
    let at = |share: f64| {
        times.get(((times.len() as f64 - 1.0).max(0.0) * share) as usize).map(|time| time.as_micros() as u64)
    };
    json!({"p50_us": at(0.5), "p99_us": at(0.99), "max_us": at(1.0)})
}

async fn change_hours(
    client: &Client,
    http: &str,
    token: &str,
    contract: Uuid,
    number: usize,
) -> Result<i64, Error> {
    let answer: Value = client
        .post(format!("{http}/api/v1/employments/{contract}/hours"))
        .bearer_auth(token)
        .header("idempotency-key", Uuid::now_v7().to_string())
        .json(&json!({"weekly_minutes": 600 + number % 1200}))
        .send()
        .await?
        .json()
        .await?;
    answer["position"].as_i64().ok_or_else(|| answer.to_string().into())
}

/// Notes when the read model has reached each position.
async fn watch(runtime: Arc<Runtime>, times: Arc<Mutex<Times>>) {
    let mut position = runtime.positions.watch("live_status");
    let mut last = *position.borrow();
    while position.changed().await.is_ok() {
        let (reached, now) = (*position.borrow(), Instant::now());
        let mut times = times.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        for one in last + 1..=reached {
            times.in_model.insert(one, now);
        }
        last = reached;
    }
}

/// Notes when a subscriber receives each position.
async fn subscribe(http: String, token: String, times: Arc<Mutex<Times>>) -> Result<(), Error> {
    let answer = Client::new().get(format!("{http}/api/v1/events")).bearer_auth(token).send().await?;
    let mut stream = answer.error_for_status()?.bytes_stream();
    let mut rest = String::new();
    while let Some(chunk) = stream.next().await {
        rest.push_str(&String::from_utf8_lossy(&chunk?));
        let now = Instant::now();
        while let Some(end) = rest.find('\n') {
            let line: String = rest.drain(..=end).collect();
            if let Some(position) = line.strip_prefix("id:").and_then(|id| id.trim().parse().ok()) {
                times
                    .lock()
                    .unwrap_or_else(std::sync::PoisonError::into_inner)
                    .at_subscriber
                    .entry(position)
                    .or_insert(now);
            }
        }
    }
    Ok(())
}
