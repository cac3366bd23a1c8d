//! The configuration, read once from the environment. Nothing else in Jalon reads it.

use std::{net::SocketAddr, path::PathBuf};

mod limits;
mod traces;

pub use limits::Limits;
pub use traces::Traces;

/// What a process must be told.
#[derive(Clone, Debug)]
pub struct Config {
    /// `DATABASE_URL`: the journal and the read models.
    pub database_url: String,
    /// `MACHINERY_DATABASE_URL`: the same database, as the login that sees every row and keeps read models up to date;
    /// that of `DATABASE_URL` when nothing is said, for whoever owns it.
    pub machinery_database_url: Option<String>,
    /// `KEYS_DATABASE_URL`: the keys, in a database of their own. Empty for what opens none.
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
    /// Who says which professional comes.
    pub oidc: Option<Oidc>,
    /// How professionals are written to.
    pub mail: Mail,
    /// `JALON_POLICIES_DIR`: a folder of access policies, instead of those of the program.
    pub policies_dir: Option<PathBuf>,
    /// `JALON_LOG`: which logs are written.
    pub log: String,
    /// `OTEL_…`: where traces go.
    pub traces: Traces,
    /// `JALON_METRICS_ADDR`: where metrics are answered, away from everything else; nowhere when it is `off`.
    pub metrics: Option<SocketAddr>,
    /// `JALON_LIMITS`: how much one may ask, and how long one may take.
    pub limits: Limits,
    /// `JALON_CLIENT_ADDRESS_HEADER`: the header in which the proxy in front says who calls; its last word is believed.
    /// Nothing: whoever holds the connection calls.
    pub client_address_header: Option<String>,
    /// `JALON_DEMONSTRATION_SECOND_FACTOR=0`: the invented people show none when they enter.
    pub demonstration_second_factor: bool,
}

/// Where metrics are answered when nothing is said.
const METRICS: &str = "127.0.0.1:9464";

/// The OpenID Connect provider of professionals, with the profile of ProConnect.
#[derive(Clone)]
pub struct Oidc {
    /// `JALON_OIDC_ISSUER`: its issuer.
    pub issuer: String,
    /// `JALON_OIDC_CLIENT_ID`: who Jalon is to it.
    pub client_id: String,
    /// `JALON_OIDC_CLIENT_SECRET` (or `…_FILE`).
    pub client_secret: String,
    /// `JALON_OIDC_ACR`: the levels of assurance of which whoever enters must have shown one, separated by commas.
    /// None: whatever the provider asks of them.
    pub levels: Vec<String>,
}

impl std::fmt::Debug for Oidc {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Oidc").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

impl Oidc {
    fn read(public_url: Option<&str>, demonstration: bool) -> Result<Option<Self>, ConfigError> {
        let Some(issuer) = read("JALON_OIDC_ISSUER")? else { return Ok(None) };
        let need = |name: &str| {
            read(name)?.ok_or_else(|| {
                ConfigError(format!("la variable {name} manque : JALON_OIDC_ISSUER la demande"))
            })
        };
        if !demonstration && !issuer.starts_with("https://") {
            return Err(ConfigError(
                "JALON_OIDC_ISSUER doit commencer par https:// : ce que dit le fournisseur d’identité ne voyage pas en clair"
                    .into(),
            ));
        }
        if public_url.is_none() {
            return Err(ConfigError(
                "la variable JALON_PUBLIC_URL manque : le fournisseur d’identité renvoie les personnes à cette adresse"
                    .into(),
            ));
        }
        Ok(Some(Self {
            issuer,
            client_id: need("JALON_OIDC_CLIENT_ID")?,
            client_secret: need("JALON_OIDC_CLIENT_SECRET")?,
            levels: levels(&read("JALON_OIDC_ACR")?.unwrap_or_default())?,
        }))
    }

