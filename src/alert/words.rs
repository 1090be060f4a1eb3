//! What is said of a rule and its alert, in a line, in each language.

use super::metric::{Metric, Span, Unit};
use super::rule::{Condition, Rule, Severity};
use super::state::News;
use crate::language::Language;
use crate::model::Zone;

/// Why an alert is over, where it is not for the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    AsksElse,
    NoData,
    Gone,
}

/// English and Polish, as `Language` counts.
type Both = [&'static str; 2];

impl Why {
    pub fn words(self, language: Language) -> &'static str {
        let both: Both = match self {
            Self::AsksElse => ["the rule asks something else now", "reguła pyta teraz o coś innego"],
            Self::NoData => ["there has been no data for a day", "od doby nie ma danych"],
            Self::Gone => ["the rule was removed or switched off", "regułę usunięto lub wyłączono"],
        };
        both[language as usize]
    }
}

/// What is watched, and when it is a reason: `p95 of the response time of /chat over 1 hour is above 1000 ms`.
pub fn reason(rule: &Rule, language: Language) -> String {
    let (subject, threshold) = (subject(rule, language), rule.threshold.unwrap_or_default());
    let shown = show(rule.judged_unit(), threshold, language);
    match (language, rule.condition) {
        (Language::En, Condition::Above) => format!("{subject} is above {shown}"),
        (Language::En, Condition::Below) => format!("{subject} is below {shown}"),
        (Language::En, Condition::RisesBy) => format!("{subject}: more than {shown} above the week before"),
        (Language::En, Condition::FallsBy) => format!("{subject}: more than {shown} below the week before"),
        (Language::En, Condition::NoData) => format!("there are no {subject}"),
        (Language::Pl, Condition::Above) => format!("{subject}: powyżej {shown}"),
        (Language::Pl, Condition::Below) => format!("{subject}: poniżej {shown}"),
        (Language::Pl, Condition::RisesBy) => format!("{subject}: o ponad {shown} więcej niż tydzień wcześniej"),
        (Language::Pl, Condition::FallsBy) => format!("{subject}: o ponad {shown} mniej niż tydzień wcześniej"),
        (Language::Pl, Condition::NoData) => format!("{subject}: zupełny brak"),
    }
}

/// `p95 of the response time of /chat over 1 hour`.
fn subject(rule: &Rule, language: Language) -> String {
    let name = rule.endpoint.as_ref().or(rule.intent.as_ref());
    let of = name.map_or_else(String::new, |name| match language {
        Language::En => format!(" of {name}"),
        Language::Pl => format!(" ({name})"),
    });
    let over = match (rule.metric.span(), rule.window_hours, rule.window_days) {
        (Span::Hours, Some(hours), _) => window(hours, [["hour", "hours"], ["godziny", "godzin"]], language),
        (Span::Days, _, Some(days)) => window(days, [["day", "days"], ["dnia", "dni"]], language),
        _ => String::new(),
    };
    format!("{}{of}{over}", metric(rule.metric)[language as usize])
}

/// One, and more of them, in each language.
fn window(count: u32, nouns: [Both; 2], language: Language) -> String {
    let over = [" over", " w ciągu"][language as usize];
    format!("{over} {count} {}", nouns[language as usize][usize::from(count != 1)])
}

/// What was found, for a line of a message: `now 1234 ms`.
pub fn found(rule: &Rule, value: Option<f64>, language: Language) -> String {
    let now = ["now", "teraz"][language as usize];
    match (value, rule.condition) {
        (None, _) => ["no data now", "teraz brak danych"][language as usize].to_owned(),
        (Some(value), Condition::RisesBy | Condition::FallsBy) => {
            let sign = if value > 0.0 { "+" } else { "" };
            format!("{now} {sign}{}", show(rule.judged_unit(), value, language))
        }
        (Some(value), _) => format!("{now} {}", show(rule.judged_unit(), value, language)),
    }
}

