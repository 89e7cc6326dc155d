//! The form of a saved state: a header, parts, and a trailer, each a line of JSON.
//!
//! ```json
//! {"schema":"ufo-logscan.checkpoint/1","…":…}
//! {"part":"fold","data":{…}}
//! {"end":true,"lines":2,"crc32":"0d4a1185"}
//! ```
//!
//! The trailer says how many lines stand before it and what the checksum (CRC-32, as of gzip) of
//! these bytes is. So a file that was cut, put together of two, or changed in any bit is known; and
//! the first bytes tell what was never ours from what is damaged.

use std::io::{self, Write};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// What every schema begins with; the number of its version stands behind.
const FAMILY: &str = "ufo-logscan.checkpoint/";
/// The schema that is written, and the only one that is read.
pub const SCHEMA: &str = "ufo-logscan.checkpoint/1";
/// The number in it.
const VERSION: u64 = 1;

/// Why bytes are no saved state that can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// There is nothing.
    Empty,
    /// They were never a saved state.
    Foreign,
    /// They are of a later version of this program.
    Newer(u64),
    /// They were one, and are not whole any more; how that shows.
    Damaged(String),
}

#[derive(Serialize)]
struct Header<'a, H> {
    schema: &'a str,
    #[serde(flatten)]
    header: &'a H,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Trailer {
    end: bool,
    lines: u64,
    crc32: String,
}

#[derive(Serialize)]
struct NewPart<'a, T: ?Sized> {
    part: &'a str,
    data: &'a T,
}

/// A part as it was written.
#[derive(Debug, Deserialize)]
pub struct Part<'a> {
    /// What it is.
    #[serde(rename = "part")]
    pub name: String,
    #[serde(borrow)]
    data: &'a RawValue,
}

/// Writes a state, line by line.
pub struct Writer<W> {
    out: W,
    crc: crc32fast::Hasher,
    lines: u64,
    bytes: u64,
}

impl<W: Write> Writer<W> {
    /// Begins with the header, which is an object.
    ///
    /// # Errors
    ///
    /// If `out` fails.
    pub fn new(out: W, header: &impl Serialize) -> io::Result<Writer<W>> {
        let mut writer = Writer { out, crc: crc32fast::Hasher::new(), lines: 0, bytes: 0 };
        writer.line(&Header { schema: SCHEMA, header })?;
        Ok(writer)
    }

    /// Writes a part.
    ///
    /// # Errors
    ///
    /// If `out` fails.
    pub fn part(&mut self, name: &str, data: &(impl Serialize + ?Sized)) -> io::Result<()> {
        self.line(&NewPart { part: name, data })
    }

    fn line(&mut self, line: &impl Serialize) -> io::Result<()> {
        // Nothing here has keys that are no texts, which is all that could not be written.
        serde_json::to_writer(&mut *self, line)?;
        self.write_all(b"\n")?;
        self.lines += 1;
        Ok(())
    }

    /// Writes the trailer; how many bytes there are with it.
    ///
    /// # Errors
    ///
    /// If `out` fails.
    pub fn finish(mut self) -> io::Result<u64> {
        let crc32 = checksum(self.crc.clone());
        let trailer = Trailer { end: true, lines: self.lines, crc32 };
        self.line(&trailer)?;
        self.out.flush()?;
        Ok(self.bytes)
    }
}

impl<W: Write> Write for Writer<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_all(bytes)?;
        Ok(bytes.len())
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.crc.update(bytes);
        self.bytes += bytes.len() as u64;
        self.out.write_all(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// A state that was read, whole.
#[derive(Debug)]
pub struct Contents<'a> {
    header: &'a str,
    /// Its parts, in order.
    pub parts: Vec<Part<'a>>,
}

impl<'a> Contents<'a> {
    /// Reads a state and makes sure that it is what was written.
    ///
    /// # Errors
    ///
    /// If it is not.
    pub fn of(bytes: &'a [u8]) -> Result<Contents<'a>, Fault> {
        if bytes.is_empty() {
            return Err(Fault::Empty);
        }
        let version = version(bytes).ok_or(Fault::Foreign)?;
        if version > VERSION {
            return Err(Fault::Newer(version));
        }
        let text = whole(bytes)?;
        let mut lines = text.lines();
        let header = lines.next().unwrap_or_default();
        let parts = lines.map(serde_json::from_str).collect::<Result<_, _>>();
        Ok(Contents { header, parts: parts.map_err(|fault| not_ours(&fault))? })
    }

    /// The header.
    ///
    /// # Errors
    ///
    /// If it does not say what such a header says.
    pub fn header<H: DeserializeOwned>(&self) -> Result<H, Fault> {
        serde_json::from_str(self.header).map_err(|fault| not_ours(&fault))
    }
}

impl Part<'_> {
    /// What it holds.
    ///
    /// # Errors
    ///
    /// If it is not of that form.
    pub fn data<T: DeserializeOwned>(&self) -> Result<T, Fault> {
        serde_json::from_str(self.data.get()).map_err(|fault| not_ours(&fault))
    }
}

/// The lines before the trailer, if that agrees with them.
fn whole(bytes: &[u8]) -> Result<&str, Fault> {
    let cut = || Fault::Damaged("it is cut off".to_owned());
    let lines = bytes.strip_suffix(b"\n").ok_or_else(cut)?;
    let start = memchr::memrchr(b'\n', lines).ok_or_else(cut)? + 1;
    let (lines, trailer) = bytes.split_at(start);
    let trailer: Trailer = serde_json::from_slice(trailer).map_err(|_| cut())?;
    let mut crc = crc32fast::Hasher::new();
    crc.update(lines);
    if checksum(crc) != trailer.crc32 || !trailer.end {
        return Err(Fault::Damaged("its checksum is wrong".to_owned()));
    }
    if memchr::memchr_iter(b'\n', lines).count() as u64 != trailer.lines {
        return Err(Fault::Damaged("lines are missing".to_owned()));
    }
    std::str::from_utf8(lines).map_err(|_| Fault::Damaged("it is no text".to_owned()))
}

fn checksum(crc: crc32fast::Hasher) -> String {
    format!("{:08x}", crc.finalize())
}

fn not_ours(fault: &serde_json::Error) -> Fault {
    Fault::Damaged(format!("it cannot be understood: {fault}"))
}

/// The version that the first bytes name; 0 if they break off before it, `None` if they are not
/// ours.
fn version(bytes: &[u8]) -> Option<u64> {
    let magic = format!("{{\"schema\":\"{FAMILY}");
    let common = bytes.len().min(magic.len());
    if bytes[..common] != magic.as_bytes()[..common] {
        return None;
    }
    let digits = bytes[common..].iter().take_while(|byte| byte.is_ascii_digit()).take(9);
    Some(digits.fold(0, |number, digit| number * 10 + u64::from(digit - b'0')))
}

/// Whether a file may be written over that begins with these bytes: it is a state, or was to
/// become one.
pub(super) fn is_ours(head: &[u8]) -> bool {
    version(head).is_some()
}

#[cfg(test)]
mod tests;
