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
    bytes: [u8; CHUNK],
    /// One bit for each byte.
    mask: u64,
    len: usize,
}

impl Needle {
    /// The empty text, which stands everywhere.
    pub(in crate::parse) const EMPTY: Needle = Needle { bytes: [0; CHUNK], mask: 0, len: 0 };

    /// A needle; `None` for a text that is too long for one.
    pub(in crate::parse) fn new(text: &[u8]) -> Option<Needle> {
        let mut bytes = [0; CHUNK];
        bytes.get_mut(..text.len())?.copy_from_slice(text);
        let mask = if text.len() == CHUNK { u64::MAX } else { (1 << text.len()) - 1 };
        Some(Needle { bytes, mask, len: text.len() })
    }

    /// Its length in bytes.
    pub(in crate::parse) fn len(&self) -> usize {
        self.len
    }
}

/// A kind of processor. A value of it is the proof that this processor is of that kind.
///
/// The functions carry no `target_feature` of their own: they are inlined into a function that
/// does, or else every one of them would be a call.
pub(super) trait Vector: Copy {
    /// The bytes that a string does not hold as they are: quotes, backslashes, control characters.
    fn special(self, chunk: &[u8; CHUNK]) -> u64;
    /// The line feeds of four chunks, and whether some of their bytes are no ASCII.
    fn newlines(self, chunks: &[[u8; CHUNK]; 4]) -> ([u64; 4], bool);
    /// The bytes of a needle that are not those of the chunk.
    fn differences(self, chunk: &[u8; CHUNK], needle: &Needle) -> u64;
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
    #[inline(always)]
    fn special(self, chunk: &[u8; CHUNK]) -> u64 {
        Portable::mask(chunk, |word| {
            let control = zeros(word & (LOW * 0xe0));
            zeros(word ^ (LOW * 0x22)) | zeros(word ^ (LOW * 0x5c)) | control
        })
    }

    #[inline(always)]
    fn newlines(self, chunks: &[[u8; CHUNK]; 4]) -> ([u64; 4], bool) {
        let mut high = 0;
        let newlines = chunks.each_ref().map(|chunk| {
            Portable::mask(chunk, |word| {
                high |= word;
                zeros(word ^ (LOW * 0x0a))
            })
        });
        (newlines, high & HIGH != 0)
    }

    #[inline(always)]
    fn differences(self, chunk: &[u8; CHUNK], needle: &Needle) -> u64 {
        let mut differences = 0;
        for at in 0..needle.len.div_ceil(8) {
            let word = |bytes: &[u8; CHUNK]| {
                u64::from_le_bytes(bytes[8 * at..8 * at + 8].try_into().unwrap_or_default())
            };
            let same = zeros(word(chunk) ^ word(&needle.bytes));
            let same = (same >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56;
            differences |= (!same & 0xff) << (8 * at);
        }
        differences & needle.mask
    }
}

#[cfg(target_arch = "x86_64")]
pub(super) use x86::{Avx2, Avx512};

/// Processors of the x86-64 family.
#[cfg(target_arch = "x86_64")]
#[expect(unsafe_code, reason = "instructions that not every processor has")]
mod x86 {
    use std::arch::x86_64::{
        __m256i, __m512i, _mm256_cmpeq_epi8, _mm256_loadu_si256, _mm256_min_epu8,
        _mm256_movemask_epi8, _mm256_or_si256, _mm256_set1_epi8, _mm512_cmpeq_epi8_mask,
        _mm512_cmplt_epu8_mask, _mm512_loadu_si512, _mm512_mask_cmpneq_epi8_mask,
        _mm512_movepi8_mask, _mm512_or_si512, _mm512_set1_epi8,
    };

    use super::{CHUNK, Needle, Vector};

    /// AVX-512 with its byte instructions.
    #[derive(Debug, Clone, Copy)]
    pub(in super::super) struct Avx512(());

    impl Avx512 {
        /// # Safety
        ///
        /// The processor must have the instructions.
        #[inline(always)]
        pub(in super::super) unsafe fn new() -> Avx512 {
            Avx512(())
        }
    }

    #[inline(always)]
    unsafe fn load512(chunk: &[u8; CHUNK]) -> __m512i {
        // SAFETY: the chunk has 64 bytes, and the load needs no alignment.
        unsafe { _mm512_loadu_si512(chunk.as_ptr().cast()) }
    }

    impl Vector for Avx512 {
        #[inline(always)]
        fn special(self, chunk: &[u8; CHUNK]) -> u64 {
            // SAFETY: whoever made `self` has made sure of the instructions.
            unsafe {
                let bytes = load512(chunk);
                _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(0x22))
                    | _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(0x5c))
                    | _mm512_cmplt_epu8_mask(bytes, _mm512_set1_epi8(0x20))
            }
        }

