//! Comparisons of a few bytes. A call for as few as there are in a wording costs more than the
//! comparison.

/// Whether two pieces of the same length are the same.
#[inline]
pub(super) fn same(one: &[u8], other: &[u8]) -> bool {
    // The last ones may overlap those before them.
    if let (Some(tail), Some(end)) = (one.last_chunk::<16>(), other.last_chunk::<16>()) {
        let (chunks, others) = (one.as_chunks::<16>().0, other.as_chunks::<16>().0);
        chunks.iter().zip(others).all(|(here, there)| here == there) && tail == end
    } else if let (Some(head), Some(tail)) = (one.first_chunk::<8>(), one.last_chunk::<8>()) {
        other.first_chunk() == Some(head) && other.last_chunk() == Some(tail)
    } else if let (Some(head), Some(tail)) = (one.first_chunk::<4>(), one.last_chunk::<4>()) {
        other.first_chunk() == Some(head) && other.last_chunk() == Some(tail)
    } else {
        one.iter().zip(other).all(|(here, there)| here == there)
    }
}

/// Whether a text begins with a literal.
#[inline]
pub(super) fn begins(text: &[u8], literal: &[u8]) -> bool {
    text.get(..literal.len()).is_some_and(|head| same(head, literal))
}

/// Whether a text ends with a literal.
#[inline]
pub(super) fn ends(text: &[u8], literal: &[u8]) -> bool {
    let start = text.len().checked_sub(literal.len());
    start.is_some_and(|start| same(&text[start..], literal))
}

/// Whether a text has a byte.
#[inline]
pub(super) fn has(text: &[u8], byte: u8) -> bool {
    if let Some(tail) = text.last_chunk::<16>() {
        among(tail, byte) || text.as_chunks::<16>().0.iter().any(|chunk| among(chunk, byte))
    } else if let (Some(head), Some(tail)) = (text.first_chunk::<8>(), text.last_chunk::<8>()) {
        among(head, byte) || among(tail, byte)
    } else {
        text.contains(&byte)
    }
}

/// Whether a few bytes have one of them; all are looked at together.
#[inline]
fn among<const N: usize>(chunk: &[u8; N], byte: u8) -> bool {
    chunk.iter().fold(0, |any, here| any | u8::from(*here == byte)) != 0
}

/// Whether a byte is followed by the same other one wherever a text has it.
#[inline]
pub(super) fn always_precedes(text: &[u8], byte: u8, next: u8) -> bool {
    let Some((_, behind)) = text.split_first() else { return true };
    let (last, before) = (text.last(), &text[..behind.len()]);
    let alone = |here: &u8, there: &u8| u8::from(*here == byte) & u8::from(*there != next);
    let any_alone = |(here, there): (&[u8; 16], &[u8; 16])| {
        let pairs = here.iter().zip(there);
        pairs.fold(0, |any, (here, there)| any | alone(here, there)) != 0
    };
    let any = match before.last_chunk().zip(behind.last_chunk()) {
        Some(tail) => {
            let mut chunks = before.as_chunks().0.iter().zip(behind.as_chunks().0);
            any_alone(tail) || chunks.any(any_alone)
        }
        None => before.iter().zip(behind).any(|(here, there)| alone(here, there) != 0),
    };
    !any && last != Some(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_same_as_for_slices(text in "[ab]{0,90}", literal in "[ab]{0,20}", at in 0..90_usize) {
            let part = &text[at.min(text.len())..];
            for literal in [literal.as_bytes(), part.as_bytes(), &text.as_bytes()[..at.min(text.len())]] {
                prop_assert_eq!(begins(text.as_bytes(), literal), text.as_bytes().starts_with(literal));
                prop_assert_eq!(ends(text.as_bytes(), literal), text.as_bytes().ends_with(literal));
            }
        }

        #[test]
        fn one_byte_and_the_next_one(text in "c{0,40}[abc]{0,3}c{0,40}(ab)?") {
            prop_assert_eq!(has(text.as_bytes(), b'a'), text.contains('a'));
            let always = !text.replace("ab", "c").contains('a');
            prop_assert_eq!(always_precedes(text.as_bytes(), b'a', b'b'), always);
        }
    }
}
