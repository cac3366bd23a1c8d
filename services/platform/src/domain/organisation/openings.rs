//! What an administrator opens to an organisation beyond its kind: professional secrecy shared, constraints that
//! come from justice known. Each with its ground in law, the act that says so, and its days.

use contracts::Word;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use service::{Command, Context, Day};
use utoipa::ToSchema;
use vocabulary::{Refusal, Rule};

use super::{
    aggregate::{Opening, Organisation, State},
    *,
};
use crate::domain::texts::plain;

/// What is opened is opened by an act.
pub const ACT: Rule = Rule::strict(
    "habilitation.acte",
    "Une habilitation renvoie à l’acte qui la donne.",
    "RGPD, art. 5 § 2 ; loi 78-17, art. 46",
);
/// Days come in their order.
pub const DATES: Rule =
    Rule::strict("habilitation.dates", "Une habilitation ne se termine pas avant son premier jour.", "usage");

/// The commands of what may be opened: an act opens it, and it ends.
macro_rules! openings {
    ($($field:ident until $lasts:ident, by $ground:ty {
        $(#[$opens:meta])* $open:ident states $opened:ident, $open_name:literal: $open_summary:literal;
        $(#[$ends:meta])* $end:ident states $ended:ident, $end_name:literal: $end_summary:literal;
    })*) => {$(
        $(#[$opens])*
        #[derive(Debug, Serialize, Deserialize, ToSchema)]
        #[serde(deny_unknown_fields)]
        pub struct $open {
            /// Why.
            pub ground: Word<$ground>,
            /// The act that says so, e.g. the number and the date of a convention.
            pub reference: String,
            /// First day; may be to come.
            pub from_day: Day,
            /// Last day, included; none when it is not known.
            #[serde(default)]
            pub until_day: Option<Day>,
        }

        impl Command for $open {
            type Aggregate = Organisation;
            const NAME: &'static str = $open_name;
            const SUMMARY: &'static str = $open_summary;

            fn occurred_on(&self) -> Option<Date> {
                Some(self.from_day.0)
            }

            fn may_be_planned(&self) -> bool {
                true
            }

            fn decide(&self, state: &State, _: &Context) -> Result<Vec<Event>, Refusal> {
                let opening = opening(self.ground.0 as i32, &self.reference, self.from_day, self.until_day)?;
                if state.$field.contains(&opening) {
                    return Ok(Vec::new());
                }
                let opened = $opened {
                    ground: self.ground.into(),
                    reference: opening.reference,
                    from_day: opening.from.to_string(),
                    until_day: opening.until.map(|day| day.to_string()).unwrap_or_default(),
                    ..Default::default()
                };
                Ok(vec![opened.into()])
            }
        }

        $(#[$ends])*
        #[derive(Debug, Serialize, Deserialize, ToSchema)]
        #[serde(deny_unknown_fields)]
        pub struct $end {
            /// Last day, included; today when absent.
            #[serde(default)]
            pub ended_on: Option<Day>,
        }

        impl Command for $end {
            type Aggregate = Organisation;
            const NAME: &'static str = $end_name;
            const SUMMARY: &'static str = $end_summary;

            fn occurred_on(&self) -> Option<Date> {
                self.ended_on.map(|day| day.0)
            }

            fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
                let ended_on = self.ended_on.map_or(context.today, |day| day.0);
                if !state.$lasts(ended_on) {
                    return Ok(Vec::new());
                }
                Ok(vec![$ended { ended_on: ended_on.to_string(), ..Default::default() }.into()])
            }
        }
    )*};
}

openings! {
    secrecy until shares_secrecy_beyond, by SecrecyGround {
        /// Says that those who work there are held to professional secrecy.
        RecogniseSecrecy states SecrecyRecognised,
        "administration.recognise-secrecy": "Reconnaître le secret professionnel d’une organisation";
        /// Says that they no longer are, whatever its kind.
        EndSecrecy states SecrecyEnded,
        "administration.end-secrecy": "Ne plus reconnaître le secret professionnel d’une organisation";
    }
    judicial until knows_justice_beyond, by JudicialGround {
        /// Lets it know constraints that come from justice, of those who agree to it.
        GrantJudicialAccess states JudicialAccessGranted,
        "administration.grant-judicial-access": "Habiliter une organisation aux contraintes de justice";
        /// Says that it no longer may.
        EndJudicialAccess states JudicialAccessEnded,
        "administration.end-judicial-access": "Mettre fin à l’habilitation d’une organisation aux contraintes de justice";
    }
}

fn opening(ground: i32, reference: &str, from: Day, until: Option<Day>) -> Result<Opening, Refusal> {
    let reference = plain(reference, "/reference")?;
    if reference.is_empty() {
        return Err(ACT
            .refuse(
                "L’acte qui donne cette habilitation manque. Donnez sa référence : numéro, date, signataire.",
            )
            .at("/reference"));
    }
    if until.is_some_and(|until| until < from) {
        return Err(DATES
            .refuse("Le dernier jour de l’habilitation précède le premier. Corrigez l’une des deux dates.")
            .at("/until_day"));
    }
    Ok(Opening { ground, reference, from: from.0, until: until.map(|day| day.0) })
}
