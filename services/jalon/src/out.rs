//! What commands print. Whoever reads it may stop reading, as `head` does: the command then ends where it is, without
//! a word. Not by the signal, as other programs do: one that serves loses sockets every day and goes on.

use std::{
    any::Any,
    fmt,
    io::{self, ErrorKind, Write as _},
    panic::{AssertUnwindSafe, resume_unwind},
    process::ExitCode,
};

use futures::FutureExt as _;

use crate::{Outcome, said};

/// What a shell says of a command that SIGPIPE ended.
const CUT: u8 = 128 + 13;

/// Instead of that of the standard library, which panics when nobody reads.
macro_rules! print {
    ($($text:tt)*) => { $crate::out::write(format_args!($($text)*)) };
}
/// As [`print!`], with the end of the line.
macro_rules! println {
    ($($text:tt)*) => { print!("{}\n", format_args!($($text)*)) };
}
/// Whether anyone reads it or not.
macro_rules! eprintln {
    ($($text:tt)*) => { $crate::out::warn(format_args!($($text)*)) };
}

/// Writes at once; when it cannot, unwinds to [`ended`]: whatever is held on the way is let go.
pub fn write(text: fmt::Arguments<'_>) {
    let mut out = io::stdout().lock();
    if let Err(error) = out.write_fmt(text).and_then(|()| out.flush()) {
        drop(out);
        resume_unwind(Box::new(error));
    }
}

/// A line beside what the command is asked for.
pub fn warn(text: fmt::Arguments<'_>) {
    let _ = writeln!(io::stderr(), "{text}");
}

/// How a command ends. One that fails says why.
pub async fn ended(command: impl Future<Output = Outcome>) -> ExitCode {
    let why = match AssertUnwindSafe(command).catch_unwind().await {
        Ok(Ok(code)) => return code,
        Ok(Err(error)) => said::of(&*error),
        Err(unwound) => match unwritten(unwound) {
            error if error.kind() == ErrorKind::BrokenPipe => return ExitCode::from(CUT),
            error => said::io(&error),
        },
    };
    eprintln!("jalon : {why}");
    ExitCode::FAILURE
}

/// Why nothing could be written; any other panic goes on.
fn unwritten(unwound: Box<dyn Any + Send>) -> io::Error {
    unwound.downcast().map_or_else(|other| resume_unwind(other), |error| *error)
}
