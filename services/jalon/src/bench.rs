//! `jalon bench`: measures beside a physical limit measured in the same run, on private servers.

use std::{path::Path, process::ExitCode};

use clap::{Args, Subcommand};
use local_servers::{Nats, NatsOptions, Overrides, Postgres, PostgresOptions, Tools};

use crate::Outcome;

mod access;
mod clocks;
mod ground;
mod latency;
mod lives;
mod pages;
mod project;
mod relay;
mod stack;

/// What is measured.
#[derive(Debug, Subcommand)]
pub enum Bench {
    /// Ce que coûte la protection : décisions, lectures consignées, scellement, effacement d’une personne
    Access(AccessBench),
    /// Enregistrer des faits : un par commande, puis par le chemin entier d’une commande
    Append(AppendBench),
    /// D’une commande acquittée à sa visibilité dans le modèle de lecture, puis chez un abonné SSE
    Latency(LatencyBench),
    /// Ouvrir ce que l’on ouvre chaque jour : tableau de 600 dossiers, suivis, ordre du jour, indicateurs
    Pages(PagesBench),
    /// Reconstruire le modèle du suivi en direct, ou tous les modèles de lecture
    Project(ProjectBench),
    /// Relayer le journal vers NATS
    Relay(RelayBench),
    /// Faire passer deux ans sur des dossiers dont des échéances courent
    Clocks(ClocksBench),
    /// Relire : agrégats de 50 faits, tout le journal, lecteur en direct à côté de 16 écrivains
    Read(ReadBench),
}

/// Options of `jalon bench access`.
#[derive(Debug, Args)]
pub struct AccessBench {
    /// En JSON
    #[arg(long)]
    pub json: bool,
}

/// Options of `jalon bench append`.
#[derive(Debug, Args)]
pub struct AppendBench {
    /// Nombres d’écrivains simultanés
    #[arg(long, value_delimiter = ',', default_value = "1,8,32,128")]
    pub writers: Vec<u32>,
    /// Durée de chaque mesure, en secondes
    #[arg(long, default_value_t = 3.0)]
    pub seconds: f64,
    /// Ralentir chaque fsync, en microsecondes
    #[arg(long)]
    pub slow_fsync_us: Option<u32>,
    /// En JSON
    #[arg(long)]
    pub json: bool,
}

/// Options of `jalon bench latency`.
#[derive(Debug, Args)]
pub struct LatencyBench {
    /// Faits par seconde
    #[arg(long, value_delimiter = ',', default_value = "50,200")]
    pub rates: Vec<u32>,
    /// Durée de chaque mesure, en secondes
    #[arg(long, default_value_t = 10.0)]
    pub seconds: f64,
    /// En JSON
    #[arg(long)]
    pub json: bool,
}

/// Options of `jalon bench pages`.
#[derive(Debug, Args)]
pub struct PagesBench {
    /// Dossiers ouverts sur la plateforme
    #[arg(long, default_value_t = 600)]
    pub cases: usize,
    /// En JSON
    #[arg(long)]
    pub json: bool,
}

/// Options of `jalon bench project`.
#[derive(Debug, Args)]
pub struct ProjectBench {
    /// Faits dans le journal
    #[arg(long, default_value_t = 200_000)]
    pub facts: u32,
    /// Tous les modèles de lecture, sur des faits de tous les contextes
    #[arg(long)]
    pub all: bool,
    /// En JSON
    #[arg(long)]
    pub json: bool,
}

/// Options of `jalon bench relay`.
#[derive(Debug, Args)]
pub struct RelayBench {
    /// Faits à relayer
    #[arg(long, default_value_t = 50_000)]
    pub facts: u32,
    /// En JSON
    #[arg(long)]
    pub json: bool,
}

/// Options of `jalon bench clocks`.
#[derive(Debug, Args)]
pub struct ClocksBench {
    /// Dossiers
    #[arg(long, default_value_t = 1_000)]
    pub cases: usize,
    /// En JSON
    #[arg(long)]
    pub json: bool,
}

