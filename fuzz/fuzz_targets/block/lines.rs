//! From the fuzzer's bytes to lines: as they stand, or as a recipe for a log's lines with faults.

use std::sync::LazyLock;

/// Lines of real and made-up logs, which layouts are learned from.
static TEMPLATES: LazyLock<Vec<&'static [u8]>> = LazyLock::new(|| {
    let logs: [&[u8]; 5] = [
        include_bytes!("../../../fixtures/page.log"),
        include_bytes!("../../../fixtures/health.log"),
        include_bytes!("../../../fixtures/truth/hang2.log"),
        include_bytes!("../../../fixtures/truth/realclient.log"),
        include_bytes!("../../seeds/layouts.log"),
    ];
    // So many that one byte tells which.
    let lines = logs.iter().rev().flat_map(|log| log.split(|byte| *byte == b'\n'));
    lines.filter(|line| !line.is_empty()).take(256).collect()
});

/// More would make the fuzzer slow and show nothing new.
const MAX_LINES: usize = 40;
const MAX_LINE: usize = 4096;

/// The lines of an input. One that begins with a byte of 1 to 8 is a recipe: which template, how
/// often it stands there as it is (so that its layout is learned), and edits of three bytes each
/// for the line behind those.
pub(crate) fn expand(input: &[u8]) -> Vec<Vec<u8>> {
    let mut lines = Vec::new();
    for line in input.split(|byte| *byte == b'\n') {
        match line {
            [1..=8, template, times, edits @ ..] => {
                let template = self::template(*template);
                lines.extend(std::iter::repeat_n(template.to_vec(), usize::from(*times % 8)));
                lines.push(edited(template, edits));
            }
            line => lines.push(line[..line.len().min(MAX_LINE)].to_vec()),
        }
    }
    lines.truncate(MAX_LINES);
    lines
}

fn template(number: u8) -> &'static [u8] {
    TEMPLATES[usize::from(number) % TEMPLATES.len()]
}

/// A line after some edits: where (in 256ths of the line, or so many bytes from its start or its
/// end), what, and with which byte.
fn edited(template: &[u8], edits: &[u8]) -> Vec<u8> {
    let mut line = template.to_vec();
    for edit in edits.chunks_exact(3) {
        let (at, what, byte) = (usize::from(edit[0]), edit[1], edit[2]);
        let at = match what >> 6 {
            0 => at * line.len() / 256,
            1 => at.min(line.len()),
            2 => (at + 256).min(line.len()),
            _ => line.len().saturating_sub(at),
        };
        match what % 8 {
            0 => line.truncate(at),
            1 | 2 => line.insert(at, byte),
            3 if at < line.len() => drop(line.remove(at)),
            4 => drop(line.splice(at..at, b"\\u2705".iter().copied())),
            5 => line.extend_from_slice(&template[at.min(template.len())..]),
            // A digit stays a digit: the syntax holds, and the value may not.
            6 if line.get(at).is_some_and(u8::is_ascii_digit) => line[at] = b'0' + byte % 10,
            _ if at < line.len() => line[at] = byte,
            _ => line.push(byte),
        }
        line.truncate(MAX_LINE);
    }
    line.retain(|byte| *byte != b'\n');
    line
}

/// A block that a parser has read before: lines of one template after the other.
pub(crate) fn taught(what: u8) -> Vec<Vec<u8>> {
    let numbers = (0..what % 4).map(|at| what.wrapping_mul(31).wrapping_add(at * 67));
    numbers.flat_map(|number| std::iter::repeat_n(template(number).to_vec(), 4)).collect()
}
