//! What each part of a report says.

use super::keys::{Better, Sort};
use super::{Block, Cell, Change, Column, Mood, Quote, Row, Table, Tile, Writer};
use crate::limits::{OTHER, REPORT_NAME_CHARS_MAX};
use crate::query::answer::{Count, EndpointRow, IntentRow, percent};
use crate::report::chart::{Chart, Unit};
use crate::report::figures::{Compared, Example, Side, shortened};
use crate::report::period::Every;

impl Writer<'_> {
    pub(super) fn summary(&self) -> Vec<Block> {
        let is_day = self.figures.period.every == Every::Day;
        let heading = if is_day { self.words.by_hour } else { self.words.by_day };
        let course = |side: &Side| side.conversations.iter().map(|count| *count as f64).collect();
        vec![
            Block::Tiles(self.keys().iter().map(|key| self.tile(key)).collect()),
            Block::Chart(self.chart("conversations", heading, Unit::Count, course)),
        ]
    }

    /// A course over the period.
    fn chart(&self, name: &'static str, heading: &str, unit: Unit, course: impl Fn(&Side) -> Vec<f64>) -> Chart {
        let values = course(&self.figures.now);
        let range = self.figures.period.range;
        let labels: Vec<String> = match self.figures.period.every {
            Every::Day => (0..24).map(|hour| format!("{hour}:00")).collect(),
            Every::Week => range.iter().map(|day| self.language.weekday_short(day).to_owned()).collect(),
            Every::Month => (1..=range.len()).map(|day| day.to_string()).collect(),
        };
        let most = values.iter().copied().zip(&labels).max_by(|one, other| one.0.total_cmp(&other.0));
        let most = most
            .filter(|(value, _)| *value > 0.0)
            .map(|(value, label)| format!("; {}: {label}, {}", self.words.busiest, unit.written(self.language, value)));
        let alt = format!("{heading}{}", most.unwrap_or_default());
        Chart {
            name,
            heading: heading.to_owned(),
            alt,
            unit,
            language: self.language,
            before: self.figures.before.as_ref().map(course).unwrap_or_default(),
            before_name: self.words.previous_of(self.figures.period.every),
            values,
            labels,
        }
    }

    fn by_day(
        &self,
        name: &'static str,
        heading: &'static str,
        unit: Unit,
        of: fn(&Side) -> Vec<f64>,
    ) -> Option<Block> {
        let has_course = self.figures.period.every != Every::Day;
        has_course.then(|| Block::Chart(self.chart(name, heading, unit, of)))
    }

    pub(super) fn questions(&self) -> Vec<Block> {
        let words = self.words;
        if self.figures.questions.is_empty() && self.figures.intents.is_empty() {
            return vec![Block::Note(words.nothing_asked.into())];
        }
        let asked = self.figures.questions.iter().map(|question| Row {
            link: self.link_of("exchange", "question", &question.text),
            cells: vec![
                Cell {
                    text: self.name(&question.text),
                    change: question.is_new.then(|| Change { text: words.new.into(), mood: Mood::Neither }),
                },
                plain(self.language.count(question.count)),
                plain(self.language.percent(question.percentage)),
            ],
        });
        let about = self.figures.intents.iter().map(|row| Row {
            link: self.link_of("exchange", "intent", &row.now.intent),
            cells: vec![
                plain(self.name(&row.now.intent)),
                self.counted(row.now.triggers, row.before.as_ref().map(|row| row.triggers), Better::Neither),
            ],
        });
        let asked = Table { columns: columns(&[words.question, words.times, words.share]), rows: asked.collect() };
        let about = Table { columns: columns(&[words.intents, words.times]), rows: about.collect() };
        [asked, about].into_iter().filter(|table| !table.rows.is_empty()).map(Block::Table).collect()
    }

    pub(super) fn missed(&self) -> Vec<Block> {
        let words = self.words;
        if self.figures.missed.is_empty() {
            return vec![Block::Note(words.all_understood.into())];
        }
        let row = |row: &Compared<IntentRow>| {
            let IntentRow { intent, triggers, failures, .. } = &row.now;
            let filters = [("understood", "false"), ("intent", &**intent)];
            let is_named = &**intent != OTHER;
            Row {
                link: is_named.then(|| self.links.sessions("exchange", &filters)).flatten(),
                cells: vec![
                    plain(self.name(intent)),
                    self.counted(*failures, row.before.as_ref().map(|row| row.failures), Better::Less),
                    plain(self.language.percent(percent(*failures, *triggers))),
                ],
            }
        };
        let rows = self.figures.missed.iter().map(row).collect();
        vec![Block::Table(Table { columns: columns(&[words.intent, words.not_served, words.of_all]), rows })]
    }

    pub(super) fn examples(&self) -> Vec<Block> {
        let quote = |example: &Example| Quote {
            text: self.words.quoted(&example.text),
            link: self.links.session(&example.session_id),
        };
        let quotes = self.figures.examples.iter().map(quote).collect();
        vec![Block::Note(self.words.examples_note.into()), Block::Quotes(quotes)]
    }

    pub(super) fn leads(&self) -> Vec<Block> {
        let words = self.words;
        if self.figures.now.overview.total_leads == 0 {
            return vec![Block::Note(words.no_leads.into())];
        }
        let tile = Tile { link: self.links.sessions("lead", &[]), ..self.tile(&self.keys()[2]) };
        let mut blocks = vec![Block::Tiles(vec![tile])];
        blocks.extend(self.by_day("leads", words.leads_by_day, Unit::Count, |side| {
            side.days.iter().map(|day| day.leads as f64).collect()
        }));
        for (heading, filter, counts) in [
            (words.package, "package", &self.figures.packages),
            (words.property, "property_type", &self.figures.property_types),
        ] {
            let rows: Vec<Row> = counts.iter().map(|count| self.lead_row(filter, count)).collect();
            if !rows.is_empty() {
                blocks.push(Block::Table(Table { columns: columns(&[heading, words.count]), rows }));
            }
        }
        blocks
    }

    fn lead_row(&self, filter: &str, count: &Count) -> Row {
        Row {
            link: self.link_of("lead", filter, &count.name),
            cells: vec![plain(self.name(&count.name)), plain(self.language.count(count.count))],
        }
    }

    pub(super) fn cost(&self) -> Vec<Block> {
        let (words, now) = (self.words, &self.figures.now);
        if now.overview.cost_usd == 0.0 {
            return vec![Block::Note(words.no_cost.into())];
        }
        let mut notes = Vec::new();
        for (of, name) in [
            (now.overview.total_conversations, words.cost_per_conversation),
            (now.overview.total_leads, words.cost_per_lead),
        ] {
            if of > 0 {
                notes.push(format!("{} {name}", self.language.money(now.overview.cost_usd / of as f64)));
            }
        }
        let tile = Tile { note: notes.join(", "), ..self.tile(&self.keys()[7]) };
        let mut blocks = vec![Block::Tiles(vec![tile])];
        blocks.extend(self.by_day("cost", words.cost_by_day, Unit::Money, |side| {
            side.days.iter().map(|day| day.cost_nanos as f64 / 1e9).collect()
        }));
        blocks
    }

    pub(super) fn endpoints(&self) -> Vec<Block> {
        let words = self.words;
        if self.figures.endpoints.is_empty() {
            return vec![Block::Note(words.no_requests.into())];
        }
        let row = |row: &Compared<EndpointRow>| {
            let change = row
                .before
                .as_ref()
                .map(|before| self.change(row.now.p95_ms as f64, before.p95_ms as f64, Sort::Ms, Better::Less));
            Row {
                link: None,
                cells: vec![
                    plain(self.name(&row.now.endpoint)),
                    Cell { text: self.language.ms(row.now.p95_ms as f64), change },
                    plain(self.language.count(row.now.request_count)),
                    plain(self.language.percent(row.now.error_rate)),
                ],
            }
        };
        let rows = self.figures.endpoints.iter().map(row).collect();
        let columns = columns(&[words.endpoint, words.p95, words.requests, words.errors]);
        vec![Block::Table(Table { columns, rows }), Block::Note(words.p95_note.into())]
    }

    /// A name as clients sent it, which may be a long one.
    fn name(&self, name: &str) -> String {
        match name {
            OTHER => self.words.other.to_owned(),
            "" => self.words.not_said.to_owned(),
            _ => shortened(name, REPORT_NAME_CHARS_MAX),
        }
    }

    /// The sessions of one name; those beyond a day's limit of names are not told apart.
    fn link_of(&self, by: &str, filter: &str, name: &str) -> Option<String> {
        let is_named = name != OTHER && !name.is_empty();
        is_named.then(|| self.links.sessions(by, &[(filter, name)])).flatten()
    }
}

fn plain(text: String) -> Cell {
    Cell { text, change: None }
}

/// A name first, then numbers.
fn columns(headings: &[&'static str]) -> Vec<Column> {
    let column = |(place, heading): (usize, &&'static str)| Column { heading, is_number: place > 0 };
    headings.iter().enumerate().map(column).collect()
}
