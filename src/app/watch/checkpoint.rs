//! The checkpoint of rules that follow files: what decides what they have seen, and when that is
//! kept.

use crate::alert::Engine;
use crate::app::checkpoint::{Before, Checkpoint, Keeper, State, reading};
use crate::app::clock::Watch;
use crate::app::events::Events;
use crate::app::{follow, output};
use crate::cli::WatchArgs;
use crate::error::{Error, Result};
use crate::scan::{Clock, Following};

/// Opens the checkpoint, if one is wanted. Rules are compared one by one, and not here.
pub(super) fn open(args: &WatchArgs) -> Result<Option<Checkpoint>> {
    let mut options = reading(&args.input);
    let of_rules = [
        ("--tick", args.tick.clone()),
        ("--lateness", args.lateness.clone()),
        ("--max-keys", args.max_keys.to_string()),
    ];
    options.extend(of_rules.map(|(name, value)| (name.to_owned(), value)));
    Checkpoint::open(&args.follow, &args.paths, "watch", options)
}

/// Goes on where an earlier run was; tells which rules do not.
pub(super) fn resume(engine: &mut Engine, before: &Before) -> Result<()> {
    let passed = before.passed(Watch::start().wall());
    let [state] = &*before.states else {
        return Err(Before::unreadable(&Error::config("it has no state of rules")));
    };
    let notes = engine.resume(state.get(), passed);
    let notes = notes.map_err(|fault| Before::unreadable(&fault))?;
    for note in &notes {
        output::note(note);
    }
    Ok(())
}

/// Keeps what rules have seen, if somebody wants that.
pub(super) struct Kept(Option<Keeper>);

impl Kept {
    pub(super) fn start(checkpoint: Option<Checkpoint>) -> Kept {
        Kept(checkpoint.map(Checkpoint::start))
    }

    pub(super) fn is_wanted(&self) -> bool {
        self.0.is_some()
    }

    /// Says that rules have been replaced.
    pub(super) fn changed(&mut self) {
        if let Some(keeper) = &mut self.0 {
            keeper.changed();
        }
    }

    /// Keeps what rules have seen, if it is time to.
    pub(super) fn keep_if_due(
        &mut self,
        files: &Following<'_>,
        engine: &Engine,
        events: &mut Events,
        clock: &Watch,
    ) {
        let progress = progress(files, engine);
        if self.0.as_mut().is_some_and(|keeper| keeper.is_due(progress, clock, &follow::tell)) {
            self.keep(files, engine, events, clock);
        }
    }

    /// Keeps what rules have seen, once the events that they have told are out.
    pub(super) fn keep(
        &mut self,
        files: &Following<'_>,
        engine: &Engine,
        events: &mut Events,
        clock: &Watch,
    ) {
        if let Some(keeper) = &mut self.0 {
            let began = clock.elapsed();
            let (positions, state) = (files.positions(), State::Rules(Box::new(engine.snapshot())));
            let settled = Some(events.settled());
            keeper.keep(progress(files, engine), positions, state, settled, (began, clock));
        }
    }

    /// Sees the last one through; `false` if it could not be written.
    pub(super) fn close(self) -> bool {
        self.0.is_none_or(|keeper| keeper.close(&follow::tell))
    }
}

/// Whether nothing has been read and nothing told since is the same as before.
fn progress(files: &Following<'_>, engine: &Engine) -> u64 {
    files.blocks().wrapping_add(engine.last_seq())
}
