//! A report in words, before it takes the form of a mail, a text or a PDF: all of them say the same.

mod keys;
mod parts;

use super::chart::Chart;
use super::figures::Figures;
use super::section::Section;
use super::words::Words;
use crate::language::Language;
use crate::links::Links;

/// All of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    pub language: Language,
    /// What kind of report it is.
    pub name: &'static str,
    pub bot: String,
    pub days: String,
    /// With what the figures are compared, where there is something to compare them with.
    pub compared: Option<&'static str>,
    /// The first thing to know, in a line.
    pub gist: String,
    pub link: Option<String>,
    pub parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    pub heading: &'static str,
    pub link: Option<String>,
    pub blocks: Vec<Block>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Block {
    Tiles(Vec<Tile>),
    Chart(Chart),
    Table(Table),
    /// What people wrote, in quotation marks.
    Quotes(Vec<Quote>),
    Note(String),
}

/// A key figure.
#[derive(Clone, Debug, PartialEq)]
pub struct Tile {
    pub name: &'static str,
    pub note: String,
    pub value: String,
    pub change: Option<Change>,
    pub link: Option<String>,
}

/// How something has changed, and whether that is good.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    pub text: String,
    pub mood: Mood,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    Good,
    Bad,
    Neither,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    pub columns: Vec<Column>,
    pub rows: Vec<Row>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Column {
    pub heading: &'static str,
    pub is_number: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    pub cells: Vec<Cell>,
    /// Of its first cell.
    pub link: Option<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    pub text: String,
    pub change: Option<Change>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Quote {
    pub text: String,
    pub link: Option<String>,
}

impl Page {
    /// The report of these figures. `public_url` is the server's own address, for links.
    pub fn of(figures: &Figures, sections: &[Section], language: Language, public_url: Option<&str>) -> Self {
        let writer = Writer {
            figures,
            language,
            words: Words::of(language),
            links: Links { public_url, bot: &figures.bot, days: figures.period.range },
        };
        let every = figures.period.every;
        let nothing = figures.now.is_silent() && figures.endpoints.is_empty();
        let chosen = Section::ALL.into_iter().filter(|section| sections.contains(section));
        let parts = if nothing { Vec::new() } else { chosen.filter_map(|section| writer.part(section)).collect() };
        Self {
            language,
            name: writer.words.report_of(every),
            bot: figures.bot.clone(),
            days: language.period(figures.period),
            compared: figures.before.is_some().then(|| writer.words.compared_of(every)),
            gist: if nothing { writer.words.nothing.to_owned() } else { writer.gist() },
            link: writer.links.to(&[]),
            parts,
        }
    }

    /// What the mail is called.
    pub fn subject(&self) -> String {
        format!("{}: {}, {}", self.name, self.bot, self.days)
    }
}

/// Who writes it.
struct Writer<'a> {
    figures: &'a Figures,
    language: Language,
    words: &'static Words,
    links: Links<'a>,
}

impl Writer<'_> {
    fn part(&self, section: Section) -> Option<Part> {
        let (words, links) = (self.words, &self.links);
        let (heading, link, blocks) = match section {
            Section::Summary => (words.summary, links.to(&[]), self.summary()),
            Section::Questions => (words.questions, links.to(&[]), self.questions()),
            Section::Missed => {
                let link = links.sessions("exchange", &[("understood", "false")]);
                (words.not_understood, link, self.missed())
            }
            Section::Examples if self.figures.examples.is_empty() => return None,
            Section::Examples => (words.examples, None, self.examples()),
            Section::Leads => (words.leads.0, links.sessions("lead", &[]), self.leads()),
            Section::Cost => (words.cost.0, links.figure("cost"), self.cost()),
            Section::Endpoints => (words.endpoints, links.to(&[]), self.endpoints()),
        };
        Some(Part { heading, link, blocks })
    }
}
