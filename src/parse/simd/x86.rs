//! Processors of the x86-64 family.
//!
//! What a kind of processor is asked, and what the answers are, says [`super::vector`]. This module
//! knows only the instructions that give them.
#![expect(unsafe_code, reason = "instructions that not every processor has")]

use std::arch::x86_64::{
    __m256i, __m512i, _bzhi_u64, _mm256_and_si256, _mm256_cmpeq_epi8, _mm256_cmpgt_epi8,
    _mm256_loadu_si256, _mm256_mask_cmpneq_epi8_mask, _mm256_min_epu8, _mm256_movemask_epi8,
    _mm256_or_si256, _mm256_set1_epi8, _mm256_setr_epi8, _mm256_setzero_si256, _mm256_shuffle_epi8,
    _mm256_srli_epi16, _mm512_and_si512, _mm512_broadcast_i64x4, _mm512_cmpeq_epi8_mask,
    _mm512_cmplt_epu8_mask, _mm512_loadu_si512, _mm512_mask_cmpeq_epi8_mask,
    _mm512_mask_cmpneq_epi8_mask, _mm512_mask_test_epi8_mask, _mm512_movepi8_mask, _mm512_or_si512,
    _mm512_set1_epi8, _mm512_setzero_si512, _mm512_shuffle_epi8, _mm512_srli_epi16,
};

use super::vector::{CHUNK, Needle, Seen, Vector};

/// AVX-512 with its byte instructions.
#[derive(Debug, Clone, Copy)]
pub(super) struct Avx512(());

impl Avx512 {
    /// # Safety
    ///
    /// The processor must have the instructions.
    #[inline(always)]
    pub(super) unsafe fn new() -> Avx512 {
        Avx512(())
    }
}

#[inline(always)]
unsafe fn load512(chunk: &[u8; CHUNK]) -> __m512i {
    // SAFETY: the chunk has 64 bytes, and the load needs no alignment.
    unsafe { _mm512_loadu_si512(chunk.as_ptr().cast()) }
}

impl Vector for Avx512 {
    type All = __m512i;

    #[inline(always)]
    fn none(self) -> __m512i {
        // SAFETY: whoever made `self` has made sure of the instructions.
        unsafe { _mm512_setzero_si512() }
    }

    #[inline(always)]
    fn join(self, all: __m512i, chunk: &[u8; CHUNK]) -> __m512i {
        // SAFETY: whoever made `self` has made sure of the instructions.
        unsafe { _mm512_or_si512(all, load512(chunk)) }
    }

    #[inline(always)]
    fn is_ascii(self, all: __m512i) -> bool {
        // SAFETY: whoever made `self` has made sure of the instructions.
        unsafe { _mm512_movepi8_mask(all) == 0 }
    }

