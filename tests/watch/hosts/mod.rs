//! Hosts: programs that run this one, themselves where they are installed, otherwise by stand-ins
//! that do what their source code does. The configurations are those of `docs/hosts.md`.

mod exec;
mod program;
mod rsyslog;

use std::path::Path;
use std::process::Child;

use rustix::process::{Pid, Signal};

use crate::common::root;
use crate::process::{rules, wait_until};

/// The configuration in the documentation whose first line is this one.
#[track_caller]
fn configuration(first: &str) -> String {
    let page = std::fs::read_to_string(root().join("docs/hosts.md")).unwrap();
    let start = page.find(&format!("\n{first}\n")).expect(first);
    let block = &page[start + 1..];
    block[..=block.find("\n```").unwrap()].to_owned()
}

/// The same with parts of it replaced, each of which must be there.
#[track_caller]
fn adapted(first: &str, parts: &[(&str, &str)]) -> String {
    parts.iter().fold(configuration(first), |text, (from, to)| {
        assert!(text.contains(from), "{from} in {text}");
        text.replace(from, to)
    })
}

/// Arguments that make what a test writes tell at once.
fn at_once(rules: &Path) -> String {
    format!("--no-defaults --tick 100ms --lateness 0 --rules {}", rules.display())
}

/// Asks a process to end.
fn terminate(child: &Child) {
    let id = Pid::from_child(child);
    rustix::process::kill_process(id, Signal::TERM).unwrap();
}

/// Asks all of a group to end; the child is the first of it.
fn terminate_group(child: &Child) {
    let id = Pid::from_child(child);
    rustix::process::kill_process_group(id, Signal::TERM).unwrap();
}

/// Waits for the end of a process.
#[track_caller]
fn ended(child: &mut Child) -> Option<i32> {
    let mut status = None;
    wait_until("its end", || {
        status = child.try_wait().unwrap();
        status.is_some()
    });
    status.unwrap().code()
}

/// A child that does not outlive the test.
struct Host(Child);

impl Drop for Host {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
