//! What a window holds in a form that can be kept over a restart: the states of its ticks. Whatever
//! was put together of them is put together again.

use super::{Pane, Window};

impl Window {
    /// The states of the ticks that are in it, in order.
    pub(in crate::alert) fn panes(&self) -> Vec<(i64, Pane)> {
        self.levels[0].iter().map(|node| (node.at, node.state.copy())).collect()
    }
}
