//! The directory: structures and services as data·inclusion publishes them (schema v1). Members it does not
//! know are left aside and counted; nobody's name is kept.

mod kinds;
mod payload;

use std::{
    collections::{HashMap, HashSet},
    path::Path,
    time::Duration,
};

use contracts::Word;
use projections::{TooLate, document::View as _};
use serde_json::Value;
use service::Runtime;
use tokio::time::Instant;
use uuid::Uuid;
use vocabulary::ids::derived;

use super::{Done, Mode, Report, apply::Import, records};
use crate::{
    domain::{
        local_service::{
            self,
            commands::{DelistService, ListService},
        },
        organisation::commands::{RegisterOrganisation, UpdateOrganisation},
    },
    views::{References, Services},
};
use payload::{Record, Structure};

/// What this directory is called, in facts and beside them.
pub const DIRECTORY: &str = "data-inclusion";
/// How long the read models may take to reach the present.
const PATIENCE: Duration = Duration::from_secs(2);

/// How an import is done.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Whether anything is written.
    pub mode: Mode,
    /// The files hold all that is published: what is not there no longer is.
    pub complete: bool,
    /// Even when a third of what was published would no longer be.
    pub force: bool,
}

/// Imports files, structures first; what one of them says is known to those that follow.
///
/// # Errors
/// When a file cannot be opened, or what is no longer published cannot be told.
pub async fn import(
    runtime: &Runtime,
    files: &[impl AsRef<Path>],
    options: Options,
) -> Result<Report, String> {
    let mut run = Run {
        import: Import { runtime, mode: options.mode, tool: DIRECTORY },
        known: HashMap::new(),
        seen: HashSet::new(),
        report: Report { dry_run: options.mode == Mode::DryRun, ..Report::default() },
    };
    let late = wait(runtime).await.is_err();
    if late {
        run.report.remark("Le modèle de lecture est en retard : une organisation déjà connue par son SIRET peut ne pas être reconnue");
    }
    let mut whole = true;
    for path in files {
        let name = path.as_ref().file_name().unwrap_or_default().to_string_lossy().into_owned();
        let file = std::fs::File::open(path).map_err(|error| format!("{name} : {error}"))?;
        let (sender, mut received) = tokio::sync::mpsc::channel(64);
        let sending = tokio::task::spawn_blocking(move || records::send(file, sender));
        let mut number = 0_usize;
        while let Some(record) = received.recv().await {
            number += 1;
            run.take(format!("{name}, n° {number}"), record).await;
        }
        if let Err(why) = sending.await.map_err(|error| error.to_string())? {
            whole = false;
            run.report.rejected.push((name, why));
        }
    }
    if options.complete {
        if late || !whole || !run.report.rejected.is_empty() {
            run.report.remark("Rien n’est déclaré dépublié : un enregistrement n’a pas été lu, ou le modèle de lecture est en retard");
        } else {
            run.delist(options.force).await?;
        }
    }
    Ok(run.report)
}

async fn wait(runtime: &Runtime) -> Result<(), TooLate> {
    let head = runtime.journal.head().await.unwrap_or(i64::MAX);
    let deadline = Instant::now() + PATIENCE;
    runtime.positions.wait(References::NAME, head, deadline).await?;
    runtime.positions.wait(Services::NAME, head, deadline).await
}

/// One import.
struct Run<'a> {
    import: Import<'a>,
    /// The organisations of the structures met, by their reference.
    known: HashMap<String, Uuid>,
    /// The services met.
    seen: HashSet<String>,
    report: Report,
}

