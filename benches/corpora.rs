//! Writes the made-up logs that the cost of a report is measured on, one for each layout.
//!
//! ```text
//! cargo bench --bench corpora -- make DIR [SIZE]     SIZE in MiB, 1024 if not given
//! ```

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program that tells what it has written"
)]

mod corpus;

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use corpus::Layout;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    let done = match words[..] {
        ["make", folder] => make(folder, 1024),
        ["make", folder, size] => make(folder, size.parse().unwrap_or(1024)),
        // `cargo test` and `cargo bench` run it without saying what for.
        _ => Ok(()),
    };
    if let Err(error) = done {
        eprintln!("corpora: {error}");
    }
}

fn make(folder: &str, mebibytes: u64) -> io::Result<()> {
    for (layout, name) in Layout::ALL {
        let path = Path::new(folder).join(format!("{name}.log"));
        let mut out = BufWriter::new(File::create(&path)?);
        corpus::write(layout, mebibytes << 20, &mut out)?;
        out.flush()?;
        println!("{}", path.display());
    }
    Ok(())
}
