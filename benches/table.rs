//! The table of `docs/performance.md`: the cost of a report as a ratio to a newline count of the
//! same file in the same run.
//!
//! ```text
//! cargo bench --bench table -- make DIR [SIZE]     write the corpora (SIZE in MiB, 1024)
//! ```

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program that prints a table")]

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
        _ => Ok(()),
    };
    if let Err(error) = done {
        eprintln!("table: {error}");
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
