//! The forms of a report.

use clap::ValueEnum;

/// A form that a report takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    Html,
    Text,
    Pdf,
    Csv,
}

impl Format {
    pub const ALL: [Self; 4] = [Self::Html, Self::Text, Self::Pdf, Self::Csv];

    pub fn name(self) -> &'static str {
        match self {
            Self::Html => "html",
            Self::Text => "text",
            Self::Pdf => "pdf",
            Self::Csv => "csv",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }

    /// What its file ends in.
    pub fn ending(self) -> &'static str {
        if self == Self::Text { "txt" } else { self.name() }
    }

    pub fn content_type(self) -> &'static str {
        match self {
            Self::Html => "text/html; charset=utf-8",
            Self::Text => "text/plain; charset=utf-8",
            Self::Pdf => "application/pdf",
            Self::Csv => "text/csv; charset=utf-8",
        }
    }

    /// Whether a browser shows it rather than keeps it.
    pub fn is_shown(self) -> bool {
        matches!(self, Self::Html | Self::Text)
    }
}
