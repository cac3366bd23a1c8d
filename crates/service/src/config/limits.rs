//! How much one may ask, and how long one may take.

use std::time::Duration;

use super::ConfigError;

/// How much one may ask, and how long one may take: `JALON_LIMITS`, `anonymous=30,session=120`…, each by its name here
/// below; what is not named keeps its usual number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// `anonymous`: requests a minute of an address that shows no valid secret: whole structures share one address, and
    /// entering takes two.
    pub anonymous_per_minute: u32,
    /// `session`: requests a minute of someone who signed in. A page is one, each of its changes another.
    pub session_per_minute: u32,
    /// `token`: requests a minute of a token.
    pub token_per_minute: u32,
    /// `search`: searches of persons an hour, of one professional.
    pub search_per_hour: u32,
    /// `export`: exports a day, of one professional.
    pub export_per_day: u32,
    /// `wrong-account`: wrong sign-ins within fifteen minutes on one account, before tries have to wait.
    pub wrong_per_account: u32,
    /// `wrong-address`: wrong sign-ins within an hour from one address, before tries have to wait.
    pub wrong_per_address: u32,
    /// `streams`: live streams one may listen to at once.
    pub streams: usize,
    /// `connections`: open connections.
    pub connections: usize,
    /// `address-connections`: of those, from one address, when addresses are known by the connection.
    pub connections_per_address: usize,
    /// `head-ms`: how long the head of a request may take to come, and a connection may rest before it.
    pub head: Duration,
    /// `body-ms`: how long the body of a request may take to come.
    pub body: Duration,
    /// `stall-ms`: how long who is answered may take nothing of it.
    pub stall: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            anonymous_per_minute: 30,
            session_per_minute: 120,
            token_per_minute: 600,
            search_per_hour: 30,
            export_per_day: 5,
            wrong_per_account: 5,
            wrong_per_address: 20,
            streams: 12,
            connections: 4_096,
            connections_per_address: 128,
            head: Duration::from_secs(20),
            body: Duration::from_secs(30),
            stall: Duration::from_secs(30),
        }
    }
}

impl Limits {
    /// Those of a demonstration, where one address is everyone and a program plays all the parts: the same, but large.
    pub fn demonstration() -> Self {
        Self {
            anonymous_per_minute: 60_000,
            session_per_minute: 60_000,
            token_per_minute: 1_000_000,
            search_per_hour: 10_000,
            export_per_day: 1_000,
            wrong_per_account: 1_000,
            wrong_per_address: 10_000,
            streams: 1_000,
            connections_per_address: 4_096,
            ..Self::default()
        }
    }

    /// These, but for what the text says.
    ///
    /// # Errors
    /// Names what cannot be read, in French.
    pub fn changed(mut self, text: &str) -> Result<Self, ConfigError> {
        for pair in text.split(',').map(str::trim).filter(|pair| !pair.is_empty()) {
            let wrong =
                || ConfigError(format!("JALON_LIMITS : « {pair} » n’est pas une limite, comme session=120"));
            let (name, number) = pair.split_once('=').ok_or_else(wrong)?;
            let number: u32 = number.trim().parse().ok().filter(|number| *number > 0).ok_or_else(wrong)?;
            let (count, time) = (number as usize, Duration::from_millis(number.into()));
            match name.trim() {
                "anonymous" => self.anonymous_per_minute = number,
                "session" => self.session_per_minute = number,
                "token" => self.token_per_minute = number,
                "search" => self.search_per_hour = number,
                "export" => self.export_per_day = number,
                "wrong-account" => self.wrong_per_account = number,
                "wrong-address" => self.wrong_per_address = number,
                "streams" => self.streams = count,
                "connections" => self.connections = count,
                "address-connections" => self.connections_per_address = count,
                "head-ms" => self.head = time,
                "body-ms" => self.body = time,
                "stall-ms" => self.stall = time,
                _ => return Err(wrong()),
            }
        }
        Ok(self)
    }
}

impl std::fmt::Display for Limits {
    /// As `JALON_LIMITS` says it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { anonymous_per_minute, session_per_minute, token_per_minute, search_per_hour, .. } = self;
        let Self { export_per_day, wrong_per_account, wrong_per_address, streams, connections, .. } = self;
        let (address, head) = (self.connections_per_address, self.head.as_millis());
        let (body, stall) = (self.body.as_millis(), self.stall.as_millis());
        write!(f, "anonymous={anonymous_per_minute},session={session_per_minute},token={token_per_minute},")?;
        write!(f, "search={search_per_hour},export={export_per_day},wrong-account={wrong_per_account},")?;
        write!(f, "wrong-address={wrong_per_address},streams={streams},connections={connections},")?;
        write!(f, "address-connections={address},head-ms={head},body-ms={body},stall-ms={stall}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_is_changed_and_nothing_else() {
        let limits = Limits::default().changed(" session=3, head-ms=250,").unwrap();
        assert_eq!((limits.session_per_minute, limits.head), (3, Duration::from_millis(250)));
        assert_eq!(
            Limits { session_per_minute: 120, head: Duration::from_secs(20), ..limits },
            Limits::default()
        );
        for wrong in ["session", "session=", "session=0", "session=-1", "sessions=3", "session=3;token=4"] {
            assert!(Limits::default().changed(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn another_process_is_told_the_same() {
        let said = Limits::demonstration().to_string();
        assert_eq!(Limits::default().changed(&said).unwrap(), Limits::demonstration());
    }
}
