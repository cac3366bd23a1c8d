//! The listener: what axum answers, over connections that are counted, and that do not last for ever because someone
//! at the other end is slow on purpose.

use std::{
    collections::HashMap,
    future::Future,
    io,
    net::{IpAddr, SocketAddr},
    pin::{Pin, pin},
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use axum::{Router, body::Body, extract::Request};
use hyper::{body::Incoming, server::conn::http1};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
    service::TowerToHyperService,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, Sleep},
};

use crate::{api::Peer, config::Limits};

/// How long the listener rests when the system has no connection to give.
const REST: Duration = Duration::from_millis(200);

/// Answers until `until`, then lets the requests in flight end.
pub async fn serve(listener: TcpListener, router: Router, limits: &Limits, until: impl Future<Output = ()>) {
    let graceful = GracefulShutdown::new();
    let doors = Doors::new(limits);
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(limits.head);
    let mut until = pin!(until);
    loop {
        let (stream, peer, open) = tokio::select! {
            () = &mut until => break,
            entered = doors.enter(&listener) => entered,
        };
        let io = TokioIo::new(Patient::new(stream, limits.stall));
        let connection =
            builder.serve_connection(io, TowerToHyperService::new(Told { router: router.clone(), peer }));
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::trace!(%error, "a connection ended");
            }
            drop(open);
        });
    }
    drop(listener);
    graceful.shutdown().await;
}

/// The routes, told where each request comes from.
#[derive(Clone)]
struct Told {
    router: Router,
    peer: SocketAddr,
}

impl tower_service::Service<Request<Incoming>> for Told {
    type Response = axum::response::Response;
    type Error = std::convert::Infallible;
    type Future = <Router as tower_service::Service<Request<Body>>>::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        tower_service::Service::<Request<Body>>::poll_ready(&mut self.router, context)
    }

    fn call(&mut self, mut request: Request<Incoming>) -> Self::Future {
        request.extensions_mut().insert(Peer(self.peer));
        tower_service::Service::call(&mut self.router, request.map(Body::new))
    }
}

/// How many connections there are, in all and from each address.
struct Doors {
    all: Arc<Semaphore>,
    each: Arc<Mutex<HashMap<IpAddr, usize>>>,
    most: usize,
}

/// An open connection, counted for as long as it lasts.
struct Open {
    each: Arc<Mutex<HashMap<IpAddr, usize>>>,
    address: IpAddr,
    _one: OwnedSemaphorePermit,
}

impl Doors {
    fn new(limits: &Limits) -> Self {
        let all = Arc::new(Semaphore::new(limits.connections.min(Semaphore::MAX_PERMITS)));
        Self { all, each: Arc::default(), most: limits.connections_per_address }
    }

    /// The next connection that may stay.
    async fn enter(&self, listener: &TcpListener) -> (TcpStream, SocketAddr, Open) {
        loop {
            // Those beyond wait in the queue of the system.
            let Ok(one) = self.all.clone().acquire_owned().await else { std::future::pending().await };
            match listener.accept().await {
                Ok((stream, peer)) => {
                    // What is written goes at once; should that fail, it only goes later.
                    let _ = stream.set_nodelay(true);
                    if let Some(open) = self.open(peer.ip().to_canonical(), one) {
                        return (stream, peer, open);
                    }
                    tracing::debug!("an address has too many connections");
                }
                Err(error) => {
                    tracing::warn!(%error, "no connection could be taken");
                    tokio::time::sleep(REST).await;
                }
            }
        }
    }

    fn open(&self, address: IpAddr, one: OwnedSemaphorePermit) -> Option<Open> {
        let mut each = self.each.lock().unwrap_or_else(PoisonError::into_inner);
        let count = each.entry(address).or_default();
        if *count >= self.most {
            return None;
        }
        *count += 1;
        Some(Open { each: self.each.clone(), address, _one: one })
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        let mut each = self.each.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = each.get_mut(&self.address) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                each.remove(&self.address);
            }
        }
    }
}

/// A connection that ends when the other side takes nothing of what it is sent for too long.
struct Patient<S> {
    stream: S,
    stall: Duration,
    since: Option<Pin<Box<Sleep>>>,
}

impl<S> Patient<S> {
    fn new(stream: S, stall: Duration) -> Self {
        Self { stream, stall, since: None }
    }

    /// What became of a writing: one that waits may only wait so long.
    fn judge<T>(&mut self, context: &mut Context<'_>, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.since = None;
            return written;
        }
        let stall = self.stall;
        let since =
            self.since.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(Instant::now() + stall)));
        match since.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, into)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Patient<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.judge(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, bytes);
        self.judge(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(context);
        self.judge(context, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