    fn environment(&self) -> [(&'static str, String); 4] {
        [
            ("JALON_OIDC_ISSUER", self.issuer.clone()),
            ("JALON_OIDC_CLIENT_ID", self.client_id.clone()),
            ("JALON_OIDC_CLIENT_SECRET", self.client_secret.clone()),
            ("JALON_OIDC_ACR", self.levels.join(",")),
        ]
    }
}

/// The levels of assurance that are named there, as they stand.
fn levels(text: &str) -> Result<Vec<String>, ConfigError> {
    let named: Vec<String> = text.split(',').map(|level| level.trim().to_owned()).collect();
    let graphic = |level: &String| !level.is_empty() && level.bytes().all(|byte| byte.is_ascii_graphic());
    match named.iter().all(graphic) {
        true => Ok(named),
        false if text.trim().is_empty() => Ok(Vec::new()),
        false => Err(ConfigError(
            "JALON_OIDC_ACR doit nommer des niveaux d’assurance séparés par des virgules, comme eidas1-mfa,eidas2,eidas3".into(),
        )),
    }
}

/// How professionals are written to: nothing is sent unless there is a relay.
#[derive(Clone, Default)]
pub struct Mail {
    /// `JALON_SMTP_URL` (or `…_FILE`): the relay, `smtp://user:password@host:port` or `smtps://…`;
    /// `?tls=required` asks the former for STARTTLS.
    pub smtp_url: Option<String>,
    /// `JALON_MAIL_FROM`: the address messages come from.
    pub from: Option<String>,
    /// `JALON_PUBLIC_URL`: where people reach Jalon, for the links of messages; where HTTP is answered when
    /// nothing is said.
    pub public_url: Option<String>,
}

impl std::fmt::Debug for Mail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The address of the relay may hold a password.
        f.debug_struct("Mail")
            .field("smtp", &self.smtp_url.is_some())
            .field("from", &self.from)
            .finish_non_exhaustive()
    }
}

impl Mail {
    fn read() -> Result<Self, ConfigError> {
        let mail = Self {
            smtp_url: read("JALON_SMTP_URL")?,
            from: read("JALON_MAIL_FROM")?,
            public_url: read("JALON_PUBLIC_URL")?,
        };
        if mail.smtp_url.is_some() && mail.from.is_none() {
            return Err(ConfigError(
                "la variable JALON_MAIL_FROM manque : JALON_SMTP_URL demande une adresse d’expéditeur".into(),
            ));
        }
        Ok(mail)
    }

    fn environment(&self) -> impl Iterator<Item = (&'static str, String)> {
        let variables = [
            ("JALON_SMTP_URL", self.smtp_url.clone()),
            ("JALON_MAIL_FROM", self.from.clone()),
            ("JALON_PUBLIC_URL", self.public_url.clone()),
        ];
        variables.into_iter().filter_map(|(name, value)| Some((name, value?)))
    }
}

/// The folder of the demonstration, when nothing is said; `JALON_DIR` names another.
pub const DEMONSTRATION: &str = ".jalon";
/// Where in it `jalon demo` leaves its variables, for the other commands.
const ENVIRONMENT: &str = "environment";
/// Which logs are written.
const LOG: &str = "JALON_LOG";

/// A variable is missing or unreadable.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(String);

impl Config {
    /// What a demonstration begins with: logs and traces as the environment says, all else its own.
    pub fn demonstration() -> Self {
        Self {
            database_url: String::new(),
            machinery_database_url: None,
            keys_database_url: String::new(),
            nats_url: String::new(),
            listen: ([127, 0, 0, 1], 0).into(),
            kek_file: PathBuf::new(),
            index_key_file: PathBuf::new(),
            origin: "jalon.example/journal/1".into(),
            demonstration: true,
            immersion_facilitee_secret: None,
            oidc: None,
            mail: Mail::default(),
            policies_dir: variable("JALON_POLICIES_DIR").map(PathBuf::from),
            log: variable(LOG).unwrap_or_else(|| "info".into()),
            traces: Traces::said(),
            metrics: variable("JALON_METRICS_ADDR").and_then(|address| address.parse().ok()),
            limits: Limits::demonstration(),
            client_address_header: None,
            demonstration_second_factor: variable("JALON_DEMONSTRATION_SECOND_FACTOR").as_deref()
                != Some("0"),
        }
    }

