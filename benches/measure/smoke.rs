//! Everything that is measured, done once on small logs: it runs, and it finds the same figures in
//! whichever way. No time is judged.

use std::fs;
use std::io;
use std::path::Path;

use serde_json::{Map, Value};

use super::alerts;
use super::census::Census;
use super::filters;
use super::jobs::{self, Job, Way};
use super::process::{Output, Program};

/// Runs every job at every level over the logs of a folder.
///
/// # Errors
///
/// Says what failed, or what differs.
pub(crate) fn smoke(program: &Program, folder: &Path) -> io::Result<()> {
    let mut smoke = Smoke { program, folder, runs: 0, refused: Vec::new() };
    let page = smoke.report("page")?;
    for log in ["page", "server", "mixed", "shuffled", "compact"] {
        smoke.agrees_with_census(log)?;
    }
    smoke.same(&page, "shuffled")?;
    smoke.same(&page, "compact")?;
    let steps = jobs::simple().into_iter().chain(jobs::sections());
    let steps = steps.flat_map(|step| [step.less, step.more]);
    for job in jobs::by_cpu().into_iter().chain(jobs::by_wall()).chain(steps) {
        smoke.agrees_with_report(&job)?;
    }
    #[cfg(feature = "archives")]
    for kind in super::archives::KINDS {
        super::archives::decode(&super::archives::make(folder, kind)?)?;
        for threads in [1, 2] {
            smoke.agrees_with_report(&super::archives::job(kind, threads)?)?;
        }
    }
    smoke.sections(&jobs::empty())?;
    alerts::smoke(program, folder)?;
    filters::smoke(program, folder)?;
    println!("{} runs, and no difference", smoke.runs);
    for what in smoke.refused {
        println!("skipped, since the program has no such option: {what}");
    }
    Ok(())
}

struct Smoke<'a> {
    program: &'a Program,
    folder: &'a Path,
    runs: u32,
    refused: Vec<String>,
}

/// The sections of a report.
type Sections = Map<String, Value>;

impl Smoke<'_> {
    /// The sections of a job at every level; none if the program cannot do it.
    fn sections(&mut self, job: &Job) -> io::Result<Vec<Sections>> {
        let mut job = job.clone();
        job.args.extend(["--format".to_owned(), "json".to_owned()]);
        let mut all = Vec::new();
        for level in &self.program.levels {
            let done = job.run(self.program, *level, self.folder, Output::Kept)?;
            let Some(done) = done else {
                self.refused.push(job.title.clone());
                continue;
            };
            self.runs += 1;
            let mut report: Value = serde_json::from_str(&done.output)?;
            let Value::Object(sections) = report["sections"].take() else {
                return Err(io::Error::other(format!("no sections: {}", job.title)));
            };
            all.push(sections);
        }
        Ok(all)
    }

    /// The default report of a log, with one thread at the first level.
    fn report(&mut self, log: &'static str) -> io::Result<Sections> {
        let job = jobs::by_cpu().into_iter().find(|job| job.log == log && job.args.is_empty());
        let job = job.ok_or_else(|| io::Error::other(format!("no report of {log}")))?;
        let sections = self.sections(&job)?.into_iter().next();
        sections.ok_or_else(|| io::Error::other(format!("no report of {log}")))
    }

    fn agrees_with_census(&mut self, log: &'static str) -> io::Result<()> {
        let census = Census::of(&self.folder.join(format!("{log}.log")))?;
        let report = self.report(log)?;
        let input = &report["input"];
        let count = |name: &str| input[name].as_u64();
        let records = Some(census.lines - census.malformed);
        if count("lines") != Some(census.lines) || count("records") != records {
            let census = format!("{census:?}");
            return Err(io::Error::other(format!("{log}: {input}\nbut {census}")));
        }
        Ok(())
    }

    /// What another layout tells is what the page's tells: the same records, as many of them.
    fn same(&mut self, page: &Sections, log: &str) -> io::Result<()> {
        let lines = page["input"]["lines"].as_u64().unwrap_or(0) as usize;
        let text = fs::read_to_string(self.folder.join(format!("{log}.log")))?;
        let text: String = text.split_inclusive('\n').take(lines).collect();
        fs::write(self.folder.join("some.log"), text)?;
        let some = self.report_of_some()?;
        for (name, section) in page {
            if name != "input" && section != &some[name] {
                return Err(differ(&format!("page, {log}"), name, section, &some[name]));
            }
        }
        Ok(())
    }

    fn report_of_some(&mut self) -> io::Result<Sections> {
        let job = jobs::by_cpu().into_iter().next().map(|job| Job { log: "some", ..job });
        let job = job.ok_or_else(|| io::Error::other("no jobs"))?;
        self.sections(&job)?.into_iter().next().ok_or_else(|| io::Error::other("no report"))
    }

    /// However a log is read and whatever else is asked for, a section is the one of the default
    /// report.
    fn agrees_with_report(&mut self, job: &Job) -> io::Result<()> {
        let report = self.report(job.log)?;
        for sections in self.sections(job)? {
            for (name, mut found) in sections {
                let Some(mut wanted) = report.get(&name).cloned() else { continue };
                if job.way != Way::File {
                    nameless(&mut wanted);
                    nameless(&mut found);
                }
                if found != wanted {
                    return Err(differ(&job.title, &name, &wanted, &found));
                }
            }
        }
        Ok(())
    }
}

/// Forgets what files are called.
fn nameless(section: &mut Value) {
    match section {
        Value::Object(members) => {
            members.retain(|name, _| name != "file" && name != "path");
            members.values_mut().for_each(nameless);
        }
        Value::Array(items) => items.iter_mut().for_each(nameless),
        _ => {}
    }
}

fn differ(what: &str, section: &str, one: &Value, other: &Value) -> io::Error {
    io::Error::other(format!("{what}: `{section}` differs:\n{one}\n{other}"))
}
