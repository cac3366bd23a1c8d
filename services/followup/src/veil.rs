//! What is closed to a reader although it is of class trace: kinds that betray something of the person by their name
//! alone, and the organisations of such a kind. The contract says which, and of what class that is.

use std::collections::HashMap;

use access::Actor;
use contracts::{
    Class, EnumValue, WordEnum as _, betrayal_of,
    buffa::Enumeration as _,
    common::v1::{OrganisationKind, Role},
    value_for,
};
use service::{Problem, Runtime};
use uuid::Uuid;

use crate::views::status::Status;

/// Organisations whose kind betrays something, and of what class that is.
pub type Telling = HashMap<Uuid, Class>;

/// The kind of an organisation, for a reader of that role.
pub fn kind_for(role: Role, kind: EnumValue<OrganisationKind>) -> EnumValue<OrganisationKind> {
    if role == Role::PARTENAIRE { value_for(kind, |_| false) } else { kind }
}

/// Whether what betrays that class may be told to a reader to whom these classes are open. A partner system is never
/// told. Where someone lives and what they live on is known of those who accompany them.
pub fn may_be_told(role: Role, open: impl Fn(Class) -> bool, class: Class) -> bool {
    role != Role::PARTENAIRE && (!matches!(class, Class::Health | Class::Judicial) || open(class))
}

/// All organisations whose kind betrays something.
///
/// # Errors
/// When the read model cannot be read.
pub async fn telling(runtime: &Runtime) -> Result<Telling, Problem> {
    among(runtime, None).await
}

/// Those of these organisations whose kind betrays something.
///
/// # Errors
/// When the read model cannot be read.
pub async fn telling_of(runtime: &Runtime, ids: &[Uuid]) -> Result<Telling, Problem> {
    if ids.is_empty() { Ok(Telling::new()) } else { among(runtime, Some(ids)).await }
}

async fn among(runtime: &Runtime, ids: Option<&[Uuid]>) -> Result<Telling, Problem> {
    let kinds = OrganisationKind::BETRAYALS.iter().filter_map(|one| OrganisationKind::from_i32(one.number));
    let kinds: Vec<&str> = kinds.map(|kind| kind.proto_name()).collect();
    let sql = "select key, body ->> 'kind' from read.directory
               where kind = 'organisation' and body ->> 'kind' = any($1) and ($2::uuid[] is null or key = any($2))";
    let client = runtime.pool.get().await?;
    let statement = client.prepare_cached(sql).await?;
    let mut telling = Telling::new();
    for row in client.query(&statement, &[&kinds, &ids]).await? {
        let kind = OrganisationKind::from_proto_name(row.try_get(1)?);
        let class = kind.and_then(|kind| betrayal_of(EnumValue::from(kind))).map(|one| one.class());
        telling.extend(class.map(|class| Ok::<_, Problem>((row.try_get(0)?, class))).transpose()?);
    }
    Ok(telling)
}

/// Leaves out what betrays a class that is closed to that reader. What their own organisation sent, received or gives
/// work for, they know.
pub fn veil(status: &mut Status, actor: &Actor, open: impl Fn(Class) -> bool, telling: &Telling) {
    let told = |class| may_be_told(actor.role, &open, class);
    let own = |id: Option<Uuid>| id.is_some() && id == actor.organisation_id;
    let hide = |id: &mut Option<Uuid>| {
        if id.is_some_and(|id| telling.get(&id).is_some_and(|class| !told(*class))) {
            *id = None;
        }
    };
    for one in status.prescriptions.values_mut() {
        if own(one.prescriber_id) || own(one.addressee_id) {
            continue;
        }
        let shown = value_for(one.kind, told);
        if shown != one.kind {
            (one.kind, one.addressee_id) = (shown, None);
        }
        hide(&mut one.addressee_id);
    }
    for one in status.employments.values_mut().filter(|one| !own(one.employer_id)) {
        one.contract = value_for(one.contract, told);
        one.programme = value_for(one.programme, told);
        hide(&mut one.employer_id);
    }
    for one in status.circle.values_mut() {
        one.frame = value_for(one.frame, told);
    }
}

