//! The mailer: sends what is raised and not sent, and the digests whose hour has come.
//!
//! One process sends at a time, whoever holds the lock. Read models only say where to look: before each
//! message the journal itself is asked whether it is still to be sent. A message that left and whose fact was
//! not stated, because the process died in between, leaves once more with the same Message-ID.

use std::{sync::Arc, time::Duration};

use access::Actor;
use service::{BoxError, Command, Request, Runtime, Target, execute};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    relay::{NotSent, Relay},
    views::mailboxes,
};

mod addressee;
mod digests;
mod notices;
mod owner;
mod tries;

pub use addressee::Addressee;
pub use digests::due_at;
pub use notices::count_waiting;
use owner::Owner;

/// Who states what became of messages.
const MAILER: Actor = Actor::system("mailer");
/// How long the mailer rests when nothing new is raised.
const REST: Duration = Duration::from_secs(5);
/// The first pause after a failure, which doubles, and the longest one.
const PAUSES: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(120)];

/// Sends for as long as the process lives, if there is a relay.
pub async fn work(runtime: Arc<Runtime>, cancel: CancellationToken) {
    let relay = match Relay::of(&runtime.config.mail) {
        Ok(Some(relay)) => relay,
        Ok(None) => return tracing::info!("no SMTP relay: notices are raised, none is sent"),
        Err(error) => return tracing::error!(error = %error, "notices are raised, none is sent"),
    };
    let mut mailer = Mailer::new(runtime.clone(), relay);
    let mut moved = runtime.positions.watch(mailboxes::NAME);
    let mut pause = PAUSES[0];
    while !cancel.is_cancelled() {
        // Asked to stop, it ends the message it is sending, and sends no other.
        let rest = match mailer.round(&cancel).await {
            Ok(0) => REST,
            Ok(_) => continue,
            Err(error) => {
                tracing::warn!(error = %error, "messages wait; trying again");
                let rest = pause;
                pause = (pause * 2).min(PAUSES[1]);
                let _: Option<()> = cancel.run_until_cancelled(tokio::time::sleep(rest)).await;
                continue;
            }
        };
        pause = PAUSES[0];
        tokio::select! {
            () = cancel.cancelled() => {}
            _ = tokio::time::timeout(rest, moved.changed()) => {}
        }
    }
}

/// Sends messages, one at a time.
#[derive(Debug)]
pub struct Mailer {
    runtime: Arc<Runtime>,
    relay: Relay,
    owner: Owner,
}

/// What became of one message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Done {
    /// It left, or will never leave: that is a fact.
    Settled,
    /// Nothing happened now.
    Nothing,
}

impl Mailer {
    /// The mailer of that relay.
    pub fn new(runtime: Arc<Runtime>, relay: Relay) -> Self {
        Self { runtime, relay, owner: Owner::default() }
    }

    /// Sends what is to be sent now, unless another process does; returns how many messages were settled.
    ///
    /// # Errors
    /// When the relay is out of reach, or the journal or the read models cannot be read. What was not sent
    /// still waits.
    pub async fn round(&mut self, cancel: &CancellationToken) -> Result<usize, BoxError> {
        if !self.owner.is_ours(&self.runtime).await? {
            return Ok(0);
        }
        let mut settled = 0;
        for (mailbox, notice) in notices::waiting(&self.runtime).await? {
            if cancel.is_cancelled() || !self.owner.is_ours(&self.runtime).await? {
                return Ok(settled);
            }
            settled += usize::from(self.give(mailbox, notice).await? == Done::Settled);
        }
        let digests::Waiting { mailboxes, day, until } = digests::waiting(&self.runtime).await?;
        for mailbox in mailboxes {
            if cancel.is_cancelled() || !self.owner.is_ours(&self.runtime).await? {
                return Ok(settled);
            }
            settled += usize::from(self.digest(mailbox, day, until).await? == Done::Settled);
        }
        Ok(settled)
    }

    /// A link of a message.
    fn link(&self, path: &str) -> String {
        let config = &self.runtime.config;
        let own = || format!("http://{}", config.listen);
        let begin = config.mail.public_url.clone().unwrap_or_else(own);
        format!("{}{path}", begin.trim_end_matches('/'))
    }

    /// States what became of that notice or digest, once.
    async fn state<C: Command>(&self, mailbox: Uuid, about: Uuid, command: C) -> Result<Done, BoxError> {
        let key = format!("{} {about}", C::NAME);
        let request = Request::keyed(MAILER, &key, self.runtime.clock.now());
        match execute(&self.runtime, Target::Existing(mailbox), command, request).await {
            Ok(_) => Ok(Done::Settled),
            Err(problem) => Err(problem.detail.into()),
        }
    }

    /// Notes that the relay would not take a message. Returns the number of tries when they were enough.
    ///
    /// # Errors
    /// When no message can leave for now, which is no fault of this one.
    async fn not_sent(&self, about: Uuid, why: NotSent) -> Result<Option<(u32, u32)>, BoxError> {
        match why {
            NotSent::Refused(code) => {
                let tries = tries::note(&self.runtime, about).await?;
                Ok((tries >= tries::ENOUGH).then_some((tries, code)))
            }
            NotSent::OutOfReach(_) => Err(why.into()),
        }
    }
}
