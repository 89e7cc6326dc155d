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
    }
}
