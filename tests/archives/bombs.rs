//! H17: archives that are small and decompress to very much.

use std::fs::File;
use std::io::Write;
use std::process::Stdio;
use std::time::Duration;

use tempfile::NamedTempFile;

use crate::common::{Accounting, Done, program, skip, status};
use crate::pack;

/// What a run may take beside the window of the codec, which is at most 8 MiB here.
const MEMORY: u64 = (64 + 8) << 20;
const MIB: usize = 1 << 20;

/// Members of four mebibytes of one byte each: so long is a line of them all.
fn bomb(pack: pack::Pack, mebibytes: usize, byte: u8) -> Vec<u8> {
    pack(&vec![byte; 4 * MIB]).repeat(mebibytes / 4)
}

/// What the program counts in an archive, its memory watched while it runs.
#[track_caller]
fn accounting(archive: &[u8], threads: &str) -> Accounting {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(archive).unwrap();
    let mut command = program();
    command.args(["--format", "json", "--agg", "input", "--threads", threads]);
    command.stdin(File::open(file.path()).unwrap());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut peak = None;
    while child.try_wait().unwrap().is_none() {
        // It is gone once the program has ended, so that it is asked for again and again.
        peak = peak_memory(child.id()).or(peak);
        std::thread::sleep(Duration::from_millis(2));
    }
    match peak {
        Some(peak) => assert!(peak < MEMORY, "{peak} bytes"),
        None => skip("this system does not tell how much memory a program takes"),
    }
    Accounting::of(&Done::from(child.wait_with_output().unwrap()).report())
}

fn peak_memory(id: u32) -> Option<u64> {
    let kibibytes = status(id, "VmHWM")?;
    kibibytes.strip_suffix(" kB")?.trim().parse::<u64>().ok().map(|peak| peak << 10)
}

#[test]
fn h17_a_gibibyte_of_zeros_is_one_line_that_is_too_long() {
    for (kind, pack) in pack::ALL {
        // Without optimization xz and bzip2 take their time.
        let mebibytes = if matches!(kind, "xz" | "bzip2") { 256 } else { 1024 };
        let bomb = bomb(pack, mebibytes, 0);
        assert!(bomb.len() < 6 * MIB, "{kind}: {}", bomb.len());
        let found = accounting(&bomb, "2");
        assert_eq!((found.lines, found.oversize), (1, 1), "{kind}");
    }
}

#[test]
fn h17_many_newlines_are_as_many_blank_lines() {
    for (kind, pack) in pack::ALL {
        let found = accounting(&bomb(pack, 8, b'\n'), "1");
        assert_eq!((found.lines, found.blank), (8 << 20, 8 << 20), "{kind}");
    }
}