/// Options of `jalon bench read`.
#[derive(Debug, Args)]
pub struct ReadBench {
    /// Durée de chaque mesure, en secondes
    #[arg(long, default_value_t = 3.0)]
    pub seconds: f64,
    /// En JSON
    #[arg(long)]
    pub json: bool,
}

type Error = Box<dyn std::error::Error + Send + Sync>;

/// Measures.
pub async fn run(command: Bench) -> Outcome {
    match command {
        Bench::Access(options) => access::run(&options).await?,
        Bench::Append(options) => {
            let postgres = postgres("append", options.slow_fsync_us).await?;
            let result = append(&options, &postgres).await;
            postgres.stop().await?;
            result?;
        }
        Bench::Read(options) => {
            let postgres = postgres("read", None).await?;
            let result = read(&options, &postgres.url("jalon")).await;
            postgres.stop().await?;
            result?;
        }
        Bench::Clocks(options) => clocks::run(&options).await?,
        Bench::Latency(options) => latency::run(options).await?,
        Bench::Pages(options) => pages::run(&options).await?,
        Bench::Project(options) => {
            let postgres = postgres("project", None).await?;
            let result = project::run(&options, &postgres).await;
            postgres.stop().await?;
            result?;
        }
        Bench::Relay(options) => relay::run(&options).await?,
    }
    Ok(ExitCode::SUCCESS)
}

/// A folder of this bench, emptied.
fn folder(name: &str) -> Result<std::path::PathBuf, Error> {
    let dir = Path::new(".jalon/bench").join(name);
    if dir.exists() {
        std::fs::remove_dir_all(&dir)?;
    }
    std::fs::create_dir_all(&dir)?;
    Ok(dir.canonicalize()?)
}

/// A private Postgres with one database, at default durability.
async fn postgres(name: &str, slow_fsync_us: Option<u32>) -> Result<Postgres, Error> {
    let tools = Tools::find(Path::new("."), &Overrides::from_environment())?;
    let options = PostgresOptions {
        slow_fsync_us,
        shared_buffers_mb: 1024,
        settings: vec![("max_wal_size".into(), "4GB".into())],
        ..PostgresOptions::default()
    };
    let postgres = Postgres::start(&tools, &folder(name)?.join("postgres"), &options).await?;
    postgres.create_database_if_missing("jalon").await?;
    postgres.create_database_if_missing("jalon_keys").await?;
    Ok(postgres)
}

/// A private NATS.
async fn nats(name: &str, sync_always: bool) -> Result<Nats, Error> {
    let tools = Tools::find(Path::new("."), &Overrides::from_environment())?;
    Ok(Nats::start(&tools, &folder(name)?.join("nats"), &NatsOptions { sync_always }).await?)
}

/// Rows are printed as they come.
async fn append(options: &AppendBench, postgres: &Postgres) -> Result<(), Error> {
    let settings = bench::AppendOptions {
        writers: options.writers.clone(),
        seconds: options.seconds,
        database_url: postgres.url("jalon"),
        keys_url: postgres.url("jalon_keys"),
        json: options.json,
    };
    bench::append(&settings, |row| print!("{row}")).await?;
    bench::seal(&settings, |row| print!("{row}")).await?;
    Ok(())
}

async fn read(options: &ReadBench, url: &str) -> Result<(), Error> {
    let rows = [bench::load(url, 8, options.seconds).await?, bench::read_all(url).await?];
    for row in &rows {
        if options.json {
            println!("{}", serde_json::to_string(row)?);
        }
    }
    if !options.json {
        print!("{}", bench::table(&rows));
    }
    let live = bench::live_reader(url, 16, options.seconds).await?;
    if options.json {
        println!("{}", serde_json::to_string(&live)?);
    } else {
        println!(
            "lecteur en direct à côté de {} écrivains : {} faits écrits, {:.0} par s, {} manqués, {} vus deux fois",
            live.writers, live.written, live.per_second, live.missed, live.doubled
        );
    }
    Ok(())
}
