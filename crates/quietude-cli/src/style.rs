//! Colours, for a terminal only.
//!
//! With `--color auto`, which is the default, text is coloured if it goes to a terminal, the
//! environment variable `NO_COLOR` is unset or empty, and `TERM` is not `dumb`.

use std::io::IsTerminal;
use std::sync::OnceLock;

/// The option `--color`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Choice {
    /// On a terminal, unless the environment has NO_COLOR
    #[default]
    Auto,
    Always,
    Never,
}

static CHOICE: OnceLock<Choice> = OnceLock::new();

/// Sets the option for the whole program.
pub(crate) fn set(choice: Choice) {
    _ = CHOICE.set(choice);
}

/// How to colour text of one output.
#[derive(Clone, Copy)]
pub(crate) struct Style {
    is_coloured: bool,
}

/// The style of standard output.
pub(crate) fn stdout() -> Style {
    Style::of(std::io::stdout().is_terminal())
}

/// The style of standard error.
pub(crate) fn stderr() -> Style {
    Style::of(std::io::stderr().is_terminal())
}

impl Style {
    fn of(is_terminal: bool) -> Self {
        let is_coloured = match CHOICE.get().copied().unwrap_or_default() {
            Choice::Always => true,
            Choice::Never => false,
            Choice::Auto => is_terminal && allows_colours(),
        };
        Self { is_coloured }
    }

    fn paint(self, code: &str, text: &str) -> String {
        if self.is_coloured && !text.is_empty() {
            format!("\u{1b}[{code}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }

    pub(crate) fn error(self, text: &str) -> String {
        self.paint("1;31", text)
    }

    pub(crate) fn warning(self, text: &str) -> String {
        self.paint("1;33", text)
    }

    /// Silenced, and passed.
    pub(crate) fn good(self, text: &str) -> String {
        self.paint("32", text)
    }

    pub(crate) fn heading(self, text: &str) -> String {
        self.paint("1", text)
    }

    pub(crate) fn faint(self, text: &str) -> String {
        self.paint("2", text)
    }
}

#[allow(clippy::disallowed_methods, reason = "NO_COLOR and TERM are how users say it")]
fn allows_colours() -> bool {
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !is_set("NO_COLOR") && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}
