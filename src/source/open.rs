//! An input that has been opened: what blocks are read from in order.

use std::fs::File;
use std::io::{self, Read};

/// An open input.
#[derive(Debug)]
pub struct Opened(Handle);

#[derive(Debug)]
enum Handle {
    Stdin(io::Stdin),
    File(File),
}

impl Opened {
    pub(super) fn stdin() -> Opened {
        Opened(Handle::Stdin(io::stdin()))
    }

    pub(super) fn file(file: File) -> Opened {
        Opened(Handle::File(file))
    }

    /// If it is a pipe, lets it hold as much as the system allows, so that its writer and its
    /// reader wait less often for each other. What cannot be enlarged stays as it is.
    #[cfg(target_os = "linux")]
    pub fn enlarge_pipe(&self) {
        // What the system allows every user unless somebody has changed it.
        const USUAL: usize = 1 << 20;
        let limit = std::fs::read_to_string("/proc/sys/fs/pipe-max-size");
        let limit = limit.ok().and_then(|text| text.trim().parse().ok()).unwrap_or(USUAL);
        let _ = match &self.0 {
            Handle::Stdin(stdin) => rustix::pipe::fcntl_setpipe_size(stdin, limit),
            Handle::File(file) => rustix::pipe::fcntl_setpipe_size(file, limit),
        };
    }

    /// Pipes have one size here.
    #[cfg(not(target_os = "linux"))]
    pub fn enlarge_pipe(&self) {}
}

impl Read for Opened {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.0 {
            Handle::Stdin(stdin) => stdin.read(buffer),
            Handle::File(file) => file.read(buffer),
        }
    }
}