    #[inline(always)]
    fn newlines(self, chunk: &[u8; CHUNK]) -> u64 {
        // SAFETY: whoever made `self` has made sure of the instructions.
        unsafe { _mm512_cmpeq_epi8_mask(load512(chunk), _mm512_set1_epi8(0x0a)) }
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
            let controls = _mm512_cmplt_epu8_mask(bytes, _mm512_set1_epi8(0x20));
            let stops = controls | _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(0x22));
            let backslashes = _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(0x5c));
            Seen { stops, backslashes, controls }
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
            if !needle.is_long() {
                return self.short_differences(chunk, needle);
            }
            let (bytes, wanted) = (load512(chunk), load512(&needle.bytes));
            _mm512_mask_cmpneq_epi8_mask(needle.mask, bytes, wanted)
        }
    }

    #[inline(always)]
    fn short_differences(self, chunk: &[u8; CHUNK], needle: &Needle) -> u64 {
        // SAFETY: whoever made `self` has made sure of the instructions.
        unsafe {
            let (bytes, wanted) = (load256(chunk)[0], load256(&needle.bytes)[0]);
            u64::from(_mm256_mask_cmpneq_epi8_mask(needle.mask as u32, bytes, wanted))
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
pub(super) struct Avx2(());

impl Avx2 {
    /// # Safety
    ///
    /// The processor must have the instructions.
    #[inline(always)]
    pub(super) unsafe fn new() -> Avx2 {
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
    unsafe { _mm256_or_si256(stop_half(bytes), _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(0x5c))) }
}

#[inline(always)]
unsafe fn stop_half(bytes: __m256i) -> __m256i {
    // SAFETY: the caller has made sure of the instructions.
    unsafe {
        _mm256_or_si256(control_half(bytes), _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(0x22)))
    }
}

#[inline(always)]
unsafe fn control_half(bytes: __m256i) -> __m256i {
    // SAFETY: the caller has made sure of the instructions.
    unsafe { _mm256_cmpeq_epi8(_mm256_min_epu8(bytes, _mm256_set1_epi8(0x1f)), bytes) }
}

/// The bytes of a chunk that are this one.
#[inline(always)]
unsafe fn equal(chunk: &[u8; CHUNK], byte: i8) -> u64 {
    // SAFETY: the caller has made sure of the instructions.
    unsafe {
        let ([low, high], byte) = (load256(chunk), _mm256_set1_epi8(byte));
        bits(_mm256_cmpeq_epi8(low, byte), _mm256_cmpeq_epi8(high, byte))
    }
}

/// What is one of `"\\/bfnrt` has a bit for its upper half byte, and its lower one has that.
#[inline(always)]
unsafe fn simple_tables() -> (__m256i, __m256i) {
    // SAFETY: the caller has made sure of the instructions.
    unsafe {
        let lower = _mm256_setr_epi8(
            0, 0, 13, 0, 8, 0, 4, 0, 0, 0, 0, 0, 2, 0, 4, 1, 0, 0, 13, 0, 8, 0, 4, 0, 0, 0, 0, 0,
            2, 0, 4, 1,
        );
        let upper = _mm256_setr_epi8(
            0, 0, 1, 0, 0, 2, 4, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 2, 4, 8, 0, 0, 0, 0, 0,
            0, 0, 0,
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
        let both =
            _mm256_and_si256(_mm256_shuffle_epi8(lower, bytes), _mm256_shuffle_epi8(upper, halves));
        _mm256_cmpgt_epi8(both, _mm256_setzero_si256())
    }
}

impl Vector for Avx2 {
    type All = __m256i;

    #[inline(always)]
    fn none(self) -> __m256i {
        // SAFETY: whoever made `self` has made sure of the instructions.
        unsafe { _mm256_setzero_si256() }
    }

    #[inline(always)]
    fn join(self, all: __m256i, chunk: &[u8; CHUNK]) -> __m256i {
        // SAFETY: whoever made `self` has made sure of the instructions.
        unsafe {
            let [low, high] = load256(chunk);
            _mm256_or_si256(all, _mm256_or_si256(low, high))
        }
    }

    #[inline(always)]
    fn is_ascii(self, all: __m256i) -> bool {
        // SAFETY: whoever made `self` has made sure of the instructions.
        unsafe { _mm256_movemask_epi8(all) == 0 }
    }

    #[inline(always)]
    fn newlines(self, chunk: &[u8; CHUNK]) -> u64 {
        // SAFETY: whoever made `self` has made sure of the instructions.
        unsafe { equal(chunk, 0x0a) }
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
            let controls = bits(control_half(low), control_half(high));
            Seen { stops: controls | equal(chunk, 0x22), backslashes: equal(chunk, 0x5c), controls }
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
            if !needle.is_long() {
                return self.short_differences(chunk, needle);
            }
            let low = _mm256_cmpeq_epi8(low, wanted[0]);
            !bits(low, _mm256_cmpeq_epi8(high, wanted[1])) & needle.mask
        }
    }

    #[inline(always)]
    fn short_differences(self, chunk: &[u8; CHUNK], needle: &Needle) -> u64 {
        // SAFETY: whoever made `self` has made sure of the instructions.
        unsafe {
            let same = _mm256_cmpeq_epi8(load256(chunk)[0], load256(&needle.bytes)[0]);
            !u64::from(_mm256_movemask_epi8(same).cast_unsigned()) & needle.mask
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
