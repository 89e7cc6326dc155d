//! A month of records through a real process: what it takes of the machine's memory stays level.

use std::io::{BufRead, BufReader, Write};
use std::process::{ChildStdin, Stdio};

use crate::common::{program, skip};

const DAYS: u64 = 30;
const DAY: u64 = 86_400;
/// Seconds between two records.
const STEP: u64 = 60;

/// A client comes, runs a session and goes; then comes the next one. `clients` is how many there
/// are before the first one comes back.
fn write_month(mut to: ChildStdin, clients: u64) -> std::io::Result<()> {
    let (ws, sm) = ("UFOWebSocketHandler", "ufo.server.services.session_manager");
    for (number, second) in (0..).zip((0..DAYS * DAY).step_by(STEP as usize)) {
        let round: u64 = number / 4;
        let client = format!("device_{}", round % clients);
        let (logger, message) = match number % 4 {
            0 => (ws, format!("[WS] 📱 Device client {client} connected")),
            1 => (sm, format!("[SessionManager] 🚀 Started background task s{round}")),
            2 => (
                sm,
                format!("[SessionManager] ✅ Session s{round} completed with status COMPLETED"),
            ),
            _ => (ws, format!("[WS] {client} disconnected - code=1006, reason=")),
        };
        let level = if number % 4 == 3 { "WARNING" } else { "INFO" };
        let (day, minute) = (second / DAY, second % DAY / 60);
        writeln!(
            to,
            "{{\"timestamp\":\"2026-01-{:02}T{:02}:{:02}:00\",\"level\":\"{level}\",\"logger\":\"{logger}\",\
             \"message\":\"{message}\",\"client_id\":\"{client}\"}}",
            day + 1,
            minute / 60,
            minute % 60,
        )?;
    }
    Ok(())
}

/// How many kibibytes of memory a process has at hand.
fn resident(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// What it takes at the first event of each day.
fn month(clients: u64) -> Vec<u64> {
    let mut command = program();
    command.args(["watch", "--replay"]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.stderr(Stdio::null()).spawn().unwrap();
    let stdin = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || write_month(stdin, clients));
    let (mut days, mut last) = (Vec::new(), String::new());
    for event in BufReader::new(child.stdout.take().unwrap()).lines() {
        let event = event.unwrap();
        let at = event.find("\"timestamp\":\"").unwrap() + 13;
        let day = &event[at..at + 10];
        if day != last {
            day.clone_into(&mut last);
            days.extend(resident(child.id()));
        }
    }
    writer.join().unwrap().unwrap();
    assert!(child.wait().unwrap().success());
    days
}

/// The allocator gives and takes pages when it pleases: single days say little.
fn median(days: &[u64]) -> u64 {
    let mut days = days.to_vec();
    days.sort_unstable();
    days[days.len() / 2]
}

#[track_caller]
fn is_level(days: &[u64]) {
    if days.is_empty() {
        skip("there is no /proc to read the memory of a process from");
        return;
    }
    assert_eq!(days.len() as u64, DAYS, "{days:?}");
    let (early, late) = (median(&days[2..12]), median(&days[20..]));
    assert!(late as f64 <= early as f64 * 1.01, "{days:?}");
}

#[test]
fn a_month_of_the_same_clients_takes_no_more_than_days() {
    is_level(&month(500));
}

#[test]
fn a_month_of_ever_new_clients_takes_no_more_than_days() {
    is_level(&month(u64::MAX));
}
