//! `check`: are rules right, can they fire, and do they when they should?

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::aggregate::Setup;
use crate::alert::{self, Engine, Pace, Rule, Settings, Written};
use crate::cli::CheckArgs;
use crate::error::{Error, Result};
use crate::escape;
use crate::record::Needs;
use crate::ruletest::{self, Test, TestFile};

use super::{DONE, FAILED, REFUSED, options, output, rules};

/// Runs the command; the exit code if nothing stopped it.
pub(super) fn run(args: &CheckArgs) -> Result<u8> {
    if args.print_defaults {
        output::write(|out| out.write_all(alert::DEFAULTS.as_bytes()))?;
        return Ok(DONE);
    }
    let mut told = Told::default();
    if args.rules.is_empty() && args.tests.is_empty() {
        told.rules("built-in rules", &alert::built_in()?, &[]);
    }
    let built_in = alert::built_in()?;
    for path in &args.rules {
        match rules::text(path) {
            Ok(text) => told.rule_file(&text, &path.display().to_string(), built_in.clone()),
            Err(error) => told.fault(&error),
        }
    }
    for path in &args.tests {
        if let Err(error) = told.test_file(path, &args.rules) {
            told.fault(&error);
        }
    }
    output::write(|out| out.write_all(told.text.as_bytes()))?;
    Ok(match told {
        Told { faults: true, .. } => FAILED,
        Told { failures: true, .. } => REFUSED,
        Told { .. } => DONE,
    })
}

/// What has been found out.
#[derive(Default)]
struct Told {
    /// What goes to standard output. Faults do not wait for it.
    text: String,
    /// Whether a file is wrong.
    faults: bool,
    /// Whether a test has failed.
    failures: bool,
}

impl Told {
    fn fault(&mut self, error: &Error) {
        self.faults = true;
        output::error(error);
    }

    /// Says one thing on lines of its own.
    fn say(&mut self, text: &str) {
        for line in text.split('\n') {
            self.text.push_str(&escape::terminal(line));
            self.text.push('\n');
        }
    }

    /// Checks the rules of a file, by themselves and beside the built-in ones.
    fn rule_file(&mut self, text: &str, name: &str, built_in: Vec<Written>) {
        let (written, mut faults) = alert::read_all(text, name);
        let (_, others) = alert::combine_all(built_in, written.iter().cloned());
        faults.extend(others);
        self.rules(name, &written, &faults);
    }

    /// Tells what is wrong with some rules: what is known to be, and what asks for what there is
    /// not or cannot fire.
    fn rules(&mut self, name: &str, written: &[Written], faults: &[Error]) {
        let (mut right, mut warned) = (faults.is_empty(), 0);
        for error in faults {
            self.fault(error);
        }
        for Written { place, rule, .. } in written {
            let Some(rule) = rule else { continue };
            match judge(rule) {
                Ok(warnings) => {
                    warned += warnings.len();
                    for warning in warnings {
                        output::note(&format!("warning: {place}: {warning}"));
                    }
                }
                Err(error) => {
                    right = false;
                    self.fault(&error.within(place));
                }
            }
        }
        if right {
            self.count(name, written, warned);
        }
    }

    fn count(&mut self, name: &str, written: &[Written], warned: usize) {
        let (rules, off): (Vec<_>, Vec<_>) = written.iter().partition(|rule| rule.enabled);
        let mut text = format!("{name}: {}", number(rules.len(), "rule"));
        if !off.is_empty() {
            // Writing to a string cannot fail.
            let _ = write!(text, ", {} switched off", off.len());
        }
        match warned {
            0 => text.push_str(", all right"),
            // Writing to a string cannot fail.
            n => _ = write!(text, ", {}", number(n, "warning")),
        }
        self.say(&text);
    }

    /// Runs the tests of a file. `given` are the files of rules that the user has named.
    fn test_file(&mut self, path: &Path, given: &[PathBuf]) -> Result<()> {
        let name = path.display().to_string();
        let (file, faults) = ruletest::read(&rules::text(path)?, &name);
        for error in &faults {
            self.fault(error);
        }
        if file.tests.is_empty() {
            return Ok(());
        }
        let rules = rules_of(&file, path, given)?;
        for test in &file.tests {
            match run_test(test, path, &rules) {
                Ok(failures) if failures.is_empty() => {
                    self.say(&format!("ok      {name}: {}", test.name));
                }
                Ok(failures) => {
                    self.failures = true;
                    self.say(&format!("FAILED  {name}: {}", test.name));
                    for failure in failures {
                        self.say(&format!("  {}", failure.to_string().replace('\n', "\n  ")));
                    }
                }
                Err(error) => self.fault(&error),
            }
        }
        Ok(())
    }
}

/// What whoever wrote a rule may not have meant.
///
/// # Errors
///
/// If it asks for what there is not, or can never fire.
fn judge(rule: &Rule) -> Result<Vec<String>> {
    let settings = Settings { pace: Pace::default(), join: true, resend: None, live: false };
    let rules = vec![rule.clone()];
    let engine = Engine::new(rules, Setup::default(), settings, &mut Needs::default())?;
    Ok(engine.warnings().to_vec())
}

/// The rules that a file of tests is about: those that it names, else those that the user has
/// named beside it, as `watch` would take them.
fn rules_of(file: &TestFile, path: &Path, given: &[PathBuf]) -> Result<Vec<Rule>> {
    match &file.rules {
        Some(names) => {
            let paths: Vec<PathBuf> = names.iter().map(|name| beside(path, name)).collect();
            rules::read(&paths, file.defaults)
        }
        None => rules::read(given, file.defaults),
    }
}

/// A file as it is named in another one.
fn beside(path: &Path, name: &str) -> PathBuf {
    path.parent().unwrap_or(Path::new("")).join(name)
}

fn run_test(test: &Test, path: &Path, rules: &[Rule]) -> Result<Vec<ruletest::Failure>> {
    let name = test.profile.as_deref().unwrap_or(options::PROFILE);
    let profile = options::profile(name, &beside(path, name))?;
    test.run(rules, &profile)
}

fn number(n: usize, what: &str) -> String {
    match n {
        1 => format!("1 {what}"),
        n => format!("{n} {what}s"),
    }
}
