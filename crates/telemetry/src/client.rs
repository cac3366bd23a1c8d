//! HTTP to the collector of traces, over TLS when its address says so.

use std::{path::Path, pin::Pin, time::Duration};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use opentelemetry_http::{HttpClient, HttpError, Request, Response};
use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, pem::PemObject as _},
};
use tokio::runtime::Handle;

use crate::Error;

/// How long a collector may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// How much it may answer, in bytes.
const LIMIT: usize = 64 * 1024;

/// A client. Spans leave from a thread of their own, which waits; what it waits for runs with everything else.
#[derive(Debug)]
pub(crate) struct Collector {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    tasks: Handle,
}

impl Collector {
    /// For that address; over TLS, the certificate it shows is one of that file or, without one, one that the machine
    /// trusts. Call it inside a Tokio runtime.
    pub(crate) fn of(endpoint: &str, certificate: Option<&Path>) -> Result<Self, Error> {
        let roots =
            if endpoint.starts_with("https://") { roots(certificate)? } else { RootCertStore::empty() };
        let config = ClientConfig::builder_with_provider(ring::default_provider().into())
            .with_safe_default_protocol_versions()
            .map_err(|error| Error::Tls(error.to_string()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let connector =
            HttpsConnectorBuilder::new().with_tls_config(config).https_or_http().enable_http1().build();
        Ok(Self { client: Client::builder(TokioExecutor::new()).build(connector), tasks: Handle::current() })
    }
}

/// Whom to believe.
fn roots(certificate: Option<&Path>) -> Result<RootCertStore, Error> {
    let mut roots = RootCertStore::empty();
    let Some(path) = certificate else {
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        return if roots.is_empty() { Err(Error::NobodyTrusted) } else { Ok(roots) };
    };
    let unreadable = || Error::Certificate(path.to_owned());
    for certificate in CertificateDer::pem_file_iter(path).map_err(|_| unreadable())? {
        roots.add(certificate.map_err(|_| unreadable())?).map_err(|_| unreadable())?;
    }
    if roots.is_empty() { Err(unreadable()) } else { Ok(roots) }
}

/// As `async_trait` writes it.
impl HttpClient for Collector {
    fn send_bytes<'client, 'answer>(
        &'client self,
        request: Request<Bytes>,
    ) -> Pin<Box<dyn Future<Output = Result<Response<Bytes>, HttpError>> + Send + 'answer>>
    where
        'client: 'answer,
        Self: 'answer,
    {
        let client = self.client.clone();
        let answer = async move {
            let (head, body) = client.request(request.map(Full::new)).await?.into_parts();
            let body = Limited::new(body, LIMIT).collect().await?;
            Ok::<_, HttpError>(Response::from_parts(head, body.to_bytes()))
        };
        let answer = self.tasks.spawn(async { tokio::time::timeout(PATIENCE, answer).await });
        Box::pin(async move { answer.await?? })
    }
}
