//! A report in words, before it takes the form of a mail, a text or a PDF: all of them say the same.

use super::chart::{Chart, Unit};
use super::figures::{Compared, Example, Figures, Side, shortened};
use super::language::Language;
use super::links::Links;
use super::period::Every;
use super::section::Section;
use super::words::{Named, Words};
use crate::limits::{OTHER, REPORT_NAME_CHARS_MAX};
use crate::query::answer::{Count, EndpointRow, IntentRow, percent};

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
            links: Links { public_url, bot: &figures.bot, period: figures.period },
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

/// In which direction a figure gets better.
#[derive(Clone, Copy, PartialEq)]
enum Better {
    More,
    Less,
    Neither,
}

/// What sort of number it is.
#[derive(Clone, Copy, PartialEq)]
enum Sort {
    Count,
    Percent,
    Ms,
    Money,
}

/// A key figure: `None` where there is nothing to divide by.
struct Key<'w> {
    named: &'w Named,
    metric: &'static str,
    value: fn(&Side) -> Option<f64>,
    sort: Sort,
    better: Better,
}

struct Writer<'a> {
    figures: &'a Figures,
    language: Language,
    words: &'static Words,
    links: Links<'a>,
}

impl Writer<'_> {
    fn keys(&self) -> [Key<'static>; 8] {
        use Better::{Less, More, Neither};
        let key = |named, metric, value, sort, better| Key { named, metric, value, sort, better };
        let words = self.words;
        [
            key(
                &words.conversations,
                "conversations",
                |side| Some(side.overview.total_conversations as f64),
                Sort::Count,
                More,
            ),
            key(&words.users, "users", |side| Some(side.overview.unique_users as f64), Sort::Count, More),
            key(&words.leads, "leads", |side| Some(side.overview.total_leads as f64), Sort::Count, More),
            key(
                &words.conversion,
                "conversion",
                |side| (side.overview.unique_sessions > 0).then_some(side.overview.conversion_rate_percent),
                Sort::Percent,
                More,
            ),
            key(
                &words.missed,
                "missed",
                |side| (side.overview.total_conversations > 0).then_some(side.overview.not_understood_percent),
                Sort::Percent,
                Less,
            ),
            key(
                &words.satisfaction,
                "satisfaction",
                |side| (side.overview.satisfaction_votes > 0).then_some(side.overview.satisfaction_percent),
                Sort::Percent,
                More,
            ),
            key(
                &words.median,
                "median",
                |side| (side.response.count > 0).then_some(side.response.p50 as f64),
                Sort::Ms,
                Less,
            ),
            key(&words.cost, "cost", |side| Some(side.overview.cost_usd), Sort::Money, Neither),
        ]
    }

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

    fn written(&self, value: f64, sort: Sort) -> String {
        match sort {
            Sort::Count => self.language.count(value as u64),
            Sort::Percent => self.language.percent(value),
            Sort::Ms => self.language.ms(value),
            Sort::Money => self.language.money(value),
        }
    }

    /// What changes by less than a hundredth is neither good news nor bad.
    fn change(&self, now: f64, before: f64, sort: Sort, better: Better) -> Change {
        if sort != Sort::Percent && before == 0.0 && now > 0.0 {
            return Change { text: self.words.new.to_owned(), mood: Mood::Neither };
        }
        let difference = match sort {
            Sort::Percent => now - before,
            _ if before == 0.0 => 0.0,
            _ => (now - before) / before * 100.0,
        };
        if difference.abs() < 0.05 {
            return Change { text: self.words.no_change.to_owned(), mood: Mood::Neither };
        }
        let decimals = usize::from(sort == Sort::Percent || difference.abs() < 10.0);
        let plus = if difference > 0.0 { "+" } else { "" };
        let unit = if sort == Sort::Percent { format!("\u{a0}{}", self.words.points) } else { "%".into() };
        let is_up = difference > 0.0;
        let mood = match better {
            Better::Neither => Mood::Neither,
            _ if difference.abs() < 1.0 => Mood::Neither,
            _ if is_up == (better == Better::More) => Mood::Good,
            _ => Mood::Bad,
        };
        Change { text: format!("{plus}{}{unit}", self.language.number(difference, decimals)), mood }
    }

    fn change_of(&self, key: &Key<'_>) -> Option<Change> {
        let now = (key.value)(&self.figures.now)?;
        let before = (key.value)(self.figures.before.as_ref()?)?;
        Some(self.change(now, before, key.sort, key.better))
    }

    /// A count of a table, where the period before can say something of it.
    fn counted(&self, now: u64, before: Option<u64>, better: Better) -> Cell {
        let is_comparable = self.figures.before.is_some();
        let change = is_comparable.then(|| self.change(now as f64, before.unwrap_or(0) as f64, Sort::Count, better));
        Cell { text: self.language.count(now), change }
    }

    /// The three figures that most ask for first.
    fn gist(&self) -> String {
        let keys = self.keys();
        let said = [&keys[0], &keys[2], &keys[4]].map(|key| {
            let value = (key.value)(&self.figures.now).map(|value| self.written(value, key.sort));
            let change = self.change_of(key).map(|change| format!(" ({})", change.text)).unwrap_or_default();
            value.map(|value| format!("{}: {value}{change}", key.named.0))
        });
        said.into_iter().flatten().collect::<Vec<_>>().join(" · ")
    }

    fn summary(&self) -> Vec<Block> {
        let tile = |key: &Key<'_>| Tile {
            name: key.named.0,
            note: key.named.1.to_owned(),
            value: (key.value)(&self.figures.now).map_or_else(|| "–".into(), |value| self.written(value, key.sort)),
            change: self.change_of(key),
            link: self.links.figure(key.metric),
        };
        let is_day = self.figures.period.every == Every::Day;
        let heading = if is_day { self.words.by_hour } else { self.words.by_day };
        let course = |side: &Side| side.conversations.iter().map(|count| *count as f64).collect();
        vec![
            Block::Tiles(self.keys().iter().map(tile).collect()),
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

    fn questions(&self) -> Vec<Block> {
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

    fn missed(&self) -> Vec<Block> {
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

    fn examples(&self) -> Vec<Block> {
        let quote = |example: &Example| Quote {
            text: self.words.quoted(&example.text),
            link: self.links.session(&example.session_id),
        };
        let quotes = self.figures.examples.iter().map(quote).collect();
        vec![Block::Note(self.words.examples_note.into()), Block::Quotes(quotes)]
    }

    fn leads(&self) -> Vec<Block> {
        let words = self.words;
        if self.figures.now.overview.total_leads == 0 {
            return vec![Block::Note(words.no_leads.into())];
        }
        let key = &self.keys()[2];
        let tile = Tile {
            name: words.leads.0,
            note: words.leads.1.to_owned(),
            value: self.language.count(self.figures.now.overview.total_leads),
            change: self.change_of(key),
            link: self.links.sessions("lead", &[]),
        };
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

    fn cost(&self) -> Vec<Block> {
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
        let tile = Tile {
            name: words.cost.0,
            note: notes.join(", "),
            value: self.language.money(now.overview.cost_usd),
            change: self.change_of(&self.keys()[7]),
            link: self.links.figure("cost"),
        };
        let mut blocks = vec![Block::Tiles(vec![tile])];
        blocks.extend(self.by_day("cost", words.cost_by_day, Unit::Money, |side| {
            side.days.iter().map(|day| day.cost_nanos as f64 / 1e9).collect()
        }));
        blocks
    }

    fn endpoints(&self) -> Vec<Block> {
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
