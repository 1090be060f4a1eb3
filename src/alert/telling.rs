//! What is told of a round: grouped, so that what happens at once comes as one message.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::metric::Metric;
use super::rule::Rule;
use super::state::News;
use super::words::{self, Why};
use crate::language::Language;
use crate::limits::ALERTS_PER_MESSAGE_MAX;
use crate::links::Links;
use crate::model::day::rfc3339;
use crate::model::{DayRange, Zone};
use crate::notify::{Channels, Kind, Message, chars_max};

/// One alert's news.
#[derive(Clone, Debug)]
pub struct Told {
    pub id: String,
    pub rule: Rule,
    pub news: News,
    pub value: Option<f64>,
    pub fired_ms: i64,
    /// By whose clocks people are told.
    pub zone: Zone,
    /// The days that were looked at, where it is a figure of days and was looked at.
    pub days: Option<DayRange>,
    pub why: Option<Why>,
    pub channels: Vec<String>,
}

/// To whom it is told, and where they reach this server.
#[derive(Clone, Copy, Debug)]
pub struct Readers<'a> {
    pub channels: &'a Channels,
    /// The server's own address, without a slash at its end; without it there are no links.
    pub public_url: Option<&'a str>,
}

/// The messages of each channel, in its language.
pub fn messages(told: &[Told], readers: Readers<'_>, now_ms: i64) -> Vec<(String, Message)> {
    let mut by_channel = BTreeMap::<&str, Vec<&Told>>::new();
    for one in told {
        one.channels.iter().for_each(|channel| by_channel.entry(channel).or_default().push(one));
    }
    let of_channel = |(channel, all): (&str, Vec<&Told>)| {
        // To one that is gone nothing is sent.
        let known = readers.channels.get(channel);
        let language = known.map_or_else(Language::default, |known| known.language());
        let room = known.map_or(usize::MAX, |known| chars_max(known.kind()));
        let is_for_programs = known.is_some_and(|known| known.kind() == Kind::Webhook);
        let since: Since = if is_for_programs { exact_since } else { since };
        let message = |part: &[&Told]| message(part, (language, since), readers.public_url, now_ms);
        let (mut parts, mut rest) = (Vec::new(), &all[..]);
        while !rest.is_empty() {
            let (count, message) = fitting(rest, room, message);
            parts.push((channel.to_owned(), message));
            rest = &rest[count..];
        }
        parts
    };
    by_channel.into_iter().flat_map(of_channel).collect()
}

/// The message of as many of the first as are shown whole, and their number.
fn fitting(rest: &[&Told], chars_max: usize, message: impl Fn(&[&Told]) -> Message) -> (usize, Message) {
    let mut count = rest.len().min(ALERTS_PER_MESSAGE_MAX);
    loop {
        let made = message(&rest[..count]);
        if count == 1 || made.chars() <= chars_max {
            return (count, made);
        }
        count = count * 3 / 4;
    }
}

/// How the line of an alert says since when it has lasted.
type Since = fn(&Told, Language) -> String;

fn since(Told { zone, fired_ms, .. }: &Told, language: Language) -> String {
    words::moment(*zone, *fired_ms, language)
}

fn exact_since(told: &Told, _: Language) -> String {
    rfc3339(told.fired_ms)
}

fn message(told: &[&Told], (language, since): (Language, Since), public_url: Option<&str>, now_ms: i64) -> Message {
    let links: Vec<Option<String>> = told.iter().map(|one| view(&one.rule, one.days, public_url)).collect();
    let both = || told.iter().zip(&links);
    let line = |one: &Told| line(one, language, &since(one, language));
    Message {
        kind: "alerts".into(),
        title: title(told, language),
        lines: both().flat_map(|(one, link)| std::iter::once(line(one)).chain(link.clone())).collect(),
        data: Value::Array(both().map(|(one, link)| data(one, language, link.as_deref(), now_ms)).collect()),
        language,
        to: None,
    }
}

fn title(told: &[&Told], language: Language) -> String {
    if let [one] = told {
        let of = one.rule.bot.as_deref().map_or_else(String::new, |bot| format!(" ({bot})"));
        return format!("{}: {}{of}", words::news(one.news, language), one.rule.name);
    }
    let count = |news: News| told.iter().filter(|one| one.news == news).count();
    words::several(told.len(), count, language)
}

fn line(told: &Told, language: Language, since: &str) -> String {
    let Told { rule, news, value, why, .. } = told;
    let of = rule.bot.as_deref().unwrap_or("NovaHouse");
    let found = words::found(rule, *value, language);
    let after = match (news, why, language) {
        (News::Resolved, Some(why), Language::En) => format!("over: {}", why.words(language)),
        (News::Resolved, Some(why), Language::Pl) => format!("koniec: {}", why.words(language)),
        (News::Resolved, None, Language::En) => format!("no longer; {found}"),
        (News::Resolved, None, Language::Pl) => format!("już nie; {found}"),
        (News::Fired | News::Reminder, ..) => found,
    };
    let what = words::news(*news, language);
    let (severity, name) = (words::severity(rule.severity, language), &rule.name);
    let (reason, from) = (words::reason(rule, language), ["Since", "Od"][language as usize]);
    format!("{what} · {severity} · {of} · {name}: {reason}; {after}. {from} {since}.")
}

