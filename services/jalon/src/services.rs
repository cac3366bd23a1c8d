//! The services there are.

use service::Service;

/// Units that are not services: the relay of the journal to NATS, and the clock that applies what is due.
pub const RELAY: &str = "relay";
/// See [`RELAY`].
pub const CLOCK: &str = "clock";

/// Every service.
pub fn all() -> Vec<Service> {
    vec![
        case::service(),
        diagnostic::service(),
        prescription::service(),
        immersion::service(),
        employment::service(),
        platform::service(),
        notice::service(),
        audit::service(),
        followup::service(),
    ]
}

/// The names of every unit, in the order they start.
pub fn names() -> Vec<&'static str> {
    all().iter().map(|service| service.name).chain([RELAY, CLOCK]).collect()
}

/// The units of that name, or all of them when none is named.
///
/// # Errors
/// Names the one that does not exist.
pub fn select(wanted: &[String]) -> Result<Vec<&'static str>, String> {
    let names = names();
    if wanted.is_empty() {
        return Ok(names);
    }
    wanted
        .iter()
        .map(|wanted| {
            names.iter().copied().find(|name| name == wanted).ok_or_else(|| {
                format!("« {wanted} » n’est pas un service de Jalon ; il y a : {}", names.join(", "))
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::*;

    /// The schemas that a description refers to.
    fn referred<'a>(value: &'a Value, names: &mut BTreeSet<&'a str>) {
        match value {
            Value::Object(members) => {
                names.extend(members.get("$ref").and_then(Value::as_str));
                members.values().for_each(|value| referred(value, names));
            }
            Value::Array(items) => items.iter().for_each(|value| referred(value, names)),
            _ => {}
        }
    }

    #[test]
    fn each_schema_has_a_name_of_its_own_and_each_that_is_referred_to_is_described() {
        assert_eq!(service::server::clashes(&all()), Vec::<String>::new());
        let described = serde_json::to_value(service::server::describe(&all())).expect("JSON");
        let mut names = BTreeSet::new();
        referred(&described, &mut names);
        assert!(names.len() > 100, "{names:?}");
        for name in names {
            assert!(described.pointer(name.trim_start_matches('#')).is_some(), "{name}");
        }
        // Two contexts have reasons of suspension: of an access, and of a PASS IAE.
        let schemas = described["components"]["schemas"].as_object().expect("schemas");
        let codes = |name: &str| {
            let schema = schemas.iter().find(|(known, _)| known.starts_with(name));
            schema.expect(name).1["enum"][0].clone()
        };
        assert_eq!(codes("AuditSuspensionReason"), "VOLUME");
        assert_eq!(codes("PrescriptionSuspensionReason"), "CONTRACT_SUSPENDED");
    }
}
