//! HTTP to the provider: over TLS unless the address says otherwise, never redirected, within limits.

use std::{pin::Pin, time::Duration};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};

use crate::Error;

/// How long it may take to answer: its codes live thirty seconds.
const PATIENCE: Duration = Duration::from_secs(10);
/// How much it may answer, in bytes.
const LIMIT: usize = 1 << 20;

/// A client. A cheap handle.
#[derive(Clone)]
pub(crate) struct Http {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
}

impl Http {
    pub(crate) fn new() -> Result<Self, Error> {
        let connector = HttpsConnectorBuilder::new()
            .with_native_roots()
            .map_err(|error| Error::Settings(error.to_string()))?
            .https_or_http()
            .enable_http1()
            .build();
        Ok(Self { client: Client::builder(TokioExecutor::new()).build(connector) })
    }

    /// What it answers. An address or a body may hold a code: no error repeats them.
    async fn answer(&self, request: HttpRequest) -> Result<HttpResponse, Error> {
        let answer = async {
            let answer = self.client.request(request.map(|body| Full::new(Bytes::from(body)))).await;
            let (head, body) = answer.map_err(|_| unavailable("no connection"))?.into_parts();
            let body = Limited::new(body, LIMIT).collect().await;
            let body = body.map_err(|_| unavailable("its answer broke off, or is too long"))?;
            Ok(HttpResponse::from_parts(head, body.to_bytes().to_vec()))
        };
        tokio::time::timeout(PATIENCE, answer).await.map_err(|_| unavailable("it takes too long"))?
    }
}

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, Error>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.answer(request))
    }
}

fn unavailable(why: &str) -> Error {
    Error::Unavailable(why.to_owned())
}
