//! Measures writing on a private Postgres, and then reading:
//! `cargo run --release -p bench --example append -- 1,8,32,128 3 [extra µs a sync]`.

use std::path::PathBuf;

use bench::{AppendOptions, append, live_reader, load, read_all, seal, table};
use local_servers::{Overrides, Postgres, PostgresOptions, Tools};

type Failure = Box<dyn std::error::Error>;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let writers = arguments.first().map_or("1,8,32,128", String::as_str);
    let writers: Vec<u32> = writers.split(',').map(str::parse).collect::<Result<_, _>>()?;
    let seconds: f64 = arguments.get(1).map_or(Ok(3.0), |seconds| seconds.parse())?;
    let slow_fsync_us = arguments.get(2).map(|delay| delay.parse()).transpose()?;

    let root = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    let tools = Tools::find(&root, &Overrides::from_environment())?;
    let dir = std::env::temp_dir().join(format!("jalon-bench-{}", std::process::id()));
    let options = PostgresOptions {
        slow_fsync_us,
        shared_buffers_mb: 1024,
        settings: vec![("max_wal_size".into(), "4GB".into())],
        ..PostgresOptions::default()
    };
    let postgres = Postgres::start(&tools, &dir, &options).await?;
    let measured = measure(&postgres, writers, seconds).await;
    postgres.stop().await?;
    std::fs::remove_dir_all(&dir)?;
    measured
}

async fn measure(postgres: &Postgres, writers: Vec<u32>, seconds: f64) -> Result<(), Failure> {
    for name in ["writing", "keys", "loading", "reading"] {
        postgres.create_database_if_missing(name).await?;
    }
    let (database_url, keys_url) = (postgres.url("writing"), postgres.url("keys"));
    let options = AppendOptions { writers, seconds, database_url, keys_url, json: false };
    append(&options, |row| print!("{row}")).await?;
    seal(&options, |row| print!("{row}")).await?;
    let rows = [load(&postgres.url("loading"), 8, seconds).await?, read_all(&postgres.url("reading")).await?];
    print!("{}", table(&rows));
    println!("{:?}", live_reader(&postgres.url("reading"), 16, seconds).await?);
    Ok(())
}
