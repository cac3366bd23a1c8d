//! Streams: created, updated, and compared with what was asked.

use std::time::Duration;

use async_nats::jetstream::{context::CreateStreamErrorKind, stream::Config};
use serde_json::{Map, Value};

use super::{Bus, BusError};
use crate::subjects;

/// What an operator decides about the streams.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamSettings {
    /// Copies of each message; 3 in a cluster of three servers.
    pub replicas: usize,
    /// How long the stream keeps facts; for ever when not said. Older ones are read in the journal.
    pub journal_kept: Option<Duration>,
}

impl Default for StreamSettings {
    fn default() -> Self {
        Self { replicas: 1, journal_kept: None }
    }
}

impl Bus {
    /// Creates or updates the streams, and checks that the server took every setting.
    ///
    /// # Errors
    /// When the server does not answer, refuses, or answers with another configuration.
    pub async fn migrate(&self) -> Result<(), BusError> {
        for asked in subjects::streams(&self.settings) {
            self.migrate_stream(asked).await?;
        }
        Ok(())
    }

    /// Checks that the streams are configured as they must be, and changes nothing.
    ///
    /// # Errors
    /// When one is missing or has another configuration, or the server does not answer.
    pub async fn verify(&self) -> Result<(), BusError> {
        for asked in subjects::streams(&self.settings) {
            let found = self.jetstream.get_stream(&asked.name).await;
            let found = found.map_err(|error| BusError::from_get(&asked.name, &error))?;
            compare(&asked, &found.cached_info().config)?;
        }
        Ok(())
    }

    pub(crate) async fn migrate_journal(&self) -> Result<(), BusError> {
        self.migrate_stream(subjects::journal_stream(&self.settings)).await
    }

    /// Deletes the stream of facts, to make it again from the journal.
    pub(crate) async fn delete_journal(&self) -> Result<(), BusError> {
        self.jetstream.delete_stream(subjects::JOURNAL).await.map(drop).map_err(BusError::unavailable)
    }

    async fn migrate_stream(&self, asked: Config) -> Result<(), BusError> {
        let refused = |error| BusError::from_create(&asked.name, &error);
        let found = match self.jetstream.update_stream(&asked).await {
            Ok(info) => info.config,
            Err(error) if error.kind() == CreateStreamErrorKind::NotFound => {
                let created = self.jetstream.create_stream(asked.clone()).await.map_err(refused)?;
                created.cached_info().config.clone()
            }
            Err(error) => return Err(refused(error)),
        };
        compare(&asked, &found)
    }
}

/// Says which setting differs: an old server drops those it does not know without a word.
fn compare(asked: &Config, found: &Config) -> Result<(), BusError> {
    let (asked_fields, found_fields) = (fields(asked), fields(found));
    for field in asked_fields.keys().chain(found_fields.keys()) {
        let (asked_value, found_value) = (value(&asked_fields, field), value(&found_fields, field));
        if asked_value != found_value {
            return Err(BusError::Differs {
                stream: asked.name.clone(),
                field: field.clone(),
                asked: asked_value.to_string(),
                found: found_value.to_string(),
            });
        }
    }
    Ok(())
}

fn fields(config: &Config) -> Map<String, Value> {
    match serde_json::to_value(config) {
        Ok(Value::Object(mut fields)) => {
            if let Some(Value::Object(metadata)) = fields.get_mut("metadata") {
                // What the server writes about itself.
                metadata.retain(|key, _| !key.starts_with("_nats."));
            }
            fields
        }
        _ => Map::new(),
    }
}

/// A setting, with all the ways of writing “none” made one.
fn value(fields: &Map<String, Value>, field: &str) -> Value {
    let value = fields.get(field).cloned().unwrap_or_default();
    let none = match &value {
        Value::Null => true,
        Value::Bool(set) => !set,
        Value::Number(number) => matches!(number.as_i64(), Some(0 | -1)),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(object) => object.is_empty(),
    };
    if none { Value::Null } else { value }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked() -> Config {
        subjects::journal_stream(&StreamSettings::default())
    }

    fn differs(found: &Config) -> String {
        match compare(&asked(), found) {
            Err(BusError::Differs { field, .. }) => field,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_a_server_adds_about_itself_or_writes_otherwise_is_no_difference() {
        let mut found = Config { max_bytes: -1, max_messages: -1, max_message_size: -1, ..asked() };
        found.metadata.insert("_nats.ver".into(), "2.15.1".into());
        compare(&asked(), &found).unwrap();
    }

    #[test]
    fn a_setting_dropped_changed_or_added_is_named() {
        assert_eq!(differs(&Config { compression: None, ..asked() }), "compression");
        assert_eq!(differs(&Config { max_consumers: -1, ..asked() }), "max_consumers");
        assert_eq!(differs(&Config { allow_direct: false, ..asked() }), "allow_direct");
        assert_eq!(differs(&Config { max_messages: 1000, ..asked() }), "max_msgs");
        assert_eq!(differs(&Config { sealed: true, ..asked() }), "sealed");
        assert_eq!(differs(&Config { num_replicas: 3, ..asked() }), "num_replicas");
    }
}
