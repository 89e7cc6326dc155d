//! What the fast path asks of a processor: a few questions about 64 bytes at a time.
//!
//! Each answer is a mask with one bit for each byte, the first byte in the lowest bit, so that
//! every kind of processor gives the same one. [`Portable`] is the definition; the others are
//! tested against it.

/// As many bytes as are looked at together.
pub(super) const CHUNK: usize = 64;

/// A text that must stand at a place, at most [`CHUNK`] bytes.
#[derive(Debug, Clone, Copy)]
pub(in crate::parse) struct Needle {
    pub(super) bytes: [u8; CHUNK],
    /// One bit for each byte.
    pub(super) mask: u64,
    pub(super) len: u32,
}

impl Needle {
    /// A needle; `None` for a text that is too long for one.
    pub(in crate::parse) fn new(text: &[u8]) -> Option<Needle> {
        let mut bytes = [0; CHUNK];
        bytes.get_mut(..text.len())?.copy_from_slice(text);
        let mask = if text.len() == CHUNK { u64::MAX } else { (1 << text.len()) - 1 };
        Some(Needle { bytes, mask, len: text.len() as u32 })
    }

    /// Whether it takes more than half a chunk.
    #[inline(always)]
    pub(super) fn is_long(&self) -> bool {
        self.len > CHUNK as u32 / 2
    }

    /// Its length in bytes.
    pub(in crate::parse) fn len(&self) -> u32 {
        self.len
    }
}

/// What is seen of a chunk at once.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen {
    /// Quotes and everything below 0x20.
    pub(super) stops: u64,
    pub(super) backslashes: u64,
    /// Whether there is anything below 0x20: 0 if not.
    pub(super) controls: u64,
}

/// So many bytes from a place on. Places of 32 bits need one comparison only.
#[inline(always)]
pub(super) fn window<const N: usize>(bytes: &[u8], at: u32) -> &[u8; N] {
    let at = at as usize;
    match bytes.get(at..at + N).and_then(|window| window.try_into().ok()) {
        Some(window) => window,
        None => beyond(),
    }
}

/// 64 bytes from a place on.
#[inline(always)]
pub(super) fn chunk(bytes: &[u8], at: u32) -> &[u8; CHUNK] {
    window(bytes, at)
}

#[cold]
#[inline(never)]
pub(super) fn beyond() -> ! {
    unreachable!("no step leads beyond the padding of a block")
}

/// A kind of processor. A value of it is the proof that this processor is of that kind.
///
/// The functions carry no `target_feature` of their own: they are inlined into a function that
/// does, or else every one of them would be a call.
pub(super) trait Vector: Copy {
    /// What several chunks have together.
    type All: Copy;

    /// Of no chunk.
    fn none(self) -> Self::All;
    /// Adds a chunk.
    fn join(self, all: Self::All, chunk: &[u8; CHUNK]) -> Self::All;
    /// Whether all their bytes are ASCII.
    fn is_ascii(self, all: Self::All) -> bool;
    /// The line feeds of a chunk.
    fn newlines(self, chunk: &[u8; CHUNK]) -> u64;
    /// The bytes that a string does not hold as they are: quotes, backslashes, control characters.
    fn special(self, chunk: &[u8; CHUNK]) -> u64;
    /// What a chunk has.
    fn look(self, chunk: &[u8; CHUNK]) -> Seen;
    /// Of some places of a chunk, those with what may stand behind a backslash, and those with a
    /// `u`.
    fn escapes(self, chunk: &[u8; CHUNK], places: u64) -> (u64, u64);
    /// The bytes of a needle that are not those of the chunk.
    fn differences(self, chunk: &[u8; CHUNK], needle: &Needle) -> u64;
    /// The same for a needle that is not [long](Needle::is_long).
    fn short_differences(self, chunk: &[u8; CHUNK], needle: &Needle) -> u64;
    /// Whether two chunks differ in their first `len` bytes, or in all if that is more than they
    /// have. There is no branch on the length, for where that cannot be predicted.
    fn differs(self, one: &[u8; CHUNK], other: &[u8; CHUNK], len: usize) -> bool;
}

/// Any processor, eight bytes at a time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Portable;

