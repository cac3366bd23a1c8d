//! Wake-ups between processes, over core NATS: never kept, never relied upon.

use async_nats::Subject;
use futures::{Stream, StreamExt as _};

use super::{Bus, BusError};
use crate::subjects;

impl Bus {
    /// Tells every process that the journal has reached that position.
    ///
    /// # Errors
    /// When there is no connection at the moment; whoever sleeps will wake by itself.
    pub async fn publish_wake_journal(&self, position: i64) -> Result<(), BusError> {
        self.wake(subjects::WAKE_JOURNAL.into(), position).await
    }

    /// Tells every process that a view has reached that position.
    ///
    /// # Errors
    /// As [`Bus::publish_wake_journal`].
    pub async fn publish_wake_view(&self, name: &str, position: i64) -> Result<(), BusError> {
        self.wake(subjects::wake_view(name), position).await
    }

    /// The positions the journal is said to reach, from now on.
    ///
    /// # Errors
    /// When the connection is closed.
    pub async fn subscribe_wakes_journal(
        &self,
    ) -> Result<impl Stream<Item = i64> + Send + Unpin + use<>, BusError> {
        self.wakes(subjects::WAKE_JOURNAL.into()).await
    }

    /// The positions a view is said to reach, from now on.
    ///
    /// # Errors
    /// When the connection is closed.
    pub async fn subscribe_wakes_view(
        &self,
        name: &str,
    ) -> Result<impl Stream<Item = i64> + Send + Unpin + use<>, BusError> {
        self.wakes(subjects::wake_view(name)).await
    }

    async fn wake(&self, subject: String, position: i64) -> Result<(), BusError> {
        if !self.link().up {
            // It would wait for the connection, and by then be of no use.
            return Err(BusError::Unavailable("la connexion est coupée".into()));
        }
        let position = position.to_string();
        self.client.publish(subject, position.into()).await.map_err(BusError::unavailable)
    }

    async fn wakes(
        &self,
        subject: String,
    ) -> Result<impl Stream<Item = i64> + Send + Unpin + use<>, BusError> {
        let subject = Subject::from(subject);
        let messages = self.client.subscribe(subject).await.map_err(BusError::unavailable)?;
        let position =
            |message: async_nats::Message| std::str::from_utf8(&message.payload).ok()?.parse().ok();
        Ok(messages.filter_map(move |message| std::future::ready(position(message))))
    }
}
