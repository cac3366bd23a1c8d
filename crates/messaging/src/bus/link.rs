//! Whether the connection is up, and how often it was lost.

/// The state of the connection at one moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Link {
    pub up: bool,
    pub losses: u64,
}

impl Link {
    pub fn up() -> Self {
        Self { up: true, losses: 0 }
    }

    pub fn lose(&mut self) {
        self.up = false;
        self.losses += 1;
    }
}
