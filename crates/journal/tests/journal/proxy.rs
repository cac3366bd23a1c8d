//! A way to the server that can be cut.

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::watch,
};

/// Forwards connections to a port of this machine.
pub struct Proxy {
    port: u16,
    link: watch::Sender<Link>,
}

/// The state of the way: connections live as long as its number stays the same.
#[derive(Default)]
struct Link {
    number: u32,
    /// Whether answers are held back.
    mute: bool,
}

impl Proxy {
    pub async fn start(to: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (link, state) = watch::channel(Link::default());
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(("127.0.0.1", to)).await.unwrap();
                tokio::spawn(forward(client, server, state.clone()));
            }
        });
        Self { port, link }
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// Holds answers back for that time, then cuts all connections; new ones are let through.
    pub async fn cut(&self, mute: Duration) {
        self.link.send_modify(|link| link.mute = !mute.is_zero());
        tokio::time::sleep(mute).await;
        self.link.send_modify(|link| *link = Link { number: link.number + 1, mute: false });
    }
}

async fn forward(client: TcpStream, server: TcpStream, mut link: watch::Receiver<Link>) {
    let number = link.borrow_and_update().number;
    let mut answers = link.clone();
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let asking = tokio::io::copy(&mut from_client, &mut to_server);
    let answering = async {
        let mut buffer = vec![0; 1 << 14];
        while let Ok(length @ 1..) = from_server.read(&mut buffer).await {
            if answers.wait_for(|link| !link.mute && link.number == number).await.is_err() {
                return;
            }
            if to_client.write_all(&buffer[..length]).await.is_err() {
                return;
            }
        }
    };
    tokio::select! {
        biased;
        _ = link.wait_for(|link| link.number != number) => {}
        _ = asking => {}
        () = answering => {}
    }
}
