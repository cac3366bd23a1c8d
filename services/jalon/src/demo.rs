//! `jalon demo`: everything on this machine, with invented people.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

use local_servers::{Nats, NatsOptions, Overrides, Postgres, PostgresOptions, Tools};
use service::Config;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::{Error, Outcome, cli::DemoOptions, migrate, rights, runtime, said, serve, services};

mod children;
mod front;
mod play;
mod run_file;
mod script;
mod stand;
#[cfg(test)]
mod tests;
mod time;
mod waves;

pub use play::{actor_of, issue, wait_ready};
pub use stand::{Stand, stand};
pub use time::Time;

/// The story that is told when no other is asked for, with those told at the same time.
const STORY: &str = include_str!("../../../deploy/demonstration/tesa.json");

macro_rules! stories {
    ($($file:literal),*) => {
        &[$(($file, include_str!(concat!("../../../deploy/demonstration/", $file)))),*]
    };
}

/// The stories told with it, by the names of their files.
const WITH: &[(&str, &str)] = stories![
    "tesa-parcours.json",
    "tesa-plateforme.json",
    "tesa-envies.json",
    "arpade.json",
    "france-horizon.json",
    "adejo.json",
    "mas-de-carles.json"
];

/// Private servers, and where everything is.
struct Ground {
    postgres: Postgres,
    nats: Nats,
    config: Config,
    dir: PathBuf,
}

/// Starts everything, plays the story, and waits.
pub async fn run(options: DemoOptions) -> Outcome {
    let log = Config::launcher_log();
    let telemetry = telemetry::start(&serve::settings(&Config::demonstration(), "jalon".into(), log)?)?;
    let story = story(options.script.as_deref())?;
    let stopping = CancellationToken::new();
    let stop = stopping.clone();
    tokio::spawn(async move {
        serve::signal().await;
        stop.cancel();
    });
    let ground = prepare(&options).await?;
    let result = tokio::select! {
        result = on_ground(&ground, &options, &story, &stopping) => result,
        () = stopping.cancelled() => Ok(()),
    };
    run_file::remove(&ground.dir);
    eprintln!("Arrêt…");
    ground.nats.stop().await?;
    ground.postgres.stop().await?;
    telemetry.shutdown().await;
    result.map(|()| ExitCode::SUCCESS)
}

/// The story of that file, or the one that is always there.
fn story(script: Option<&Path>) -> Result<script::Story, String> {
    let read = |path: &Path| {
        std::fs::read_to_string(path).map_err(|error| format!("{} : {}", path.display(), said::io(&error)))
    };
    match script {
        Some(path) => script::parse(&read(path)?, |file| read(&path.with_file_name(file))),
        None => script::parse(STORY, |file| {
            let known = WITH.iter().find(|(name, _)| *name == file);
            known.map(|(_, text)| (*text).to_owned()).ok_or_else(|| format!("{file} n’est pas dans Jalon"))
        }),
    }
}

/// The servers, the databases, the key, the tables.
async fn prepare(options: &DemoOptions) -> Result<Ground, Error> {
    std::fs::create_dir_all(&options.dir)
        .map_err(|error| format!("{} : {}", options.dir.display(), said::io(&error)))?;
    let dir = options.dir.canonicalize()?;
    run_file::remove(&dir);
    let tools = Tools::find(Path::new("."), &Overrides::from_environment())?;
    eprintln!("Postgres et NATS démarrent dans {}…", dir.display());
    let postgres = Postgres::start(&tools, &dir.join("postgres"), &PostgresOptions::default()).await?;
    let nats = Nats::start(&tools, &dir.join("nats"), &NatsOptions::default()).await?;
    postgres.create_database_if_missing("jalon").await?;
    postgres.create_database_if_missing("jalon_keys").await?;
    let config = Config::demonstration();
    let port = if options.port == 0 { local_servers::free_port()? } else { options.port };
    let config = Config {
        database_url: postgres.url("jalon"),
        keys_database_url: postgres.url("jalon_keys"),
        nats_url: nats.url(),
        listen: ([127, 0, 0, 1], port).into(),
        kek_file: dir.join("kek"),
        index_key_file: dir.join("index.key"),
        demonstration: true,
        metrics: Some(match config.metrics {
            Some(address) => address,
            None => ([127, 0, 0, 1], local_servers::free_port()?).into(),
        }),
        immersion_facilitee_secret: Some("secret-de-demonstration-immersion-facilitee".into()),
        ..config
    };
    rights::create(&config).await?;
    migrate::migrate(&config).await?;
    run_file::write_environment(&dir, &config)?;
    Ok(Ground { postgres, nats, config, dir })
}

async fn on_ground(
    ground: &Ground,
    options: &DemoOptions,
    story: &script::Story,
    stopping: &CancellationToken,
) -> Result<(), Error> {
    let cancel = CancellationToken::new();
    let _stop_services = cancel.clone().drop_guard();
    let listener = TcpListener::bind(ground.config.listen).await?;
    let http = format!("http://{}", listener.local_addr()?);
    // As in production: not as whoever owns the tables.
    let runtime = Arc::new(runtime::build(rights::serving(&ground.config, rights::WHOLE))?);
    let mut children = None;
    let serving = if options.processes {
        let started = children::Children::start(&ground.config, &services::names(), Some(&ground.dir))?;
        let front = front::run(listener, started.addresses(), cancel.clone());
        children = Some(started);
        tokio::spawn(serve::listen(runtime.clone(), cancel.clone()));
        tokio::spawn(front)
    } else {
        let (runtime, cancel) = (runtime.clone(), cancel.clone());
        tokio::spawn(async move {
            if let Err(error) = serve::serve(runtime, &services::names(), listener, cancel).await {
                eprintln!("jalon : {}", said::of(&*error));
            }
        })
    };
    play::wait_ready(&http).await?;
    let told = play::play(story, &http, &runtime, &ground.dir).await?;
    let run = run_file::write(ground, &http, story, &told, &runtime).await?;
    run.print(options.headless);
    stopping.cancelled().await;
    cancel.cancel();
    // With them end the streams that go through the address in front.
    if let Some(children) = children {
        children.stop().await;
    }
    let _ = serving.await;
    Ok(())
}

/// Serves these units, each in a process of its own, behind one address, until cancelled.
///
/// # Errors
/// When one cannot be started.
pub async fn serve_each(
    config: &Config,
    units: &[&'static str],
    listener: TcpListener,
    cancel: CancellationToken,
) -> Result<(), Error> {
    let children = children::Children::start(config, units, None)?;
    let addresses = children.addresses();
    let stopping = async {
        cancel.cancelled().await;
        children.stop().await;
    };
    tokio::join!(front::run(listener, addresses, cancel.clone()), stopping);
    Ok(())
}
