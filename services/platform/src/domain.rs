//! Three aggregates: the organisation, the post, the platform.

pub mod organisation;
pub mod platform;
pub mod post;

use vocabulary::Rule;

/// The rules of this context.
pub const RULES: &[&Rule] = &[
    &organisation::commands::NAMED,
    &organisation::commands::SIRET,
    &organisation::commands::GRANTER,
    &organisation::commands::MANDATE_DATES,
    &organisation::commands::KNOWN_MANDATE,
    &post::commands::KNOWN_ORGANISATION,
    &post::commands::NAMED,
    &post::commands::PROFESSIONAL_ROLE,
    &post::commands::OVERSIGHT,
    &post::commands::VACANT,
    &post::commands::DATES,
    &platform::commands::NAMED,
    &platform::commands::KNOWN_ORGANISATION,
    &platform::commands::DATES,
];
