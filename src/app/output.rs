//! Standard output and standard error.

use std::io::{self, BufWriter, Write};

use anstream::{AutoStream, ColorChoice};

use crate::cli::Color;
use crate::error::{Error, Result};
use crate::escape;

/// Writes data to standard output and sees it through. A reader who has gone away (`| head -1`)
/// is a quiet end.
pub(super) fn write(data: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
    write_on(data).map(drop)
}

/// The same; whether there is still a reader.
pub(super) fn write_on(data: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<bool> {
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    match data(&mut out).and_then(|()| out.flush()) {
        Ok(()) => Ok(true),
        Err(cause) => {
            // What is still buffered cannot be written either: it must not be tried again.
            let _ = out.into_parts();
            if cause.kind() == io::ErrorKind::BrokenPipe {
                return Ok(false);
            }
            Err(Error::io("cannot write to standard output", &cause))
        }
    }
}

/// Tells the user something that is no error.
pub(super) fn note(text: &str) {
    warn_raw(&format!("ufo-logscan: {}\n", lines(text)));
}

/// Tells the user of an error and what to do.
pub(super) fn error(error: &Error) {
    let advice = error.advice().map(|text| format!("\n  {}", lines(text))).unwrap_or_default();
    warn_raw(&format!("ufo-logscan: error: {}{advice}\n", lines(error.message())));
}

/// File names and excerpts may be hostile: they are escaped line by line.
fn lines(text: &str) -> String {
    text.split('\n').map(escape::terminal).collect::<Vec<_>>().join("\n")
}

/// Writes to standard error as it stands. If that is gone there is nobody to tell.
pub(super) fn warn_raw(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// How many columns standard output has; 80 off a terminal.
pub(super) fn width() -> usize {
    terminal_size::terminal_size_of(io::stdout()).map_or(80, |(width, _)| usize::from(width.0))
}

/// Whether standard output gets colour: on a terminal, by the usual variables, unless told.
pub(super) fn color(choice: Color) -> bool {
    match choice {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => AutoStream::choice(&io::stdout()) != ColorChoice::Never,
    }
}
