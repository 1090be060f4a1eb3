//! What is told of a round: grouped, so that what happens at once comes as one message.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::rule::Rule;
use super::state::News;
use super::words;
use crate::limits::ALERTS_PER_MESSAGE_MAX;
use crate::model::day::rfc3339;
use crate::notify::Message;

/// One alert's news.
#[derive(Clone, Debug)]
pub struct Told {
    pub id: String,
    pub rule: Rule,
    pub news: News,
    pub value: Option<f64>,
    pub fired_ms: i64,
    /// Why it is over, where it is not for the value.
    pub why: Option<&'static str>,
    pub channels: Vec<String>,
}

/// The messages of each channel.
pub fn messages(told: &[Told], now_ms: i64) -> Vec<(String, Message)> {
    let mut by_channel = BTreeMap::<&str, Vec<&Told>>::new();
    for one in told {
        one.channels.iter().for_each(|channel| by_channel.entry(channel).or_default().push(one));
    }
    let of_channel = |(channel, all): (&str, Vec<&Told>)| {
        let parts = all.chunks(ALERTS_PER_MESSAGE_MAX).map(|part| (channel.to_owned(), message(part, now_ms)));
        parts.collect::<Vec<_>>()
    };
    by_channel.into_iter().flat_map(of_channel).collect()
}

fn message(told: &[&Told], now_ms: i64) -> Message {
    Message {
        kind: "alerts".into(),
        title: title(told),
        lines: told.iter().map(|one| line(one)).collect(),
        data: Value::Array(told.iter().map(|one| data(one, now_ms)).collect()),
    }
}

fn title(told: &[&Told]) -> String {
    if let [one] = told {
        let of = one.rule.bot.as_deref().map_or_else(String::new, |bot| format!(" ({bot})"));
        return format!("{}: {}{of}", word(one.news), one.rule.name);
    }
    let count = |news: News| told.iter().filter(|one| one.news == news).count();
    let parts = [(News::Fired, "firing"), (News::Reminder, "still firing"), (News::Resolved, "resolved")];
    let parts = parts.iter().map(|(news, words)| (count(*news), words)).filter(|(count, _)| *count > 0);
    let parts: Vec<String> = parts.map(|(count, words)| format!("{count} {words}")).collect();
    format!("{} alerts: {}", told.len(), parts.join(", "))
}

fn word(news: News) -> &'static str {
    match news {
        News::Fired => "Firing",
        News::Reminder => "Still firing",
        News::Resolved => "Resolved",
    }
}

fn line(told: &Told) -> String {
    let Told { rule, news, value, fired_ms, why, .. } = told;
    let of = rule.bot.as_deref().unwrap_or("NovaHouse");
    let after = match (news, why) {
        (News::Resolved, Some(why)) => format!("over: {why}"),
        (News::Resolved, None) => format!("no longer; {}", words::found(rule, *value)),
        _ => words::found(rule, *value),
    };
    let (what, severity, name) = (word(*news), rule.severity.name(), &rule.name);
    format!("{what} · {severity} · {of} · {name}: {}; {after}. Since {}.", words::reason(rule), rfc3339(*fired_ms))
}

fn data(told: &Told, now_ms: i64) -> Value {
    let Told { id, rule, news, value, fired_ms, why, channels: _ } = told;
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
        "reason": words::reason(rule),
        "fired_at": rfc3339(*fired_ms),
        "resolved_at": resolved_at,
        "why": why,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(name: &str, news: News, channels: &[&str]) -> Told {
        let rule = json!({"name": name, "metric": "leads", "window_days": 1, "condition": "below", "threshold": 3});
        let rule = serde_json::from_value::<Rule>(rule).unwrap().checked().unwrap();
        let channels = channels.iter().map(|channel| (*channel).to_owned()).collect();
        Told { id: name.into(), rule, news, value: Some(1.0), fired_ms: 0, why: None, channels }
    }

    #[test]
    fn what_happens_at_once_is_one_message_for_each_channel() {
        let all = [
            told("a", News::Fired, &["ops", "mail"]),
            told("b", News::Resolved, &["ops"]),
            told("c", News::Fired, &[]),
        ];
        let sent = messages(&all, 60_000);
        let titles: Vec<_> = sent.iter().map(|(channel, message)| (&**channel, &*message.title)).collect();
        assert_eq!(titles, [("mail", "Firing: a (default)"), ("ops", "2 alerts: 1 firing, 1 resolved")]);
        assert_eq!(
            sent[0].1.lines,
            ["Firing · warning · default · a: leads over 1 day is below 3; now 1. Since 1970-01-01T00:00:00.000Z."]
        );
        assert_eq!(sent[1].1.data[1]["resolved_at"], "1970-01-01T00:01:00.000Z");
        let many: Vec<Told> = (0..120).map(|_| told("a", News::Fired, &["ops"])).collect();
        assert_eq!(messages(&many, 0).len(), 120_usize.div_ceil(ALERTS_PER_MESSAGE_MAX));
    }
}