const LOW: u64 = u64::from_le_bytes([0x01; 8]);
const HIGH: u64 = u64::from_le_bytes([0x80; 8]);

impl Portable {
    /// One bit for each byte of a chunk from the highest bits of eight words.
    #[inline(always)]
    fn mask(chunk: &[u8; CHUNK], mut word_mask: impl FnMut(u64) -> u64) -> u64 {
        let mut mask = 0;
        for (at, word) in chunk.chunks_exact(8).enumerate() {
            let word = u64::from_le_bytes(word.try_into().unwrap_or_default());
            let high = word_mask(word) & HIGH;
            // Gathers the highest bits of the eight bytes in the highest byte.
            mask |= ((high >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56) << (8 * at);
        }
        mask
    }
}

/// The highest bit of each byte that is zero, exactly: no borrow leaves a byte.
#[inline(always)]
fn zeros(word: u64) -> u64 {
    !(((word & !HIGH) + !HIGH) | word) & HIGH
}

impl Vector for Portable {
    type All = u64;

    #[inline(always)]
    fn none(self) -> u64 {
        0
    }

    #[inline(always)]
    fn join(self, all: u64, chunk: &[u8; CHUNK]) -> u64 {
        let words = chunk.as_chunks::<8>().0.iter();
        words.fold(all, |all, word| all | u64::from_le_bytes(*word))
    }

    #[inline(always)]
    fn is_ascii(self, all: u64) -> bool {
        all & HIGH == 0
    }

    #[inline(always)]
    fn newlines(self, chunk: &[u8; CHUNK]) -> u64 {
        Portable::mask(chunk, |word| zeros(word ^ (LOW * 0x0a)))
    }

    #[inline(always)]
    fn special(self, chunk: &[u8; CHUNK]) -> u64 {
        Portable::mask(chunk, |word| {
            let control = zeros(word & (LOW * 0xe0));
            zeros(word ^ (LOW * 0x22)) | zeros(word ^ (LOW * 0x5c)) | control
        })
    }

    #[inline(always)]
    fn look(self, chunk: &[u8; CHUNK]) -> Seen {
        let mut controls = 0;
        let stops = Portable::mask(chunk, |word| {
            let control = zeros(word & (LOW * 0xe0));
            controls |= control;
            control | zeros(word ^ (LOW * 0x22))
        });
        let backslashes = Portable::mask(chunk, |word| zeros(word ^ (LOW * 0x5c)));
        Seen { stops, backslashes, controls }
    }

    #[inline(always)]
    fn escapes(self, chunk: &[u8; CHUNK], mut places: u64) -> (u64, u64) {
        let (mut simple, mut units) = (0, 0);
        while places != 0 {
            let bit = places & places.wrapping_neg();
            match chunk[places.trailing_zeros() as usize] {
                b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => simple |= bit,
                b'u' => units |= bit,
                _ => {}
            }
            places ^= bit;
        }
        (simple, units)
    }

    #[inline(always)]
    fn differences(self, chunk: &[u8; CHUNK], needle: &Needle) -> u64 {
        let mut differences = 0;
        for at in 0..needle.len.div_ceil(8) as usize {
            let word = |bytes: &[u8; CHUNK]| {
                u64::from_le_bytes(bytes[8 * at..8 * at + 8].try_into().unwrap_or_default())
            };
            let same = zeros(word(chunk) ^ word(&needle.bytes));
            let same = (same >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56;
            differences |= (!same & 0xff) << (8 * at);
        }
        differences & needle.mask
    }

    #[inline(always)]
    fn short_differences(self, chunk: &[u8; CHUNK], needle: &Needle) -> u64 {
        self.differences(chunk, needle)
    }

    #[inline(always)]
    fn differs(self, one: &[u8; CHUNK], other: &[u8; CHUNK], len: usize) -> bool {
        let words = one.as_chunks::<8>().0.iter().zip(other.as_chunks::<8>().0).enumerate();
        let differences = words.map(|(at, (one, other))| {
            let counts =
                !(u64::MAX.checked_shl(8 * len.saturating_sub(8 * at) as u32).unwrap_or(0));
            (u64::from_le_bytes(*one) ^ u64::from_le_bytes(*other)) & counts
        });
        differences.fold(0, |any, differences| any | differences) != 0
    }
}
