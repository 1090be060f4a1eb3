//! The forms of a report.

use clap::ValueEnum;

use super::csv::csv;
use super::figures::Figures;
use super::html::{Footer, Pictures, html};
use super::page::Page;
use super::pdf::pdf;
use super::text::text;
use crate::error::Result;

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

    /// The report by itself, in no mail.
    ///
    /// # Errors
    /// Where it cannot be made.
    pub fn of(self, figures: &Figures, page: &Page) -> Result<Vec<u8>> {
        match self {
            Self::Html => Ok(html(page, Pictures::Inside, &Footer::default()).into_bytes()),
            Self::Text => Ok(text(page, &Footer::default()).into_bytes()),
            Self::Pdf => pdf(page),
            Self::Csv => csv(figures),
        }
    }

    /// Whether a browser shows it rather than keeps it.
    pub fn is_shown(self) -> bool {
        matches!(self, Self::Html | Self::Text)
    }
}
