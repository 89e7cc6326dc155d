//! A file is the old one or the new one, and what cannot be replaced is written to.

use std::sync::atomic::AtomicBool;

use super::*;

fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_file_is_made_and_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.txt");
    for content in ["first", "second, and longer", "3"] {
        replace(&path, |out| out.write_all(content.as_bytes())).unwrap();
        assert_eq!(text(&path), content);
        assert_eq!(names(folder.path()), ["report.txt"]);
    }
}

#[test]
fn s2_what_fails_leaves_the_old_file_and_nothing_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.txt");
    replace(&path, |out| out.write_all(b"old")).unwrap();
    let full = replace(&path, |out| {
        out.write_all(&vec![b'x'; BUFFER * 2])?;
        Err(io::ErrorKind::StorageFull.into())
    });
    let error = full.unwrap_err();
    assert!(error.message().contains("report.txt"), "{error:?}");
    assert_eq!(error.advice(), Some("what was there before is kept"));
    assert_eq!((text(&path).as_str(), names(folder.path()).len()), ("old", 1));

    let missing = folder.path().join("no folder/report.txt");
    assert!(replace(&missing, |_| Ok(())).unwrap_err().message().contains("no folder"));
    assert!(replace(folder.path(), |_| Ok(())).is_err());
}

#[test]
fn s8_a_thousand_readers_see_whole_files() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.txt");
    let write = |letter: u8| {
        replace(&path, |out| {
            // In many pieces, each longer than what is gathered.
            (0..4).try_for_each(|_| out.write_all(&vec![letter; BUFFER + 1]))
        })
        .unwrap();
    };
    write(b'a');
    let over = AtomicBool::new(false);
    let mut seen = 0;
    std::thread::scope(|scope| {
        let readers: Vec<_> = (0..10)
            .map(|_| {
                scope.spawn(|| {
                    for _ in 0..100 {
                        let content = fs::read(&path).unwrap();
                        assert_eq!(content.len(), (BUFFER + 1) * 4);
                        assert!(content.iter().all(|byte| *byte == content[0]));
                    }
                    100
                })
            })
            .collect();
        let over = &over;
        scope.spawn(move || {
            for letter in (b'a'..=b'z').cycle() {
                if over.load(Ordering::Relaxed) {
                    break;
                }
                write(letter);
            }
        });
        let done: Vec<_> = readers.into_iter().map(std::thread::ScopedJoinHandle::join).collect();
        over.store(true, Ordering::Relaxed);
        seen = done.into_iter().map(|seen| seen.unwrap()).sum();
    });
    assert_eq!(seen, 1000);
    assert_eq!(names(folder.path()), ["report.txt"]);
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    #[test]
    fn permissions_and_links_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("report"), folder.path().join("link"));
        fs::write(&path, "old").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        symlink("report", &link).unwrap();
        replace(&link, |out| out.write_all(b"new")).unwrap();
        assert_eq!(text(&path), "new");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    }

    #[test]
    fn s2_a_full_device_is_told() {
        let full = replace(Path::new("/dev/full"), |out| out.write_all(b"x"));
        assert!(full.unwrap_err().message().contains("/dev/full"));
    }

    #[test]
    fn a_pipe_is_written_to() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&path).status().unwrap();
        assert!(made.success());
        std::thread::scope(|scope| {
            let reader = scope.spawn(|| fs::read_to_string(&path).unwrap());
            replace(&path, |out| out.write_all(b"through")).unwrap();
            assert_eq!(reader.join().unwrap(), "through");
        });
        assert_eq!(names(folder.path()), ["pipe"]);
    }
}
