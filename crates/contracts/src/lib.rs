//! The contracts: every fact Jalon can state, generated from `proto/`, and what the contracts
//! declare beside them (names, codes, audience, class of data of each field, French words).
//!
//! To add a fact: write its message in `proto/jalon/<context>/v1/events.proto`, add it to the
//! aggregate's `oneof`, and give each field its class. Nothing here changes.

#[macro_use]
mod fact;
mod recorded;
mod types;
mod veil;
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
pub use types::{AggregateType, Audience, Betrayal, FactType, FieldType, all_aggregates, by_code, by_kind};
pub use veil::veil;
pub use word::{Word, WordEnum, betrayal_of, label_of, value_for, values_of};

facts! {
    case::v1::CaseEvent / case_event;
    case::v1::WishEvent / wish_event;
    case::v1::ActivityEvent / activity_event;
    case::v1::AppointmentEvent / appointment_event;
    case::v1::WritingEvent / writing_event;
    case::v1::HandoverEvent / handover_event;
    diagnostic::v1::DiagnosticEvent / diagnostic_event;
    diagnostic::v1::ResourceEvent / resource_event;
    prescription::v1::PrescriptionEvent / prescription_event;
    prescription::v1::PassEvent / pass_event;
    immersion::v1::ConventionEvent / convention_event;
    employment::v1::EmploymentEvent / employment_event;
    platform::v1::OrganisationEvent / organisation_event;
    platform::v1::PostEvent / post_event;
    platform::v1::PlatformEvent / platform_event;
    notice::v1::MailboxEvent / mailbox_event;
    audit::v1::AccessEvent / access_event;
    platform::v1::EmployerEvent / employer_event;
    platform::v1::OfferEvent / offer_event;
    platform::v1::MatchEvent / match_event;
    platform::v1::GatheringEvent / gathering_event;
    platform::v1::AttendanceEvent / attendance_event;
    platform::v1::MeetingEvent / meeting_event;
    platform::v1::ActionEvent / action_event;
    platform::v1::PartnershipEvent / partnership_event;
    platform::v1::LocalServiceEvent / local_service_event;
}

/// The facts of each aggregate, by the aggregate's name.
pub mod events {
    pub use super::{
        audit::v1::__buffa::oneof::access_event::Event as Access,
        case::v1::__buffa::oneof::{
            activity_event::Event as Activity, appointment_event::Event as Appointment,
            case_event::Event as Case, handover_event::Event as Handover, wish_event::Event as Wish,
            writing_event::Event as Writing,
        },
        diagnostic::v1::__buffa::oneof::{
            diagnostic_event::Event as Diagnostic, resource_event::Event as Resource,
        },
        employment::v1::__buffa::oneof::employment_event::Event as Employment,
        immersion::v1::__buffa::oneof::convention_event::Event as Convention,
        notice::v1::__buffa::oneof::mailbox_event::Event as Mailbox,
        platform::v1::__buffa::oneof::{
            action_event::Event as Action, attendance_event::Event as Attendance,
            employer_event::Event as Employer, gathering_event::Event as Gathering,
            local_service_event::Event as LocalService, match_event::Event as Match,
            meeting_event::Event as Meeting, offer_event::Event as Offer,
            organisation_event::Event as Organisation, partnership_event::Event as Partnership,
            platform_event::Event as Platform, post_event::Event as Post,
        },
        prescription::v1::__buffa::oneof::{
            pass_event::Event as Pass, prescription_event::Event as Prescription,
        },
    };
}
