//! What a command prints may be cut: it ends there, as `jalon token list | head -1` must.

use std::{
    fs::File,
    process::{Command, Output, Stdio},
};

use access::Tokens;
use journal::Settings;
use local_servers::Fleeting;

/// The command, its output going there.
fn run(url: &str, arguments: &[&str], to: impl Into<Stdio>) -> Output {
    let variables = [("DATABASE_URL", url), ("KEYS_DATABASE_URL", url), ("NATS_URL", "nats://127.0.0.1:9")];
    let mut command = Command::new(env!("CARGO_BIN_EXE_jalon"));
    command.args(arguments).envs(variables).env("JALON_KEK_FILE", "/nowhere/kek");
    command.stdin(Stdio::null()).stdout(to).stderr(Stdio::piped());
    command.spawn().expect("it starts").wait_with_output().expect("it ends")
}

/// A pipe that nobody reads any more.
fn cut() -> std::io::PipeWriter {
    std::io::pipe().expect("a pipe").1
}

#[tokio::test]
async fn a_command_whose_output_is_cut_ends_without_a_word() {
    let postgres = Fleeting::shared().await.expect("make setup was run");
    let url = postgres.url(&postgres.new_database().await.expect("a database"));
    let settings = Settings::from_url(&url).expect("a URL");
    Tokens::migrate(&mut settings.connect().await.expect("it answers")).await.expect("its tables are made");

    let said = |output: &Output| String::from_utf8_lossy(&output.stderr).into_owned();
    let issue = ["token", "issue", "--role", "AUDITEUR"];
    for arguments in [&issue[..], &["token", "list"]] {
        let ended = run(&url, arguments, cut());
        assert_eq!((ended.status.code(), said(&ended)), (Some(141), String::new()), "{arguments:?}");
    }
    // What was done is done; whoever reads to the end reads all.
    let read = run(&url, &["token", "list"], Stdio::piped());
    assert_eq!((read.status.code(), said(&read)), (Some(0), String::new()));
    assert_eq!(String::from_utf8_lossy(&read.stdout).matches("AUDITEUR").count(), 1);
    // A full disk is not somebody who stops reading.
    let full = run(&url, &["token", "list"], File::create("/dev/full").expect("it is there"));
    assert_eq!(full.status.code(), Some(1));
    assert!(said(&full).starts_with("jalon : ") && said(&full).lines().count() == 1, "{}", said(&full));
    // Nothing printed, nothing cut: it says why it fails.
    let failed = run(&url, &["token", "revoke", "inconnu"], cut());
    assert_eq!(failed.status.code(), Some(1));
    assert!(said(&failed).starts_with("jalon : aucun jeton"), "{}", said(&failed));
}
