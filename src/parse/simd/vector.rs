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
    /// All bits of each byte.
    counts: [u8; CHUNK],
    len: u32,
}

impl Needle {
    /// A needle; `None` for a text that is too long for one.
    pub(in crate::parse) fn new(text: &[u8]) -> Option<Needle> {
        let mut bytes = [0; CHUNK];
        bytes.get_mut(..text.len())?.copy_from_slice(text);
        let mask = if text.len() == CHUNK { u64::MAX } else { (1 << text.len()) - 1 };
        let mut counts = [0; CHUNK];
        counts[..text.len()].fill(u8::MAX);
        Some(Needle { bytes, mask, counts, len: text.len() as u32 })
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
    pub(super) newlines: u64,
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
    /// What several comparisons have found together.
    type Sum: Copy;

    /// Of no comparison.
    fn nothing(self) -> Self::Sum;
    /// Adds the bytes of a needle that are not those of the chunk. A needle that is
    /// [long](Needle::is_long) is only compared as a whole if `LONG` says so.
    fn add<const LONG: bool>(
        self,
        sum: Self::Sum,
        chunk: &[u8; CHUNK],
        needle: &Needle,
    ) -> Self::Sum;
    /// Whether any byte was different.
    fn any(self, sum: Self::Sum) -> bool;
    /// Whether all bytes are ASCII.
    fn is_ascii(self, chunks: &[[u8; CHUNK]]) -> bool;
    /// The bytes that a string does not hold as they are: quotes, backslashes, control characters.
    fn special(self, chunk: &[u8; CHUNK]) -> u64;
    /// What a chunk has.
    fn look(self, chunk: &[u8; CHUNK]) -> Seen;
    /// Of some places of a chunk, those with what may stand behind a backslash, and those with a
    /// `u`.
    fn escapes(self, chunk: &[u8; CHUNK], places: u64) -> (u64, u64);
    /// The bytes of a needle that are not those of the chunk.
    fn differences(self, chunk: &[u8; CHUNK], needle: &Needle) -> u64;
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
    type Sum = u64;

    #[inline(always)]
    fn nothing(self) -> u64 {
        0
    }

    #[inline(always)]
    fn add<const LONG: bool>(self, mut sum: u64, chunk: &[u8; CHUNK], needle: &Needle) -> u64 {
        let word = |bytes: &[u8; CHUNK], at: usize| {
            u64::from_le_bytes(bytes[8 * at..8 * at + 8].try_into().unwrap_or_default())
        };
        for at in 0..if LONG { 8 } else { 4 } {
            sum |= (word(chunk, at) ^ word(&needle.bytes, at)) & word(&needle.counts, at);
        }
        sum
    }

    #[inline(always)]
    fn any(self, sum: u64) -> bool {
        sum != 0
    }

    #[inline(always)]
    fn is_ascii(self, chunks: &[[u8; CHUNK]]) -> bool {
        let (words, _) = chunks.as_flattened().as_chunks::<8>();
        words.iter().fold(0, |all, word| all | u64::from_le_bytes(*word)) & HIGH == 0
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
        let mut any_control = 0;
        let stops = Portable::mask(chunk, |word| {
            let control = zeros(word & (LOW * 0xe0));
            any_control |= control;
            control | zeros(word ^ (LOW * 0x22))
        });
        let newlines = |word| zeros(word ^ (LOW * 0x0a));
        Seen {
            stops,
            backslashes: Portable::mask(chunk, |word| zeros(word ^ (LOW * 0x5c))),
            newlines: if any_control == 0 { 0 } else { Portable::mask(chunk, newlines) },
        }
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

#[cfg(target_arch = "x86_64")]
pub(super) use x86::{Avx2, Avx512};

/// Processors of the x86-64 family.
#[cfg(target_arch = "x86_64")]
#[expect(unsafe_code, reason = "instructions that not every processor has")]
mod x86 {
    use std::arch::x86_64::{
        __m256i, __m512i, _bzhi_u64, _mm256_and_si256, _mm256_cmpeq_epi8, _mm256_cmpgt_epi8,
        _mm256_loadu_si256, _mm256_mask_cmpneq_epi8_mask, _mm256_min_epu8, _mm256_movemask_epi8,
        _mm256_or_si256, _mm256_set1_epi8, _mm256_setr_epi8, _mm256_setzero_si256,
        _mm256_shuffle_epi8, _mm256_srli_epi16, _mm256_testz_si256, _mm256_xor_si256,
        _mm512_and_si512, _mm512_broadcast_i64x4, _mm512_cmpeq_epi8_mask, _mm512_cmplt_epu8_mask,
        _mm512_loadu_si512, _mm512_mask_cmpeq_epi8_mask, _mm512_mask_cmpneq_epi8_mask,
        _mm512_mask_test_epi8_mask, _mm512_movepi8_mask, _mm512_or_si512, _mm512_set1_epi8,
        _mm512_setzero_si512, _mm512_shuffle_epi8, _mm512_srli_epi16,
    };

    use super::{CHUNK, Needle, Seen, Vector};

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
        type Sum = __m256i;

        #[inline(always)]
        fn nothing(self) -> __m256i {
            // SAFETY: whoever made `self` has made sure of the instructions.
            unsafe { _mm256_setzero_si256() }
        }

        #[inline(always)]
        fn add<const LONG: bool>(
            self,
            sum: __m256i,
            chunk: &[u8; CHUNK],
            needle: &Needle,
        ) -> __m256i {
            // SAFETY: whoever made `self` has made sure of the instructions.
            unsafe { add256::<LONG>(sum, chunk, needle) }
        }

        #[inline(always)]
        fn any(self, sum: __m256i) -> bool {
            // SAFETY: whoever made `self` has made sure of the instructions.
            unsafe { _mm256_testz_si256(sum, sum) == 0 }
        }

        #[inline(always)]
        fn is_ascii(self, chunks: &[[u8; CHUNK]]) -> bool {
            // SAFETY: whoever made `self` has made sure of the instructions.
            unsafe {
                let mut all = _mm512_setzero_si512();
                for chunk in chunks {
                    all = _mm512_or_si512(all, load512(chunk));
                }
                _mm512_movepi8_mask(all) == 0
            }
        }

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
        fn look(self, chunk: &[u8; CHUNK]) -> Seen {
            // SAFETY: whoever made `self` has made sure of the instructions.
            unsafe {
                let bytes = load512(chunk);
                Seen {
                    stops: _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(0x22))
                        | _mm512_cmplt_epu8_mask(bytes, _mm512_set1_epi8(0x20)),
                    backslashes: _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(0x5c)),
                    newlines: _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(0x0a)),
                }
            }
        }

