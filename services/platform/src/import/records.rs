//! The records of a JSON file, one after the other: 200,000 of them are never held together.

use std::{fmt, io::Read};

use serde::{
    Deserializer as _,
    de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use serde_json::Value;
use tokio::sync::mpsc::Sender;

/// The members of an object under which a list may be.
const LISTS: [&str; 3] = ["items", "structures", "services"];

/// Sends every record of a list, or of the lists of an object, until nobody listens.
///
/// # Errors
/// Where the file is no longer JSON; what came before was sent.
pub(super) fn send(file: impl Read, records: Sender<Value>) -> Result<(), String> {
    let mut deserializer = serde_json::Deserializer::from_reader(std::io::BufReader::new(file));
    (&mut deserializer).deserialize_any(Lists(&records)).and_then(|()| deserializer.end()).map_err(|error| {
        format!("Le fichier n’est pas du JSON lisible (ligne {}, colonne {}).", error.line(), error.column())
    })
}

/// A list, or an object that holds lists.
struct Lists<'a>(&'a Sender<Value>);

impl<'de> Visitor<'de> for Lists<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("une liste")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(record) = list.next_element()? {
            if self.0.blocking_send(record).is_err() {
                while list.next_element::<IgnoredAny>()?.is_some() {}
            }
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
        while let Some(name) = object.next_key::<String>()? {
            if LISTS.contains(&name.as_str()) {
                object.next_value_seed(Lists(self.0))?;
            } else {
                object.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Lists<'_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(text: &'static str) -> (usize, Result<(), String>) {
        let (sender, mut records) = tokio::sync::mpsc::channel(2);
        let sending = tokio::task::spawn_blocking(move || send(text.as_bytes(), sender));
        let mut count = 0;
        while records.recv().await.is_some() {
            count += 1;
        }
        (count, sending.await.expect("it ends"))
    }

    #[tokio::test]
    async fn a_list_and_a_page_are_read_record_by_record() {
        assert_eq!(read(r#"[{"id":"a"},{"id":"b"},{"id":"c"}]"#).await, (3, Ok(())));
        assert_eq!(read(r#"{"total":2,"items":[{},{}],"page":1}"#).await, (2, Ok(())));
        assert_eq!(read(r#"{"structures":[{}],"services":[{},{}]}"#).await, (3, Ok(())));
    }

    #[tokio::test]
    async fn what_comes_before_a_fault_is_read_and_the_fault_is_placed() {
        let (count, fault) = read("[{\"id\":\"a\"},\n{\"id\":").await;
        assert_eq!(count, 1);
        assert!(fault.is_err_and(|why| why.contains("ligne 2")));
        assert!(read("bonjour").await.1.is_err());
    }
}
