//! `--version`: which program this is, what is built in, and what it makes of this processor.

use std::sync::LazyLock;

use crate::parse::Simd;

/// The features that a build may have.
const FEATURES: [(&str, bool); 5] = [
    ("archives", cfg!(feature = "archives")),
    ("notify", cfg!(feature = "notify")),
    ("progress", cfg!(feature = "progress")),
    ("screen", cfg!(feature = "screen")),
    ("shell", cfg!(feature = "shell")),
];

/// What stands behind the program's name.
pub(super) fn long() -> &'static str {
    static TEXT: LazyLock<String> = LazyLock::new(text);
    &TEXT
}

fn text() -> String {
    let with = |is: bool| {
        let names = FEATURES.iter().filter(|(_, on)| *on == is).map(|(name, _)| *name);
        names.collect::<Vec<_>>().join(" ")
    };
    let or_none = |text: String| if text.is_empty() { "none".to_owned() } else { text };
    let best = Simd::detect();
    let simd = Simd::ALL.iter().find(|(simd, _)| *simd == best).map_or("", |(_, name)| name);
    format!(
        "{}\nfeatures: {}\nleft out: {}\nprocessor: {simd}",
        env!("CARGO_PKG_VERSION"),
        or_none(with(true)),
        or_none(with(false)),
    )
}
