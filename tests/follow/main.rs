//! `--follow`: the scenarios R1 to R36, and those of O that concern following. Each line is seen
//! once, whatever becomes of the names; what may be lost is told.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that cannot prepare its files has failed")]
#![allow(clippy::disallowed_methods, reason = "a test that waits for a program waits by the clock")]

#[path = "../common/mod.rs"]
mod common;

#[cfg(feature = "archives")]
mod archives;
mod copies;
mod driver;
mod limits;
mod names;
mod partial;
mod program;
mod random;
mod restart;
mod rotation;
mod storms;
mod unread;

/// A scenario in three ways: by steps, where nothing happens between polls but what the scenario
/// says; as a program that polls; and as one that the system wakes.
macro_rules! scenarios {
    ($($(#[$about:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$about])*
        mod $name {
            use crate::driver::{Mode, play};

            #[test]
            fn by_steps() {
                play(Mode::Steps, super::scene::$name);
            }

            #[test]
            fn polling() {
                play(Mode::Polling, super::scene::$name);
            }

            #[test]
            fn woken() {
                play(Mode::Woken, super::scene::$name);
            }
        }
    )+};
}
pub(crate) use scenarios;
