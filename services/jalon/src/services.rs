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
