//! The door to instructions that not every processor has: the only place with `unsafe` code.
//!
//! Behind it is one way to read lines in a layout, written once ([`lanes`]) over a handful of
//! questions about 64 bytes ([`vector`]), and compiled once for each kind of processor. All of
//! them give the same answers; which one is used is decided when a parser is made.

mod block;
mod index;
mod lanes;
mod names;
#[cfg(test)]
mod tests;
mod unordered;
mod vector;
#[cfg(target_arch = "x86_64")]
mod x86;

pub(super) use block::{Block, PADDING};
pub(super) use index::Index;
pub(super) use vector::Needle;

use self::lanes::Group;
use super::program::{Program, Step};
use super::recent::Known;
use super::slab::Slab;
use super::unordered::Unordered;
use crate::record::{NameId, Text};
use vector::Portable;
#[cfg(target_arch = "x86_64")]
use x86::{Avx2, Avx512};

/// A kind of processor to parse with. Results do not depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Simd {
    /// Any processor: eight bytes at a time.
    Portable,
    /// x86-64 with AVX2 and BMI: 32 bytes at a time.
    Avx2,
    /// x86-64 with the byte instructions of AVX-512: 64 bytes at a time.
    Avx512,
}

impl Simd {
    /// Every kind, with its name, the fastest last.
    pub const ALL: [(Simd, &'static str); 3] =
        [(Simd::Portable, "portable"), (Simd::Avx2, "avx2"), (Simd::Avx512, "avx512")];

    /// The fastest kind that this processor is.
    #[must_use]
    pub fn detect() -> Simd {
        let kinds = Simd::ALL.iter().rev().map(|(simd, _)| *simd);
        kinds.into_iter().find(|simd| simd.is_available()).unwrap_or(Simd::Portable)
    }

    /// Whether this processor is of the kind.
    #[must_use]
    pub fn is_available(self) -> bool {
        match self {
            Simd::Portable => true,
            #[cfg(target_arch = "x86_64")]
            Simd::Avx2 => {
                is_x86_feature_detected!("avx2")
                    && is_x86_feature_detected!("bmi1")
                    && is_x86_feature_detected!("bmi2")
                    && is_x86_feature_detected!("lzcnt")
                    && is_x86_feature_detected!("popcnt")
            }
            #[cfg(target_arch = "x86_64")]
            Simd::Avx512 => {
                Simd::Avx2.is_available()
                    && is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512bw")
                    && is_x86_feature_detected!("avx512vl")
            }
            #[cfg(not(target_arch = "x86_64"))]
            _ => false,
        }
    }

    /// The name of the kind.
    #[must_use]
    pub fn name(self) -> &'static str {
        Simd::ALL[self as usize].1
    }
}

/// A kind that this processor is known to be. Only [`Processor::new`] makes one, which is what
/// makes calling the functions of that kind sound.
#[derive(Debug, Clone, Copy)]
pub(super) struct Processor(Simd);

/// Compiles a function once for each kind of processor, and calls the one for `self`.
macro_rules! for_each_processor {
    ($(#[$doc:meta])* $module:ident::$name:ident($($arg:ident: $type:ty),*) $(-> $result:ty)?) => {
        $(#[$doc])*
        #[expect(unsafe_code, reason = "the processor has been looked at")]
        pub(super) fn $name(self, $($arg: $type),*) $(-> $result)? {
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx2,bmi1,bmi2,lzcnt,popcnt")]
            fn avx512($($arg: $type),*) $(-> $result)? {
                // SAFETY: the function has these instructions.
                $module::$name(unsafe { Avx512::new() }, $($arg),*)
            }
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
            fn avx2($($arg: $type),*) $(-> $result)? {
                // SAFETY: the function has these instructions.
                $module::$name(unsafe { Avx2::new() }, $($arg),*)
            }
            match self.0 {
                // SAFETY: `Processor::new` has made sure that the processor has the instructions.
                #[cfg(target_arch = "x86_64")]
                Simd::Avx512 => unsafe { avx512($($arg),*) },
                // SAFETY: as above.
                #[cfg(target_arch = "x86_64")]
                Simd::Avx2 => unsafe { avx2($($arg),*) },
                _ => $module::$name(Portable, $($arg),*),
            }
        }
    };
}

impl Processor {
    /// This processor as one of a kind; as any processor, if it is not of that kind.
    pub(super) fn new(simd: Simd) -> Processor {
        Processor(if simd.is_available() { simd } else { Simd::Portable })
    }

    for_each_processor! {
        /// Tells rows that begin like a layout from those that do not.
        lanes::begin(program: &Program, block: Block<'_>, rows: &[u32], like: &mut Vec<u32>, unlike: &mut Vec<u32>)
    }

    /// Reads rows in a layout; those that do not fit are added to `failed`, in order.
    pub(super) fn run(
        self,
        program: &Program,
        block: Block<'_>,
        mut rows: &[u32],
        slab: &mut Slab,
        failed: &mut Vec<u32>,
    ) {
        while !rows.is_empty() {
            let (mut group, others) = Group::first(block, rows);
            for step in &program.steps {
                let column = slab.column_mut(step.column);
                self.step(step, block, &mut group, column);
            }
            self.ends(program, block, &mut group);
            failed.extend(group.failed());
            rows = others;
        }
    }

    for_each_processor! {
        /// Takes a step of a layout in some lines.
        lanes::step(step: &Step, block: Block<'_>, group: &mut Group<'_>, column: &mut [Text])
    }

    for_each_processor! {
        /// Looks whether lines end as they should, and where.
        lanes::ends(program: &Program, block: Block<'_>, group: &mut Group<'_>)
    }

    for_each_processor! {
        /// Reads rows whose keys come in any order; those that do not fit are added to `failed`,
        /// in order.
        unordered::run_unordered(format: &Unordered, block: Block<'_>, rows: &[u32], slab: &mut Slab, failed: &mut Vec<u32>)
    }

    for_each_processor! {
        /// Finds line feeds, ends of strings and escapes in the first `len` bytes, behind which
        /// there are [`PADDING`] line feeds; returns whether all bytes are ASCII.
        index::index(bytes: &[u8], len: usize, index: &mut Index) -> bool
    }

    for_each_processor! {
        /// Puts the numbers of names into an empty column by a table of recent ones, and the rows
        /// of those that are not in it into `missed`; returns how many.
        names::names(known: &Known, bytes: &[u8], texts: &[Text], column: &mut [NameId], missed: &mut [u32]) -> usize
    }

    #[cfg(test)]
    for_each_processor! {
        /// See [`vector::Vector::differs`].
        lanes::differs(one: &[u8; 64], other: &[u8; 64], len: usize) -> bool
    }

    for_each_processor! {
        /// The first quote, backslash or control character from a place on; the length of the
        /// line if there is none.
        lanes::special(line: &[u8], at: usize) -> usize
    }
}

/// Bytes as text, whose UTF-8 has been validated by a faster way than the standard library's.
#[expect(unsafe_code, reason = "the bytes have been validated")]
pub(super) fn text(bytes: Vec<u8>, ascii: bool) -> Result<String, Vec<u8>> {
    if !ascii && simdutf8::basic::from_utf8(&bytes).is_err() {
        return Err(bytes);
    }
    debug_assert!(std::str::from_utf8(&bytes).is_ok());
    // SAFETY: all bytes are ASCII, or have just been validated.
    Ok(unsafe { String::from_utf8_unchecked(bytes) })
}
