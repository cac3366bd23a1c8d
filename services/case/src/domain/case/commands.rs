//! What can be asked of a case, each intent with its rule right below.

mod agreements;
mod circle;
mod emergency;
mod forgetting;
mod keeping;
mod opening;
mod own_access;
mod recipients;
mod rectification;
mod restriction;
mod standing;

pub use agreements::{
    AGREEMENT_DATES, AGREEMENT_LENGTH, ExpireAgreement, GiveAgreement, KNOWN_AGREEMENT, NOT_FOR_EMPLOYERS,
    NOT_FOR_ONESELF, NOTE_STAYS, SHARED_WHAT, SHARED_WITH, STILL_HOLDS, WITNESS, WithdrawAgreement,
};
pub use circle::{BROUGHT_BY, CIRCLE_NOT_EMPTY, HELD_POST, JoinCircle, LeaveCircle};
pub use emergency::{
    EMERGENCY_KIND, EMERGENCY_LENGTH, EMERGENCY_POST, EMERGENCY_REASON, KNOWN_EMERGENCY, OTHER_REVIEWER,
    OpenEmergencyAccess, ReviewEmergencyAccess,
};
pub use forgetting::{
    ApproveForgetting, BeginForgetting, CompleteForgetting, DeclineForgetting, FORGETTING_ASKED_BY,
    FORGETTING_GROUND, FORGETTING_SCOPE, FORGOTTEN_BY, ForgetPerson, HELD, KNOWN_FORGETTING, ONE_FORGETTING,
    ProposeForgetting, Purged, RETENTION_RULE, RequestForgetting, TWO_VOICES, WithdrawForgetting,
};
pub use keeping::{
    COMES_BACK, HOLD_LENGTH, HOLD_PLACED_BY, KNOWN_HOLD, LiftLegalHold, NEED_STATED_BY, NEEDED_CLASS,
    PlaceLegalHold, StateNeed, TOO_LATE,
};
pub use opening::{
    BORN, Identity, KNOWN_STRUCTURE, NAMED, ON_PLATFORM, OPENED_BY, OpenCase, POSSIBLE_TWIN, RecordIdentity,
};
pub use own_access::{
    CloseOwnAccess, EnterOwnAccess, HANDED_BY, KNOWN_OWN_ACCESS, NOTHING_LEFT, OWN_ACCESS_LENGTH,
    OpenOwnAccess,
};
pub use recipients::{Recipient, TOLD_BY, TellRecipients};
pub use rectification::{
    ANSWERED_AFTER, CORRECTING_FACT, KNOWN_REQUEST, RequestOwnRectification, RequestRectification,
    SettleRectification, WAITING_REQUESTS, WHAT_IS_WRONG, WHY_NOT,
};
pub use restriction::{
    ANSWERED_FIRST, COMPELLING_REASONS, KNOWN_OBJECTION, KNOWN_RESTRICTION, LIFTED_AFTER, LiftRestriction,
    OBJECTION_DATES, ONE_OBJECTION, RESTRICTION_TEXT, RaiseObjection, RaiseOwnObjection, RestrictProcessing,
    SOMEONE_ANSWERS, SettleObjection, TOLD_BEFORE, WHY_OBJECT,
};
pub use standing::{CloseCase, HOSTED_BY, PAUSE_DATES, PauseCase, ReopenCase, ResumeCase, TransferCase};
