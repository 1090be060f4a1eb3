//! The way from a figure to the dashboard's exact view of it.

use form_urlencoded::Serializer;

use super::period::Period;
use crate::model::DEFAULT_BOT;

/// Addresses of the dashboard, of one bot and period.
pub struct Links<'a> {
    /// The server's own address, without a slash at its end; without it there are no links.
    pub public_url: Option<&'a str>,
    pub bot: &'a str,
    pub period: Period,
}

impl Links<'_> {
    /// The dashboard with the days of the period, and what else its address may say.
    pub fn to(&self, also: &[(&str, &str)]) -> Option<String> {
        let (first, last) = (self.period.range.first.to_string(), self.period.range.last.to_string());
        let mut query = Serializer::new(String::new());
        query.append_pair("range", "custom").append_pair("from", &first).append_pair("to", &last);
        if self.bot != DEFAULT_BOT {
            query.append_pair("bot", self.bot);
        }
        query.extend_pairs(also);
        Some(format!("{}/dashboard.html?{}", self.public_url?, query.finish()))
    }

    /// A figure drawn large.
    pub fn figure(&self, name: &str) -> Option<String> {
        self.to(&[("metric", name)])
    }

    /// The sessions behind a figure.
    pub fn sessions(&self, by: &str, filters: &[(&str, &str)]) -> Option<String> {
        self.to(&[&[("show", "sessions"), ("by", by)], filters].concat())
    }

    /// One session.
    pub fn session(&self, id: &str) -> Option<String> {
        self.to(&[("session", id)])
    }
}
