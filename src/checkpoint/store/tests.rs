//! A store on a real disk: what it does with what is there, and what is left when writing fails.

use std::collections::BTreeMap;

use super::*;

fn write(store: &mut Store, number: u64) -> Result<u64> {
    store.write(&BTreeMap::from([("number", number)]), |writer| writer.part("x", &[number]))
}

fn number(found: &Found) -> u64 {
    let bytes = found.bytes.as_ref().expect("a state");
    Contents::of(bytes).unwrap().parts[0].data::<[u64; 1]>().unwrap()[0]
}

struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Place {
        Place(tempfile::tempdir().unwrap())
    }

    fn path(&self, ending: &str) -> PathBuf {
        beside(&self.0.path().join("state"), ending)
    }

    /// With two states, the second one in force.
    fn written() -> Place {
        let place = Place::new();
        let (mut store, found) = Store::open(&place.path("")).unwrap();
        assert!(found.bytes.is_none() && found.notes.is_empty());
        write(&mut store, 1).unwrap();
        assert!(!place.path(".previous").exists());
        write(&mut store, 2).unwrap();
        place
    }

    #[track_caller]
    fn refused(&self, why: &str) {
        let before = fs::read(self.path("")).unwrap();
        let error = Store::open(&self.path("")).unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
        assert_eq!(fs::read(self.path("")).unwrap(), before);
    }
}

#[test]
fn what_was_written_last_is_there_and_what_was_before() {
    let place = Place::written();
    assert_eq!(number(&Store::open(&place.path("")).unwrap().1), 2);
    fs::rename(place.path(".previous"), place.path("")).unwrap();
    assert_eq!(number(&Store::open(&place.path("")).unwrap().1), 1);
    assert!(!place.path(".tmp").exists());
}

#[test]
fn a_damaged_one_gives_way_to_the_one_before() {
    let place = Place::written();
    for damage in ["", "{\"schema\":\"ufo-logscan.checkpoint/1\""] {
        fs::write(place.path(""), damage).unwrap();
        let (mut store, found) = Store::open(&place.path("")).unwrap();
        assert_eq!(number(&found), 1);
        assert!(found.notes[0].contains("previous"), "{:?}", found.notes);
        // The good copy does not give way to the damaged one.
        write(&mut store, 1).unwrap();
        assert!(Contents::of(&fs::read(place.path(".previous")).unwrap()).is_ok());
    }
}

#[test]
fn without_a_good_one_it_is_an_error() {
    let place = Place::written();
    fs::write(place.path(""), "").unwrap();
    fs::write(place.path(".previous"), "{\"schema\":").unwrap();
    place.refused("so is the copy before it");
    fs::remove_file(place.path(".previous")).unwrap();
    place.refused("it is empty, and there is no copy");
}

#[test]
fn what_is_not_ours_is_left_alone() {
    for name in ["", ".previous", ".tmp"] {
        let place = Place::written();
        fs::write(place.path(name), "the diary of somebody").unwrap();
        place.refused("is no checkpoint");
        assert_eq!(fs::read(place.path(name)).unwrap(), b"the diary of somebody");
    }
    let place = Place::new();
    fs::create_dir(place.path("")).unwrap();
    assert!(Store::open(&place.path("")).unwrap_err().to_string().contains("is no file"));
}

#[test]
fn a_newer_one_is_left_alone() {
    let place = Place::written();
    fs::write(place.path(""), "{\"schema\":\"ufo-logscan.checkpoint/7\",\"x\":1}\n").unwrap();
    place.refused("later version of this program (7)");
}

#[test]
fn one_that_was_deleted_begins_anew() {
    let place = Place::written();
    fs::remove_file(place.path("")).unwrap();
    let found = Store::open(&place.path("")).unwrap().1;
    assert!(found.bytes.is_none() && found.notes[0].contains("begins anew"), "{found:?}");
}

#[test]
fn c8_a_second_one_on_the_same_is_refused() {
    let place = Place::written();
    let store = Store::open(&place.path("")).unwrap();
    place.refused(&format!("in use by process {}", std::process::id()));
    drop(store);
    assert!(Store::open(&place.path("")).is_ok());
}

#[test]
fn what_fails_half_way_leaves_what_was_there() {
    let place = Place::written();
    let (mut store, _) = Store::open(&place.path("")).unwrap();
    let failing = store.write(&BTreeMap::<String, u64>::new(), |writer| {
        writer.part("x", &vec![7; 100_000])?;
        Err(io::ErrorKind::StorageFull.into())
    });
    assert!(failing.unwrap_err().to_string().contains("cannot write the checkpoint"));
    assert!(!place.path(".tmp").exists());
    drop(store);
    assert_eq!(number(&Store::open(&place.path("")).unwrap().1), 2);
}

#[cfg(unix)]
#[test]
fn a_link_stays_one_and_nobody_else_may_read() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::written();
    let link = place.0.path().join("link");
    std::os::unix::fs::symlink(place.path(""), &link).unwrap();
    let (mut store, _) = Store::open(&link).unwrap();
    write(&mut store, 3).unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(fs::metadata(place.path("")).unwrap().permissions().mode() & 0o777, 0o600);
    drop(store);
    assert_eq!(number(&Store::open(&place.path("")).unwrap().1), 3);
}
