//! Alertmanager itself takes what is written for it, knows an alert again by its labels, and tells
//! a webhook of its beginning and its end.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::Value;
use ufo_logscan::record::Timestamp;

use crate::common::{Done, finish, skip};
use crate::process::{DOWN, PATIENCE, rules, wait_until, watch};

const BINARY: &str = "prometheus-alertmanager";

/// An answer's status and body; `None` where nobody listens.
fn request(port: u16, method: &str, path: &str, body: &str) -> Option<(u16, String)> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    write!(
        stream,
        "{method} {path} HTTP/1.0\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let status = answer.split(' ').nth(1)?.parse().ok()?;
    Some((status, answer.split_once("\r\n\r\n")?.1.to_owned()))
}

/// A receiver of webhooks: the alerts of what is posted to it.
fn webhook() -> (u16, Receiver<Value>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (sender, alerts) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Some(body) = stream.ok().and_then(posted) else { continue };
            for alert in body["alerts"].as_array().unwrap() {
                if sender.send(alert.clone()).is_err() {
                    return;
                }
            }
        }
    });
    (port, alerts)
}

fn posted(stream: TcpStream) -> Option<Value> {
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let line = line.trim_end().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    reader.into_inner().write_all(answer).ok()?;
    serde_json::from_slice(&body).ok()
}

struct Alertmanager {
    child: Child,
    port: u16,
}

impl Alertmanager {
    /// Starts it; `None` where it is not installed.
    fn start(folder: &Path, webhook: u16) -> Option<Alertmanager> {
        let config = folder.join("alertmanager.yml");
        std::fs::write(
            &config,
            format!(
                "route:\n  receiver: test\n  group_by: ['...']\n  group_wait: 0s\n  group_interval: 1s\n  \
                 repeat_interval: 1h\nreceivers:\n  - name: test\n    webhook_configs:\n      \
                 - url: http://127.0.0.1:{webhook}/\n        send_resolved: true\n"
            ),
        )
        .unwrap();
        // The port is free now, and will be a moment later.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let log = std::fs::File::create(folder.join("log")).unwrap();
        let child = Command::new(BINARY)
            .arg(format!("--config.file={}", config.display()))
            .arg(format!("--storage.path={}", folder.join("data").display()))
            .arg(format!("--web.listen-address=127.0.0.1:{port}"))
            .arg("--cluster.listen-address=")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn();
        let mut child = match child {
            Ok(child) => child,
            Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => return None,
            Err(cause) => panic!("{BINARY}: {cause}"),
        };
        let log = || std::fs::read_to_string(folder.join("log")).unwrap();
        wait_until("Alertmanager", || {
            assert!(child.try_wait().unwrap().is_none(), "{}", log());
            request(port, "GET", "/-/ready", "").is_some_and(|(status, _)| status == 200)
        });
        Some(Alertmanager { child, port })
    }

    fn post(&self, alerts: &str) {
        let (status, body) = request(self.port, "POST", "/api/v2/alerts", alerts).unwrap();
        assert_eq!(status, 200, "{alerts}: {body}");
    }

    /// The alerts that it holds for active.
    fn active(&self) -> Vec<Value> {
        let (status, body) = request(self.port, "GET", "/api/v2/alerts?active=true", "").unwrap();
        assert_eq!(status, 200, "{body}");
        serde_json::from_str::<Vec<Value>>(&body).expect(&body)
    }
}

impl Drop for Alertmanager {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What `watch` writes about a health check that fails for each of two rules, and then does not.
fn told(format: &str, rules: &Path, log: &Path) -> Vec<String> {
    let mut command = watch(rules, ["--alert-format", format]);
    let done: Done = finish(command.arg(log));
    assert_eq!((done.code, &*done.stderr), (Some(0), ""));
    done.stdout.lines().map(str::to_owned).collect()
}

#[test]
fn alertmanager_takes_what_is_written_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let (webhook, told_of) = webhook();
    let Some(alertmanager) = Alertmanager::start(folder.path(), webhook) else {
        return skip(&format!("no {BINARY} here"));
    };
    // It drops what has ended long ago, so this happens now.
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros();
    let at = |seconds: i64| {
        Timestamp::from_micros(i64::try_from(now).unwrap() + seconds * 1_000_000).to_string()
    };
    let check = |seconds: i64, ok: bool| {
        let (time, logger) = (at(seconds), "ufo_logscan.probe");
        format!(
            "{{\"timestamp\":\"{time}\",\"logger\":\"{logger}\",\"message\":\"x\",\"ok\":{ok}}}\n"
        )
    };
    let log = rules(&(check(-40, true) + &check(-30, false) + &check(-2, true) + &check(-1, true)));
    let other = DOWN.replace("\"Down\"", "\"Other\"")
        + "labels = { team = 'a ü<b>\"b\\\\é', zone = \"[1]\" }\nannotations = { summary = \"{{value}} down\" }\n";
    let rules = rules(&format!("{DOWN}{other}"));
    let lines = told("alertmanager", rules.path(), log.path());
    let events = told("ndjson", rules.path(), log.path());
    assert_eq!((lines.len(), events.len()), (4, 4), "{lines:?}");
    let mut fingerprints: Vec<String> = events[..2]
        .iter()
        .map(|line| crate::process::event(line)["fingerprint"].as_str().unwrap().to_owned())
        .collect();
    fingerprints.sort();

    let of = |alerts: &[Value]| {
        let of = |alert: &Value| alert["fingerprint"].as_str().unwrap().to_owned();
        let mut all: Vec<String> = alerts.iter().map(of).collect();
        all.sort();
        all
    };
    // What the webhook gets until it has been told of both.
    let webhooks = |status: &str| {
        let mut alerts = Vec::new();
        while alerts.len() < 2 {
            let alert = told_of.recv_timeout(Duration::from_secs(30)).expect(status);
            assert_eq!(alert["status"], status, "{alert}");
            alerts.push(alert);
        }
        of(&alerts)
    };
    lines[..2].iter().for_each(|line| alertmanager.post(line));
    assert_eq!(webhooks("firing"), fingerprints);
    assert_eq!(of(&alertmanager.active()), fingerprints);
    lines[2..].iter().for_each(|line| alertmanager.post(line));
    assert_eq!(webhooks("resolved"), fingerprints);
    wait_until("no active alert", || alertmanager.active().is_empty());
}