impl Run<'_> {
    async fn take(&mut self, at: String, record: Value) {
        let today = self.import.runtime.clock.today();
        let done = match payload::read(record, today, &mut self.report) {
            Ok(Record::Structure(structure)) => self.structure(*structure).await,
            Ok(Record::Service(service)) => self.service(*service).await,
            Err(why) => Err(why),
        };
        self.report.count(at, done);
    }

    async fn structure(&mut self, structure: Structure) -> Result<Done, String> {
        let runtime = self.import.runtime;
        let found = find(runtime, &structure).await?;
        let id = found.unwrap_or_else(|| derived(&[b"data-inclusion", structure.reference.as_bytes()]));
        self.known.insert(structure.reference.clone(), id);
        let facts = runtime.journal.stream(id, 1).await.map_err(|error| error.to_string())?;
        if facts.is_empty() {
            let command = RegisterOrganisation {
                name: structure.name,
                kind: Word(structure.kind),
                siret: structure.siret,
                town: structure.town,
                external_ids: vec![structure.reference.clone()],
            };
            return self.import.apply(id, &structure.reference, command).await;
        }
        let mut update = UpdateOrganisation { name: None, siret: None, town: None, external_ids: None };
        let state = payload::organisation(&facts);
        if payload::is_only_ours(&facts) {
            update.name = Some(structure.name);
            update.town = Some(structure.town);
            update.siret = Some(structure.siret);
        } else {
            // What someone wrote by hand stays; the directory only gives its reference.
            if state.name != structure.name || state.town != structure.town {
                self.report.remark(
                    "Organisation tenue à la main, différente du répertoire : laissée comme elle est",
                );
            }
            if !state.external_ids.contains(&structure.reference) {
                let mut ids = state.external_ids;
                ids.push(structure.reference.clone());
                update.external_ids = Some(ids);
            }
        }
        self.import.apply(id, &structure.reference, update).await
    }

    async fn service(&mut self, mut service: ListService) -> Result<Done, String> {
        let reference = service.card.structure_reference.clone();
        service.card.structure_id = match self.known.get(&reference) {
            Some(id) => Some(*id),
            None => by_reference(self.import.runtime, &reference).await?,
        };
        match service.card.structure_id {
            Some(id) => drop(self.known.insert(reference, id)),
            None => self.report.remark("Service dont la structure n’est pas encore connue"),
        }
        self.seen.insert(service.reference.clone());
        let (id, reference) = (service.stream_id(), service.reference.clone());
        self.import.apply(id, &reference, service).await
    }

    /// What is listed and was not met is no longer published.
    async fn delist(&mut self, force: bool) -> Result<(), String> {
        let client = self.import.runtime.pool.get().await.map_err(|error| error.to_string())?;
        let sql = "select body->>'reference' from read.local_services
                   where body->>'directory' = $1 and body->>'listed' = 'true'";
        let rows = client.query(sql, &[&DIRECTORY]).await.map_err(|error| error.to_string())?;
        let gone: Vec<String> =
            rows.iter().map(|row| row.get(0)).filter(|reference| !self.seen.contains(reference)).collect();
        if !force && gone.len() * 10 > rows.len() * 3 {
            return Err(format!(
                "Plus de 30 % des services publiés manquent ({} sur {}). Vérifiez les fichiers, ou forcez avec --force. Le reste est enregistré.",
                gone.len(),
                rows.len()
            ));
        }
        for reference in gone {
            let id = local_service::stream_id(DIRECTORY, &reference);
            let command = DelistService { delisted_on: None };
            match self.import.apply(id, &reference, command).await {
                Ok(Done::Unchanged) => {}
                Ok(_) => self.report.delisted += 1,
                Err(why) => self.report.rejected.push(("Service dépublié".to_owned(), why)),
            }
        }
        Ok(())
    }
}

/// The organisation that a structure is: by its reference, or by its SIRET when exactly one has it.
async fn find(runtime: &Runtime, structure: &Structure) -> Result<Option<Uuid>, String> {
    if let Some(id) = by_reference(runtime, &structure.reference).await? {
        return Ok(Some(id));
    }
    if structure.siret.is_empty() {
        return Ok(None);
    }
    let sql = "select key from read.platform_references where body->>'siret' = $1 limit 2";
    only(runtime, sql, &structure.siret).await
}

async fn by_reference(runtime: &Runtime, reference: &str) -> Result<Option<Uuid>, String> {
    let sql = "select key from read.platform_references where body->'external_ids' ? $1 limit 2";
    only(runtime, sql, reference).await
}

async fn only(runtime: &Runtime, sql: &str, value: &str) -> Result<Option<Uuid>, String> {
    let client = runtime.pool.get().await.map_err(|error| error.to_string())?;
    let statement = client.prepare_cached(sql).await.map_err(|error| error.to_string())?;
    let rows = client.query(&statement, &[&value]).await.map_err(|error| error.to_string())?;
    Ok(if let [row] = rows.as_slice() { Some(row.get(0)) } else { None })
}
