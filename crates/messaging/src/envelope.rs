//! A fact as a CloudEvents 1.0 message in binary mode, and back.
//!
//! ```text
//! ce-specversion       1.0
//! ce-id                id of the fact
//! ce-source            /jalon/<context>
//! ce-type              org.jalon.<context>.<aggregate>.<fact>.v<N>
//! ce-subject           <aggregate>/<id>
//! ce-time              the instant it was known; ce-recordedtime too
//! ce-occurredon        the day it happened
//! ce-datacontenttype   application/protobuf
//! ce-dataschema        proto:<full name of the message>
//! ce-partitionkey      the person's case, or the aggregate when there is none
//! ce-sequence          version in the aggregate, 20 digits
//! ce-correlationid     from the metadata, when it says so; ce-causationid, ce-traceparent too
//! Jalon-Position       place in the journal
//! Jalon-Case           the person's case, when there is one
//! Jalon-Command        the command
//! Jalon-Metadata       the metadata, base64
//! ```
//!
//! The data are the stored bytes: personal parts stay sealed. Headers hold ids, names of kinds,
//! dates and numbers, never anything personal. `ce-traceparent` is the command's trace and is never
//! rewritten; the hop's own trace is in `traceparent`.

mod encoding;
mod names;

use async_nats::{HeaderMap, HeaderName, Subject};
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use bytes::Bytes;
use contracts::{Recorded, common::v1::Metadata};
use encoding::{decode, encode};
use names::Names;
use uuid::Uuid;

macro_rules! headers {
    ($($constant:ident = $name:literal;)*) => {
        $(static $constant: HeaderName = HeaderName::from_static($name);)*
    };
}

headers! {
    SPEC_VERSION = "ce-specversion";
    ID = "ce-id";
    SOURCE = "ce-source";
    TYPE = "ce-type";
    SUBJECT = "ce-subject";
    TIME = "ce-time";
    RECORDED_TIME = "ce-recordedtime";
    OCCURRED_ON = "ce-occurredon";
    CONTENT_TYPE = "ce-datacontenttype";
    SCHEMA = "ce-dataschema";
    PARTITION = "ce-partitionkey";
    SEQUENCE = "ce-sequence";
    CORRELATION = "ce-correlationid";
    CAUSATION = "ce-causationid";
    ORIGIN = "ce-traceparent";
    POSITION = "Jalon-Position";
    CASE = "Jalon-Case";
    COMMAND = "Jalon-Command";
    METADATA = "Jalon-Metadata";
    HOP = "traceparent";
}

const PROTOBUF: &str = "application/protobuf";

/// A fact ready to be published.
#[derive(Clone, Debug)]
pub struct Envelope {
    /// Where it goes.
    pub subject: Subject,
    /// Everything beside the data.
    pub headers: HeaderMap,
    /// The data: the bytes of the fact, personal parts sealed.
    pub payload: Bytes,
    /// The trace of the command that stated it.
    pub origin: Option<String>,
}

/// A message that is not a fact. Tells which header is wrong, never what it holds.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the message is not a fact: {header} is {why}")]
pub struct EnvelopeError {
    /// Which header.
    pub header: String,
    /// What is wrong with it.
    pub why: &'static str,
}

