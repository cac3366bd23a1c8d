//! A collector that is spoken to over TLS proves who it is.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::Command,
    sync::{Arc, mpsc},
};

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message as _;
use rcgen::{CertificateParams, KeyPair};
use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
};
use telemetry::Settings;

/// Where the collector is, told to the other process.
const ENDPOINT: &str = "JALON_TEST_COLLECTOR";
/// Whose certificate it believes.
const CERTIFICATE: &str = "JALON_TEST_CERTIFICATE";

/// A certificate for 127.0.0.1, and how a server shows it.
fn certified() -> (String, ServerConfig) {
    let key = KeyPair::generate().expect("a key");
    let params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).expect("a name");
    let certificate = params.self_signed(&key).expect("a certificate").pem();
    let shown = CertificateDer::from_pem_slice(certificate.as_bytes()).expect("PEM");
    let key = PrivateKeyDer::from_pem_slice(key.serialize_pem().as_bytes()).expect("PEM");
    let config = ServerConfig::builder_with_provider(ring::default_provider().into())
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![shown], key)
        .expect("a server");
    (certificate, config)
}

/// What one request over TLS holds, its answer sent; nothing when whoever asks does not believe the certificate.
fn answered(stream: TcpStream, config: &Arc<ServerConfig>) -> Option<(String, ExportTraceServiceRequest)> {
    let connection = ServerConnection::new(config.clone()).expect("a connection");
    let mut reader = BufReader::new(StreamOwned::new(connection, stream));
    let (mut first, mut length) = (String::new(), 0);
    reader.read_line(&mut first).ok()?;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim().split_once(": ") else { break };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.parse().expect("a length");
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let stream = reader.get_mut();
    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").expect("answered");
    stream.flush().expect("answered");
    Some((first, ExportTraceServiceRequest::decode(body.as_slice()).expect("spans in protobuf")))
}

/// Sends spans from another process, which believes that certificate.
fn send(endpoint: &str, certificate: Option<&Path>) {
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command.args(["--ignored", "--exact", "spans_are_sent"]).env(ENDPOINT, endpoint);
    if let Some(certificate) = certificate {
        command.env(CERTIFICATE, certificate);
    }
    let output = command.output().expect("ran");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn spans_leave_over_tls_for_a_collector_that_is_believed_and_for_no_other() {
    let (trusted, config) = certified();
    let (stranger, _) = certified();
    let file = |name: &str, text: &str| -> PathBuf {
        let path = std::env::temp_dir().join(format!("telemetry-{name}-{}.pem", std::process::id()));
        std::fs::write(&path, text).expect("written");
        path
    };
    let (trusted, stranger) = (file("trusted", &trusted), file("stranger", &stranger));
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let endpoint = format!("https://{}", listener.local_addr().expect("an address"));
    let (sender, received) = mpsc::channel();
    let config = Arc::new(config);
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            if sender.send(answered(stream, &config)).is_err() {
                return;
            }
        }
    });
    for unknown in [None, Some(stranger.as_path())] {
        send(&endpoint, unknown);
        let mut tries = 0;
        while let Ok(answered) = received.try_recv() {
            assert!(answered.is_none(), "an unknown certificate was believed");
            tries += 1;
        }
        assert!(tries > 0, "nobody came");
    }
    send(&endpoint, Some(&trusted));
    let (first, request) = received.recv().expect("a request").expect("over TLS");
    assert_eq!(first, "POST /v1/traces HTTP/1.1\r\n");
    let spans = &request.resource_spans[0].scope_spans[0].spans;
    assert_eq!(spans.iter().map(|span| span.name.as_str()).collect::<Vec<_>>(), ["command"]);
    for file in [trusted, stranger] {
        std::fs::remove_file(file).expect("removed");
    }
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "told by the process that runs it")]
#[ignore = "asked by the other test, in a process that believes what it is told"]
async fn spans_are_sent() {
    let telemetry = telemetry::start(&Settings {
        filter: "off".to_owned(),
        otlp_endpoint: Some(std::env::var(ENDPOINT).expect("the other test says where")),
        otlp_certificate: std::env::var(CERTIFICATE).ok().map(Into::into),
        ..Settings::new("case-service")
    })
    .expect("it starts");
    tracing::info_span!("command").in_scope(|| {});
    telemetry.shutdown().await;
}
