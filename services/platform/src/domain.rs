//! The aggregates of this context: organisations, posts and platforms; what platforms do with employers,
//! offers and people; what they do together; the services of their territory.

pub mod action;
pub mod attendance;
pub mod codes;
pub mod employer;
pub mod gathering;
pub mod local_service;
pub mod matches;
pub mod meeting;
pub mod offer;
pub mod organisation;
pub mod partnership;
pub mod past;
pub mod platform;
pub mod post;
pub mod texts;

use vocabulary::Rule;

/// The rules of this context.
pub const RULES: &[&Rule] = &[
    &organisation::commands::NAMED,
    &organisation::commands::SIRET,
    &organisation::commands::DOUBTFUL_SIRET,
    &organisation::commands::GRANTER,
    &organisation::commands::MANDATE_DATES,
    &organisation::commands::KNOWN_MANDATE,
    &organisation::keepers::KEPT_BY,
    &organisation::keepers::COLLEAGUES,
    &organisation::keepers::HOSTS,
    &organisation::keepers::SIRET_BY,
    &organisation::keepers::ONE_SIRET,
    &organisation::keepers::SIRET_TWICE,
    &organisation::openings::ACT,
    &organisation::openings::DATES,
    &post::commands::KNOWN_ORGANISATION,
    &post::commands::NAMED,
    &post::commands::PROFESSIONAL_ROLE,
    &post::commands::OVERSIGHT,
    &post::commands::NOT_ONESELF,
    &post::commands::VACANT,
    &post::commands::DATES,
    &post::missions::AUDITORS,
    &post::missions::BOUNDED,
    &post::missions::KNOWN,
    &platform::commands::NAMED,
    &platform::commands::KNOWN_ORGANISATION,
    &platform::commands::DATES,
    &platform::commands::ANSWER_DELAY,
    &platform::members::ANIMATED,
    &platform::members::MEMBERS,
    &platform::members::KNOWN,
    &texts::NAMES_NOBODY,
    &codes::ROME,
    &codes::NAF,
    &codes::INSEE,
    &codes::LINK,
    &employer::commands::LEAD,
    &employer::commands::ONE_LEAD,
    &employer::commands::LEAD_POST,
    &employer::commands::BESIDE_LEAD,
    &employer::commands::NEXT_CONTACT,
    &offer::card::LABEL,
    &offer::card::HOURS,
    &offer::card::POSITIONS,
    &offer::commands::OPEN,
    &offer::commands::DATES,
    &offer::commands::REFERENCE,
    &matches::commands::OPEN_OFFER,
    &matches::commands::NOT_TWICE,
    &matches::commands::AGREEMENT,
    &matches::commands::PUT_FORWARD,
    &matches::commands::TIME_LEFT,
    &matches::commands::DATES,
    &matches::commands::OPEN_CASE,
    &gathering::commands::NOT_HELD,
    &attendance::commands::GATHERING,
    &attendance::commands::NOT_TWICE,
    &meeting::commands::NOT_HELD,
    &meeting::commands::HOUR,
    &meeting::commands::DECISION,
    &meeting::commands::SETTLED,
    &action::commands::TITLE,
    &action::commands::PROGRESS,
    &action::commands::NOT_COMPLETE,
    &action::commands::DATES,
    &partnership::commands::SAID,
    &partnership::commands::DATES,
    &local_service::commands::NAMED,
];
