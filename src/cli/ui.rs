//! The two streams and the progress bar: stdout is the result, stderr the story. The only file that knows the
//! progress library and ANSI codes.

use super::environment::Environment;
use anstyle::{AnsiColor, Style};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::fmt;
use std::io::{self, Write};
use std::time::Duration;

/// `--color`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum ColorChoice {
    /// Colour on a terminal.
    #[default]
    Auto,
    /// Colour always.
    Always,
    /// Never.
    Never,
}

/// What a piece of text means; the terminal decides how that looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// A heading.
    Heading,
    /// Something good: a pass, an added line.
    Good,
    /// Something bad: a failure, a removed line.
    Bad,
    /// Something to look at.
    Warning,
    /// An id, a path, a command to type.
    Name,
    /// Less important.
    Dim,
}

impl Tone {
    fn style(self) -> Style {
        let colored = |color: AnsiColor| Style::new().fg_color(Some(color.into()));
        match self {
            Self::Heading => Style::new().bold(),
            Self::Good => colored(AnsiColor::Green),
            Self::Bad => colored(AnsiColor::Red),
            Self::Warning => colored(AnsiColor::Yellow),
            Self::Name => colored(AnsiColor::Cyan),
            Self::Dim => Style::new().dimmed(),
        }
    }
}

/// Where a command writes.
pub struct Ui {
    out: Box<dyn Write + Send>,
    err: Box<dyn Write + Send>,
    out_color: bool,
    err_color: bool,
    width: usize,
    quiet: bool,
    verbose: bool,
    progress: bool,
}

impl fmt::Debug for Ui {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ui").field("width", &self.width).field("quiet", &self.quiet).finish_non_exhaustive()
    }
}

/// Choices that shape the output.
#[derive(Clone, Copy, Debug, Default)]
pub struct UiOptions {
    /// `--color`.
    pub color: ColorChoice,
    /// `-q`.
    pub quiet: bool,
    /// `-v`.
    pub verbose: bool,
    /// `--no-progress`.
    pub no_progress: bool,
}

impl Ui {
    /// The process's own streams.
    pub fn new(environment: &Environment, options: UiOptions) -> Self {
        let color = |terminal: bool| match options.color {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto if environment.no_color => false,
            ColorChoice::Auto => environment.force_color || (terminal && !environment.dumb_terminal),
        };
        let width = environment
            .columns
            .unwrap_or_else(|| if environment.stdout_terminal { console_width().unwrap_or(100) } else { 100 });
        Self {
            out: Box::new(io::BufWriter::new(io::stdout())),
            err: Box::new(io::stderr()),
            out_color: color(environment.stdout_terminal),
            err_color: color(environment.stderr_terminal),
            width: width.min(160),
            quiet: options.quiet,
            verbose: options.verbose,
            progress: environment.stderr_terminal
                && !options.quiet
                && !options.no_progress
                && !environment.dumb_terminal,
        }
    }

    /// Streams into buffers, for tests and for commands run inside a command.
    pub fn to(out: Box<dyn Write + Send>, err: Box<dyn Write + Send>, width: usize) -> Self {
        Self { out, err, out_color: false, err_color: false, width, quiet: false, verbose: false, progress: false }
    }

    /// The result stream.
    pub fn out(&mut self) -> &mut (dyn Write + Send) {
        &mut *self.out
    }

    /// Columns that a line of output may use.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Whether `-v` was given.
    pub fn verbose(&self) -> bool {
        self.verbose
    }

    /// `text` styled for stdout.
    pub fn paint(&self, tone: Tone, text: &str) -> String {
        paint(self.out_color, tone, text)
    }

    /// One line of the result.
    pub fn line(&mut self, text: impl fmt::Display) -> io::Result<()> {
        writeln!(self.out, "{text}")
    }

    /// One line of the story; silent under `-q`.
    pub fn status(&mut self, text: impl fmt::Display) -> io::Result<()> {
        if self.quiet { Ok(()) } else { writeln!(self.err, "{text}") }
    }

    /// A warning; printed even under `-q`.
    pub fn warning(&mut self, text: impl fmt::Display) -> io::Result<()> {
        let label = paint(self.err_color, Tone::Warning, "warning:");
        writeln!(self.err, "{label} {text}")
    }

    /// What to do next; silent under `-q`.
    pub fn hint(&mut self, text: impl fmt::Display) -> io::Result<()> {
        if self.quiet {
            return Ok(());
        }
        let label = paint(self.err_color, Tone::Name, "next:");
        writeln!(self.err, "{label} {text}")
    }

    /// An error with its causes and hints.
    pub fn error(&mut self, error: &super::error::CommandError) -> io::Result<()> {
        let label = paint(self.err_color, Tone::Bad, "error:");
        writeln!(self.err, "{label} {}", error.message)?;
        for cause in error.causes() {
            writeln!(self.err, "  caused by: {}", cause.replace('\n', "\n    "))?;
        }
        for hint in &error.hints {
            writeln!(self.err, "{} {hint}", paint(self.err_color, Tone::Name, "hint:"))?;
        }
        Ok(())
    }

    /// A bar over `total` steps (`None`: unknown) that appears only on a terminal and only after half a second.
    pub fn bar(&self, label: &str, total: Option<u64>, bytes: bool) -> Progress {
        if !self.progress {
            return Progress(None);
        }
        let template = match (total.is_some(), bytes) {
            (true, true) => "{msg} [{bar:24}] {bytes}/{total_bytes} {eta}",
            (true, false) => "{msg} [{bar:24}] {pos}/{len} {eta}",
            (false, _) => "{msg} {spinner} {pos}",
        };
        let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::hidden());
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("━╸ "));
        }
        bar.set_message(label.to_string());
        Progress(Some(bar))
    }

    /// Writes out what is buffered.
    pub fn flush(&mut self) -> io::Result<()> {
        self.out.flush()?;
        self.err.flush()
    }
}

fn paint(color: bool, tone: Tone, text: &str) -> String {
    if !color {
        return text.to_string();
    }
    let style = tone.style();
    format!("{}{text}{}", style.render(), style.render_reset())
}

fn console_width() -> Option<usize> {
    let columns = usize::from(console::Term::stdout().size_checked()?.1);
    (columns >= 20).then_some(columns)
}

/// A handle on a progress bar that may not exist.
#[derive(Debug)]
pub struct Progress(Option<ProgressBar>);

impl Progress {
    /// Moves to `position`.
    pub fn set(&self, position: u64) {
        if let Some(bar) = &self.0 {
            if bar.is_hidden() && bar.elapsed() > Duration::from_millis(500) {
                bar.set_draw_target(ProgressDrawTarget::stderr());
            }
            bar.set_position(position);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}
