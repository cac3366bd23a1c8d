//! Sessions, and tokens given to someone, end with the post they were opened for: rights hang on the post, and on
//! who holds it. Those that are over are removed.

use std::{sync::Arc, time::Duration};

use futures::{FutureExt as _, future::BoxFuture};
use service::{Problem, Runtime};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::views::directory;

/// How long a session may outlive the post, when nothing says that the directory has moved.
const AT_MOST: Duration = Duration::from_secs(3);
/// The least time between two looks.
const AT_LEAST: Duration = Duration::from_millis(500);

const END: &str = "
delete from access.token session using read.directory post
where session.professional_id is not null and post.key = session.post_id and post.kind = 'post'
  and post.body ->> 'professional_id' is distinct from session.professional_id::text";

/// Ends the sessions of those who no longer hold their post, for as long as the process lives.
pub fn keep(runtime: Arc<Runtime>, cancel: CancellationToken) -> BoxFuture<'static, ()> {
    async move {
        let mut moved = runtime.positions.watch(directory::NAME);
        while !cancel.is_cancelled() {
            match end(&runtime).await {
                Ok(0) => {}
                Ok(ended) => tracing::info!(ended, "sessions ended with the post they were opened for"),
                Err(problem) => tracing::warn!(why = %problem.detail, "sessions could not be looked at"),
            }
            let rest = async {
                tokio::time::sleep(AT_LEAST).await;
                // Whether it moved or not, they are looked at again.
                let _ = timeout(AT_MOST, moved.changed()).await;
            };
            cancel.run_until_cancelled(rest).await;
        }
    }
    .boxed()
}

async fn end(runtime: &Runtime) -> Result<u64, Problem> {
    let client = runtime.pool.get().await?;
    let ended = client.execute(END, &[]).await?;
    drop(client);
    runtime.tokens.sweep(runtime.clock.now()).await?;
    Ok(ended)
}