        #[inline(always)]
        fn newlines(self, chunks: &[[u8; CHUNK]; 4]) -> ([u64; 4], bool) {
            // SAFETY: whoever made `self` has made sure of the instructions.
            unsafe {
                let newline = _mm512_set1_epi8(0x0a);
                let [a, b, c, d] = chunks;
                let [a, b, c, d] = [load512(a), load512(b), load512(c), load512(d)];
                let newlines = [
                    _mm512_cmpeq_epi8_mask(a, newline),
                    _mm512_cmpeq_epi8_mask(b, newline),
                    _mm512_cmpeq_epi8_mask(c, newline),
                    _mm512_cmpeq_epi8_mask(d, newline),
                ];
                let all = _mm512_or_si512(_mm512_or_si512(a, b), _mm512_or_si512(c, d));
                (newlines, _mm512_movepi8_mask(all) != 0)
            }
        }

        #[inline(always)]
        fn differences(self, chunk: &[u8; CHUNK], needle: &Needle) -> u64 {
            // SAFETY: whoever made `self` has made sure of the instructions.
            unsafe {
                let (bytes, wanted) = (load512(chunk), load512(&needle.bytes));
                _mm512_mask_cmpneq_epi8_mask(needle.mask, bytes, wanted)
            }
        }
    }

    /// AVX2.
    #[derive(Debug, Clone, Copy)]
    pub(in super::super) struct Avx2(());

    impl Avx2 {
        /// # Safety
        ///
        /// The processor must have the instructions.
        #[inline(always)]
        pub(in super::super) unsafe fn new() -> Avx2 {
            Avx2(())
        }
    }

    /// The two halves of a chunk.
    #[inline(always)]
    unsafe fn load256(chunk: &[u8; CHUNK]) -> [__m256i; 2] {
        let start: *const __m256i = chunk.as_ptr().cast();
        // SAFETY: the chunk has 64 bytes, and the loads need no alignment.
        unsafe { [_mm256_loadu_si256(start), _mm256_loadu_si256(start.add(1))] }
    }

    /// One bit for each byte of two halves by its highest bit.
    #[inline(always)]
    unsafe fn bits(low: __m256i, high: __m256i) -> u64 {
        // SAFETY: the caller has made sure of the instructions.
        let (low, high) = unsafe { (_mm256_movemask_epi8(low), _mm256_movemask_epi8(high)) };
        u64::from(low.cast_unsigned()) | u64::from(high.cast_unsigned()) << 32
    }

    #[inline(always)]
    unsafe fn special_half(bytes: __m256i) -> __m256i {
        // SAFETY: the caller has made sure of the instructions.
        unsafe {
            let control = _mm256_cmpeq_epi8(_mm256_min_epu8(bytes, _mm256_set1_epi8(0x1f)), bytes);
            let quote = _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(0x22));
            let backslash = _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(0x5c));
            _mm256_or_si256(control, _mm256_or_si256(quote, backslash))
        }
    }

    impl Vector for Avx2 {
        #[inline(always)]
        fn special(self, chunk: &[u8; CHUNK]) -> u64 {
            // SAFETY: whoever made `self` has made sure of the instructions.
            unsafe {
                let [low, high] = load256(chunk);
                bits(special_half(low), special_half(high))
            }
        }

        #[inline(always)]
        fn newlines(self, chunks: &[[u8; CHUNK]; 4]) -> ([u64; 4], bool) {
            // SAFETY: whoever made `self` has made sure of the instructions.
            unsafe {
                let newline = _mm256_set1_epi8(0x0a);
                let mut all = _mm256_set1_epi8(0);
                let mut newlines = [0; 4];
                for (chunk, found) in chunks.iter().zip(&mut newlines) {
                    let [low, high] = load256(chunk);
                    all = _mm256_or_si256(all, _mm256_or_si256(low, high));
                    *found =
                        bits(_mm256_cmpeq_epi8(low, newline), _mm256_cmpeq_epi8(high, newline));
                }
                (newlines, _mm256_movemask_epi8(all) != 0)
            }
        }

        #[inline(always)]
        fn differences(self, chunk: &[u8; CHUNK], needle: &Needle) -> u64 {
            // SAFETY: whoever made `self` has made sure of the instructions.
            unsafe {
                let ([low, high], wanted) = (load256(chunk), load256(&needle.bytes));
                let low = _mm256_cmpeq_epi8(low, wanted[0]);
                if needle.len <= 32 {
                    let same = _mm256_movemask_epi8(low).cast_unsigned();
                    return !u64::from(same) & needle.mask;
                }
                !bits(low, _mm256_cmpeq_epi8(high, wanted[1])) & needle.mask
            }
        }
    }
}
