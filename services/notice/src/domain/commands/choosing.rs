//! Where and when the holder of a post wishes to be written to.

use serde::{Deserialize, Serialize};
use service::{Command, Context};
use utoipa::ToSchema;
use vocabulary::{Refusal, Rule};

use super::super::{
    aggregate::{Mailbox, State},
    *,
};

/// A mailbox is chosen by whoever holds its post.
pub const HOLDER: Rule = Rule::strict(
    "avis.poste",
    "La boîte d’avis d’un poste est réglée par la personne qui le tient.",
    "usage",
);
/// One address, to which a message can leave.
pub const ADDRESS: Rule = Rule::strict(
    "avis.adresse",
    "Pour recevoir des avis, il faut une adresse électronique complète, en lettres sans accent.",
    "RFC 5321",
);
/// A digest has its hour.
pub const HOUR: Rule =
    Rule::strict("avis.heure", "L’heure du point du jour va de 0 à 23, heure de Paris.", "usage");

/// Chooses where and when to be written to.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChooseMailbox {
    /// The address; not kept when neither the digest nor immediate notices are wanted.
    #[serde(default)]
    pub email: String,
    /// Whether a digest is wanted, on the days when there is something to say.
    pub digest: bool,
    /// Its hour in Paris, from 0 to 23; 8 when absent.
    #[serde(default = "morning")]
    pub digest_hour: u32,
    /// Whether the few immediate notices are wanted: cancellation, refusal, no-show, agreement withdrawn,
    /// emergency access.
    pub immediate: bool,
}

fn morning() -> u32 {
    8
}

impl Command for ChooseMailbox {
    type Aggregate = Mailbox;
    const NAME: &'static str = "notice.choose-mailbox";
    const SUMMARY: &'static str = "Choisir où et quand recevoir les avis";

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        let post = context.actor.post_id.filter(|post| state.post_id.is_none_or(|owner| owner == *post));
        let Some(post) = post else {
            return Err(
                HOLDER.refuse("Cette boîte d’avis est celle d’un autre poste. Réglez celle du vôtre.")
            );
        };
        if self.digest_hour > 23 {
            return Err(HOUR.refuse("Donnez une heure entière, de 0 à 23.").at("/digest_hour"));
        }
        let wanted = self.digest || self.immediate;
        let email = self.email.trim();
        let reachable = email.is_ascii() && email.parse::<lettre::Address>().is_ok();
        if wanted && !reachable {
            return Err(ADDRESS
                .refuse("Cette adresse électronique n’est pas complète ou a des lettres accentuées. Corrigez-la, ou renoncez aux envois.")
                .at("/email"));
        }
        let chosen = MailboxChosen {
            post_id: post.to_string(),
            professional_id: context.actor.professional_id.map(|id| id.to_string()).unwrap_or_default(),
            email: if wanted { email.to_owned() } else { String::new() },
            digest: self.digest,
            digest_hour: self.digest_hour,
            immediate: self.immediate,
            ..Default::default()
        };
        Ok(vec![chosen.into()])
    }
}
