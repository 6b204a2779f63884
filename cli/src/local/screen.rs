//! The terminal of local mode: events scroll by above, a live panel stands below.

use super::plain::Plain;
use crate::{read::numbered, render};
use control::view::{Line, Status};
use ratatui::{
    Terminal, TerminalOptions, Viewport,
    backend::{Backend, ClearType, CrosstermBackend, WindowSize},
    buffer::Cell,
    layout::{Position, Size},
    style::{Color, Style},
    text::{Line as Row, Text},
    widgets::{Paragraph, Widget},
};
use rollout::plan::Plan;
use std::io::{self, IsTerminal, Stdout};

/// Rows that are left for what scrolls by.
const SCROLL_ROWS: u16 = 8;
/// The panel has at least so many rows.
const PANEL_ROWS_MIN: u16 = 6;
/// Whoever looks at local mode.
pub(super) enum Screen {
    Plain(Plain),
    Live(Box<Live>),
}

/// A terminal with a panel.
pub(super) struct Live {
    terminal: Terminal<Bottom<CrosstermBackend<Stdout>>>,
    colour: bool,
    /// So many rows of the panel are filled.
    filled: u16,
}

impl Screen {
    /// A panel where stdout is a terminal that can carry one, and nobody wants plain lines.
    pub(super) fn open(plain: bool, plan: &Plan) -> Screen {
        let able = !plain
            && io::stdout().is_terminal()
            && std::env::var_os("TERM").is_none_or(|term| term != "dumb");
        let live = able.then(|| Live::open(render::height(plan) + 1)).and_then(Result::ok);
        live.map_or_else(|| Screen::Plain(Plain::default()), |live| Screen::Live(Box::new(live)))
    }

    /// Something that is said once.
    pub(super) fn line(&mut self, text: &str) {
        match self {
            Screen::Plain(plain) => plain.line(text),
            Screen::Live(live) => live.above(text, "  "),
        }
    }

    /// Something that happened to the rollout.
    pub(super) fn event(&mut self, line: &Line) {
        match self {
            Screen::Plain(plain) => plain.event(line),
            Screen::Live(live) => live.above(&numbered(line), render::SET_IN),
        }
    }

    /// Where the rollout is now.
    pub(super) fn status(&mut self, status: &Status) {
        match self {
            Screen::Plain(plain) => plain.status(status),
            Screen::Live(live) => live.panel(status),
        }
    }

    /// Gives the terminal back. What was on the panel last stays.
    pub(super) fn close(self) {
        if let Screen::Live(mut live) = self {
            // The process ends; what the terminal makes of it is its own affair.
            let _ = live.leave();
        }
    }
}

impl Live {
    fn open(needed: usize) -> io::Result<Live> {
        let mut backend = Bottom(CrosstermBackend::new(io::stdout()));
        let rows = backend.size()?.height;
        let able = rows.saturating_sub(SCROLL_ROWS).max(PANEL_ROWS_MIN).min(rows);
        let height = u16::try_from(needed).unwrap_or(u16::MAX).min(able);
        backend.flush()?;
        let terminal =
            Terminal::with_options(backend, TerminalOptions { viewport: Viewport::Inline(height) })?;
        // The convention of no-color.org: set and not empty.
        let colour = std::env::var_os("NO_COLOR").is_none_or(|set| set.is_empty());
        Ok(Live { terminal, colour, filled: 0 })
    }

    /// Puts a text above the panel. A terminal that is gone is no reason to end the rollout.
    fn above(&mut self, text: &str, set_in: &str) {
        let width = self.terminal.size().map_or(80, |size| size.width);
        let lines = render::wrap(text, usize::from(width.max(20)), set_in);
        let height = u16::try_from(lines.len()).unwrap_or(u16::MAX).max(1);
        let text = Text::raw(lines.join("\n"));
        let _ =
            self.terminal.insert_before(height, |buffer| Paragraph::new(text).render(buffer.area, buffer));
    }

    fn panel(&mut self, status: &Status) {
        let colour = self.colour;
        let mut filled = 0;
        let _ = self.terminal.draw(|frame| {
            let (width, room) = (frame.area().width, usize::from(frame.area().height).saturating_sub(1));
            let mut rows = vec![rule(width)];
            rows.extend(render::panel(status, usize::from(width), room));
            let rows: Vec<Row<'_>> =
                rows.into_iter().map(|row| if colour { row } else { colourless(row) }).collect();
            filled = u16::try_from(rows.len()).unwrap_or(u16::MAX).min(frame.area().height);
            frame.render_widget(Paragraph::new(rows), frame.area());
        });
        self.filled = filled;
    }

    fn leave(&mut self) -> io::Result<()> {
        // What is printed next follows the last row that says something: no gap is left where the panel was higher.
        let bottom = self.terminal.size()?.height.saturating_sub(1);
        let below = self.terminal.get_frame().area().y.saturating_add(self.filled);
        self.terminal.set_cursor_position((0, below.min(bottom)))?;
        if below > bottom {
            self.terminal.backend_mut().append_lines(1)?;
        }
        self.terminal.show_cursor()
    }
}

fn rule(width: u16) -> Row<'static> {
    Row::styled("-".repeat(usize::from(width)), Style::new().fg(Color::DarkGray))
}

/// What is bold stays so.
fn colourless(row: Row<'static>) -> Row<'static> {
    let strip = |style: Style| Style { fg: None, bg: None, ..style };
    let spans = row.spans.into_iter().map(|span| {
        let style = strip(span.style);
        span.style(style)
    });
    let style = strip(row.style);
    Row::from(spans.collect::<Vec<_>>()).style(style)
}

/// A terminal whose cursor is taken to be at the bottom: to ask would take an answer, which not every terminal gives,
/// and two seconds where there is none. What was printed before moves up as far as the panel needs.
struct Bottom<B>(B);

impl<B: Backend> Backend for Bottom<B> {
    type Error = B::Error;

    fn get_cursor_position(&mut self) -> Result<Position, B::Error> {
        Ok(Position { x: 0, y: self.0.size()?.height.saturating_sub(1) })
    }

    fn draw<'a, I: Iterator<Item = (u16, u16, &'a Cell)>>(&mut self, content: I) -> Result<(), B::Error> {
        self.0.draw(content)
    }
    fn append_lines(&mut self, n: u16) -> Result<(), B::Error> {
        self.0.append_lines(n)
    }
    fn hide_cursor(&mut self) -> Result<(), B::Error> {
        self.0.hide_cursor()
    }
    fn show_cursor(&mut self) -> Result<(), B::Error> {
        self.0.show_cursor()
    }
    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> Result<(), B::Error> {
        self.0.set_cursor_position(position)
    }
    fn clear(&mut self) -> Result<(), B::Error> {
        self.0.clear()
    }
    fn clear_region(&mut self, kind: ClearType) -> Result<(), B::Error> {
        self.0.clear_region(kind)
    }
    fn size(&self) -> Result<Size, B::Error> {
        self.0.size()
    }
    fn window_size(&mut self) -> Result<WindowSize, B::Error> {
        self.0.window_size()
    }
    fn flush(&mut self) -> Result<(), B::Error> {
        self.0.flush()
    }
}
