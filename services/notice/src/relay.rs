//! The SMTP relay: takes a message, refuses it, or is out of reach.

use std::{fmt, time::Duration};

use jiff::Timestamp;
use lettre::{
    Address, AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor,
    message::{
        Mailbox,
        header::{ContentType, HeaderName, HeaderValue},
    },
    transport::smtp::extension::ClientId,
};
use service::config::Mail;
use uuid::Uuid;

use crate::letters::Letter;

/// How long an answer of the relay is waited for.
const PATIENCE: Duration = Duration::from_secs(20);
/// Answers that speak of the relay or of our account, not of the message: 421 closing, 454 and 53x
/// authentication.
const ABOUT_US: &[u32] = &[421, 454, 530, 534, 535, 538];

/// The relay, and who messages come from.
pub struct Relay {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Address,
}

impl fmt::Debug for Relay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Relay").finish_non_exhaustive()
    }
}

/// Why a message did not leave. Never holds an address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotSent {
    /// The relay would not take this message; another one may leave.
    #[error("the relay answered {0}")]
    Refused(u32),
    /// No message can leave for now.
    #[error("the relay is out of reach: {0}")]
    OutOfReach(String),
}

/// The configuration cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{0} cannot be read")]
pub struct Unusable(&'static str);

impl Relay {
    /// The relay of the configuration; nothing when there is none.
    ///
    /// # Errors
    /// Names the variable at fault, not its value.
    pub fn of(mail: &Mail) -> Result<Option<Self>, Unusable> {
        let Some(url) = &mail.smtp_url else { return Ok(None) };
        let from: Address =
            mail.from.as_deref().and_then(|from| from.parse().ok()).ok_or(Unusable("JALON_MAIL_FROM"))?;
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)
            .map_err(|_| Unusable("JALON_SMTP_URL"))?
            .hello_name(ClientId::Domain(from.domain().to_owned()))
            .timeout(Some(PATIENCE))
            .build();
        Ok(Some(Self { transport, from }))
    }

    /// The id of the message of that id of ours: the same one whenever it is sent again.
    pub fn message_id(&self, id: Uuid) -> String {
        format!("<{id}@{}>", self.from.domain())
    }

    /// Sends a letter.
    ///
    /// # Errors
    /// When it did not leave.
    pub async fn send(&self, letter: Letter, to: &str, id: Uuid, now: Timestamp) -> Result<(), NotSent> {
        let to: Address = to.parse().map_err(|_| NotSent::Refused(0))?;
        // RFC 3834: nobody’s holiday answer is for us.
        let automatic = HeaderName::new_from_ascii_str("Auto-Submitted");
        let message = Message::builder()
            .from(Mailbox::new(Some("Jalon".into()), self.from.clone()))
            .to(Mailbox::new(None, to))
            .subject(letter.subject)
            .message_id(Some(self.message_id(id)))
            .date(now.into())
            .raw_header(HeaderValue::new(automatic, "auto-generated".into()))
            .header(ContentType::TEXT_PLAIN)
            .body(letter.text)
            .map_err(|_| NotSent::Refused(0))?;
        match self.transport.send(message).await {
            Ok(_) => Ok(()),
            Err(error) => Err(match error.status().map(|code| u32::from(u16::from(code))) {
                Some(code) if !ABOUT_US.contains(&code) => NotSent::Refused(code),
                Some(code) => NotSent::OutOfReach(format!("it answered {code}")),
                None => NotSent::OutOfReach(reason(&error).to_owned()),
            }),
        }
    }
}

/// What may be said of it: what the relay itself says could hold an address.
fn reason(error: &lettre::transport::smtp::Error) -> &'static str {
    if error.is_timeout() {
        "it did not answer in time"
    } else if error.is_tls() {
        "the connection cannot be secured"
    } else if error.is_client() {
        "it does not offer what we need"
    } else if error.is_response() {
        "its answer cannot be read"
    } else {
        "no connection"
    }
}
