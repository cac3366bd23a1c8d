//! Whoever is slow on purpose, or comes a hundred times at once, takes nothing from the others.

use std::time::{Duration, Instant};

use axum::{Router, body::Body, routing::get};
use futures::{StreamExt as _, stream};
use service::{api::Peer, config::Limits, listener};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::oneshot,
};

const SOON: Duration = Duration::from_secs(10);

/// A listener within these limits, and what ends it.
async fn listen(limits: Limits) -> (std::net::SocketAddr, oneshot::Sender<()>, tokio::task::JoinHandle<()>) {
    let endless = || async {
        let bytes = stream::repeat_with(|| Ok::<_, std::io::Error>(vec![b'x'; 65_536]));
        Body::from_stream(bytes)
    };
    let late = || async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        "late"
    };
    let from = |axum::Extension(peer): axum::Extension<Peer>| async move { peer.0.ip().to_string() };
    let router = Router::new()
        .route("/", get(|| async { "here" }))
        .route("/from", get(from))
        .route("/endless", get(endless))
        .route("/late", get(late));
    let socket = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = socket.local_addr().expect("an address");
    let (stop, stopped) = oneshot::channel();
    let serving = tokio::spawn(async move {
        listener::serve(socket, router, &limits, async {
            let _ = stopped.await;
        })
        .await;
    });
    (address, stop, serving)
}

fn hasty() -> Limits {
    Limits {
        head: Duration::from_millis(400),
        stall: Duration::from_millis(400),
        connections: 500,
        connections_per_address: 500,
        ..Limits::default()
    }
}

/// Asks on a connection of its own; nothing when it is not answered.
async fn ask(address: std::net::SocketAddr, path: &str) -> Option<String> {
    let asking = async {
        let mut stream = TcpStream::connect(address).await.ok()?;
        let request = format!("GET {path} HTTP/1.1\r\nhost: jalon\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.ok()?;
        let mut said = String::new();
        stream.read_to_string(&mut said).await.ok()?;
        said.split_once("\r\n\r\n").map(|(_, body)| body.to_owned())
    };
    tokio::time::timeout(SOON, asking).await.expect("in time")
}

/// Whether the other side ends that connection.
async fn ends(stream: &mut TcpStream) -> bool {
    let mut rest = Vec::new();
    tokio::time::timeout(SOON, stream.read_to_end(&mut rest)).await.is_ok()
}

#[tokio::test]
async fn a_head_that_comes_byte_by_byte_is_given_up_and_others_are_answered_meanwhile() {
    let (address, _stop, _serving) = listen(hasty()).await;
    assert_eq!(ask(address, "/from").await.as_deref(), Some("127.0.0.1"));
    let slow = stream::iter(0..200).map(|_| async move {
        let mut stream = TcpStream::connect(address).await.expect("a connection");
        stream.write_all(b"GET / HTTP/1.1\r\nhost: jalon\r\n").await.expect("written");
        stream
    });
    let mut slow: Vec<TcpStream> = slow.buffer_unordered(50).collect().await;
    let began = Instant::now();
    assert_eq!(ask(address, "/").await.as_deref(), Some("here"));
    assert!(began.elapsed() < Duration::from_secs(2), "{:?} beside 200 slow ones", began.elapsed());
    let mut dripping = slow.pop().expect("one");
    let began = Instant::now();
    // A header that never ends keeps nothing open.
    while began.elapsed() < SOON && dripping.write_all(b"x-drop: 1\r\n").await.is_ok() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    for mut stream in slow {
        assert!(ends(&mut stream).await, "a half head is given up");
    }
}

#[tokio::test]
async fn a_connection_that_rests_is_closed() {
    let (address, _stop, _serving) = listen(hasty()).await;
    let mut silent = TcpStream::connect(address).await.expect("a connection");
    let mut after_one = TcpStream::connect(address).await.expect("a connection");
    after_one.write_all(b"GET / HTTP/1.1\r\nhost: jalon\r\n\r\n").await.expect("written");
    assert!(ends(&mut silent).await && ends(&mut after_one).await);
}

#[tokio::test]
async fn who_takes_nothing_of_the_answer_gives_its_place_back() {
    let (address, _stop, _serving) = listen(Limits { connections: 1, ..hasty() }).await;
    let mut stalled = TcpStream::connect(address).await.expect("a connection");
    stalled.write_all(b"GET /endless HTTP/1.1\r\nhost: jalon\r\n\r\n").await.expect("written");
    let began = Instant::now();
    assert_eq!(ask(address, "/").await.as_deref(), Some("here"));
    assert!(began.elapsed() >= Duration::from_millis(300), "there was one place only");
    drop(stalled);
}

#[tokio::test]
async fn one_address_has_so_many_connections_and_no_more() {
    let (address, _stop, _serving) = listen(Limits { connections_per_address: 3, ..hasty() }).await;
    let mut held = Vec::new();
    for _ in 0..3 {
        let mut stream = TcpStream::connect(address).await.expect("a connection");
        stream.write_all(b"GET /late HTTP/1.1\r\nhost: jalon\r\n\r\n").await.expect("written");
        held.push(stream);
    }
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(ask(address, "/").await.filter(|said| !said.is_empty()), None, "the fourth is sent away");
    for mut stream in held {
        assert!(ends(&mut stream).await);
    }
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(ask(address, "/").await.as_deref(), Some("here"));
}

#[tokio::test]
async fn what_is_being_answered_when_it_stops_is_answered() {
    let (address, stop, serving) = listen(hasty()).await;
    let asked = tokio::spawn(async move { ask(address, "/late").await });
    tokio::time::sleep(Duration::from_millis(100)).await;
    stop.send(()).expect("it listens");
    assert_eq!(asked.await.expect("asked").as_deref(), Some("late"));
    tokio::time::timeout(SOON, serving).await.expect("it stops").expect("well");
    assert!(TcpStream::connect(address).await.is_err());
}
