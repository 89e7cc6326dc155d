//! H17: archives that are small and decompress to very much.

use std::fs::File;
use std::io::Write;
use std::process::Stdio;
use std::time::Duration;

use tempfile::NamedTempFile;

use crate::common::{Accounting, Done, program, skip, status};
use crate::pack;

/// What a run may take beside the window of the codec, and the window of what is packed here.
const MEMORY: u64 = 64 << 20;
const MIB: usize = 1 << 20;

/// Members of four mebibytes of one text again and again: so long is a line of them all.
fn bomb(pack: pack::Pack, mebibytes: usize, text: &str) -> Vec<u8> {
    let member = text.repeat(4 * MIB / text.len());
    pack(member.as_bytes()).repeat(mebibytes / 4)
}

/// What the program counts in what it reads, its memory watched while it runs.
#[track_caller]
fn accounting(from: File, window: u64, threads: &str) -> Accounting {
    let mut command = program();
    command.args(["--format", "json", "--agg", "input", "--threads", threads]);
    command.stdin(from);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut peak = None;
    while child.try_wait().unwrap().is_none() {
        // It is gone once the program has ended, so that it is asked for again and again.
        peak = peak_memory(child.id()).or(peak);
        std::thread::sleep(Duration::from_millis(2));
    }
    match peak {
        Some(peak) => assert!(peak < MEMORY + window, "{peak} bytes with {threads} threads"),
        None => skip("this system does not tell how much memory a program takes"),
    }
    Accounting::of(&Done::from(child.wait_with_output().unwrap()).report())
}

/// The same of an archive. The windows of what is packed here are 8 MiB at most.
#[track_caller]
fn unpacked(archive: &[u8], threads: &str) -> Accounting {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(archive).unwrap();
    accounting(File::open(file.path()).unwrap(), 8 << 20, threads)
}

fn peak_memory(id: u32) -> Option<u64> {
    let kibibytes = status(id, "VmHWM")?;
    kibibytes.strip_suffix(" kB")?.trim().parse::<u64>().ok().map(|peak| peak << 10)
}

/// Without optimization a mebibyte of newlines takes a while, and memory stops growing after the
/// first ones.
const LINES: usize = if cfg!(debug_assertions) { 4 } else { 1024 };
/// The same where lines do not end.
const LONG: usize = if cfg!(debug_assertions) { 128 } else { 1024 };

#[test]
fn h17_a_gibibyte_of_one_line_is_one_that_is_too_long() {
    for (kind, pack) in pack::ALL {
        let texts = match kind {
            "zstd" => vec![("\0", 1024, "2"), ("{\"a\":", LONG, "4")],
            "gzip" => vec![("[", 1024, "4")],
            _ => vec![("[", LONG, "3")],
        };
        for (text, mebibytes, threads) in texts {
            let found = unpacked(&bomb(pack, mebibytes, text), threads);
            assert_eq!((found.lines, found.oversize), (1, 1), "{kind}");
        }
    }
}

#[test]
fn h17_many_newlines_are_as_many_blank_lines() {
    let lines = (LINES * MIB) as u64;
    for (threads, (kind, pack)) in ["1", "2", "4", "3", "4"].into_iter().zip(pack::ALL) {
        let found = unpacked(&bomb(pack, LINES, "\n"), threads);
        assert_eq!((found.lines, found.blank), (lines, lines), "{kind}");
    }
}

#[test]
fn h17_many_short_lines() {
    let (_, pack) = pack::ALL[0];
    for text in ["{}\n", "[\n{\n"] {
        let found = unpacked(&bomb(pack, LINES, text), "4");
        let ends = text.matches('\n').count();
        assert_eq!(found.lines, (4 * MIB / text.len() * ends * (LINES / 4)) as u64, "{text:?}");
    }
}

/// No archive is needed for that: newlines in a plain file, and in one that is read by a name.
#[test]
fn h17_a_plain_file_of_newlines() {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(&vec![b'\n'; LINES * MIB]).unwrap();
    for threads in ["1", "4"] {
        let found = accounting(File::open(file.path()).unwrap(), 0, threads);
        assert_eq!(found.blank, (LINES * MIB) as u64);
    }
}
