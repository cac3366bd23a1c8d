//! How a connection is protected: with `sslmode=require` in its URL, by TLS with the server's
//! certificate verified; without, not at all. Nothing in between, which would only look safe.

use std::fmt;

use rustls::{ClientConfig, RootCertStore, crypto::ring};
use tokio_postgres::{Config, config::SslMode};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::error::JournalError;

/// What a connection is opened with.
#[derive(Clone)]
pub struct Tls(MakeRustlsConnect);

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tls")
    }
}

impl Tls {
    /// For that configuration, which is told not to try TLS unless it was asked to require it. Certificates
    /// are those the machine trusts, or those of the file that `SSL_CERT_FILE` names.
    ///
    /// # Errors
    /// When TLS is required and no trusted certificate can be read.
    pub(crate) fn of(config: &mut Config) -> Result<Self, JournalError> {
        let mut roots = RootCertStore::empty();
        if config.get_ssl_mode() == SslMode::Require {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            if roots.is_empty() {
                return Err(JournalError::Database("no trusted certificate was found for TLS".into()));
            }
        } else {
            config.ssl_mode(SslMode::Disable);
        }
        let builder = ClientConfig::builder_with_provider(ring::default_provider().into());
        let builder = builder
            .with_safe_default_protocol_versions()
            .map_err(|error| JournalError::Database(error.to_string()))?;
        Ok(Self(MakeRustlsConnect::new(builder.with_root_certificates(roots).with_no_client_auth())))
    }

    /// The connector, for pools.
    pub fn connector(&self) -> MakeRustlsConnect {
        self.0.clone()
    }
}
