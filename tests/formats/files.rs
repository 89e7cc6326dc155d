//! `-o FILE`: whole or not at all.

use std::fs;

use crate::common::{finish, program, run, shell};

#[test]
fn a_report_goes_to_a_file_in_every_format() {
    let folder = tempfile::tempdir().unwrap();
    for format in ["text", "json", "html", "csv"] {
        let path = folder.path().join(format);
        let printed = run(["--format", format, "fixtures/page.log"]).stdout;
        for _ in 0..2 {
            let done =
                finish(program().args(["--format", format, "fixtures/page.log", "-o"]).arg(&path));
            assert_eq!((done.code, &*done.stdout, &*done.stderr), (Some(0), "", ""));
            assert_eq!(fs::read_to_string(&path).unwrap(), printed);
        }
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 4, "nothing is left beside them");
}

/// A limit on the size of files stands in for a full disk: writing fails in the middle.
#[cfg(unix)]
#[test]
fn s2_a_full_disk_keeps_the_old_report() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.json");
    fs::write(&path, "old").unwrap();
    let line = format!(
        "trap '' XFSZ; ulimit -f 1; exec ufo-logscan --format json -o '{}' fixtures/logs",
        path.display()
    );
    let done = finish(&mut shell(&line));
    assert_eq!(done.code, Some(2), "{}", done.stderr);
    assert!(done.stderr.contains("report.json"), "{}", done.stderr);
    assert_eq!(fs::read_to_string(&path).unwrap(), "old");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[cfg(unix)]
#[test]
fn streams_by_their_names_are_written_to() {
    let printed = run(["--agg", "level", "fixtures/page.log"]).stdout;
    for name in ["-", "/dev/stdout"] {
        let done = run(["--agg", "level", "-o", name, "fixtures/page.log"]);
        assert_eq!((done.code, done.stdout), (Some(0), printed.clone()), "{name}");
    }
    let full = run(["-o", "/dev/full", "fixtures/page.log"]);
    assert_eq!(full.code, Some(2));
    let folder = run(["-o", "fixtures", "fixtures/page.log"]);
    assert_eq!(folder.code, Some(2));
    assert!(folder.stderr.contains("fixtures"), "{}", folder.stderr);
}
