//! What the machine allows at best: one row, one prepared INSERT, one commit, one connection a client.

use tokio_postgres::{Client, Statement};

use crate::{
    Error, setup,
    timing::{self, Timing, Worker},
};

/// Bytes of the row's content, as many as a fact has.
pub(crate) const PAYLOAD: usize = 300;

const TABLE: &str = "create schema if not exists bench;
                     create table if not exists bench.plain
                         (id bigint generated always as identity primary key, payload bytea not null)";

struct Inserter {
    client: Client,
    statement: Statement,
    payload: Vec<u8>,
}

impl Worker for Inserter {
    async fn step(&mut self) -> Result<(), Error> {
        self.client.execute(&self.statement, &[&self.payload]).await?;
        Ok(())
    }
}

/// One-row INSERTs by that many clients.
pub(crate) async fn insert(url: &str, clients: u32, seconds: f64) -> Result<Timing, Error> {
    setup::connect(url).await?.batch_execute(TABLE).await?;
    let mut inserters = Vec::new();
    for _ in 0..clients {
        let client = setup::connect(url).await?;
        let statement = client.prepare("insert into bench.plain (payload) values ($1)").await?;
        inserters.push(Inserter { client, statement, payload: vec![0x5a; PAYLOAD] });
    }
    timing::run(inserters, seconds).await
}
