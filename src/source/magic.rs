//! Compressed files by their first bytes. Names are not asked: they are wrong too often.

/// How many bytes of a file are enough to tell what it is.
pub(super) const LONGEST: usize = 10;

const GZIP: &[u8] = b"\x1f\x8b";
const ZSTD: &[u8] = b"\x28\xb5\x2f\xfd";
const XZ: &[u8] = b"\xfd7zXZ\0";
const LZ4: &[u8] = b"\x04\x22\x4d\x18";
/// What the marks of skippable frames have in common, behind their first byte.
const SKIPPABLE: &[u8] = b"\x2a\x4d\x18";
/// Three letters and a digit could begin a text, so that the mark of the first block is asked for
/// too: that of one with content, or that of none.
const BZIP2_BLOCK: &[u8] = b"\x31\x41\x59\x26\x53\x59";
const BZIP2_EMPTY: &[u8] = b"\x17\x72\x45\x38\x50\x90";

/// How a file is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Gzip,
    Zstd,
    Xz,
    Bzip2,
    Lz4,
}

/// Whether the first bytes of a file are those of an archive.
pub(super) fn is_compressed(first: &[u8]) -> bool {
    matches!(head(first), Head::Compressed(_))
}

/// What the first bytes of a file say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Head {
    Plain,
    Compressed(Kind),
    /// There are too few of them to tell; if no more come, they are perhaps all that is left of
    /// this.
    Unsure(Option<Kind>),
}

impl Kind {
    const ALL: [Kind; 5] = [Kind::Gzip, Kind::Zstd, Kind::Xz, Kind::Bzip2, Kind::Lz4];

    /// What people call it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Kind::Gzip => "gzip",
            Kind::Zstd => "zstd",
            Kind::Xz => "xz",
            Kind::Bzip2 => "bzip2",
            Kind::Lz4 => "lz4",
        }
    }

    /// The command that unpacks it.
    pub(super) fn command(self) -> &'static str {
        match self {
            Kind::Gzip => "gzip -dk",
            Kind::Zstd => "zstd -d --long=31",
            Kind::Xz => "xz -dk",
            Kind::Bzip2 => "bzip2 -dk",
            Kind::Lz4 => "lz4 -d",
        }
    }

    /// How its files may begin.
    fn marks(self) -> Vec<Vec<u8>> {
        match self {
            Kind::Gzip => vec![GZIP.to_vec()],
            Kind::Xz => vec![XZ.to_vec()],
            Kind::Lz4 => vec![LZ4.to_vec()],
            // Skippable frames belong to lz4 as well; whoever decodes them steps over them.
            Kind::Zstd => (0x50..=0x5f)
                .map(|first| [&[first], SKIPPABLE].concat())
                .chain([ZSTD.to_vec()])
                .collect(),
            Kind::Bzip2 => (b'1'..=b'9')
                .flat_map(|level| {
                    [BZIP2_BLOCK, BZIP2_EMPTY].map(|mark| [b"BZh", &[level][..], mark].concat())
                })
                .collect(),
        }
    }
}

/// What a file is that begins with `head`. With [`LONGEST`] bytes the answer is never unsure.
pub(super) fn head(head: &[u8]) -> Head {
    // Nearly every log begins with a brace: nothing has to be looked up.
    if head.first().is_some_and(|first| b"{[ \n".contains(first)) {
        return Head::Plain;
    }
    let mut unsure = None;
    for kind in Kind::ALL {
        for mark in kind.marks() {
            if head.starts_with(&mark) {
                return Head::Compressed(kind);
            }
            if mark.starts_with(head) {
                unsure = Some(kind);
            }
        }
    }
    match unsure {
        None => Head::Plain,
        // One or a few characters of text are text, whatever else could begin with them.
        Some(kind) => {
            let is_text = head.len() < 4 && head.iter().all(|byte| matches!(byte, b' '..=b'~'));
            Head::Unsure(Some(kind).filter(|_| !is_text))
        }
    }
}

/// Whether `head` is the mark of a skippable frame, which is followed by its length.
#[cfg(feature = "archives")]
pub(super) fn is_skippable(head: &[u8]) -> bool {
    matches!(head, [0x50..=0x5f, rest @ ..] if rest.starts_with(SKIPPABLE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_bytes_tell() {
        for (bytes, kind) in [
            (&b"\x1f\x8b\x08\x00"[..], Kind::Gzip),
            (b"\x28\xb5\x2f\xfd\x04", Kind::Zstd),
            (b"\x53\x2a\x4d\x18\x04\0\0\0", Kind::Zstd),
            (b"\xfd7zXZ\0\0", Kind::Xz),
            (b"\x04\x22\x4d\x18", Kind::Lz4),
            (b"BZh9\x31\x41\x59\x26\x53\x59", Kind::Bzip2),
            (b"BZh9\x17\x72\x45\x38\x50\x90", Kind::Bzip2),
        ] {
            assert_eq!(head(bytes), Head::Compressed(kind), "{bytes:?}");
            assert!(bytes.len() <= LONGEST);
        }
        for bytes in [&b"BZh9 is what the log says"[..], b"{\"a\":1}\n", b"(no)", b"\x1f\x1f"] {
            assert_eq!(head(bytes), Head::Plain, "{bytes:?}");
        }
    }

    #[test]
    fn too_few_bytes_are_no_answer() {
        assert_eq!(head(b""), Head::Unsure(None));
        for text in [&b"B"[..], b"BZ", b"BZh", b"(", b"P"] {
            assert_eq!(head(text), Head::Unsure(None), "{text:?}");
        }
        for (bytes, kind) in [
            (&b"\x1f"[..], Kind::Gzip),
            (b"\x28\xb5", Kind::Zstd),
            (b"\xfd7z", Kind::Xz),
            (b"\x04", Kind::Lz4),
            (b"BZh91AY", Kind::Bzip2),
        ] {
            assert_eq!(head(bytes), Head::Unsure(Some(kind)), "{bytes:?}");
        }
    }
}
