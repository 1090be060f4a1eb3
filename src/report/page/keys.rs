//! The key figures: what they are called, how they are written, and whether what has changed is good news.

use super::{Cell, Change, Mood, Tile, Writer};
use crate::report::figures::Side;
use crate::report::words::Named;

/// In which direction a figure gets better.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Better {
    More,
    Less,
    Neither,
}

/// What sort of number it is.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Sort {
    Count,
    Percent,
    Ms,
    Money,
}

/// A key figure: `None` where there is nothing to divide by.
pub(super) struct Key<'w> {
    named: &'w Named,
    metric: &'static str,
    value: fn(&Side) -> Option<f64>,
    sort: Sort,
    better: Better,
}

impl Writer<'_> {
    pub(super) fn keys(&self) -> [Key<'static>; 8] {
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

    fn written(&self, value: f64, sort: Sort) -> String {
        match sort {
            Sort::Count => self.language.count(value as u64),
            Sort::Percent => self.language.percent(value),
            Sort::Ms => self.language.ms(value),
            Sort::Money => self.language.money(value),
        }
    }

    /// What changes by less than a hundredth is neither good news nor bad.
    pub(super) fn change(&self, now: f64, before: f64, sort: Sort, better: Better) -> Change {
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
    pub(super) fn counted(&self, now: u64, before: Option<u64>, better: Better) -> Cell {
        let is_comparable = self.figures.before.is_some();
        let change = is_comparable.then(|| self.change(now as f64, before.unwrap_or(0) as f64, Sort::Count, better));
        Cell { text: self.language.count(now), change }
    }

    /// The three figures that most ask for first.
    pub(super) fn gist(&self) -> String {
        let keys = self.keys();
        let said = [&keys[0], &keys[2], &keys[4]].map(|key| {
            let value = (key.value)(&self.figures.now).map(|value| self.written(value, key.sort));
            let change = self.change_of(key).map(|change| format!(" ({})", change.text)).unwrap_or_default();
            value.map(|value| format!("{}: {value}{change}", key.named.0))
        });
        said.into_iter().flatten().collect::<Vec<_>>().join(" · ")
    }

    pub(super) fn tile(&self, key: &Key<'_>) -> Tile {
        Tile {
            name: key.named.0,
            note: key.named.1.to_owned(),
            value: (key.value)(&self.figures.now).map_or_else(|| "–".into(), |value| self.written(value, key.sort)),
            change: self.change_of(key),
            link: self.links.figure(key.metric),
        }
    }
}