/// A moment by the clocks of a zone, as a person writes it: `27 November 2026, 22:16 Europe/Warsaw`.
pub fn moment(zone: Zone, at_ms: i64, language: Language) -> String {
    let (_, _, _, hour, minute) = zone.wall_clock(at_ms);
    format!("{}, {hour:02}:{minute:02} {}", language.day(zone.day(at_ms)), zone.name())
}

/// What became of an alert, as the first word of its line.
pub fn news(news: News, language: Language) -> &'static str {
    let both: Both = match news {
        News::Fired => ["Firing", "Alert"],
        News::Reminder => ["Still firing", "Alert trwa"],
        News::Resolved => ["Resolved", "Koniec alertu"],
    };
    both[language as usize]
}

/// Several alerts in a line: how many there are, and how many of each news. `3 alerts: 2 firing, 1 resolved`.
pub fn several(count: usize, of: impl Fn(News) -> usize, language: Language) -> String {
    let words: [(News, Both); 3] = [
        (News::Fired, ["firing", "nowe"]),
        (News::Reminder, ["still firing", "trwające"]),
        (News::Resolved, ["resolved", "zakończone"]),
    ];
    let parts = words.into_iter().map(|(news, both)| (of(news), both[language as usize]));
    let parts = parts.filter(|(count, _)| *count > 0).map(|(count, word)| match language {
        Language::En => format!("{count} {word}"),
        Language::Pl => format!("{word}: {count}"),
    });
    let parts = parts.collect::<Vec<_>>().join(", ");
    match language {
        Language::En => format!("{count} alerts: {parts}"),
        Language::Pl => format!("Alerty ({count}): {parts}"),
    }
}

pub fn severity(severity: Severity, language: Language) -> &'static str {
    match (language, severity) {
        (Language::En, severity) => severity.name(),
        (Language::Pl, Severity::Info) => "informacja",
        (Language::Pl, Severity::Warning) => "ostrzeżenie",
        (Language::Pl, Severity::Critical) => "krytyczny",
    }
}

/// A value for people: two decimals at most, and none that say nothing.
fn show(unit: Unit, value: f64, language: Language) -> String {
    let text = format!("{value:.2}");
    let plain = || text.trim_end_matches('0').trim_end_matches('.');
    let english = match unit {
        Unit::Count => plain().to_owned(),
        Unit::Percent => format!("{}%", plain()),
        Unit::Ms => format!("{} ms", plain()),
        Unit::Mb => format!("{} MB", plain()),
        Unit::Usd if language == Language::Pl => format!("{text} $"),
        Unit::Usd => format!("${text}"),
    };
    english.replace('.', language.decimal_mark().encode_utf8(&mut [0; 4]))
}