/// The page's view of what a rule watches, in the days that were looked at; of what has no days, the page of alerts.
fn view(rule: &Rule, days: Option<DayRange>, public_url: Option<&str>) -> Option<String> {
    let (Some(bot), Some(days)) = (&rule.bot, days) else { return Some(format!("{}/alerts.html", public_url?)) };
    let links = Links { public_url, bot, days };
    let exchanges = |filter: Option<(&str, &str)>| {
        let intent = rule.intent.as_deref().map(|intent| ("intent", intent));
        links.sessions("exchange", &filter.into_iter().chain(intent).collect::<Vec<_>>())
    };
    match rule.metric {
        Metric::Conversations if rule.intent.is_some() => exchanges(None),
        Metric::Conversations => links.figure("conversations"),
        Metric::NotUnderstoodPercent => exchanges(Some(("understood", "false"))),
        Metric::NegativePercent => exchanges(Some(("sentiment", "negative"))),
        Metric::SatisfactionPercent => links.figure("satisfaction"),
        Metric::Sessions => links.figure("sessions"),
        Metric::Users => links.figure("users"),
        Metric::Leads => links.sessions("lead", &[]),
        Metric::ConversionPercent => links.figure("conversion"),
        Metric::CostUsd | Metric::BudgetUsedPercent => links.figure("cost"),
        Metric::ReplyAvgMs | Metric::ReplyP50Ms => links.figure("median"),
        Metric::ReplyP95Ms | Metric::ReplyP99Ms => links.figure("p95"),
        Metric::Requests
        | Metric::ErrorRatePercent
        | Metric::ResponseP50Ms
        | Metric::ResponseP95Ms
        | Metric::ResponseP99Ms => links.panel("performance"),
        Metric::QueueUsedPercent | Metric::DiskFreeMb | Metric::FailingChecks => unreachable!("these are of no bot"),
    }
}

