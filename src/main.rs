//! The binary: hands the arguments to [`ufo_logscan::app`] and takes its exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    ufo_logscan::app::main()
}
