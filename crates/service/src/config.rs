//! The configuration, read once from the environment. Nothing else in Jalon reads it.

use std::{net::SocketAddr, path::PathBuf};

/// What a process must be told.
#[derive(Clone, Debug)]
pub struct Config {
    /// `DATABASE_URL`: the journal and the read models.
    pub database_url: String,
    /// `KEYS_DATABASE_URL`: the keys, in a database of their own.
    pub keys_database_url: String,
    /// `NATS_URL`: one or more servers, separated by commas.
    pub nats_url: String,
    /// `JALON_LISTEN`: where HTTP is answered.
    pub listen: SocketAddr,
    /// `JALON_KEK_FILE`: the key that wraps all keys.
    pub kek_file: PathBuf,
    /// `JALON_INDEX_KEY_FILE`: the secret under which people are found again by their name and birth date
    /// without either being written. Beside the key that wraps all keys when nothing is said.
    pub index_key_file: PathBuf,
    /// `JALON_ORIGIN`: the name of this journal, bound into every seal. Never changes.
    pub origin: String,
    /// `JALON_DEMONSTRATION=1`: invented people only; sign-in without a password, time of commands
    /// given by their caller.
    pub demonstration: bool,
    /// `JALON_IMMERSION_FACILITEE_SECRET` (or `…_FILE`): what that tool sends in `authorization`.
    pub immersion_facilitee_secret: Option<String>,
    /// `JALON_LOG`: which logs are written.
    pub log: String,
    /// `OTEL_EXPORTER_OTLP_ENDPOINT`: where traces go.
    pub otlp_endpoint: Option<String>,
}

/// Where `jalon demo` leaves the variables of the demonstration, for the other commands.
const DEMONSTRATION: &str = ".jalon/environment";

/// A variable is missing or unreadable.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(String);

impl Config {
    /// What a demonstration begins with: logs and traces as the environment says, all else its own.
    pub fn demonstration() -> Self {
        Self {
            database_url: String::new(),
            keys_database_url: String::new(),
            nats_url: String::new(),
            listen: ([127, 0, 0, 1], 0).into(),
            kek_file: PathBuf::new(),
            index_key_file: PathBuf::new(),
            origin: "jalon.example/journal/1".into(),
            demonstration: true,
            immersion_facilitee_secret: None,
            log: variable("JALON_LOG").unwrap_or_else(|| "info".into()),
            otlp_endpoint: variable("OTEL_EXPORTER_OTLP_ENDPOINT"),
        }
    }

    /// The variables that say the same, for another process.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        let mut variables = vec![
            ("DATABASE_URL", self.database_url.clone()),
            ("KEYS_DATABASE_URL", self.keys_database_url.clone()),
            ("NATS_URL", self.nats_url.clone()),
            ("JALON_LISTEN", self.listen.to_string()),
            ("JALON_KEK_FILE", self.kek_file.display().to_string()),
            ("JALON_ORIGIN", self.origin.clone()),
            ("JALON_DEMONSTRATION", if self.demonstration { "1" } else { "0" }.into()),
            ("JALON_LOG", self.log.clone()),
        ];
        variables.extend(
            self.immersion_facilitee_secret.clone().map(|value| ("JALON_IMMERSION_FACILITEE_SECRET", value)),
        );
        variables.extend(self.otlp_endpoint.clone().map(|value| ("OTEL_EXPORTER_OTLP_ENDPOINT", value)));
        variables
    }

    /// From the environment; what it does not say is looked for in the demonstration of this folder.
    ///
    /// # Errors
    /// Names the variable at fault, in French.
    pub fn from_env() -> Result<Self, ConfigError> {
        let need = |name: &str| {
            read(name)?.ok_or_else(|| {
                ConfigError(format!("la variable {name} manque (ou démarrez `jalon demo` dans ce dossier)"))
            })
        };
        let listen = read("JALON_LISTEN")?.unwrap_or_else(|| "127.0.0.1:8080".into());
        let kek_file = PathBuf::from(need("JALON_KEK_FILE")?);
        let index_key_file = read("JALON_INDEX_KEY_FILE")?
            .map(PathBuf::from)
            .unwrap_or_else(|| kek_file.with_file_name("index.key"));
        Ok(Self {
            database_url: need("DATABASE_URL")?,
            keys_database_url: need("KEYS_DATABASE_URL")?,
            nats_url: need("NATS_URL")?,
            listen: listen.parse().map_err(|_| {
                ConfigError("JALON_LISTEN doit être une adresse et un port, comme 127.0.0.1:8080".into())
            })?,
            kek_file,
            index_key_file,
            origin: read("JALON_ORIGIN")?.unwrap_or_else(|| "jalon.example/journal/1".into()),
            demonstration: read("JALON_DEMONSTRATION")?.as_deref() == Some("1"),
            immersion_facilitee_secret: read("JALON_IMMERSION_FACILITEE_SECRET")?,
            log: read("JALON_LOG")?.unwrap_or_else(|| "info".into()),
            otlp_endpoint: read("OTEL_EXPORTER_OTLP_ENDPOINT")?,
        })
    }
}

/// A variable of the environment. Empty counts as absent.
#[expect(clippy::disallowed_methods, reason = "the one place where the environment is read")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The variable, or the content of the file that `NAME_FILE` names, or what the demonstration of this
/// folder says.
fn read(name: &str) -> Result<Option<String>, ConfigError> {
    if let Some(value) = variable(name) {
        return Ok(Some(value));
    }
    let Some(path) = variable(&format!("{name}_FILE")) else {
        let demonstration = std::fs::read_to_string(DEMONSTRATION).unwrap_or_default();
        let value = demonstration.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
        return Ok(value.filter(|value| !value.is_empty()).map(str::to_owned));
    };
    let value = std::fs::read_to_string(&path)
        .map_err(|error| ConfigError(format!("{name}_FILE ne peut pas être lu : {error}")))?;
    Ok(Some(value.trim().to_owned()).filter(|value| !value.is_empty()))
}
