//! The connection to NATS.

mod error;
mod link;
mod servers;
mod streams;
mod wakes;

use std::{sync::Arc, time::Duration};

use async_nats::{
    Client, ConnectOptions, Event,
    jetstream::{self, context::ContextBuilder, stream::State},
};
use tokio::{
    sync::watch,
    time::{sleep, timeout},
};

pub use error::BusError;
pub(crate) use link::Link;
pub use streams::StreamSettings;

use crate::backoff::{Backoff, jittered};

/// How long JetStream may take to answer before it counts as unavailable.
const DEADLINE: Duration = Duration::from_secs(2);
/// How long an acknowledgement or an answer of the administration is waited for.
const ANSWER: Duration = Duration::from_secs(5);
const CONNECTION: Duration = Duration::from_secs(5);
/// The longest pause between two attempts to reconnect.
const RECONNECTION: Duration = Duration::from_secs(2);

/// The connection to NATS: a cheap handle, that reconnects by itself.
#[derive(Clone)]
pub struct Bus {
    client: Client,
    jetstream: jetstream::Context,
    link: watch::Receiver<Link>,
    settings: StreamSettings,
    names: Arc<str>,
}

impl std::fmt::Debug for Bus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bus").field("servers", &self.names).finish_non_exhaustive()
    }
}

impl Bus {
    /// Connects to one of these servers (`nats://user:password@host:port` or, over TLS, `tls://…`,
    /// separated by commas), in one attempt. Users and passwords are letters and digits.
    ///
    /// # Errors
    /// When the addresses are malformed, nobody answers, the credentials are refused, or the server
    /// is older than 2.12 or has no JetStream.
    pub async fn connect(url: &str) -> Result<Self, BusError> {
        let servers = servers::parse(url)?;
        let names: Arc<str> = servers::names(&servers).into();
        let (link_sender, link) = watch::channel(Link::up());
        let options = match servers::credentials(&servers) {
            Some((user, password)) => ConnectOptions::with_user_and_password(user, password),
            None => ConnectOptions::new(),
        };
        let client = options
            .name("jalon")
            .connection_timeout(CONNECTION)
            .reconnect_delay_callback(|attempts| match attempts {
                0 | 1 => Duration::ZERO,
                many => jittered(RECONNECTION.min(Duration::from_millis(25) * (1 << many.min(7)))),
            })
            .event_callback(move |event| {
                match event {
                    Event::Connected => link_sender.send_modify(|link| link.up = true),
                    Event::Disconnected | Event::Closed => link_sender.send_modify(Link::lose),
                    _ => {}
                }
                std::future::ready(())
            })
            .connect(servers)
            .await
            .map_err(|error| BusError::from_connect(&names, &error))?;
        let jetstream = ContextBuilder::new().timeout(ANSWER).build(client.clone());
        let bus = Self { client, jetstream, link, settings: StreamSettings::default(), names };
        bus.check_server()?;
        Ok(bus)
    }

    /// Connects, and tries again for as long as nobody answers; `on_wait` hears why each time.
    ///
    /// # Errors
    /// As [`Bus::connect`], except that a server that does not answer is waited for.
    pub async fn connect_patiently(url: &str, on_wait: impl Fn(&BusError)) -> Result<Self, BusError> {
        let mut backoff = Backoff::new();
        loop {
            match Self::connect(url).await {
                Err(error) if error.may_pass() => {
                    on_wait(&error);
                    sleep(backoff.pause()).await;
                }
                done => return done,
            }
        }
    }

    /// The same bus, with other settings for the streams it creates or compares.
    #[must_use]
    pub fn with_streams(mut self, settings: StreamSettings) -> Self {
        self.settings = settings;
        self
    }

    /// The connection, for core NATS.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The same connection, for JetStream.
    pub fn jetstream(&self) -> &jetstream::Context {
        &self.jetstream
    }

    /// Whether facts can be published and read now: JetStream itself answers for the stream within
    /// two seconds, which a server that lost its quorum does not.
    ///
    /// # Errors
    /// What is wrong.
    pub async fn ready(&self) -> Result<(), BusError> {
        self.check_server()?;
        self.journal_state().await.map(drop)
    }

    /// Where the stream of facts stands.
    pub(crate) async fn journal_state(&self) -> Result<State, BusError> {
        let stream = crate::subjects::JOURNAL;
        let info = timeout(DEADLINE, self.jetstream.get_stream(stream)).await;
        let info = info.map_err(|_| BusError::silent("l’état du flux JOURNAL"))?;
        Ok(info.map_err(|error| BusError::from_get(stream, &error))?.cached_info().state.clone())
    }

    fn check_server(&self) -> Result<(), BusError> {
        let info = self.client.server_info();
        servers::check(&info.version, info.jetstream)
    }

    pub(crate) fn link(&self) -> Link {
        *self.link.borrow()
    }

    /// Ends when the connection is up.
    pub(crate) async fn connected(&self) {
        // Closed for good, it will never be; whoever waits is then told by the next call.
        drop(self.link.clone().wait_for(|link| link.up).await);
    }

    /// Ends when the connection is not, or no longer, the one that `since` saw.
    pub(crate) async fn lost(&self, since: Link) {
        drop(self.link.clone().wait_for(|link| !link.up || link.losses != since.losses).await);
    }
}
