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

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        net::TcpListener,
    };

    use super::*;

    /// Answers that once to whoever comes; says whether anybody did.
    async fn answering(answer: String) -> (std::net::SocketAddr, tokio::task::JoinHandle<()>) {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let served = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let _ = stream.read(&mut [0; 4096]).await.unwrap();
            // Whoever has read enough goes.
            stream.write_all(answer.as_bytes()).await.ok();
        });
        (address, served)
    }

    async fn ask(address: std::net::SocketAddr) -> Result<HttpResponse, Error> {
        let request = openidconnect::http::Request::builder()
            .uri(format!("http://{address}/token"))
            .body(Vec::new())
            .unwrap();
        Http::new().unwrap().answer(request).await
    }

    #[tokio::test]
    async fn nobody_is_followed_where_the_provider_sends() {
        let (elsewhere, reached) = answering("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n".into()).await;
        let moved =
            format!("HTTP/1.1 302 Found\r\nlocation: http://{elsewhere}/\r\ncontent-length: 0\r\n\r\n");
        let (provider, _) = answering(moved).await;
        assert_eq!(ask(provider).await.unwrap().status(), 302);
        assert!(!reached.is_finished(), "nobody came there");
    }

    #[tokio::test]
    async fn an_answer_without_end_is_not_read_to_its_end() {
        let long = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", 4 * LIMIT);
        let (provider, _) = answering(long + &" ".repeat(2 * LIMIT)).await;
        let error = ask(provider).await.unwrap_err().to_string();
        assert!(error.contains("too long"), "{error}");
    }
}
