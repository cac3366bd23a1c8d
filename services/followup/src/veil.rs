//! What a partner system is not told: the kinds of organisation that betray something about a person,
//! and where a fact names such an organisation.

use std::collections::HashSet;

use contracts::{
    EnumValue,
    common::v1::{OrganisationKind, Role},
};
use serde_json::{Map, Value};
use uuid::Uuid;

/// The kinds that tell of someone's health, past or family by their name alone.
const TELLING: &[OrganisationKind] =
    &[OrganisationKind::CSAPA, OrganisationKind::CAARUD, OrganisationKind::PENSION, OrganisationKind::MDPH];

/// Whether that kind tells something about who goes there.
pub fn is_telling(kind: EnumValue<OrganisationKind>) -> bool {
    kind.as_known().is_some_and(|kind| TELLING.contains(&kind))
}

/// The kind of an organisation, for a reader of that role.
pub fn kind_for(role: Role, kind: EnumValue<OrganisationKind>) -> EnumValue<OrganisationKind> {
    if role == Role::PARTENAIRE && is_telling(kind) { OrganisationKind::AUTRE.into() } else { kind }
}

/// Takes out of a fact what tells too much: the ids of those organisations, and their kind.
pub fn veil(fact: Value, telling: &HashSet<Uuid>) -> Value {
    match fact {
        Value::Object(object) => {
            let kept = object.into_iter().map(|(key, value)| match value {
                Value::String(word) if key == "device" => (key, Value::String(veiled(word))),
                other => (key, veil(other, telling)),
            });
            Value::Object(kept.filter(|(_, value)| !value.is_null()).collect::<Map<_, _>>())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(|item| veil(item, telling)).collect()),
        Value::String(text) if names(&text, telling) => Value::Null,
        other => other,
    }
}

fn veiled(kind: String) -> String {
    let telling = TELLING.iter().any(|telling| contracts::buffa::Enumeration::proto_name(telling) == kind);
    if telling { "AUTRE".to_owned() } else { kind }
}

fn names(text: &str, telling: &HashSet<Uuid>) -> bool {
    text.len() == 36 && text.parse().is_ok_and(|id: Uuid| telling.contains(&id))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_partner_learns_neither_the_kind_nor_the_id_of_a_telling_organisation() {
        let (csapa, aci) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let fact = json!({"structure_id": csapa, "device": "PENSION", "opened_on": "2026-01-05"});
        assert_eq!(veil(fact, &[csapa].into()), json!({"device": "AUTRE", "opened_on": "2026-01-05"}));
        let fact = json!({"addressee_id": aci, "device": "CHRS"});
        assert_eq!(veil(fact.clone(), &[csapa].into()), fact);
        let kind = EnumValue::from(OrganisationKind::CSAPA);
        assert_eq!(kind_for(Role::PARTENAIRE, kind), OrganisationKind::AUTRE);
        assert_eq!(kind_for(Role::CIP, kind), OrganisationKind::CSAPA);
    }
}