        #[inline(always)]
        fn escapes(self, chunk: &[u8; CHUNK], places: u64) -> (u64, u64) {
            // SAFETY: whoever made `self` has made sure of the instructions.
            unsafe {
                let bytes = load512(chunk);
                let (lower, upper) = simple_tables();
                let lower = _mm512_shuffle_epi8(_mm512_broadcast_i64x4(lower), bytes);
                let halves = _mm512_and_si512(_mm512_srli_epi16(bytes, 4), _mm512_set1_epi8(0x0f));
                let upper = _mm512_shuffle_epi8(_mm512_broadcast_i64x4(upper), halves);
                let simple = _mm512_mask_test_epi8_mask(places, lower, upper);
                let units = _mm512_mask_cmpeq_epi8_mask(places, bytes, _mm512_set1_epi8(0x75));
                (simple, units)
            }
        }

        #[inline(always)]
        fn differences(self, chunk: &[u8; CHUNK], needle: &Needle) -> u64 {
            // SAFETY: whoever made `self` has made sure of the instructions.
            unsafe {
                if needle.len <= 32 {
                    let (bytes, wanted) = (load256(chunk)[0], load256(&needle.bytes)[0]);
                    return u64::from(_mm256_mask_cmpneq_epi8_mask(
                        needle.mask as u32,
                        bytes,
                        wanted,
                    ));
                }
                let (bytes, wanted) = (load512(chunk), load512(&needle.bytes));
                _mm512_mask_cmpneq_epi8_mask(needle.mask, bytes, wanted)
            }
        }

        #[inline(always)]
        fn differs(self, one: &[u8; CHUNK], other: &[u8; CHUNK], len: usize) -> bool {
            // SAFETY: whoever made `self` has made sure of the instructions.
            unsafe {
                let counts = _bzhi_u64(u64::MAX, len.min(CHUNK) as u32);
                _mm512_mask_cmpneq_epi8_mask(counts, load512(one), load512(other)) != 0
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

    /// Adds the bytes that differ, half a chunk on top of the other.
    #[inline(always)]
    unsafe fn add256<const LONG: bool>(
        mut sum: __m256i,
        chunk: &[u8; CHUNK],
        needle: &Needle,
    ) -> __m256i {
        // SAFETY: the caller has made sure of the instructions.
        unsafe {
            let (bytes, wanted) = (load256(chunk), load256(&needle.bytes));
            let counts = load256(&needle.counts);
            for half in 0..if LONG { 2 } else { 1 } {
                let differs = _mm256_xor_si256(bytes[half], wanted[half]);
                sum = _mm256_or_si256(sum, _mm256_and_si256(differs, counts[half]));
            }
        }
        sum
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
            _mm256_or_si256(stop_half(bytes), _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(0x5c)))
        }
    }

