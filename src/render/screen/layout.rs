//! Which room each part of the screen has. It hangs on the size of the terminal alone, so that
//! nothing moves while figures change.

use ratatui::layout::Rect;

/// The rooms of the overview, from top to bottom. Those that there is no room for are empty.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Rooms {
    /// What is read, how much, and what was chosen.
    pub(super) head: Rect,
    /// Side by side: errors, sessions, connections.
    pub(super) figures: [Rect; 3],
    pub(super) alerts: Rect,
    /// Side by side: messages, clients, and on wide screens loggers.
    pub(super) tables: [Rect; 3],
    /// Keys, or what is typed.
    pub(super) foot: Rect,
}

/// Between rooms that stand side by side.
const GAP: u16 = 2;
/// A screen that is smaller shows lines instead of rooms.
pub(super) const LEAST: (u16, u16) = (72, 16);

/// Whether there is room for rooms.
pub(super) fn is_small(area: Rect) -> bool {
    area.width < LEAST.0 || area.height < LEAST.1
}

/// The rooms of a screen that is not small.
pub(super) fn rooms(area: Rect) -> Rooms {
    let Rect { width, height, .. } = area;
    let (head, figures, alerts) = match height {
        ..20 => (2, 6, 2),
        20..24 => (3, 8, 3),
        24..30 => (3, 8, 4),
        30..45 => (3, 9, 6),
        _ => (3, 11, 9),
    };
    let mut rest = area;
    let head = top(&mut rest, head);
    let figures = top(&mut rest, figures);
    let alerts = top(&mut rest, alerts);
    let tables = top(&mut rest, height - head.height - figures.height - alerts.height - 1);
    let shares: &[u16] = if width >= 150 { &[45, 33, 22] } else { &[55, 45] };
    Rooms {
        head,
        figures: beside(figures, &[40, 27, 33]),
        alerts,
        tables: beside(tables, shares),
        foot: rest,
    }
}

/// Cuts so many lines off the top.
pub(super) fn top(rest: &mut Rect, lines: u16) -> Rect {
    let lines = lines.min(rest.height);
    let taken = Rect { height: lines, ..*rest };
    rest.y += lines;
    rest.height -= lines;
    taken
}

/// Rooms side by side, by shares that add up to 100.
fn beside(area: Rect, shares: &[u16]) -> [Rect; 3] {
    let mut rooms = [Rect::default(); 3];
    let mut x = area.x;
    let end = area.x + area.width;
    for (at, (room, share)) in rooms.iter_mut().zip(shares).enumerate() {
        let last = at + 1 == shares.len();
        let part = u32::from(area.width) * u32::from(*share) / 100;
        let width = if last { end - x } else { u16::try_from(part).unwrap_or(0).min(end - x) };
        *room = Rect { x, width: if last { width } else { width.saturating_sub(GAP) }, ..area };
        x += width;
    }
    rooms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rooms_share_the_screen_and_never_overlap() {
        for width in LEAST.0..260 {
            for height in LEAST.1..90 {
                let area = Rect::new(0, 0, width, height);
                let rooms = rooms(area);
                let bands =
                    [rooms.head, rooms.figures[0], rooms.alerts, rooms.tables[0], rooms.foot];
                let lines: u16 = bands.iter().map(|room| room.height).sum();
                assert_eq!(lines, height, "{width}x{height}");
                assert!(rooms.foot.height == 1 && rooms.tables[0].height >= 3, "{width}x{height}");
                for three in [rooms.figures, rooms.tables] {
                    let used: Vec<Rect> = three.into_iter().filter(|room| room.width > 0).collect();
                    assert_eq!(used.last().unwrap().right(), width);
                    assert!(used.windows(2).all(|two| two[0].right() + GAP == two[1].x));
                }
            }
        }
    }
}
