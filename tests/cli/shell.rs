//! What shells, `man` and people at a narrow terminal get.

use std::io::Write;
use std::process::{Command, Stdio};

use crate::common::{Done, finish, program, run, skip};

/// The program itself, and its commands.
const COMMANDS: [&[&str]; 7] =
    [&[], &["report"], &["watch"], &["filter"], &["check"], &["completions"], &["man"]];

/// What a program says to some input; none if there is no such program.
fn judge(command: &[&str], input: &str) -> Option<Done> {
    let mut judge = Command::new(command[0]);
    judge.args(&command[1..]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let Ok(mut child) = judge.spawn() else {
        skip(&format!("no {} here", command[0]));
        return None;
    };
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    Some(child.wait_with_output().unwrap().into())
}

#[test]
fn completions_are_what_the_shells_read() {
    if !cfg!(feature = "shell") {
        let done = run(["completions", "bash"]);
        assert!(done.code == Some(2) && done.stderr.contains("feature `shell`"), "{}", done.stderr);
        return;
    }
    for (shell, checker) in [("bash", "-n"), ("zsh", "-n"), ("fish", "--no-execute")] {
        let done = run(["completions", shell]);
        assert_eq!((done.code, done.stderr.as_str()), (Some(0), ""));
        for word in ["filter", "max-count", "watch"] {
            assert!(done.stdout.contains(word), "{shell}: {word}");
        }
        if let Some(judged) = judge(&[shell, checker], &done.stdout) {
            assert_eq!((judged.code, judged.stderr.as_str()), (Some(0), ""), "{shell}");
        }
    }
    for shell in ["elvish", "powershell"] {
        assert!(run(["completions", shell]).stdout.contains("max-count"), "{shell}");
    }
    assert_eq!(run(["completions", "csh"]).code, Some(2));
}

/// Bash completes what the program knows.
#[test]
fn bash_completes() {
    if !cfg!(feature = "shell") {
        return;
    }
    let script = run(["completions", "bash"]).stdout;
    let ask =
        "COMP_WORDS=(ufo-logscan filter --max); COMP_CWORD=2; COMP_LINE='ufo-logscan filter --max'
        FUNCTION ufo-logscan --max filter; printf '%s\\n' \"${COMPREPLY[@]}\"\n";
    let function = script.split("()").next().unwrap();
    let ask = ask.replace("FUNCTION", function);
    let Some(done) = judge(&["bash", "--norc"], &format!("{script}\n{ask}")) else { return };
    assert_eq!(done.stdout, "--max-count\n--max-line\n", "{}", done.stderr);
}

#[test]
fn man_pages_are_what_man_reads() {
    if !cfg!(feature = "shell") {
        return;
    }
    for command in COMMANDS {
        let page = run(["man"].iter().chain(command));
        assert_eq!((page.code, page.stderr.as_str()), (Some(0), ""));
        let args = ["groff", "-man", "-Tutf8", "-ww", "-P-cbou"];
        let Some(read) = judge(&args, &page.stdout) else { continue };
        assert_eq!((read.code, read.stderr.as_str()), (Some(0), ""), "{command:?}");
        for section in ["NAME", "SYNOPSIS", "OPTIONS", "EXAMPLES"] {
            assert!(
                read.stdout.lines().any(|line| line.contains(section)),
                "{command:?} {section}"
            );
        }
        let examples = read.stdout.split("EXAMPLES").nth(1).unwrap();
        assert!(examples.lines().count() > 2 && examples.contains("ufo-logscan "), "{command:?}");
    }
    let wrong = run(["man", "flter"]);
    assert_eq!(wrong.code, Some(2));
    assert!(wrong.stderr.contains("did you mean `filter`?"), "{}", wrong.stderr);
}

#[test]
fn help_fits_into_eighty_columns() {
    for command in COMMANDS {
        for flag in ["-h", "--help"] {
            let done = finish(program().args(command).arg(flag).env("COLUMNS", "80"));
            assert_eq!(done.code, Some(0));
            let long: Vec<&str> =
                done.stdout.lines().filter(|line| line.chars().count() > 80).collect();
            assert!(long.is_empty(), "{command:?} {flag}: {long:#?}");
            assert!(done.stdout.starts_with("Examples:\n"), "{command:?} {flag}");
        }
    }
}

#[test]
fn the_version_tells_what_is_built_in() {
    assert_eq!(run(["-V"]).stdout, concat!("ufo-logscan ", env!("CARGO_PKG_VERSION"), "\n"));
    let long = run(["--version"]).stdout;
    assert!(long.starts_with(&run(["-V"]).stdout), "{long}");
    let told = |name: &str| {
        let line = long.lines().find(|line| line.starts_with(name)).unwrap();
        line.split(' ').skip(1).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(told("features:").contains(&"archives".to_owned()), cfg!(feature = "archives"));
    let level = told("processor:").remove(0);
    assert_eq!(run(["--simd", &level, "fixtures/page.log"]).code, Some(0), "{level}");
}