/// Whether something of it, by its kind or by one of these organisations, betrays a class of data that is not told to
/// every reader of that role.
pub fn betrays(status: &Status, role: Role, telling: &Telling) -> bool {
    let told = |class| may_be_told(role, |_| false, class);
    let tells = |id: Option<Uuid>| id.is_some_and(|id| telling.get(&id).is_some_and(|class| !told(*class)));
    status.prescriptions.values().any(|one| value_for(one.kind, told) != one.kind || tells(one.addressee_id))
        || status.employments.values().any(|one| {
            value_for(one.contract, told) != one.contract
                || value_for(one.programme, told) != one.programme
                || tells(one.employer_id)
        })
        || status.circle.values().any(|one| value_for(one.frame, told) != one.frame)
}

/// The organisations that [`veil`] may hide.
pub fn parties(status: &Status) -> impl Iterator<Item = Uuid> {
    let sent = status.prescriptions.values().filter_map(|one| one.addressee_id);
    sent.chain(status.employments.values().filter_map(|one| one.employer_id))
}

#[cfg(test)]
mod tests {
    use access::Actor;
    use contracts::{employment::v1::Programme, prescription::v1::PrescriptionKind};

    use super::*;
    use crate::views::status::{Employment, Prescription};

    const ACI: Uuid = Uuid::from_u128(1);
    const ESAT: Uuid = Uuid::from_u128(2);
    const SENT: Uuid = Uuid::from_u128(3);

    fn status(prescriber: Uuid) -> Status {
        let sent = Prescription {
            kind: PrescriptionKind::MDPH.into(),
            prescriber_id: Some(prescriber),
            addressee_id: Some(ESAT),
            ..Default::default()
        };
        let work =
            Employment { programme: Programme::TAPAJ.into(), employer_id: Some(ESAT), ..Default::default() };
        Status {
            prescriptions: [(SENT, sent)].into(),
            employments: [(SENT, work)].into(),
            ..Status::default()
        }
    }

    fn reader(role: Role) -> Actor {
        Actor { role, organisation_id: Some(ACI), system: None, ..Actor::system("") }
    }

    #[test]
    fn a_colleague_to_whom_health_is_closed_reads_of_another_service() {
        let telling: Telling = [(ESAT, Class::Health)].into();
        let mut seen = status(Uuid::from_u128(9));
        assert!(betrays(&seen, Role::CIP, &telling));
        veil(&mut seen, &reader(Role::CIP), |_| false, &telling);
        let one = &seen.prescriptions[&SENT];
        assert_eq!((one.kind, one.addressee_id), (PrescriptionKind::AUTRE_SERVICE.into(), None));
        let work = &seen.employments[&SENT];
        assert_eq!((work.programme.to_i32(), work.employer_id), (0, None));
        assert!(!betrays(&seen, Role::CIP, &telling));
    }

    #[test]
    fn who_may_know_of_health_or_sent_it_reads_it_as_it_is() {
        let telling: Telling = [(ESAT, Class::Health)].into();
        let mut open = status(Uuid::from_u128(9));
        veil(&mut open, &reader(Role::CIP), |class| class == Class::Health, &telling);
        assert_eq!(open, status(Uuid::from_u128(9)));
        let mut own = status(ACI);
        veil(&mut own, &reader(Role::CIP), |_| false, &telling);
        assert_eq!(own.prescriptions, status(ACI).prescriptions);
        // Never a partner system, whatever is open.
        let mut partner = status(Uuid::from_u128(9));
        veil(&mut partner, &reader(Role::PARTENAIRE), |_| true, &telling);
        assert_eq!(partner.prescriptions[&SENT].kind, PrescriptionKind::AUTRE_SERVICE);
        assert_eq!(kind_for(Role::PARTENAIRE, OrganisationKind::SPIP.into()), OrganisationKind::AUTRE);
        assert_eq!(kind_for(Role::CIP, OrganisationKind::SPIP.into()), OrganisationKind::SPIP);
    }
}
