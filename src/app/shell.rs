//! `completions` and `man`: what shells and `man` want to know, made of the same definitions as
//! the help.

use std::fmt::Write as _;
use std::io;

use clap::builder::Resettable;
use clap::{Command, CommandFactory};
use clap_complete::{Shell, generate};
use clap_mangen::Man;

use crate::cli::{Cli, CompletionsArgs, ManArgs, ShellArg};
use crate::error::{Error, Result, nearest};

use super::{DONE, output};

const NAME: &str = "ufo-logscan";

/// Prints what a shell completes the program's arguments by.
pub(super) fn completions(args: &CompletionsArgs) -> Result<u8> {
    let shell = match args.shell {
        ShellArg::Bash => Shell::Bash,
        ShellArg::Elvish => Shell::Elvish,
        ShellArg::Fish => Shell::Fish,
        ShellArg::Powershell => Shell::PowerShell,
        ShellArg::Zsh => Shell::Zsh,
    };
    let mut text = Vec::new();
    generate(shell, &mut Cli::command(), NAME, &mut text);
    // For bash, clap_complete 4.6 calls the commands of a program with a hyphen in its name by one
    // name where it looks for them and by another where it finds them.
    let text = String::from_utf8_lossy(&text);
    let text = text.replace("ufo__subcmd__logscan__subcmd__", "ufo__logscan__subcmd__");
    output::write(|out| out.write_all(text.as_bytes()))?;
    Ok(DONE)
}

/// Prints the man page of the program, or of a command.
pub(super) fn man(args: &ManArgs) -> Result<u8> {
    let mut program = Cli::command();
    program.build();
    let command = match &args.command {
        None => program,
        Some(name) => {
            program.find_subcommand(name).cloned().ok_or_else(|| unknown(&program, name))?
        }
    };
    let mut page = Vec::new();
    write(command, &mut page).map_err(|cause| Error::io("cannot make the page", &cause))?;
    let page = ascii(&String::from_utf8_lossy(&page));
    output::write(|out| out.write_all(page.as_bytes()))?;
    Ok(DONE)
}

/// The page in the letters that every formatter reads, whatever encoding it expects.
fn ascii(page: &str) -> String {
    let mut text = String::with_capacity(page.len());
    for c in page.chars() {
        // Writing to a string cannot fail.
        let _ = match c {
            c if c.is_ascii() => write!(text, "{c}"),
            c => write!(text, "\\[u{:04X}]", u32::from(c)),
        };
    }
    text
}

fn unknown(program: &Command, name: &str) -> Error {
    let names = || program.get_subcommands().map(Command::get_name);
    let error = Error::usage(format!("there is no command `{name}`"));
    match nearest(name, names()) {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None => error.hint(format!("commands are {}", names().collect::<Vec<_>>().join(", "))),
    }
}

fn write(command: Command, page: &mut Vec<u8>) -> io::Result<()> {
    let examples = command.get_before_help().map(ToString::to_string).unwrap_or_default();
    // They come behind everything else, and as they stand.
    let has_commands = command.has_subcommands();
    let has_more = command.get_after_help().is_some();
    let man = Man::new(command.before_help(Resettable::Reset))
        .source(concat!("ufo-logscan ", env!("CARGO_PKG_VERSION")))
        .manual("User Commands");
    man.render_title(page)?;
    man.render_name_section(page)?;
    man.render_synopsis_section(page)?;
    man.render_description_section(page)?;
    man.render_options_section(page)?;
    if has_commands {
        man.render_subcommands_section(page)?;
    }
    page.extend_from_slice(example_section(&examples).as_bytes());
    if has_more { man.render_extra_section(page) } else { Ok(()) }
}

fn example_section(examples: &str) -> String {
    let mut section = String::new();
    let mut lines = examples.lines().skip_while(|line| line.starts_with("Examples:")).peekable();
    if lines.peek().is_none() {
        return section;
    }
    section.push_str(".SH EXAMPLES\n.nf\n");
    for line in lines {
        // What stands at the beginning of a line may be a request to the formatter.
        let line =
            line.trim_start().replace('\\', "\\e").replace('-', "\\-").replace('\'', "\\(aq");
        // Writing to a string cannot fail.
        let _ = writeln!(section, "\\&{line}");
    }
    section.push_str(".fi\n");
    section
}
