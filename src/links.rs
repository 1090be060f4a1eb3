//! The way from a figure to the dashboard's exact view of it.

use form_urlencoded::Serializer;

use crate::model::{DEFAULT_BOT, DayRange};

/// Addresses of the dashboard, of one bot and its days.
pub struct Links<'a> {
    /// The server's own address, without a slash at its end; without it there are no links.
    pub public_url: Option<&'a str>,
    pub bot: &'a str,
    pub days: DayRange,
}

impl Links<'_> {
    /// The dashboard with the days, and what else its address may say.
    pub fn to(&self, also: &[(&str, &str)]) -> Option<String> {
        let (first, last) = (self.days.first.to_string(), self.days.last.to_string());
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

    /// A part of the page.
    pub fn panel(&self, id: &str) -> Option<String> {
        Some(format!("{}#{id}", self.to(&[])?))
    }

    /// The sessions behind a figure.
    pub fn sessions(&self, by: &str, filters: &[(&str, &str)]) -> Option<String> {
        self.to(&[&[("show", "sessions"), ("by", by)], filters].concat())
    }

    /// One session.
    pub fn session(&self, id: &str) -> Option<String> {
        self.to(&[("show", "sessions"), ("session", id)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Day;

    /// A mail's link to a session once opened the dashboard and nothing more.
    #[test]
    fn a_session_is_opened_in_the_list_of_sessions() {
        let days = DayRange::new(Day(20_000), Day(20_006));
        let links = Links { public_url: Some("https://bot.example.com"), bot: "shop & co", days };
        assert_eq!(
            links.session("a b").as_deref(),
            Some(
                "https://bot.example.com/dashboard.html?range=custom&from=2024-10-04&to=2024-10-10&bot=shop+%26+co\
                 &show=sessions&session=a+b"
            )
        );
    }
}
