//! Every kind of processor gives the same report, byte for byte.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test fails by panicking, and skips nothing silently"
)]

use std::fmt::Write;
use std::process::Command;

use ufo_logscan::parse::Simd;

/// The report of a directory or file as one kind of processor.
fn report(kind: Simd, path: &str, args: &[&str]) -> Vec<u8> {
    let output = Command::new(env!("CARGO_BIN_EXE_ufo-logscan"))
        .args(["--no-progress", "--format", "json", "--threads", "1", "--simd", kind.name()])
        .args(args)
        .arg(path)
        .output()
        .unwrap();
    assert!(output.stdout.starts_with(b"{"), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// A log in which layouts change, with values around the sizes that are looked at together.
fn log() -> String {
    let mut log = String::new();
    for n in 0..4000_usize {
        let text = "x".repeat(n % 200) + ["", "\\n", "\\ud83d\\udcf1", "é", "\\\\\\\""][n % 5];
        let (level, other) = (["INFO", "ERROR", "warn", "NOTICE"][n % 4], n * 7919 % 5);
        let _ = match n % 7 {
            0 => {
                writeln!(log, "{{\"level\": \"{level}\", \"message\": \"{text}\", \"line\": {n}}}")
            }
            1 => writeln!(log, "{{\"message\":\"{text}\",\"level\":\"{level}\"}}"),
            2 => writeln!(
                log,
                "{{\"line\": {n}, \"level\": \"{level}\", \"message\": \"{text}\"}}\r"
            ),
            3 => writeln!(
                log,
                "{{\"message\": \"{text}\", \"extra\": {{\"a\": [{n}, \"{text}\"]}}}}"
            ),
            4 => {
                writeln!(log, "{{\"message\": \"{text}\", \"line\": {n}e{other}, \"level\": null}}")
            }
            5 => writeln!(log, "{{\"message\": \"{text}, \"line\": {n}}}"),
            _ => writeln!(
                log,
                "{{\"level\": \"{level}\", \"message\": \"{text}\"}} {}",
                &"}"[other.min(1)..]
            ),
        };
    }
    log
}

#[test]
fn every_kind_of_processor_gives_the_same_report() {
    let made_up = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(made_up.path(), log()).unwrap();
    let fixtures = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/logs");
    let by_line = ["--agg", "count by field(\"line\"), level every 1h", "--agg", "input"];
    for path in [fixtures, made_up.path().to_str().unwrap()] {
        for args in [&[][..], &["--strict"], &by_line] {
            let wanted = report(Simd::Portable, path, args);
            for (simd, name) in Simd::ALL {
                if simd.is_available() {
                    assert!(report(simd, path, args) == wanted, "{name}, {path}, {args:?}");
                } else {
                    println!("not tested: {name}, which this processor is not");
                }
            }
        }
    }
}
