//! The read models of this context. They hold traces only.

mod by_case;
mod gatherings;
mod memberships;
mod offers;
mod references;
mod services;

pub use by_case::{ByCase, CaseBody, WishAt};
pub use gatherings::{GatheringBody, Gatherings};
pub use memberships::{MEMBERSHIPS, Membership, Memberships};
pub use offers::{OfferBody, OfferState, Offers};
pub use references::{Reference, References};
pub use services::{ServiceBody, Services};
