//! Beside a private Postgres, and behind a pooler made of the few words of the protocol that it takes.

use std::{path::Path, sync::Arc};

use local_servers::{Overrides, Postgres, PostgresOptions, Tools};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::Mutex,
};

use super::*;

/// A message of the protocol: its type, and all its bytes.
async fn message(stream: &mut TcpStream) -> Option<(u8, Vec<u8>)> {
    let mut head = [0; 5];
    stream.read_exact(&mut head).await.ok()?;
    let [kind, length @ ..] = head;
    let mut bytes = head.to_vec();
    bytes.resize(1 + u32::from_be_bytes(length) as usize, 0);
    stream.read_exact(&mut bytes[5..]).await.ok()?;
    Some((kind, bytes))
}

/// Passes on what the server says until it is ready; returns whether a transaction is open.
async fn pass_on(server: &mut TcpStream, client: &mut TcpStream) -> Option<bool> {
    loop {
        let (kind, bytes) = message(server).await?;
        client.write_all(&bytes).await.ok()?;
        if kind == b'Z' {
            return Some(bytes.last() != Some(&b'I'));
        }
    }
}

/// One client of the pooler: the session is its own for as long as its transaction lasts, no longer.
async fn lend(mut client: TcpStream, session: Arc<Mutex<TcpStream>>) -> Option<()> {
    let length = client.read_u32().await.ok()? as usize;
    let mut asked = vec![0; length - 4];
    client.read_exact(&mut asked).await.ok()?;
    // Welcome, and ready.
    client.write_all(b"R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I").await.ok()?;
    let mut held = None;
    loop {
        let (kind, bytes) = message(&mut client).await?;
        if kind == b'X' {
            return None;
        }
        let mut server = match held.take() {
            Some(server) => server,
            None => session.clone().lock_owned().await,
        };
        server.write_all(&bytes).await.ok()?;
        if pass_on(&mut server, &mut client).await? {
            held = Some(server);
        }
    }
}

/// Opens a session, as `jalon` on the database `postgres`.
async fn session(port: u16) -> TcpStream {
    let mut server = TcpStream::connect(("127.0.0.1", port)).await.expect("Postgres");
    let asked = b"\0\x03\0\0user\0jalon\0database\0postgres\0\0";
    server.write_u32(u32::try_from(asked.len()).expect("short") + 4).await.expect("written");
    server.write_all(asked).await.expect("written");
    while message(&mut server).await.expect("it answers").0 != b'Z' {}
    server
}

#[tokio::test]
async fn sessions_of_ones_own_pass_and_those_lent_by_transaction_are_refused() {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("two folders deep");
    let tools = Tools::find(project, &Overrides::from_environment()).expect("make setup was run");
    let dir = std::env::temp_dir().join(format!("jalon-pooler-{}", std::process::id()));
    let options = PostgresOptions { short_lived: true, shared_buffers_mb: 16, ..PostgresOptions::default() };
    let postgres = Postgres::start(&tools, &dir, &options).await.expect("Postgres starts");
    let own = Settings::from_url(&postgres.url("postgres")).expect("a URL");
    refuse(&own).await.expect("sessions of one’s own");

    let pooler = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = pooler.local_addr().expect("an address").port();
    let shared = Arc::new(Mutex::new(session(postgres.port()).await));
    tokio::spawn(async move {
        while let Ok((client, _)) = pooler.accept().await {
            tokio::spawn(lend(client, shared.clone()));
        }
    });
    let lent = Settings::from_url(&format!("postgres://jalon@127.0.0.1:{port}/postgres")).expect("a URL");
    let refused = refuse(&lent).await.expect_err("a session lent by transaction");
    assert!(refused.to_string().contains("pool_mode = transaction"), "{refused}");
    assert!(!keeps_options(&lent).await.expect("it answers"), "its options are lost");
    postgres.stop().await.expect("it stops");
    drop(std::fs::remove_dir_all(dir));
}
