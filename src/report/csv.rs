//! The figures of a report as a table for programs and spreadsheets: a figure a line, English names in every language, with
//! the unit in them.

use super::figures::{Figures, Side};
use crate::error::{Error, Result};
use crate::transfer::format::harmless;

const COLUMNS: [&str; 7] = ["bot", "period", "part", "name", "measure", "value", "previous"];

/// All of them.
///
/// # Errors
/// None that is to be expected: it is written to memory.
pub fn csv(figures: &Figures) -> Result<Vec<u8>> {
    let mut table = Table { figures, period: figures.period.to_string(), out: csv::Writer::from_writer(Vec::new()) };
    table.out.write_record(COLUMNS).map_err(failed)?;
    table.totals()?;
    table.days()?;
    table.names()?;
    table.out.into_inner().map_err(|error| Error::Storage(error.to_string()))
}

fn failed(error: csv::Error) -> Error {
    Error::Storage(error.to_string())
}

struct Table<'f> {
    figures: &'f Figures,
    period: String,
    out: csv::Writer<Vec<u8>>,
}

impl Table<'_> {
    fn line(&mut self, part: &str, name: &str, measure: &str, value: f64, before: Option<f64>) -> Result<()> {
        let before = before.map(|before| before.to_string()).unwrap_or_default();
        let (bot, name) = (harmless(&self.figures.bot), harmless(name));
        self.out
            .write_record([&*bot, &*self.period, part, &*name, measure, &*value.to_string(), &*before])
            .map_err(failed)
    }

    fn totals(&mut self) -> Result<()> {
        type Measure = fn(&Side) -> f64;
        let measures: [(&str, Measure); 12] = [
            ("conversations", |side| side.overview.total_conversations as f64),
            ("users", |side| side.overview.unique_users as f64),
            ("sessions", |side| side.sessions as f64),
            ("leads", |side| side.overview.total_leads as f64),
            ("conversion_percent", |side| side.overview.conversion_rate_percent),
            ("not_understood_percent", |side| side.overview.not_understood_percent),
            ("satisfaction_percent", |side| side.overview.satisfaction_percent),
            ("satisfaction_votes", |side| side.overview.satisfaction_votes as f64),
            ("response_median_ms", |side| side.response.p50 as f64),
            ("response_p95_ms", |side| side.response.p95 as f64),
            ("messages", |side| side.overview.total_messages as f64),
            ("cost_usd", |side| side.overview.cost_usd),
        ];
        for (measure, of) in measures {
            self.line("total", "", measure, of(&self.figures.now), self.figures.before.as_ref().map(of))?;
        }
        Ok(())
    }

    fn days(&mut self) -> Result<()> {
        let figures = self.figures;
        for (place, day) in figures.now.days.iter().enumerate() {
            let before = figures.before.as_ref().and_then(|before| before.days.get(place));
            let date = day.date.to_string();
            let (now, then) = (day.conversations as f64, before.map(|day| day.conversations as f64));
            self.line("day", &date, "conversations", now, then)?;
            self.line("day", &date, "leads", day.leads as f64, before.map(|day| day.leads as f64))?;
            let usd = |nanos: u128| nanos as f64 / 1e9;
            self.line("day", &date, "cost_usd", usd(day.cost_nanos), before.map(|day| usd(day.cost_nanos)))?;
        }
        Ok(())
    }

    fn names(&mut self) -> Result<()> {
        let figures = self.figures;
        for question in &figures.questions {
            self.line("question", &question.text, "times", question.count as f64, None)?;
        }
        for row in &figures.intents {
            let before = row.before.as_ref();
            let (now, then) = (row.now.triggers as f64, before.map(|row| row.triggers as f64));
            self.line("intent", &row.now.intent, "conversations", now, then)?;
        }
        for row in &figures.missed {
            let before = row.before.as_ref();
            let (now, then) = (row.now.failures as f64, before.map(|row| row.failures as f64));
            self.line("not_understood", &row.now.intent, "conversations", now, then)?;
        }
        for count in &figures.packages {
            self.line("package", &count.name, "leads", count.count as f64, None)?;
        }
        for count in &figures.property_types {
            self.line("property_type", &count.name, "leads", count.count as f64, None)?;
        }
        for row in &figures.endpoints {
            let (now, before) = (&row.now, row.before.as_ref());
            self.line("endpoint", &now.endpoint, "p95_ms", now.p95_ms as f64, before.map(|row| row.p95_ms as f64))?;
            let (requests, then) = (now.request_count as f64, before.map(|row| row.request_count as f64));
            self.line("endpoint", &now.endpoint, "requests", requests, then)?;
            self.line("endpoint", &now.endpoint, "error_percent", now.error_rate, before.map(|row| row.error_rate))?;
        }
        Ok(())
    }
}
