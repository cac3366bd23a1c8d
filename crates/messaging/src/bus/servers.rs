//! Which servers, and whether they will do.

use async_nats::ServerAddr;

use super::BusError;

/// The first version whose streams do what is asked of them.
const OLDEST: (u64, u64) = (2, 12);

/// Addresses separated by commas.
pub(super) fn parse(url: &str) -> Result<Vec<ServerAddr>, BusError> {
    let addresses = url.split(',').map(str::trim).filter(|address| !address.is_empty());
    // The address itself may hold a password: it is not repeated.
    let servers: Vec<ServerAddr> = addresses
        .map(|address| address.parse().map_err(|error: std::io::Error| BusError::Address(error.to_string())))
        .collect::<Result<_, _>>()?;
    if servers.is_empty() {
        return Err(BusError::Address("aucune adresse".into()));
    }
    Ok(servers)
}

/// Hosts and ports, without credentials.
pub(super) fn names(servers: &[ServerAddr]) -> String {
    servers.iter().map(|server| format!("{}:{}", server.host(), server.port())).collect::<Vec<_>>().join(", ")
}

/// The user and password of the first address that has them: all servers of one NATS know the same.
pub(super) fn credentials(servers: &[ServerAddr]) -> Option<(String, String)> {
    servers.iter().find_map(|server| {
        Some((server.username()?.to_owned(), server.password().unwrap_or_default().to_owned()))
    })
}

/// Refuses a server that would silently ignore part of what is asked of it.
pub(super) fn check(version: &str, jetstream: bool) -> Result<(), BusError> {
    let mut numbers = version.trim_start_matches('v').split('.').map_while(|number| number.parse().ok());
    let found = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    if found < OLDEST {
        return Err(BusError::TooOld { found: version.into() });
    }
    if jetstream { Ok(()) } else { Err(BusError::NoJetStream) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_named_without_their_credentials() {
        let servers = parse("nats://jalon:secret@a:1, b,tls://c:3").unwrap();
        assert_eq!(names(&servers), "a:1, b:4222, c:3");
        for refused in ["", " , ", "http://a:1", "nats://jalon:secret@a:port"] {
            let said = parse(refused).unwrap_err().to_string();
            assert!(said.contains("NATS_URL") && !said.contains("secret"), "{said}");
        }
    }

    #[test]
    fn servers_older_than_2_12_or_without_jetstream_are_refused() {
        assert!(check("2.12.0", true).is_ok());
        assert!(check("2.15.1-RC.1", true).is_ok());
        assert!(check("3.0.0", true).is_ok());
        for version in ["2.11.9", "2.9.10", "1.4.1", "", "inconnue"] {
            assert!(matches!(check(version, true), Err(BusError::TooOld { .. })), "{version}");
        }
        assert!(matches!(check("2.15.1", false), Err(BusError::NoJetStream)));
    }
}
