//! What every message about one kind of fact says alike, written once.

use std::{collections::HashMap, sync::LazyLock};

use contracts::FactType;

use crate::subjects;

/// The names of one kind of fact on the bus.
pub(super) struct Names {
    /// Of its NATS subject, what stands before the id.
    pub before_id: String,
    /// And after.
    pub after_id: String,
    /// Of its CloudEvents subject, what stands before the id.
    pub before_stream: String,
    pub source: String,
    pub event_type: String,
    pub schema: String,
}

impl Names {
    pub fn of(kind: &FactType) -> &'static Names {
        &ALL[kind.kind]
    }

    fn new(kind: &FactType) -> Self {
        let aggregate = kind.aggregate();
        let (context, name, version) = (aggregate.context, aggregate.name, kind.schema_version());
        let (before_id, after_id) = subjects::around_id(kind);
        Self {
            before_id,
            after_id,
            before_stream: format!("{name}/"),
            source: format!("/jalon/{context}"),
            event_type: format!("org.jalon.{context}.{name}.{}.v{version}", kind.subject()),
            schema: format!("proto:{}", kind.kind),
        }
    }
}

static ALL: LazyLock<HashMap<&'static str, Names>> = LazyLock::new(|| {
    let kinds = contracts::all_aggregates().iter().flat_map(|aggregate| aggregate.facts);
    kinds.map(|kind| (kind.kind, Names::new(kind))).collect()
});
