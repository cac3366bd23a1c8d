//! The whole program on private servers, for as long as something is measured.

use std::sync::Arc;

use local_servers::{Nats, Postgres};
use service::{Config, Runtime};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::{Error, folder, nats, postgres};
use crate::{demo::wait_ready, rights, serve, services};

/// Serves on loopback what `measure` asks, then stops everything.
pub async fn during<M>(name: &str, sync_always: bool, measure: M) -> Result<(), Error>
where
    M: AsyncFnOnce(&str, &Arc<Runtime>) -> Result<(), Error>,
{
    let (postgres, nats) = (postgres(name, None).await?, nats(&format!("{name}-nats"), sync_always).await?);
    let result = serving(name, (&postgres, &nats), measure).await;
    nats.stop().await?;
    postgres.stop().await?;
    result
}

async fn serving<M>(name: &str, (postgres, nats): (&Postgres, &Nats), measure: M) -> Result<(), Error>
where
    M: AsyncFnOnce(&str, &Arc<Runtime>) -> Result<(), Error>,
{
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let http = format!("http://{}", listener.local_addr()?);
    let keys = folder(&format!("{name}-keys"))?;
    let config = Config {
        database_url: postgres.url("jalon"),
        keys_database_url: postgres.url("jalon_keys"),
        nats_url: nats.url(),
        kek_file: keys.join("kek"),
        index_key_file: keys.join("index.key"),
        ..Config::demonstration()
    };
    rights::create(&config).await?;
    crate::migrate::migrate(&config).await?;
    // As in production: a role that owns nothing, behind the second wall.
    let runtime = Arc::new(crate::runtime::build(rights::serving(&config, rights::WHOLE))?);
    let (units, cancel) = (services::names(), CancellationToken::new());
    let serving = serve::serve(runtime.clone(), &units, listener, cancel.clone());
    let measuring = async {
        let result = match wait_ready(&http).await {
            Ok(()) => measure(&http, &runtime).await,
            Err(error) => Err(error),
        };
        cancel.cancel();
        result
    };
    tokio::join!(serving, measuring).1
}