/// What a metric is called.
fn metric(metric: Metric) -> Both {
    match metric {
        Metric::Conversations => ["conversations", "rozmowy"],
        Metric::NotUnderstoodPercent => ["share not understood", "odsetek niezrozumianych"],
        Metric::NegativePercent => ["share with a negative sentiment", "odsetek negatywnych wypowiedzi"],
        Metric::SatisfactionPercent => ["satisfaction", "zadowolenie"],
        Metric::Sessions => ["sessions", "sesje"],
        Metric::Users => ["users", "użytkownicy"],
        Metric::Leads => ["leads", "kontakty"],
        Metric::ConversionPercent => ["leads per session", "kontakty na sesję"],
        Metric::CostUsd => ["cost", "koszt"],
        Metric::BudgetUsedPercent => ["budget used this month", "wykorzystany budżet miesiąca"],
        Metric::ReplyAvgMs => ["mean response time of replies", "średni czas odpowiedzi bota"],
        Metric::ReplyP50Ms => ["median response time of replies", "mediana czasu odpowiedzi bota"],
        Metric::ReplyP95Ms => ["p95 of the response time of replies", "p95 czasu odpowiedzi bota"],
        Metric::ReplyP99Ms => ["p99 of the response time of replies", "p99 czasu odpowiedzi bota"],
        Metric::Requests => ["requests", "żądania"],
        Metric::ErrorRatePercent => ["error rate", "odsetek błędów"],
        Metric::ResponseP50Ms => ["median response time", "mediana czasu odpowiedzi"],
        Metric::ResponseP95Ms => ["p95 of the response time", "p95 czasu odpowiedzi"],
        Metric::ResponseP99Ms => ["p99 of the response time", "p99 czasu odpowiedzi"],
        Metric::QueueUsedPercent => ["NovaHouse's queue", "zajęta kolejka NovaHouse"],
        Metric::DiskFreeMb => ["free space of NovaHouse's disk", "wolne miejsce na dysku NovaHouse"],
        Metric::FailingChecks => ["failing checks of NovaHouse's health", "nieudane testy stanu NovaHouse"],
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use Language::{En, Pl};

    fn of(rule: Value) -> Rule {
        serde_json::from_value::<Rule>(rule).unwrap().checked().unwrap()
    }

    #[test]
    fn a_rule_is_told_in_a_sentence_of_each_language() {
        let slow = of(
            json!({"name": "x", "metric": "response_p95_ms", "window_hours": 1, "endpoint": "/chat", "condition": "above", "threshold": 1000}),
        );
        assert_eq!(reason(&slow, En), "p95 of the response time of /chat over 1 hour is above 1000 ms");
        assert_eq!(reason(&slow, Pl), "p95 czasu odpowiedzi (/chat) w ciągu 1 godziny: powyżej 1000 ms");
        assert_eq!(found(&slow, Some(1_234.5), En), "now 1234.5 ms");
        assert_eq!(found(&slow, Some(1_234.5), Pl), "teraz 1234,5 ms");
        let gone = of(json!({"name": "x", "metric": "conversations", "window_days": 2, "condition": "no_data"}));
        assert_eq!(reason(&gone, En), "there are no conversations over 2 days");
        assert_eq!(reason(&gone, Pl), "rozmowy w ciągu 2 dni: zupełny brak");
        let fewer =
            of(json!({"name": "x", "metric": "leads", "window_days": 7, "condition": "falls_by", "threshold": 30}));
        assert_eq!(reason(&fewer, En), "leads over 7 days: more than 30% below the week before");
        assert_eq!(reason(&fewer, Pl), "kontakty w ciągu 7 dni: o ponad 30% mniej niż tydzień wcześniej");
        assert_eq!(found(&fewer, Some(-41.0), En), "now -41%");
        let dear =
            of(json!({"name": "x", "metric": "cost_usd", "window_days": 1, "condition": "above", "threshold": 0.5}));
        assert_eq!(reason(&dear, En), "cost over 1 day is above $0.50");
        assert_eq!(reason(&dear, Pl), "koszt w ciągu 1 dnia: powyżej 0,50 $");
    }

    #[test]
    fn moments_are_told_by_the_clocks_of_the_zone() {
        let warsaw: Zone = "Europe/Warsaw".parse().unwrap();
        let at_ms = 1_795_814_160_344;
        assert_eq!(moment(warsaw, at_ms, En), "27 November 2026, 22:16 Europe/Warsaw");
        assert_eq!(moment(warsaw, at_ms, Pl), "27 listopada 2026, 22:16 Europe/Warsaw");
        assert_eq!(moment(Zone::UTC, at_ms, En), "27 November 2026, 21:16 UTC");
        assert_eq!(moment(warsaw, 0, En), "1 January 1970, 01:00 Europe/Warsaw");
    }

    #[test]
    fn values_are_shown_with_their_unit() {
        assert_eq!(show(Unit::Percent, 12.5, En), "12.5%");
        assert_eq!(show(Unit::Percent, 12.5, Pl), "12,5%");
        assert_eq!(show(Unit::Count, 100.0, En), "100");
    }
}
