//! That what was written is read, and anything else is known for what it is.

use std::collections::BTreeMap;

use serde_json::json;

use super::*;

fn written() -> Vec<u8> {
    let mut bytes = Vec::new();
    let header = BTreeMap::from([("command", "watch")]);
    let mut writer = Writer::new(&mut bytes, &header).unwrap();
    writer.part("a", &json!({ "text": "line\nline \u{2028}", "number": 12 })).unwrap();
    writer.part("b", &[1, 2, 3]).unwrap();
    let length = writer.finish().unwrap();
    assert_eq!(length, bytes.len() as u64);
    bytes
}

#[test]
fn what_was_written_is_read() {
    let bytes = written();
    let contents = Contents::of(&bytes).unwrap();
    let header: BTreeMap<String, String> = contents.header().unwrap();
    assert_eq!((&*header["command"], &*header["schema"]), ("watch", SCHEMA));
    let names: Vec<&str> = contents.parts.iter().map(|part| &*part.name).collect();
    assert_eq!(names, ["a", "b"]);
    assert_eq!(contents.parts[1].data::<Vec<u8>>().unwrap(), [1, 2, 3]);
    assert!(contents.parts[0].data::<Vec<u8>>().is_err());
    assert!(is_ours(&bytes) && is_ours(b"") && is_ours(&bytes[..9]) && !is_ours(b"{\"level\":1}"));
}

#[test]
fn a_state_that_was_cut_anywhere_is_known() {
    let bytes = written();
    for length in 1..bytes.len() {
        let fault = Contents::of(&bytes[..length]).unwrap_err();
        assert!(matches!(fault, Fault::Damaged(_)), "{length}: {fault:?}");
    }
    assert_eq!(Contents::of(b"").unwrap_err(), Fault::Empty);
}

#[test]
fn a_bit_that_was_changed_anywhere_is_known() {
    let bytes = written();
    for at in 0..bytes.len() * 8 {
        let mut changed = bytes.clone();
        changed[at / 8] ^= 1 << (at % 8);
        let fault = Contents::of(&changed);
        assert!(fault.is_err(), "bit {at}");
    }
}

#[test]
fn two_states_in_one_are_none() {
    let bytes = written();
    let fault = Contents::of(&[&bytes[..], &bytes[..]].concat()).unwrap_err();
    assert!(matches!(fault, Fault::Damaged(_)), "{fault:?}");
}

#[test]
fn what_is_newer_or_not_ours_is_told_apart() {
    let text = String::from_utf8(written()).unwrap();
    let newer = text.replace("checkpoint/1\"", "checkpoint/20\"");
    assert_eq!(Contents::of(newer.as_bytes()).unwrap_err(), Fault::Newer(20));
    for foreign in ["x", "{}", "{\"schema\":\"ufo-logscan.report/1\"}\n", "\n"] {
        assert_eq!(Contents::of(foreign.as_bytes()).unwrap_err(), Fault::Foreign, "{foreign}");
    }
}
