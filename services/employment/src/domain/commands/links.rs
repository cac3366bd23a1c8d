//! What ties a person to an employer outside the circle.

use std::collections::BTreeMap;

use contracts::events;
use serde::Deserialize;
use service::Context;
use uuid::Uuid;
use vocabulary::Refusal;

use super::{LINKED, is_outside_employer};

/// Of the live status of a case, the organisations the person was sent to, was received or employed by.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Ties {
    prescriptions: BTreeMap<Uuid, Sent>,
    immersions: BTreeMap<Uuid, Received>,
    employments: BTreeMap<Uuid, Employed>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Sent {
    addressee_id: Option<Uuid>,
    sent_on: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Received {
    host_id: Option<Uuid>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Employed {
    employer_id: Option<Uuid>,
}

/// Whoever is in the circle knows the person; an employer outside it must have received them.
pub(super) fn linked(came_from: Option<Uuid>, context: &Context) -> Result<(), Refusal> {
    if !is_outside_employer(context) {
        return Ok(());
    }
    // What it came from is in the journal, which is never late; without it, the whole path is looked at.
    let told = match came_from {
        Some(id) => came_to(id, context),
        None => tied(&context.document().unwrap_or_default(), context.actor.organisation_id),
    };
    if told {
        return Ok(());
    }
    Err(LINKED
        .refuse("Rien ne lie encore cette personne à votre organisation. Indiquez la prescription ou la convention dont vient ce contrat, ou demandez à un membre du cercle de l’enregistrer.")
        .at("/came_from_id"))
}

/// Whether that prescription or convention is about this person and led to the employer who asks.
fn came_to(id: Uuid, context: &Context) -> bool {
    let own = context.actor.organisation_id.map(|id| id.to_string()).unwrap_or_default();
    context.recorded(id).iter().filter(|fact| fact.case_id == context.case_id).any(|fact| {
        let sent = matches!(fact.trace(), Ok(events::Prescription::PrescriptionSent(sent)) if sent.addressee_id == own);
        sent || matches!(fact.trace(), Ok(events::Convention::ConventionDrafted(drafted)) if drafted.host_id == own)
    })
}

fn tied(ties: &Ties, own: Option<Uuid>) -> bool {
    let sent = ties.prescriptions.values().filter(|one| one.sent_on.is_some()).map(|one| one.addressee_id);
    let received = ties.immersions.values().map(|one| one.host_id);
    let employed = ties.employments.values().map(|one| one.employer_id);
    own.is_some() && sent.chain(received).chain(employed).any(|organisation| organisation == own)
}
