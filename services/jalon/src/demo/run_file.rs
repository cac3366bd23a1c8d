//! What tells the outside that the demonstration is ready, and how to reach it.

use std::{
    io::Write as _,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use access::Actor;
use contracts::common::v1::Role;
use serde::Serialize;
use serde_json::Value;
use service::{Config, Runtime};
use uuid::Uuid;

use super::{
    Error, Ground,
    play::{Told, actor_of, issue, role_code},
    script::Story,
};

/// `run.json`.
#[derive(Debug, Serialize)]
pub struct Run {
    http: String,
    nats: String,
    postgres: String,
    platform_id: Option<Uuid>,
    sign_ins: Vec<SignIn>,
    /// Where the demonstration is.
    #[serde(skip)]
    dir: PathBuf,
}

#[derive(Debug, Serialize)]
struct SignIn {
    name: String,
    role: &'static str,
    organisation: String,
    token: String,
}

/// Forgets that it is ready.
pub fn remove(dir: &Path) {
    let _ = std::fs::remove_file(dir.join("run.json"));
}

fn write_private(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let partial = path.with_extension("part");
    let mut file =
        std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&partial)?;
    file.write_all(bytes)?;
    std::fs::rename(partial, path)?;
    Ok(())
}

/// Writes `environment`, which lets the other commands of `jalon` find the demonstration.
///
/// # Errors
/// When the file cannot be written.
pub fn write_environment(dir: &Path, config: &Config) -> Result<(), Error> {
    let lines: String =
        config.environment().iter().map(|(name, value)| format!("{name}={value}\n")).collect();
    write_private(&dir.join("environment"), lines.as_bytes())
}

/// Writes `run.json`.
///
/// # Errors
/// When the journal cannot be read or the file cannot be written.
pub async fn write(
    ground: &Ground,
    http: &str,
    story: &Story,
    told: &Told,
    runtime: &Runtime,
) -> Result<Run, Error> {
    let mut sign_ins = Vec::new();
    for alias in &story.sign_ins {
        let Some(post) = told.ids.get(alias) else { continue };
        let actor = actor_of(runtime, *post).await?;
        sign_ins.push(SignIn {
            name: said(story, &format!("/api/v1/posts/@{alias}/fill"), "professional_name", None),
            role: role_code(actor.role),
            organisation: organisation_of(story, alias),
            token: issue(runtime, &actor).await?,
        });
    }
    let administrator = Actor { role: Role::ADMINISTRATEUR, system: None, ..Actor::system("") };
    sign_ins.push(SignIn {
        name: "Administration".into(),
        role: role_code(Role::ADMINISTRATEUR),
        organisation: String::new(),
        token: issue(runtime, &administrator).await?,
    });
    let run = Run {
        http: http.to_owned(),
        nats: ground.config.nats_url.clone(),
        postgres: ground.config.database_url.clone(),
        platform_id: told.ids.get(&story.platform).copied(),
        sign_ins,
        dir: ground.dir.clone(),
    };
    write_private(&ground.dir.join("run.json"), &serde_json::to_vec_pretty(&run)?)?;
    Ok(run)
}

/// What the story's last step of that path, or of that alias, says in that member.
fn said(story: &Story, path: &str, member: &str, named: Option<&str>) -> String {
    let step = story.steps.iter().rev().find(|step| match named {
        Some(alias) => step.named.as_deref() == Some(alias),
        None => step.post == path,
    });
    step.and_then(|step| step.body.get(member)).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn organisation_of(story: &Story, post: &str) -> String {
    let organisation = said(story, "", "organisation_id", Some(post));
    said(story, "", "name", Some(organisation.trim_start_matches('@')))
}

impl Run {
    /// Says where to go.
    pub fn print(&self, headless: bool) {
        println!("\nJalon est prêt : {}", self.http);
        if headless {
            return;
        }
        println!("\n  Ouvrez cette adresse, puis choisissez qui vous êtes (personnes inventées) :\n");
        for sign_in in &self.sign_ins {
            println!("  {:<28} {:<22} {}", sign_in.name, sign_in.role, sign_in.organisation);
        }
        let usual = Path::new(service::config::DEMONSTRATION).canonicalize();
        if !usual.is_ok_and(|usual| usual == self.dir) {
            println!(
                "\n  Les autres commandes la trouvent quand elles savent où elle est : JALON_DIR={}",
                self.dir.display()
            );
        }
        println!(
            "\n  Les jetons d’accès à l’API sont dans run.json. Ctrl-C arrête tout ; un second départ reprend ici.\n"
        );
    }
}
