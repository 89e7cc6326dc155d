//! Where reading has come in a file, in a form that can be kept: which file, and how far.
//!
//! The numbers of a file are not enough. Systems give those of a deleted file to the next new one,
//! so a mark also holds bytes that must be there.

use std::fs::{File, Metadata};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

/// How many bytes of the head, and before the offset, are kept and compared.
pub(super) const PRINT: u64 = 256;

/// The numbers of a device and of a file on it.
pub(super) type Id = (u64, u64);

/// The numbers of a file. Where the system tells none, its path stands for them: then a file that
/// was renamed is known by its content only.
#[cfg(unix)]
pub(super) fn id_of(_path: &Path, metadata: &Metadata) -> Id {
    use std::os::unix::fs::MetadataExt;
    (metadata.dev(), metadata.ino())
}

/// The numbers of a file. Where the system tells none, its path stands for them: then a file that
/// was renamed is known by its content only.
#[cfg(not(unix))]
pub(super) fn id_of(path: &Path, _: &Metadata) -> Id {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()).hash(&mut hasher);
    (0, hasher.finish())
}

/// Whether no name leads to a file any more; `false` where the system does not tell.
#[cfg(unix)]
pub(super) fn is_deleted(metadata: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    metadata.nlink() == 0
}

/// Whether no name leads to a file any more; `false` where the system does not tell.
#[cfg(not(unix))]
pub(super) fn is_deleted(_: &Metadata) -> bool {
    false
}

/// A place in a file, and what the file is known by.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileMark {
    /// The number of its device.
    pub device: u64,
    /// Its number on the device.
    pub inode: u64,
    /// The first bytes of the file, at most 256 and none behind the offset.
    #[serde(with = "hexadecimal")]
    pub head: Vec<u8>,
    /// The last bytes before the offset, at most 256.
    #[serde(with = "hexadecimal")]
    pub before: Vec<u8>,
    /// The first byte that has not been delivered as part of a whole line.
    pub offset: u64,
}

/// Bytes as a text of two digits each: as a list of numbers they would take twice the room.
mod hexadecimal {
    use std::fmt::Write;

    use serde::de::{Deserialize, Deserializer, Error};
    use serde::ser::Serializer;

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
        let mut text = String::with_capacity(2 * bytes.len());
        for byte in bytes {
            // Writing to a string cannot fail.
            let _ = write!(text, "{byte:02x}");
        }
        to.serialize_str(&text)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(from)?;
        let digit = |byte: &u8| char::from(*byte).to_digit(16).map(|digit| digit as u8);
        let pair = |pair: &[u8]| Some(digit(&pair[0])? << 4 | digit(pair.get(1)?)?);
        let bytes = text.as_bytes().chunks(2).map(pair).collect::<Option<Vec<u8>>>();
        bytes.ok_or_else(|| D::Error::custom("bytes are two hexadecimal digits each"))
    }
}

impl FileMark {
    pub(super) fn id(&self) -> Id {
        (self.device, self.inode)
    }

    pub(super) fn print(&self) -> Print {
        Print { position: self.offset, head: self.head.clone(), before: self.before.clone() }
    }
}

/// What has been read of a file, and the bytes by which that is known again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Print {
    pub(super) position: u64,
    /// The first bytes, as far as they have been read.
    pub(super) head: Vec<u8>,
    /// The last ones before the position.
    pub(super) before: Vec<u8>,
}

impl Print {
    /// That of a file up to a position.
    pub(super) fn take(file: &File, position: u64) -> io::Result<Print> {
        let ends = position.min(PRINT);
        let (head, before) = (bytes(file, 0, ends)?, bytes(file, position - ends, ends)?);
        Ok(Print { position, head, before })
    }

    /// That of a hole.
    pub(super) fn hole(position: u64) -> Print {
        let zeros = vec![0; position.min(PRINT) as usize];
        Print { position, head: zeros.clone(), before: zeros }
    }

    /// That of so many bytes less, as far as what is kept tells.
    pub(super) fn without(&self, last: u64) -> Print {
        let position = self.position - last;
        let (head, before) = (self.head.len() as u64, self.before.len() as u64);
        Print {
            position,
            head: self.head[..head.min(position) as usize].to_vec(),
            before: self.before[..before.saturating_sub(last) as usize].to_vec(),
        }
    }

    /// Remembers what was read behind it.
    pub(super) fn advance(&mut self, read: &[u8]) {
        let limit = PRINT as usize;
        if self.position == self.head.len() as u64 {
            let room = limit - self.head.len();
            self.head.extend_from_slice(&read[..read.len().min(room)]);
        }
        if read.len() >= limit {
            self.before.clear();
        }
        self.before.extend_from_slice(&read[read.len().saturating_sub(limit)..]);
        self.before.drain(..self.before.len().saturating_sub(limit));
        self.position += read.len() as u64;
    }

    /// Whether a file begins with what was read.
    pub(super) fn is_in(&self, file: &File) -> io::Result<bool> {
        if file.metadata()?.len() < self.position {
            return Ok(false);
        }
        let start = self.position - self.before.len() as u64;
        Ok(bytes(file, 0, self.head.len() as u64)? == self.head
            && bytes(file, start, self.before.len() as u64)? == self.before)
    }
}

/// What a file system tells when a file has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Signature {
    pub(super) size: u64,
    /// Since 1970.
    pub(super) modified: Option<Duration>,
}

impl Signature {
    /// That of no file.
    pub(super) const NONE: Signature = Signature { size: u64::MAX, modified: None };

    pub(super) fn of(metadata: &Metadata) -> Signature {
        let modified = metadata.modified().ok();
        let modified = modified.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        Signature { size: metadata.len(), modified }
    }
}

/// Bytes of a file; fewer if it ends before.
pub(super) fn bytes(mut file: &File, start: u64, length: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(start))?;
    file.take(length).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Where the last line begins that has no newline yet; the length of a file that has none such.
///
/// It looks back `limit` bytes at most: further, and the line is taken to begin there.
pub(super) fn last_line_start(file: &File, limit: u64) -> io::Result<u64> {
    const STEP: u64 = 64 << 10;
    let length = file.metadata()?.len();
    let mut end = length;
    while end > 0 && length - end < limit {
        let start = end.saturating_sub(STEP);
        if let Some(at) = memchr::memrchr(b'\n', &bytes(file, start, end - start)?) {
            return Ok(start + at as u64 + 1);
        }
        end = start;
    }
    Ok(end)
}
