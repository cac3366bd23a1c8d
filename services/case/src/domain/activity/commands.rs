//! What can be asked of an activity, each intent with its rule right below. Hours are what the person
//! did: never a score, never a sanction.

use vocabulary::Rule;

mod aava;
mod attendance;
mod course;

pub use attendance::{DAYS, MINUTES, RecordAttendance, TOLD_ONCE};
pub use course::{DATES, ENDED, EndActivity, LONG_WEEK, PROPOSED_BY, RENEWS, StartActivity};

/// An AAVA is carried by a CHRS.
pub const AAVA_CARRIER: Rule = Rule::strict(
    "aava.structure",
    "Un atelier d’adaptation à la vie active est porté par une structure autorisée comme CHRS.",
    "CASF, art. R. 345-3",
);
/// How long an AAVA lasts in a month.
pub const AAVA_MONTH: Rule = Rule::strict(
    "aava.heures",
    "Un atelier d’adaptation à la vie active occupe la personne 80 heures par mois au plus, tous ateliers compris.",
    "CASF, art. R. 345-3",
);
/// What is paid for an AAVA.
pub const AAVA_ALLOWANCE: Rule = Rule::soft(
    "aava.pecule",
    "Le pécule d’un atelier d’adaptation à la vie active va de 30 à 80 % du SMIC : vérifiez-le.",
    "CASF, art. R. 345-4",
);
/// How many months an AAVA lasts.
pub const AAVA_LENGTH: Rule = Rule::soft(
    "aava.duree",
    "Un atelier d’adaptation à la vie active dure 6 mois au plus, renouvelables avec l’accord du préfet : vérifiez-le.",
    "CASF, art. R. 345-3",
);

/// The longest an AAVA lasts in a month, in minutes.
const AAVA_LONGEST: u32 = 80 * 60;
/// How many months it lasts.
const AAVA_MONTHS: i32 = 6;
