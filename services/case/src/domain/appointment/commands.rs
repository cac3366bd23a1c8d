//! What can be asked of an appointment, each intent with its rule right below.

mod becoming;
mod making;

pub use becoming::{CancelAppointment, HoldAppointment, MissAppointment, NOT_ABSENT, NOT_YET};
pub use making::{HOUR, MoveAppointment, SETTLED, ScheduleAppointment, WITH, WORK_HOURS};
