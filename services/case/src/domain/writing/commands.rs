//! What can be asked of a writing, each intent with its rule right below.

mod reviews;
mod texts;

pub use reviews::{CorrectReview, HoldReview, KNOWN_REVIEW, PARTICIPANTS, REVIEW_DATES, Reviewed};
pub use texts::{AUTHOR, WRITTEN, WriteNote, WriteSummary};
