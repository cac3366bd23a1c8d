//! What recording adds to a case page, beside the least that a durable row costs here:
//! `cargo run --release -p audit --example readings`.

use std::time::{Duration, Instant};

use access::readings::{self, Opened};
use contracts::{Class, common::v1::Role};
use testkit::{
    ground::Ground,
    scenario::{actor, id},
};

const TIMES: usize = 1_000;

#[tokio::main]
async fn main() {
    let ground = Ground::of(audit::service(), "2026-11-23T11:00:00Z").await;
    ground.as_owner("alter system set fsync = on").await;
    ground.as_owner("select pg_reload_conf()").await;
    ground
        .as_owner("create table access.bare (at timestamptz); grant insert on access.bare to jalon_serve")
        .await;
    let pool = ground.runtime.pool.clone();
    let (reader, now) = (actor(Role::CIP, 7, 70), ground.runtime.clock.now());
    let (tokens, token) = (ground.runtime.tokens.clone(), ground.token(&reader).await);
    let opened = |case: usize| Opened {
        classes: [Class::Identity, Class::Project, Class::Social].into(),
        cases: [id(u128::try_from(case % 40).unwrap_or_default())].into(),
        ..Opened::default()
    };
    for past in [0, 100_000] {
        let fill = format!(
            "insert into access.reading (at, reader, role, name, purpose, emergency, classes, cases, listed)
             select '2026-11-23T10:00:00Z', gen_random_uuid(), 'CIP', 'case.read', 'ACCOMPAGNEMENT', false,
                    '{{identity}}', array[gen_random_uuid()], '{{}}' from generate_series(1, {past})"
        );
        ground.as_owner(&fill).await;
        ground.as_owner("analyze access.reading").await;
        let (mut bare, mut known, mut recorded) = (Vec::new(), Vec::new(), Vec::new());
        for turn in 0..TIMES {
            let started = Instant::now();
            let client = pool.get().await.expect("a connection");
            client.execute("insert into access.bare values (now())", &[]).await.expect("a row");
            drop(client);
            bare.push(started.elapsed());
            let started = Instant::now();
            tokens.authenticate(&token, now, true).await.expect("asked").expect("known");
            known.push(started.elapsed());
            let started = Instant::now();
            readings::record(&pool, &reader, "case.read", &opened(turn), now).await.expect("recorded");
            recorded.push(started.elapsed());
        }
        println!("{past} readings before, then {TIMES} of one professional:");
        show("a durable row, bare", bare);
        show("who they are, and whether suspended", known);
        show("the reading, counted and recorded", recorded);
    }
}

fn show(what: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let at = |part: usize| times[(times.len() - 1) * part / 100].as_secs_f64() * 1_000.0;
    println!("  {what:<36} p50 {:.2} ms, p99 {:.2} ms", at(50), at(99));
}
