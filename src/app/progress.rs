//! A progress bar on standard error: bytes, rate and time left, while files are read.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How far the reading has come.
pub(super) struct Progress(Option<ProgressBar>);

impl Progress {
    /// A bar for so many bytes, if `shown`.
    pub(super) fn new(total: u64, shown: bool) -> Progress {
        if !shown {
            return Progress(None);
        }
        let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr_with_hz(8));
        let template = "{bar:30} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("█▉▊▋▌▍▎▏ "));
        }
        Progress(Some(bar))
    }

    /// So many more bytes have been read.
    pub(super) fn advance(&self, bytes: u64) {
        if let Some(bar) = &self.0 {
            bar.inc(bytes);
        }
    }

    /// Takes the bar off the screen.
    pub(super) fn finish(&self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}
