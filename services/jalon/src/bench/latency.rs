//! From a command's acknowledgement to the read model, and to a subscriber, on a whole stack; beside the same way with
//! nothing of Jalon on it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use futures::StreamExt as _;
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};
use service::Runtime;
use uuid::Uuid;

use super::{Error, LatencyBench, stack};
use crate::demo::{Stand, stand};

mod limit;

/// Contracts whose hours change.
const CONTRACTS: usize = 50;
/// How long a subscriber has to be heard before anything is sent.
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
    sent: HashMap<i64, Instant>,
    acknowledged: HashMap<i64, Instant>,
    in_model: HashMap<i64, Instant>,
    at_subscriber: HashMap<i64, Instant>,
}

type Noted = Arc<Mutex<Times>>;

fn locked(times: &Noted) -> MutexGuard<'_, Times> {
    times.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn at_rate(
    http: &str,
    runtime: &Arc<Runtime>,
    stand: &Stand,
    rate: u32,
    seconds: f64,
) -> Result<Value, Error> {
    let times = Noted::default();
    let events = format!("{http}/api/v1/events");
    let listening = tokio::spawn(subscribe(events, stand.token.clone(), times.clone()));
    let watching = tokio::spawn(watch(runtime.clone(), times.clone()));
    let client = Client::new();
    let change = |number: usize| {
        let contract = stand.contracts[number % stand.contracts.len()];
        client
            .post(format!("{http}/api/v1/employments/{contract}/hours"))
            .bearer_auth(&stand.token)
            .header("idempotency-key", Uuid::now_v7().to_string())
            .json(&json!({"weekly_minutes": 600 + number % 1200}))
    };
    let (commands, elapsed) = send(rate, seconds, &times, change).await?;
    listening.abort();
    watching.abort();
    let (bare, serving) = limit::serve(&runtime.config.nats_url).await?;
    let least = Noted::default();
    let listening = tokio::spawn(subscribe(format!("{bare}/events"), stand.token.clone(), least.clone()));
    let body = |number: usize| client.post(format!("{bare}/facts")).json(&json!({"weekly_minutes": number}));
    let (least_commands, _) = send(rate, seconds, &least, body).await?;
    listening.abort();
    serving.abort();
    let (times, least) = (locked(&times), locked(&least));
    let since = |from: &HashMap<i64, Instant>, seen: &HashMap<i64, Instant>| -> Vec<Duration> {
        let until =
            |(position, at): (&i64, &Instant)| Some(seen.get(position)?.saturating_duration_since(*at));
        from.iter().filter_map(until).collect()
    };
    let (model, subscriber) =
        (since(&times.acknowledged, &times.in_model), since(&times.acknowledged, &times.at_subscriber));
    let whole = percentiles(since(&times.sent, &times.at_subscriber));
    let bare = percentiles(since(&least.sent, &least.at_subscriber));
    let p50 = |all: &Value| all["p50_us"].as_f64().unwrap_or_default();
    let facts = times.acknowledged.len();
    Ok(json!({
        "workload": "latency", "rate": rate, "per_second": facts as f64 / elapsed, "facts": facts,
        "command": percentiles(commands),
        "missed_in_model": facts - model.len(), "acknowledged_to_model": percentiles(model),
        "missed_at_subscriber": facts - subscriber.len(), "acknowledged_to_sse": percentiles(subscriber),
        "limit_command": percentiles(least_commands),
        "sent_to_sse": whole, "limit_sent_to_sse": bare, "ratio": p50(&whole) / p50(&bare).max(1.0),
    }))
}

/// Sends that many requests a second, for that long; notes when each was sent and answered. Returns how long each took,
/// and all of them.
async fn send(
    rate: u32,
    seconds: f64,
    times: &Noted,
    request: impl Fn(usize) -> RequestBuilder,
) -> Result<(Vec<Duration>, f64), Error> {
    tokio::time::sleep(WARM_UP).await;
    let mut ticks = tokio::time::interval(Duration::from_secs_f64(1.0 / f64::from(rate)));
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Burst);
    let count = (f64::from(rate) * seconds) as usize;
    let mut sent = tokio::task::JoinSet::new();
    let started = Instant::now();
    for number in 0..count {
        ticks.tick().await;
        let (request, times) = (request(number), times.clone());
        sent.spawn(async move {
            let began = Instant::now();
            let answer: Value = request.send().await?.json().await?;
            let answered = Instant::now();
            let position = answer["position"].as_i64().ok_or_else(|| Error::from(answer.to_string()))?;
            let mut times = locked(&times);
            times.sent.insert(position, began);
            times.acknowledged.insert(position, answered);
            Ok::<_, Error>(answered - began)
        });
    }
    let mut commands = Vec::new();
    while let Some(done) = sent.join_next().await {
        commands.push(done??);
    }
    let elapsed = started.elapsed().as_secs_f64();
    // The last ones are still on their way.
    tokio::time::sleep(Duration::from_millis(500)).await;
    Ok((commands, elapsed))
}

fn percentiles(mut times: Vec<Duration>) -> Value {
    times.sort();
    let at = |share: f64| {
        times.get(((times.len() as f64 - 1.0).max(0.0) * share) as usize).map(|time| time.as_micros() as u64)
    };
    json!({"p50_us": at(0.5), "p99_us": at(0.99), "max_us": at(1.0)})
}

/// Notes when the read model has reached each position.
async fn watch(runtime: Arc<Runtime>, times: Noted) {
    let mut position = runtime.positions.watch("live_status");
    let mut last = *position.borrow();
    while position.changed().await.is_ok() {
        let (reached, now) = (*position.borrow(), Instant::now());
        let mut times = locked(&times);
        for one in last + 1..=reached {
            times.in_model.insert(one, now);
        }
        last = reached;
    }
}

/// Notes when a subscriber receives each position.
async fn subscribe(events: String, token: String, times: Noted) -> Result<(), Error> {
    let answer = Client::new().get(events).bearer_auth(token).send().await?;
    let mut stream = answer.error_for_status()?.bytes_stream();
    let mut rest = String::new();
    while let Some(chunk) = stream.next().await {
        rest.push_str(&String::from_utf8_lossy(&chunk?));
        let now = Instant::now();
        while let Some(end) = rest.find('\n') {
            let line: String = rest.drain(..=end).collect();
            if let Some(position) = line.strip_prefix("id:").and_then(|id| id.trim().parse().ok()) {
                locked(&times).at_subscriber.entry(position).or_insert(now);
            }
        }
    }
    Ok(())
}
