//! Compressed files by their first bytes. Names are not asked: they are wrong too often.

/// How many bytes of a file are enough for [`decompressor`].
pub(super) const LONGEST: usize = 10;

const BZIP2_BLOCK: &[u8] = b"\x31\x41\x59\x26\x53\x59";
const BZIP2_EMPTY: &[u8] = b"\x17\x72\x45\x38\x50\x90";

/// The command that unpacks a file which begins with `head`, or `None` if it is not compressed.
pub(super) fn decompressor(head: &[u8]) -> Option<&'static str> {
    match head {
        [0x1f, 0x8b, ..] => Some("gzip -dk"),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Some("zstd -d"),
        [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Some("xz -dk"),
        [0x04, 0x22, 0x4d, 0x18, ..] => Some("lz4 -d"),
        // The three letters could begin a text, so the mark of the first block is asked for too.
        [b'B', b'Z', b'h', b'1'..=b'9', block @ ..]
            if block.starts_with(BZIP2_BLOCK) || block.starts_with(BZIP2_EMPTY) =>
        {
            Some("bzip2 -dk")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_bytes_tell() {
        for (head, command) in [
            (&b"\x1f\x8b\x08\x00"[..], Some("gzip -dk")),
            (b"\x28\xb5\x2f\xfd\x04", Some("zstd -d")),
            (b"\xfd7zXZ\0\0", Some("xz -dk")),
            (b"\x04\x22\x4d\x18", Some("lz4 -d")),
            (b"BZh9\x31\x41\x59\x26\x53\x59", Some("bzip2 -dk")),
            (b"BZh9\x17\x72\x45\x38\x50\x90", Some("bzip2 -dk")),
            (b"BZh9 is what the log says", None),
            (b"\x1f", None),
            (b"{\"a\":1}\n", None),
            (b"", None),
        ] {
            assert_eq!(decompressor(head), command, "{head:?}");
            assert!(head.len() <= LONGEST || command.is_none());
        }
    }
}
