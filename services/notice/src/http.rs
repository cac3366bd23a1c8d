//! One line per route.

use service::Api;

use crate::{
    domain::commands::ChooseMailbox,
    queries::{self, MailboxAnswer, NoticesPage},
};

/// The routes of this context.
pub fn api() -> Api {
    Api::default()
        .command_on_own::<ChooseMailbox>("/api/v1/me/mailbox", queries::own)
        .query::<MailboxAnswer, _, _>(
            "notice.mailbox",
            "Où et quand je reçois les avis",
            "/api/v1/me/mailbox",
            queries::mailbox,
        )
        .query::<NoticesPage, _, _>("notice.read", "Mes avis", "/api/v1/me/notices", queries::notices)
}
