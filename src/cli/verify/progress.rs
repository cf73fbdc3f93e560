//! How far it is.
use std::{
    io::Write,
    time::{Duration, Instant},
};

/// A bar on a terminal; elsewhere nothing.
pub(super) struct Progress {
    /// How long the input is, in bytes, if that is known.
    total: Option<u64>,
    began: Instant,
    drawn: Option<Instant>,
    is_shown: bool,
}

const PAUSE: Duration = Duration::from_millis(100);
const WIDTH: u64 = 30;

impl Progress {
    pub(super) fn new(is_shown: bool, total: Option<u64>) -> Self {
        Self { total: total.filter(|total| *total > 0), began: Instant::now(), drawn: None, is_shown }
    }

    /// Draws it, but not more often than somebody can see.
    pub(super) fn show(&mut self, terminal: &mut dyn Write, lines: u64, bytes: u64) {
        // To ask for the time costs more than to look at a number.
        if !self.is_shown || !lines.is_multiple_of(64) {
            return;
        }
        let now = Instant::now();
        if self.drawn.is_some_and(|drawn| now.saturating_duration_since(drawn) < PAUSE) {
            return;
        }
        self.drawn = Some(now);
        let text = text(self.total, lines, bytes, now.saturating_duration_since(self.began));
        let _ = write!(terminal, "\r{text}\x1b[K").and_then(|()| terminal.flush());
    }

    /// Takes it away, for something else to be said.
    pub(super) fn clear(&mut self, terminal: &mut dyn Write) {
        if self.drawn.take().is_some() {
            let _ = write!(terminal, "\r\x1b[K").and_then(|()| terminal.flush());
        }
    }
}

fn text(total: Option<u64>, lines: u64, bytes: u64, since: Duration) -> String {
    let rate = lines as f64 / since.as_secs_f64().max(0.001);
    let bar = total.map(|total| {
        let done = bytes.min(total);
        let of = |whole: u64| done.saturating_mul(whole).checked_div(total).unwrap_or(whole);
        let (full, percent) = (of(WIDTH), of(100));
        let empty = WIDTH.saturating_sub(full);
        format!("[{}{}] {percent:>3} %  ", "#".repeat(full as usize), " ".repeat(empty as usize))
    });
    format!("{}{lines} deliveries, {rate:.0}/s", bar.unwrap_or_default())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_is_drawn() {
        let second = Duration::from_secs(1);
        let half = text(Some(200), 64, 100, second);
        assert_eq!(half, format!("[{}{}]  50 %  64 deliveries, 64/s", "#".repeat(15), " ".repeat(15)));
        // The file may have grown.
        assert!(text(Some(200), 1, 300, second).contains("] 100 %"));
        assert_eq!(text(None, 128, 100, second * 2), "128 deliveries, 64/s");
    }

    #[test]
    fn nothing_is_drawn_where_nobody_looks() {
        let mut terminal = Vec::new();
        let mut progress = Progress::new(false, Some(10));
        progress.show(&mut terminal, 64, 1);
        progress.clear(&mut terminal);
        assert!(terminal.is_empty());
        progress = Progress::new(true, Some(10));
        progress.clear(&mut terminal);
        assert!(terminal.is_empty(), "there is nothing to take away");
        progress.show(&mut terminal, 64, 1);
        progress.show(&mut terminal, 128, 2);
        progress.clear(&mut terminal);
        let drawn = String::from_utf8(terminal).unwrap();
        assert_eq!(drawn.matches("deliveries").count(), 1, "too soon for another: {drawn:?}");
        assert!(drawn.ends_with("\r\x1b[K"));
    }
}
