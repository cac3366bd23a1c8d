//! The contracts: every fact Jalon can state, generated from `proto/`, and what the contracts
//! declare beside them (names, codes, audience, class of data of each field, French words).
//!
//! To add a fact: write its message in `proto/jalon/<context>/v1/events.proto`, add it to the
//! aggregate's `oneof`, and give each field its class. Nothing here changes.

#[macro_use]
mod fact;
mod recorded;
mod types;
mod word;

/// The messages, one module per protobuf package.
#[expect(clippy::too_many_lines, clippy::allow_attributes, missing_docs, reason = "generated from proto/")]
mod generated {
    include!(concat!(env!("OUT_DIR"), "/contracts.rs"));
}

/// Every kind of fact, and its bytes with every field filled.
#[cfg(feature = "samples")]
pub fn samples() -> &'static [(&'static str, &'static [u8])] {
    include!(concat!(env!("OUT_DIR"), "/samples.rs"))
}

pub use buffa;
pub use buffa::{EnumValue, Message, MessageField};
pub use fact::{DecodeError, Facts, to_json};
pub use generated::jalon::*;
pub use recorded::Recorded;
pub use sealing::Class;
pub use types::{AggregateType, Audience, FactType, FieldType, all_aggregates, by_code, by_kind};
pub use word::{Word, WordEnum, label_of, values_of};

facts! {
    case::v1::CaseEvent / case_event;
    diagnostic::v1::DiagnosticEvent / diagnostic_event;
    prescription::v1::PrescriptionEvent / prescription_event;
    immersion::v1::ConventionEvent / convention_event;
    employment::v1::EmploymentEvent / employment_event;
    platform::v1::OrganisationEvent / organisation_event;
    platform::v1::PostEvent / post_event;
    platform::v1::PlatformEvent / platform_event;
}

/// The facts of each aggregate, by the aggregate's name.
pub mod events {
    pub use super::{
        case::v1::__buffa::oneof::case_event::Event as Case,
        diagnostic::v1::__buffa::oneof::diagnostic_event::Event as Diagnostic,
        employment::v1::__buffa::oneof::employment_event::Event as Employment,
        immersion::v1::__buffa::oneof::convention_event::Event as Convention,
        platform::v1::__buffa::oneof::{
            organisation_event::Event as Organisation, platform_event::Event as Platform,
            post_event::Event as Post,
        },
        prescription::v1::__buffa::oneof::prescription_event::Event as Prescription,
    };
}
