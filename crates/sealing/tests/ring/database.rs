//! A private Postgres for the tests that run together, and a database of keys for each.

use deadpool_postgres::{Manager, Pool};
use local_servers::Fleeting;
use sealing::keys;
use std::sync::Arc;
use tokio_postgres::{Client, NoTls};

/// A migrated database of keys of its own.
pub struct Database {
    server: Arc<Fleeting>,
    name: String,
}

impl Database {
    pub async fn new() -> Database {
        let server = Fleeting::shared().await.unwrap();
        let name = server.new_database().await.unwrap();
        let database = Database { server, name };
        keys::migrate(&mut database.client().await).await.unwrap();
        database
    }

    fn url(&self) -> String {
        self.server.url(&self.name)
    }

    pub async fn client(&self) -> Client {
        let (client, connection) = tokio_postgres::connect(&self.url(), NoTls).await.unwrap();
        tokio::spawn(connection);
        client
    }

    /// A pool of its own, as another process would have.
    pub fn pool(&self) -> Pool {
        pool(&self.url())
    }

    /// The same, as whoever serves and owns nothing.
    pub async fn serving(&self) -> Pool {
        let role = format!("serves_{}", self.name);
        let client = self.client().await;
        client.batch_execute(&format!("create role {role} login")).await.unwrap();
        keys::admit(&client, &role).await.unwrap();
        pool(&self.url().replacen("://jalon@", &format!("://{role}@"), 1))
    }
}

/// A pool to a server that does not answer.
pub fn nowhere() -> Pool {
    pool("postgres://jalon@127.0.0.1:1/nowhere")
}

fn pool(url: &str) -> Pool {
    Pool::builder(Manager::new(url.parse().unwrap(), NoTls)).max_size(4).build().unwrap()
}
