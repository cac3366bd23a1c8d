//! Starts a private Postgres and a private NATS under a directory and keeps them until Ctrl-C:
//! `cargo run -p local-servers --example private_servers -- .jalon/dev`.

use std::path::PathBuf;

use local_servers::{Error, Nats, NatsOptions, Overrides, Postgres, PostgresOptions, Tools};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), String> {
    let dir = std::env::args_os().nth(1).map(PathBuf::from).ok_or("indiquez un répertoire")?;
    hold(dir).await.map_err(|error| error.to_string())
}

async fn hold(dir: PathBuf) -> Result<(), Error> {
    let root = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    let tools = Tools::find(&root, &Overrides::from_environment())?;
    let postgres = Postgres::start(&tools, &dir.join("postgres"), &PostgresOptions::default()).await?;
    let nats = Nats::start(&tools, &dir.join("nats"), &NatsOptions::default()).await?;
    println!("{} {}", postgres.url("postgres"), postgres.pid());
    println!("{} {}", nats.url(), nats.pid());
    println!("Ctrl-C pour arrêter.");
    drop(tokio::signal::ctrl_c().await);
    nats.stop().await?;
    postgres.stop().await
}
