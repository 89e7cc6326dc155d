//! syslog-ng's `program()`, by a stand-in: records come by standard input, the other streams are
//! `/dev/null`, and the whole group of the shell gets SIGTERM.

use std::fs;
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::process::Stdio;

use super::{Host, adapted, at_once, ended, rules, terminate_group};
use crate::common::shell;
use crate::process::{DOWN, briefs, checks, wait_until};

/// The command line within a configuration of syslog-ng.
fn program_of(configuration: &str) -> &str {
    let start = configuration.find("program(\"").unwrap() + "program(\"".len();
    configuration[start..].split_once('"').unwrap().0
}

#[test]
fn syslog_ng_keeps_the_streams_and_gets_alerts_in_a_file() {
    let (rules, output) = (rules(DOWN), tempfile::NamedTempFile::new().unwrap());
    let watch = format!("ufo-logscan watch {}", at_once(rules.path()));
    let configuration = adapted(
        "# syslog-ng.conf",
        &[
            ("ufo-logscan watch", &watch),
            ("/var/log/ufo-alerts.ndjson", &output.path().display().to_string()),
        ],
    );
    let mut command = shell(program_of(&configuration));
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
    let mut host = Host(command.spawn().unwrap());
    let stdin = host.0.stdin.as_mut().unwrap();
    stdin.write_all(checks(1..101).as_bytes()).unwrap();
    let told = || fs::read_to_string(output.path()).unwrap();
    wait_until("the alerts", || told().matches("firing\"").count() == 50);
    // On a reload without keep-alive, and at the end.
    terminate_group(&host.0);
    assert_eq!(ended(&mut host.0), Some(0));
    assert_eq!(briefs(&told()).len(), 99);
}
