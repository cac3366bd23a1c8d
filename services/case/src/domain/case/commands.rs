//! What can be asked of a case, each intent with its rule right below.

mod agreements;
mod circle;
mod emergency;
mod forgetting;
mod opening;
mod standing;

pub use agreements::{
    AGREEMENT_DATES, AGREEMENT_LENGTH, ExpireAgreement, GiveAgreement, KNOWN_AGREEMENT, NOT_FOR_EMPLOYERS,
    NOTE_STAYS, SHARED_WHAT, SHARED_WITH, STILL_HOLDS, WITNESS, WithdrawAgreement,
};
pub use circle::{CIRCLE_NOT_EMPTY, JoinCircle, LeaveCircle};
pub use emergency::{
    EMERGENCY_LENGTH, EMERGENCY_POST, EMERGENCY_REASON, KNOWN_EMERGENCY, OTHER_REVIEWER, OpenEmergencyAccess,
    ReviewEmergencyAccess,
};
pub use forgetting::{FORGOTTEN_BY, ForgetPerson};
pub use opening::{BORN, Identity, KNOWN_STRUCTURE, NAMED, ON_PLATFORM, OPENED_BY, OpenCase, RecordIdentity};
pub use standing::{CloseCase, PAUSE_DATES, PauseCase, ReopenCase, ResumeCase, TransferCase};