    /// Which logs a demonstration writes before whoever launched it: warnings, unless the environment says otherwise.
    pub fn launcher_log() -> String {
        variable(LOG).unwrap_or_else(|| "warn".into())
    }

    /// Whether anyone may enter as one of the invented people: in a demonstration that has no provider, and that is
    /// reached from this machine only. Nothing that serves others is configured so.
    pub fn enters_without_password(&self) -> bool {
        self.demonstration && self.oidc.is_none() && self.listen.ip().is_loopback() && !self.over_tls()
    }

    /// Whether Jalon is reached over TLS.
    pub fn over_tls(&self) -> bool {
        self.mail.public_url.as_deref().is_some_and(|url| url.starts_with("https://"))
    }

    /// What cookies are kept with: only sent over TLS, once Jalon is reached over TLS.
    pub fn secure(&self) -> &'static str {
        if self.over_tls() { "; Secure" } else { "" }
    }

    /// What a cookie of that name is called: over TLS, one that only this host can have set.
    pub fn cookie_name(&self, name: &str) -> String {
        let host = if self.over_tls() { "__Host-" } else { "" };
        format!("{host}{name}")
    }

    /// The word that secrets given here hold: those of one environment open nothing in another.
    pub fn environment_word(&self) -> &'static str {
        if self.demonstration { "demo" } else { "prod" }
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
        variables.extend(self.machinery_database_url.clone().map(|url| ("MACHINERY_DATABASE_URL", url)));
        variables.extend(
            self.immersion_facilitee_secret.clone().map(|value| ("JALON_IMMERSION_FACILITEE_SECRET", value)),
        );
        variables.extend(self.oidc.iter().flat_map(Oidc::environment));
        variables.extend(self.mail.environment());
        let folder = self.policies_dir.as_ref().map(|folder| folder.display().to_string());
        variables.extend(folder.map(|value| ("JALON_POLICIES_DIR", value)));
        variables.extend(self.traces.environment());
        let metrics = self.metrics.map_or_else(|| "off".to_owned(), |address| address.to_string());
        variables.push(("JALON_METRICS_ADDR", metrics));
        variables.push(("JALON_LIMITS", self.limits.to_string()));
        variables
            .extend(self.client_address_header.clone().map(|name| ("JALON_CLIENT_ADDRESS_HEADER", name)));
        let second_factor = if self.demonstration_second_factor { "1" } else { "0" };
        variables.push(("JALON_DEMONSTRATION_SECOND_FACTOR", second_factor.into()));
        variables
    }

    /// From the environment; what it does not say is looked for in the demonstration of this folder.
    ///
    /// # Errors
    /// Names the variable at fault, in French.
    pub fn from_env() -> Result<Self, ConfigError> {
        let config = Self::from_env_without_keys()?;
        if config.keys_database_url.is_empty() {
            return Err(missing("KEYS_DATABASE_URL"));
        }
        Ok(config)
    }

    /// The same, for what opens no key: it need not be told where they are.
    ///
    /// # Errors
    /// As [`Config::from_env`].
    pub fn from_env_without_keys() -> Result<Self, ConfigError> {
        let need = |name: &str| read(name)?.ok_or_else(|| missing(name));
        let listen = read("JALON_LISTEN")?.unwrap_or_else(|| "127.0.0.1:8080".into());
        let kek_file = PathBuf::from(need("JALON_KEK_FILE")?);
        let index_key_file = read("JALON_INDEX_KEY_FILE")?
            .map(PathBuf::from)
            .unwrap_or_else(|| kek_file.with_file_name("index.key"));
        let mail = Mail::read()?;
        let demonstration = read("JALON_DEMONSTRATION")?.as_deref() == Some("1");
        let usual = if demonstration { Limits::demonstration() } else { Limits::default() };
        Ok(Self {
            database_url: need("DATABASE_URL")?,
            machinery_database_url: read("MACHINERY_DATABASE_URL")?,
            keys_database_url: read("KEYS_DATABASE_URL")?.unwrap_or_default(),
            nats_url: need("NATS_URL")?,
            listen: listen.parse().map_err(|_| {
                ConfigError("JALON_LISTEN doit être une adresse et un port, comme 127.0.0.1:8080".into())
            })?,
            kek_file,
            index_key_file,
            origin: read("JALON_ORIGIN")?.unwrap_or_else(|| "jalon.example/journal/1".into()),
            demonstration,
            immersion_facilitee_secret: inbound_secret()?,
            oidc: Oidc::read(mail.public_url.as_deref(), demonstration)?,
            mail,
            policies_dir: read("JALON_POLICIES_DIR")?.map(PathBuf::from),
            log: read(LOG)?.unwrap_or_else(|| "info".into()),
            traces: Traces::read()?,
            metrics: metrics()?,
            limits: usual.changed(&read("JALON_LIMITS")?.unwrap_or_default())?,
            client_address_header: read("JALON_CLIENT_ADDRESS_HEADER")?.map(|name| name.to_ascii_lowercase()),
            demonstration_second_factor: read("JALON_DEMONSTRATION_SECOND_FACTOR")?.as_deref() != Some("0"),
        })
    }
}

