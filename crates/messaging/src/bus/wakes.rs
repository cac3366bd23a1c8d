//! Wake-ups between processes, over core NATS: never kept, never relied upon.

use futures::{Stream, StreamExt as _, stream};

use super::{Bus, BusError};
use crate::subjects;

impl Bus {
    /// Tells every process that the journal has reached that position.
    ///
    /// # Errors
    /// When there is no connection at the moment; whoever sleeps will wake by itself.
    pub async fn publish_wake_journal(&self, position: i64) -> Result<(), BusError> {
        self.wake(subjects::WAKE_JOURNAL, position.to_string()).await
    }

    /// Tells every process that views have reached those positions.
    ///
    /// # Errors
    /// As [`Bus::publish_wake_journal`].
    pub async fn publish_wake_views(&self, moved: &[(&str, i64)]) -> Result<(), BusError> {
        let lines = moved.iter().map(|(name, position)| format!("{name} {position}\n"));
        self.wake(subjects::WAKE_VIEWS, lines.collect()).await
    }

    /// The positions the journal is said to reach, from now on.
    ///
    /// # Errors
    /// When the connection is closed.
    pub async fn subscribe_wakes_journal(
        &self,
    ) -> Result<impl Stream<Item = i64> + Send + Unpin + use<>, BusError> {
        let messages = self.wakes(subjects::WAKE_JOURNAL).await?;
        Ok(messages.filter_map(|text| std::future::ready(text.parse().ok())))
    }

    /// The positions views are said to reach, from now on.
    ///
    /// # Errors
    /// When the connection is closed.
    pub async fn subscribe_wakes_views(
        &self,
    ) -> Result<impl Stream<Item = (String, i64)> + Send + Unpin + use<>, BusError> {
        let messages = self.wakes(subjects::WAKE_VIEWS).await?;
        Ok(messages.flat_map(|text| stream::iter(text.lines().filter_map(view).collect::<Vec<_>>())))
    }

    async fn wake(&self, subject: &'static str, text: String) -> Result<(), BusError> {
        if !self.link().up {
            // It would wait for the connection, and by then be of no use.
            return Err(BusError::Unavailable("la connexion est coupée".into()));
        }
        self.client.publish(subject, text.into()).await.map_err(BusError::unavailable)
    }

    async fn wakes(
        &self,
        subject: &'static str,
    ) -> Result<impl Stream<Item = String> + Send + Unpin + use<>, BusError> {
        let messages = self.client.subscribe(subject).await.map_err(BusError::unavailable)?;
        let text = |message: async_nats::Message| String::from_utf8(message.payload.into()).ok();
        Ok(messages.filter_map(move |message| std::future::ready(text(message))))
    }
}

fn view(line: &str) -> Option<(String, i64)> {
    let (name, position) = line.split_once(' ')?;
    Some((name.to_owned(), position.parse().ok()?))
}
