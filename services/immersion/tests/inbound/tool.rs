//! The tool, as a subscriber sees it: a convention that changes, shown as it stands.

use contracts::Facts as _;
use immersion::{
    domain::{Event, aggregate::State},
    inbound::{
        apply::ApplyNotification,
        attach::stream_id,
        border::{Cleaned, clean},
        facts,
        key::IndexKey,
        payload::{self, Read},
        snapshot::{Person, Snapshot},
    },
};
use jiff::Timestamp;
use serde_json::Value;
use service::{Command as _, Problem};

/// A convention of an adult, submitted and not signed.
pub fn adult() -> Value {
    serde_json::from_str(include_str!("../fixtures/adult.json")).expect("JSON")
}

/// A convention of a minor, validated and reviewed.
pub fn minor() -> Value {
    serde_json::from_str(include_str!("../fixtures/minor.json")).expect("JSON")
}

/// The body with that member of the convention set; removed when null.
pub fn with(mut body: Value, pointer: &str, value: impl Into<Value>) -> Value {
    let (parent, name) = pointer.rsplit_once('/').unwrap_or(("", pointer));
    let parent = if parent.is_empty() {
        "/payload/convention".into()
    } else {
        format!("/payload/convention/{parent}")
    };
    let object = body.pointer_mut(&parent).and_then(Value::as_object_mut).expect("an object");
    match value.into() {
        Value::Null => object.remove(name),
        value => object.insert(name.to_owned(), value),
    };
    body
}

/// The body, changed at that instant to that status.
pub fn at(body: Value, updated_at: &str, status: &str) -> Value {
    with(with(body, "updatedAt", updated_at), "status", status)
}

/// The body with a signature.
pub fn signed(body: Value, who: &str, at: &str) -> Value {
    with(body, &format!("signatories/{who}/signedAt"), at)
}

pub const BENEFICIARY: &str = "beneficiary";
pub const HOST: &str = "establishmentRepresentative";
pub const EMPLOYER: &str = "beneficiaryCurrentEmployer";

/// What is kept of a body, and the names of what was not understood.
pub fn cleaned(body: &Value) -> Result<(Cleaned, Vec<String>, Vec<String>), Problem> {
    let Read::Convention(convention, unknown) = payload::read(body.to_string().as_bytes())? else {
        panic!("another event");
    };
    let mut odd = Vec::new();
    let now: Timestamp = "2026-09-01T09:00:00Z".parse().expect("an instant");
    Ok((clean(*convention, now, &mut odd)?, unknown, odd))
}

/// What is kept of a convention.
pub fn kept(body: &Value) -> (Snapshot, Person) {
    match cleaned(body).expect("understood").0 {
        Cleaned::Known(snapshot, person) => (*snapshot, person),
        Cleaned::Nothing(why) => panic!("nothing follows: {why:?}"),
    }
}

pub fn told(body: &Value) -> ApplyNotification {
    let key = IndexKey::new(&sealing::IndexKey::from_bytes([7; 32]));
    let (snapshot, person) = kept(body);
    ApplyNotification {
        digest: key.content(&(&snapshot, &person)).expect("a digest"),
        details_digest: key.content(&snapshot.details).expect("a digest"),
        host_id: None,
        prescriber_id: None,
        accompanying_id: None,
        renews: snapshot.renewed_from.map(stream_id),
        age: person.birth_date.map(|birth| vocabulary::dates::age_on(birth, snapshot.terms.starts_on.0)),
        identity_differs: Vec::new(),
        attached_by: None,
        snapshot,
    }
}

/// What Jalon recorded of one convention.
#[derive(Debug, Default)]
pub struct Heard {
    pub facts: Vec<Event>,
    pub earlier: Option<State>,
}

impl Heard {
    /// Receives a body; returns each new fact with its own day (reception's when it has none), that it was
    /// received aside.
    pub fn hear(&mut self, body: &Value) -> Vec<String> {
        self.hear_told(&told(body))
    }

    pub fn hear_told(&mut self, told: &ApplyNotification) -> Vec<String> {
        let stated = facts::missing(&self.state(), told, self.earlier.as_ref());
        self.facts.extend(stated.iter().cloned());
        let shown = stated.iter().filter(|fact| !matches!(fact, Event::NotificationReceived(_)));
        shown
            .map(|fact| {
                let day = told.day_of(fact).map(|day| format!(" {day}")).unwrap_or_default();
                let what = match fact {
                    Event::DivergenceNoted(noted) => format!(" {}", noted.about.join(" ")),
                    Event::ConventionSigned(signed) => {
                        format!(" {:?}", signed.party.as_known().expect("a known party"))
                    }
                    _ => String::new(),
                };
                format!("{}{what}{day}", fact.encode().0.name)
            })
            .collect()
    }

    pub fn state(&self) -> State {
        State::of(self.facts.iter().cloned())
    }

    /// How many notifications were kept, and how many of them came late.
    pub fn notifications(&self) -> (usize, usize) {
        let received: Vec<bool> = self
            .facts
            .iter()
            .filter_map(|fact| match fact {
                Event::NotificationReceived(received) => Some(received.late),
                _ => None,
            })
            .collect();
        (received.len(), received.iter().filter(|late| **late).count())
    }
}
