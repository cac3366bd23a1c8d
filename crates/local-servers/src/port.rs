//! Free ports, taken below those the system hands out to outgoing connections.
//!
//! A server that is killed and restarted must find its port again. Were it one the system may give to
//! an outgoing connection, a client retrying that very port could be given it and connect to itself.

use std::hash::{BuildHasher, RandomState};
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::ops::Range;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How many ports below the outgoing ones we choose from.
const SPAN: u16 = 12_000;

/// The lowest port we would take.
const LOWEST: u16 = 10_000;

/// A port of 127.0.0.1 nobody listens on now; never the same one twice in a row within a process.
///
/// # Errors
/// When no port at all can be had.
pub fn free_port() -> io::Result<u16> {
    static TURN: OnceLock<AtomicUsize> = OnceLock::new();
    let turn = TURN.get_or_init(|| AtomicUsize::new(RandomState::new().hash_one(0_u8) as usize >> 1));
    let choices = choices();
    for _ in 0..choices.len() {
        let offset = turn.fetch_add(1, Ordering::Relaxed) % choices.len();
        if let Some(port) = choices.clone().nth(offset).filter(|port| listen(*port).is_ok()) {
            return Ok(port);
        }
    }
    listen(0)
}

fn listen(port: u16) -> io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, port))?.local_addr()?.port())
}

fn choices() -> Range<u16> {
    let outgoing = std::fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").unwrap_or_default();
    let lowest_outgoing: u16 =
        outgoing.split_whitespace().next().and_then(|low| low.parse().ok()).unwrap_or(32_768);
    lowest_outgoing.saturating_sub(SPAN).max(LOWEST)..lowest_outgoing
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn free_ports_asked_in_a_row_differ_and_can_be_listened_on() {
        let ports: HashSet<u16> = (0..50).map(|_| free_port().unwrap()).collect();
        assert_eq!(ports.len(), 50);
        assert!(ports.iter().all(|port| listen(*port).is_ok()));
    }

    #[test]
    fn a_port_in_use_is_not_free() {
        let port = free_port().unwrap();
        let _held = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).unwrap();
        assert!((0..100).all(|_| free_port().unwrap() != port));
    }
}
