//! `received_requests`: what each organisation was sent, and where it stands. Its own posts read it, whether or not
//! they are around the person.

use contracts::{Recorded, common::v1::Role, events};
use projections::{AnyProjection, Poison, Rows, document};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{live_status::sending, status::Prescription};

/// The read model.
#[derive(Debug)]
pub struct Received;

/// Its name, also its table's.
pub const NAME: &str = "received_requests";

/// As a service lists it.
pub fn model() -> std::sync::Arc<dyn AnyProjection> {
    document::view::<Received>()
}

/// The roles that answer what their organisation is sent.
pub const ANSWERING: [Role; 6] = [
    Role::REFERENT_SOCIAL,
    Role::CIP,
    Role::REFERENT_EMPLOI,
    Role::CONSEILLER,
    Role::EMPLOYEUR_SIAE,
    Role::ANIMATEUR_PLATEFORME,
];

/// A request that was sent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Request {
    /// The organisation it was sent to; nobody's until it is.
    pub received_by: Option<Uuid>,
    /// Whether the organisation has not answered.
    pub awaiting: bool,
    /// The case.
    pub case_id: Uuid,
    /// The post that sent it, when a professional did.
    pub sent_by: Option<Uuid>,
    /// Position of the fact that sent it.
    pub sent_at: i64,
    /// Where it stands.
    #[serde(flatten)]
    pub sending: Prescription,
}

impl document::View for Received {
    type Body = Request;

    const NAME: &'static str = NAME;
    const VERSION: u32 = 2;
    const ROWS: Rows = Rows::Of("received_by");
    const COLUMNS: &'static [&'static str] = &[
        "received_by uuid generated always as ((body->>'received_by')::uuid) stored",
        "awaiting boolean generated always as ((body->>'awaiting')::boolean) stored",
        "case_id uuid generated always as ((body->>'case_id')::uuid) stored",
        "sent_at bigint generated always as ((body->>'sent_at')::bigint) stored",
    ];
    const INDEXES: &'static [&'static str] = &["(received_by, awaiting, sent_at)"];

    fn key(fact: &Recorded) -> Option<Uuid> {
        (fact.kind.aggregate().name == "prescription").then_some(fact.stream_id)
    }

    fn fold(one: &mut Request, fact: &Recorded) -> Result<(), Poison> {
        let event = fact.trace()?;
        if let events::Prescription::PrescriptionSent(sent) = &event {
            one.received_by = sent.addressee_id.parse().ok();
            one.sent_by = fact.metadata()?.actor.post_id.parse().ok();
            one.sent_at = fact.position;
        }
        one.case_id = fact.case_id.unwrap_or(one.case_id);
        sending(&mut one.sending, event, fact.occurred_on);
        one.awaiting = one.sending.state.is_awaiting();
        Ok(())
    }
}