impl Envelope {
    /// The message that carries a fact.
    pub fn of(fact: &Recorded) -> Self {
        let names = Names::of(fact.kind);
        let mut headers = HeaderMap::new();
        let mut put = |name: &HeaderName, value: String| headers.insert(name.clone(), value);
        put(&SPEC_VERSION, "1.0".into());
        put(&ID, fact.event_id.to_string());
        put(&SOURCE, names.source.clone());
        put(&TYPE, names.event_type.clone());
        put(&SUBJECT, format!("{}{}", names.before_stream, fact.stream_id));
        let recorded = fact.recorded_at.to_string();
        put(&TIME, recorded.clone());
        put(&RECORDED_TIME, recorded);
        put(&OCCURRED_ON, fact.occurred_on.to_string());
        put(&CONTENT_TYPE, PROTOBUF.into());
        put(&SCHEMA, names.schema.clone());
        put(&PARTITION, fact.subject().to_string());
        put(&SEQUENCE, format!("{:020}", fact.version));
        put(&POSITION, fact.position.to_string());
        if let Some(case_id) = fact.case_id {
            put(&CASE, case_id.to_string());
        }
        put(&COMMAND, fact.command_id.to_string());
        put(&METADATA, BASE64.encode(&fact.metadata));
        let metadata = fact.metadata().unwrap_or_default();
        for (name, value) in [
            (&CORRELATION, &metadata.correlation_id),
            (&CAUSATION, &metadata.causation_id),
            (&ORIGIN, &metadata.traceparent),
        ] {
            if !value.is_empty() {
                put(name, encode(value));
            }
        }
        Self {
            subject: format!("{}{}{}", names.before_id, fact.stream_id, names.after_id).into(),
            headers,
            payload: Bytes::copy_from_slice(&fact.payload),
            origin: origin(metadata),
        }
    }

    /// Says which trace this hop belongs to.
    pub fn set_hop(&mut self, traceparent: &str) {
        self.headers.insert(HOP.clone(), traceparent);
    }

    /// The fact that a message carries, exactly as the journal holds it.
    ///
    /// # Errors
    /// When a header is missing or malformed, or the contracts do not know that kind of fact.
    pub fn open(headers: &HeaderMap, payload: &[u8]) -> Result<Recorded, EnvelopeError> {
        if text(headers, &SPEC_VERSION)? != "1.0" {
            return Err(wrong(&SPEC_VERSION, "not a version we read"));
        }
        let schema = text(headers, &SCHEMA)?;
        let kind = schema.strip_prefix("proto:").and_then(contracts::by_kind);
        let kind = kind.ok_or_else(|| wrong(&SCHEMA, "not a kind of fact we know"))?;
        let subject = text(headers, &SUBJECT)?;
        let stream_id = subject.rsplit_once('/').and_then(|(_, id)| Uuid::try_parse(id).ok());
        let case_id = headers.get(CASE.clone()).map(|_| parsed(headers, &CASE)).transpose()?;
        let metadata = BASE64.decode(text(headers, &METADATA)?.as_bytes());
        Ok(Recorded {
            position: parsed(headers, &POSITION)?,
            stream_id: stream_id.ok_or_else(|| wrong(&SUBJECT, "malformed"))?,
            version: parsed(headers, &SEQUENCE)?,
            kind,
            event_id: parsed(headers, &ID)?,
            case_id,
            occurred_on: parsed(headers, &OCCURRED_ON)?,
            recorded_at: parsed(headers, &RECORDED_TIME)?,
            command_id: parsed(headers, &COMMAND)?,
            metadata: metadata.map_err(|_| wrong(&METADATA, "malformed"))?,
            payload: payload.to_vec(),
        })
    }

    /// The id of the fact that these headers announce.
    pub(crate) fn id_in(headers: &HeaderMap) -> Option<Uuid> {
        parsed(headers, &ID).ok()
    }

    /// The trace of this hop.
    pub fn hop_in(headers: &HeaderMap) -> Option<&str> {
        headers.get(HOP.clone()).map(async_nats::HeaderValue::as_str)
    }
}

fn origin(metadata: Metadata) -> Option<String> {
    Some(metadata.traceparent).filter(|traceparent| !traceparent.is_empty())
}

fn text(headers: &HeaderMap, name: &HeaderName) -> Result<String, EnvelopeError> {
    let value = headers.get(name.clone()).ok_or_else(|| wrong(name, "missing"))?;
    decode(value.as_str()).ok_or_else(|| wrong(name, "malformed"))
}

fn parsed<T: std::str::FromStr>(headers: &HeaderMap, name: &HeaderName) -> Result<T, EnvelopeError> {
    text(headers, name)?.parse().map_err(|_| wrong(name, "malformed"))
}

fn wrong(header: &HeaderName, why: &'static str) -> EnvelopeError {
    EnvelopeError { header: header.to_string(), why }
}