fn data(told: &Told, language: Language, link: Option<&str>, now_ms: i64) -> Value {
    let Told { id, rule, news, value, fired_ms, why, zone: _, days: _, channels: _ } = told;
    let resolved_at = (*news == News::Resolved).then(|| rfc3339(now_ms));
    json!({
        "id": id,
        "name": rule.name,
        "bot": rule.bot,
        "severity": rule.severity,
        "event": news,
        "metric": rule.metric,
        "endpoint": rule.endpoint,
        "intent": rule.intent,
        "condition": rule.condition,
        "threshold": rule.threshold,
        "value": value,
        "reason": words::reason(rule, language),
        "fired_at": rfc3339(*fired_ms),
        "resolved_at": resolved_at,
        "why": why.map(|why| why.words(language)),
        "url": link,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notify::{Channel, Hook, Secret, Webhook};

    const NO_ONE: Channels = Channels::new();

    fn of(rule: Value) -> Rule {
        serde_json::from_value::<Rule>(rule).unwrap().checked().unwrap()
    }

    fn told(name: &str, news: News, channels: &[&str]) -> Told {
        let rule = of(json!({"name": name, "metric": "leads", "window_days": 1, "condition": "below", "threshold": 3}));
        let channels = channels.iter().map(|channel| (*channel).to_owned()).collect();
        let (zone, value) = ("Europe/Warsaw".parse().unwrap(), Some(1.0));
        Told { id: name.into(), rule, news, value, fired_ms: 0, zone, days: None, why: None, channels }
    }

    fn days() -> DayRange {
        DayRange::new("2026-03-19".parse().unwrap(), "2026-03-20".parse().unwrap())
    }

    #[test]
    fn what_happens_at_once_is_one_message_for_each_channel() {
        let all = [
            told("a", News::Fired, &["ops", "mail"]),
            told("b", News::Resolved, &["ops"]),
            told("c", News::Fired, &[]),
        ];
        let readers = Readers { channels: &NO_ONE, public_url: None };
        let sent = messages(&all, readers, 60_000);
        let titles: Vec<_> = sent.iter().map(|(channel, message)| (&**channel, &*message.title)).collect();
        assert_eq!(titles, [("mail", "Firing: a (default)"), ("ops", "2 alerts: 1 firing, 1 resolved")]);
        assert_eq!(
            sent[0].1.lines,
            [
                "Firing · warning · default · a: leads over 1 day is below 3; now 1. Since 1 January 1970, 01:00 Europe/Warsaw."
            ]
        );
        assert_eq!(sent[1].1.data[1]["resolved_at"], "1970-01-01T00:01:00.000Z");
        let many: Vec<Told> = (0..120).map(|_| told("a", News::Fired, &["ops"])).collect();
        assert_eq!(messages(&many, readers, 0).len(), 120_usize.div_ceil(ALERTS_PER_MESSAGE_MAX));
    }

    /// With links fifty alerts do not fit into one message of a chat.
    #[test]
    fn a_message_has_as_many_alerts_as_are_shown_whole() {
        let hook = Hook { url: Secret("https://discord.example.com/x".into()), language: Language::En };
        let channels = Channels::from([("ops".to_owned(), Channel::Discord(hook))]);
        let readers = Readers { channels: &channels, public_url: Some("https://chat.example.com") };
        let all: Vec<Told> = (0..ALERTS_PER_MESSAGE_MAX)
            .map(|number| Told { days: Some(days()), ..told(&format!("rule-{number:02}"), News::Fired, &["ops"]) })
            .collect();
        let sent = messages(&all, readers, 0);
        assert!(sent.len() > 2);
        let texts: Vec<String> = sent.iter().map(|(_, message)| message.text(chars_max(Kind::Discord))).collect();
        let shown = texts.join("\n");
        for number in 0..ALERTS_PER_MESSAGE_MAX {
            assert!(shown.contains(&format!("rule-{number:02}")), "{number}: {shown}");
        }
        assert!(!shown.contains("did not fit"), "{shown}");
    }

    #[test]
    fn each_channel_is_told_in_its_language_with_a_link_to_what_is_watched() {
        let hook = |language| Channel::Slack(Hook { url: Secret("https://hooks.example.com/x".into()), language });
        let channels =
            [("en", Language::En), ("pl", Language::Pl)].map(|(name, language)| (name.to_owned(), hook(language)));
        let channels = Channels::from(channels);
        let readers = Readers { channels: &channels, public_url: Some("https://chat.example.com") };
        let fired = Told { days: Some(days()), ..told("a", News::Fired, &["en", "pl"]) };
        let over = Told { why: Some(Why::Gone), ..told("b", News::Resolved, &["en", "pl"]) };
        let sent = messages(&[fired, over], readers, 60_000);
        assert_eq!(sent[0].1.title, "2 alerts: 1 firing, 1 resolved");
        assert_eq!(sent[1].1.title, "Alerty (2): nowe: 1, zakończone: 1");
        let link =
            "https://chat.example.com/dashboard.html?range=custom&from=2026-03-19&to=2026-03-20&show=sessions&by=lead";
        let alerts = "https://chat.example.com/alerts.html";
        assert_eq!(
            sent[1].1.lines,
            [
                "Alert · ostrzeżenie · default · a: kontakty w ciągu 1 dnia: poniżej 3; teraz 1. Od 1 stycznia 1970, 01:00 Europe/Warsaw.",
                link,
                "Koniec alertu · ostrzeżenie · default · b: kontakty w ciągu 1 dnia: poniżej 3; koniec: regułę usunięto lub \
                 wyłączono. Od 1 stycznia 1970, 01:00 Europe/Warsaw.",
                alerts,
            ]
        );
        assert_eq!((&sent[0].1.data[0]["url"], &sent[0].1.data[1]["url"]), (&json!(link), &json!(alerts)));
        assert_eq!(sent[1].1.data[1]["why"], "regułę usunięto lub wyłączono");
    }

    #[test]
    fn a_program_is_told_times_in_utc() {
        let webhook = Webhook { url: Secret("https://example.com/x".into()), secret: None, language: Language::Pl };
        let channels = Channels::from([("ops".to_owned(), Channel::Webhook(webhook))]);
        let sent = messages(&[told("a", News::Fired, &["ops"])], Readers { channels: &channels, public_url: None }, 0);
        assert!(sent[0].1.lines[0].ends_with("Od 1970-01-01T00:00:00.000Z."), "{:?}", sent[0].1.lines);
        assert_eq!(sent[0].1.data[0]["fired_at"], "1970-01-01T00:00:00.000Z");
    }

    #[test]
    fn every_metric_leads_to_a_view_of_its_own_days() {
        for metric in Metric::ALL {
            let mut rule = of(
                json!({"name": "x", "bot": "sklep", "metric": "leads", "window_days": 1, "condition": "above", "threshold": 1}),
            );
            rule.metric = metric;
            rule.bot = rule.bot.filter(|_| !metric.is_own());
            let link = view(&rule, Some(days()), Some("https://x.example")).unwrap();
            let of_days = link.contains("/dashboard.html?range=custom&from=2026-03-19&to=2026-03-20&bot=sklep");
            assert_eq!(of_days, !metric.is_own(), "{link}");
            assert_eq!(view(&rule, Some(days()), None), None);
        }
        let mut rule = of(
            json!({"name": "x", "metric": "not_understood_percent", "window_days": 2, "intent": "a&b", "condition": "above", "threshold": 1}),
        );
        let link = view(&rule, Some(days()), Some("https://x.example")).unwrap();
        assert!(link.ends_with("&show=sessions&by=exchange&understood=false&intent=a%26b"), "{link}");
        (rule.metric, rule.intent) = (Metric::ErrorRatePercent, None);
        let link = view(&rule, Some(days()), Some("https://x.example")).unwrap();
        assert!(link.ends_with("&to=2026-03-20#performance"), "{link}");
    }
}
