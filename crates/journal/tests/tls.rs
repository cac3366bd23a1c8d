//! A database that is spoken to over TLS proves who it is.

use std::{
    fs::Permissions,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown},
    path::Path,
    process::Command,
    time::Duration,
};

use journal::{Journal, QueueSettings, Settings};
use local_servers::{Overrides, Postgres, PostgresOptions, Tools};
use rcgen::{CertificateParams, KeyPair};

/// Where the server is, told to the other process.
const URL: &str = "JALON_TEST_TLS_URL";

/// Puts a certificate for 127.0.0.1 where the server reads it. Returns it.
fn certify(data: &Path) -> String {
    let key = KeyPair::generate().expect("a key");
    let params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).expect("a name");
    let certificate = params.self_signed(&key).expect("a certificate").pem();
    let owner = std::fs::metadata(data).expect("the cluster");
    for (file, text) in [("server.crt", &certificate), ("server.key", &key.serialize_pem())] {
        let path = data.join(file);
        std::fs::write(&path, text).expect("written");
        std::fs::set_permissions(&path, Permissions::from_mode(0o600)).expect("private");
        chown(&path, Some(owner.uid()), Some(owner.gid())).expect("its own");
    }
    certificate
}

#[tokio::test]
async fn tls_is_required_with_a_certificate_that_is_trusted_or_nothing_is_said() {
    let dir = std::env::temp_dir().join(format!("journal-tls-{}", std::process::id()));
    std::fs::create_dir_all(&dir).expect("a folder");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let tools = Tools::find(&root, &Overrides::from_environment()).expect("Postgres");
    let postgres =
        Postgres::start(&tools, &dir.join("postgres"), &PostgresOptions::default()).await.expect("ready");
    let url = postgres.url("postgres");
    let settings = Settings::from_url(&url).expect("a URL");
    Journal::migrate(&settings).await.expect("migrated");
    let client = settings.connect().await.expect("connected");
    let data: String = client.query_one("show data_directory", &[]).await.expect("where").get(0);
    let certificate = dir.join("trusted.pem");
    std::fs::write(&certificate, certify(Path::new(&data))).expect("written");
    let over_tls = format!("{url}?sslmode=require");
    let read_with = |trusted: Option<&Path>| {
        let mut command = Command::new(std::env::current_exe().expect("this program"));
        command.args(["--ignored", "--exact", "the_head_is_read_over_tls"]).env(URL, &over_tls);
        if let Some(trusted) = trusted {
            command.env("SSL_CERT_FILE", trusted);
        }
        let output = command.output().expect("ran");
        (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let (read, said) = read_with(Some(&certificate));
    assert!(!read, "a server without TLS was spoken to: {said}");
    client.batch_execute("alter system set ssl = on").await.expect("on");
    client.execute("select pg_reload_conf()", &[]).await.expect("reloaded");
    let mut tries = 0;
    while !read_with(Some(&certificate)).0 {
        tries += 1;
        assert!(tries < 50, "not over TLS: {}", read_with(Some(&certificate)).1);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let (read, said) = read_with(None);
    assert!(!read, "an unknown certificate was trusted: {said}");
    postgres.stop().await.expect("stopped");
    std::fs::remove_dir_all(&dir).expect("removed");
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "told by the process that runs it")]
#[ignore = "asked by the other test, in a process that trusts what it is told"]
async fn the_head_is_read_over_tls() {
    let url = std::env::var(URL).expect("the other test says where");
    let settings = Settings::from_url(&url).expect("a URL");
    let client = settings.connect().await.expect("connected");
    let row = client.query_one("select ssl from pg_stat_ssl where pid = pg_backend_pid()", &[]).await;
    assert!(row.expect("known").get::<_, bool>(0), "in clear");
    let journal = Journal::open(settings, QueueSettings::default());
    assert_eq!(journal.head().await.expect("read"), 0);
}