/// What is said of a variable that is not there.
fn missing(name: &str) -> ConfigError {
    ConfigError(format!(
        "la variable {name} manque, et il n’y a pas de démonstration dans « {} ». Donnez cette variable ; ou lancez `jalon demo` ici ; ou, si la démonstration est dans un autre dossier, donnez-le par JALON_DIR",
        demonstration_folder().display()
    ))
}

/// The fewest characters of a secret that another tool sends: whoever guesses it speaks for that tool.
const SECRET: usize = 24;

fn inbound_secret() -> Result<Option<String>, ConfigError> {
    let secret = read("JALON_IMMERSION_FACILITEE_SECRET")?;
    if secret.as_ref().is_some_and(|secret| secret.chars().count() < SECRET) {
        return Err(ConfigError(format!(
            "JALON_IMMERSION_FACILITEE_SECRET est trop court : {SECRET} caractères au moins, tirés au hasard, comme ceux de « openssl rand -base64 32 »"
        )));
    }
    Ok(secret)
}

fn metrics() -> Result<Option<SocketAddr>, ConfigError> {
    let text = read("JALON_METRICS_ADDR")?.unwrap_or_else(|| METRICS.into());
    if text == "off" {
        return Ok(None);
    }
    let wrong = || {
        ConfigError(format!("JALON_METRICS_ADDR doit être une adresse et un port, comme {METRICS}, ou off"))
    };
    text.parse().map(Some).map_err(|_| wrong())
}

/// A variable of the environment. Empty counts as absent.
#[expect(clippy::disallowed_methods, reason = "the one place where the environment is read")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Where the demonstration is whose variables are taken.
fn demonstration_folder() -> PathBuf {
    variable("JALON_DIR").unwrap_or_else(|| DEMONSTRATION.into()).into()
}

/// The variable, or the content of the file that `NAME_FILE` names, or what the demonstration of this
/// folder says.
fn read(name: &str) -> Result<Option<String>, ConfigError> {
    if let Some(value) = variable(name) {
        return Ok(Some(value));
    }
    let Some(path) = variable(&format!("{name}_FILE")) else {
        let demonstration =
            std::fs::read_to_string(demonstration_folder().join(ENVIRONMENT)).unwrap_or_default();
        let value = demonstration.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
        return Ok(value.filter(|value| !value.is_empty()).map(str::to_owned));
    };
    let value = std::fs::read_to_string(&path)
        .map_err(|error| ConfigError(format!("{name}_FILE ne peut pas être lu : {error}")))?;
    Ok(Some(value.trim().to_owned()).filter(|value| !value.is_empty()))
}
