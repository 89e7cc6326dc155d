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

/// The lines of an input. One that begins with a byte of 1 to 8 is a recipe. Up to 4: which
/// template, how often it stands there as it is (so that its layout is learned), and edits of three
/// bytes each for the line behind those. From 5: which template, and a seed of some bytes; lines
/// follow of which every second is faulty.
pub(crate) fn expand(input: &[u8]) -> Vec<Vec<u8>> {
    let mut lines = Vec::new();
    for line in input.split(|byte| *byte == b'\n') {
        match line {
            [5..=8, template, seed @ ..] => lines.extend(storm(self::template(*template), seed)),
            [1..=4, template, times, edits @ ..] => {
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

/// Lines of a template, every second with a fault or two that a seed decides.
fn storm(template: &[u8], seed: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let start = seed
        .iter()
        .fold(seed.len() as u64, |sum, byte| sum.wrapping_mul(257).wrapping_add(u64::from(*byte)));
    let mut random = Random(start);
    (0..20).map(move |number| {
        let mut line = template.to_vec();
        if number % 2 == 1 {
            for _ in 0..=random.below(2) {
                fault(&mut line, &mut random);
            }
        }
        line.retain(|byte| *byte != b'\n');
        line
    })
}

/// Bytes that mean something in JSON, and some that may not stand in it.
const INTERESTING: &[u8] =
    b"\"\"\\\\{}[]:,0123456789.eE+-tfnNIu \t\r\0\x1f\x7f\x80\xc3\xa9\xed\xff";

/// Makes a line wrong, or nearly so, often where its syntax is.
fn fault(line: &mut Vec<u8>, random: &mut Random) {
    let mut at = random.below(line.len() + 1);
    if random.below(2) == 0 {
        let next = line[at..].iter().position(|byte| b"\"\\:,{}".contains(byte));
        at = (at + next.unwrap_or(0) + random.below(3)).min(line.len());
    }
    let byte = INTERESTING[random.below(INTERESTING.len())];
    match random.below(9) {
        0 => line.truncate(at),
        1 | 2 => line.insert(at, byte),
        3 if at < line.len() => drop(line.remove(at)),
        4 => drop(line.splice(at..at, *b"\\ud83d\\udcf1")),
        5 => line.extend_from_within(at..),
        // A digit stays a digit: the syntax holds, and the value may not. Times come first.
        what @ (6 | 7) => {
            let at = if what == 6 { at % 48 } else { at };
            if let Some(next) = line[at..].iter().position(u8::is_ascii_digit) {
                line[at + next] = b'0' + random.below(10) as u8;
            }
        }
        _ if at < line.len() => line[at] = byte,
        _ => line.push(byte),
    }
}

/// A small generator of pseudo-random numbers (SplitMix64).
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % n as u64) as usize
    }
}

/// A block that a parser has read before: lines of one template after the other.
pub(crate) fn taught(what: u8) -> Vec<Vec<u8>> {
    let numbers = (0..what % 4).map(|at| what.wrapping_mul(31).wrapping_add(at * 67));
    numbers.flat_map(|number| std::iter::repeat_n(template(number).to_vec(), 4)).collect()
}