    #[inline(always)]
    unsafe fn stop_half(bytes: __m256i) -> __m256i {
        // SAFETY: the caller has made sure of the instructions.
        unsafe {
            let control = _mm256_cmpeq_epi8(_mm256_min_epu8(bytes, _mm256_set1_epi8(0x1f)), bytes);
            _mm256_or_si256(control, _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(0x22)))
        }
    }

    /// What is one of `"\\/bfnrt` has a bit for its upper half byte, and its lower one has that.
    #[inline(always)]
    unsafe fn simple_tables() -> (__m256i, __m256i) {
        // SAFETY: the caller has made sure of the instructions.
        unsafe {
            let lower = _mm256_setr_epi8(
                0, 0, 13, 0, 8, 0, 4, 0, 0, 0, 0, 0, 2, 0, 4, 1, 0, 0, 13, 0, 8, 0, 4, 0, 0, 0, 0,
                0, 2, 0, 4, 1,
            );
            let upper = _mm256_setr_epi8(
                0, 0, 1, 0, 0, 2, 4, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 2, 4, 8, 0, 0, 0, 0,
                0, 0, 0, 0,
            );
            (lower, upper)
        }
    }

    /// The highest bit of what is one of these.
    #[inline(always)]
    unsafe fn simple_half(bytes: __m256i) -> __m256i {
        // SAFETY: the caller has made sure of the instructions.
        unsafe {
            let (lower, upper) = simple_tables();
            let halves = _mm256_and_si256(_mm256_srli_epi16(bytes, 4), _mm256_set1_epi8(0x0f));
            let both = _mm256_and_si256(
                _mm256_shuffle_epi8(lower, bytes),
                _mm256_shuffle_epi8(upper, halves),
            );
            _mm256_cmpgt_epi8(both, _mm256_setzero_si256())
        }
    }

    impl Vector for Avx2 {
        type Sum = __m256i;

        #[inline(always)]
        fn nothing(self) -> __m256i {
            // SAFETY: whoever made `self` has made sure of the instructions.
            unsafe { _mm256_setzero_si256() }
        }

        #[inline(always)]
        fn add<const LONG: bool>(
            self,
            sum: __m256i,
            chunk: &[u8; CHUNK],
            needle: &Needle,
        ) -> __m256i {
            // SAFETY: whoever made `self` has made sure of the instructions.
            unsafe { add256::<LONG>(sum, chunk, needle) }
        }

        #[inline(always)]
        fn any(self, sum: __m256i) -> bool {
            // SAFETY: whoever made `self` has made sure of the instructions.
            unsafe { _mm256_testz_si256(sum, sum) == 0 }
        }

        #[inline(always)]
        fn is_ascii(self, chunks: &[[u8; CHUNK]]) -> bool {
            // SAFETY: whoever made `self` has made sure of the instructions.
            unsafe {
                let mut all = _mm256_setzero_si256();
                for chunk in chunks {
                    let [low, high] = load256(chunk);
                    all = _mm256_or_si256(all, _mm256_or_si256(low, high));
                }
                _mm256_movemask_epi8(all) == 0
            }
        }

        #[inline(always)]
        fn special(self, chunk: &[u8; CHUNK]) -> u64 {
            // SAFETY: whoever made `self` has made sure of the instructions.
            unsafe {
                let [low, high] = load256(chunk);
                bits(special_half(low), special_half(high))
            }
        }

        #[inline(always)]
        fn look(self, chunk: &[u8; CHUNK]) -> Seen {
            // SAFETY: whoever made `self` has made sure of the instructions.
            unsafe {
                let [low, high] = load256(chunk);
                let equal = |byte| {
                    let byte = _mm256_set1_epi8(byte);
                    bits(_mm256_cmpeq_epi8(low, byte), _mm256_cmpeq_epi8(high, byte))
                };
                Seen {
                    stops: bits(stop_half(low), stop_half(high)),
                    backslashes: equal(0x5c),
                    newlines: equal(0x0a),
                }
            }
        }

        #[inline(always)]
        fn escapes(self, chunk: &[u8; CHUNK], places: u64) -> (u64, u64) {
            // SAFETY: whoever made `self` has made sure of the instructions.
            unsafe {
                let [low, high] = load256(chunk);
                let unit = _mm256_set1_epi8(0x75);
                let units = bits(_mm256_cmpeq_epi8(low, unit), _mm256_cmpeq_epi8(high, unit));
                let simple = bits(simple_half(low), simple_half(high));
                (simple & places, units & places)
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

        #[inline(always)]
        fn differs(self, one: &[u8; CHUNK], other: &[u8; CHUNK], len: usize) -> bool {
            // SAFETY: whoever made `self` has made sure of the instructions.
            unsafe {
                let (one, other) = (load256(one), load256(other));
                let low = _mm256_cmpeq_epi8(one[0], other[0]);
                let same = bits(low, _mm256_cmpeq_epi8(one[1], other[1]));
                _bzhi_u64(!same, len.min(CHUNK) as u32) != 0
            }
        }
    }
}
