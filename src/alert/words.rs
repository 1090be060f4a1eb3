//! What is said of a rule and its alert, in a line.

use super::metric::Span;
use super::rule::{Condition, Rule};

/// What is watched, and when it is a reason: `p95 of the response time of /chat over 1 hour is above 1000 ms`.
pub fn reason(rule: &Rule) -> String {
    let (subject, threshold) = (subject(rule), rule.threshold.unwrap_or_default());
    let shown = rule.judged_unit().show(threshold);
    match rule.condition {
        Condition::Above => format!("{subject} is above {shown}"),
        Condition::Below => format!("{subject} is below {shown}"),
        Condition::RisesBy => format!("{subject}: more than {shown} above the week before"),
        Condition::FallsBy => format!("{subject}: more than {shown} below the week before"),
        Condition::NoData => format!("there are no {subject}"),
    }
}

/// `p95 of the response time of /chat over 1 hour`.
fn subject(rule: &Rule) -> String {
    let of = rule.endpoint.as_ref().or(rule.intent.as_ref()).map_or_else(String::new, |name| format!(" of {name}"));
    let over = match (rule.metric.span(), rule.window_hours, rule.window_days) {
        (Span::Hours, Some(hours), _) => format!(" over {}", counted(hours, "hour")),
        (Span::Days, _, Some(days)) => format!(" over {}", counted(days, "day")),
        _ => String::new(),
    };
    format!("{}{of}{over}", rule.metric.words())
}

fn counted(count: u32, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// What was found, for a line of a message: `now 1234 ms`.
pub fn found(rule: &Rule, value: Option<f64>) -> String {
    match (value, rule.condition) {
        (None, _) => "no data now".to_owned(),
        (Some(value), Condition::RisesBy | Condition::FallsBy) => {
            let sign = if value > 0.0 { "+" } else { "" };
            format!("now {sign}{}", rule.judged_unit().show(value))
        }
        (Some(value), _) => format!("now {}", rule.judged_unit().show(value)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn of(rule: Value) -> Rule {
        serde_json::from_value::<Rule>(rule).unwrap().checked().unwrap()
    }

    #[test]
    fn a_rule_is_told_in_a_sentence() {
        let slow = of(
            json!({"name": "x", "metric": "response_p95_ms", "window_hours": 1, "endpoint": "/chat", "condition": "above", "threshold": 1000}),
        );
        assert_eq!(reason(&slow), "p95 of the response time of /chat over 1 hour is above 1000 ms");
        assert_eq!(found(&slow, Some(1_234.5)), "now 1234.5 ms");
        let gone = of(json!({"name": "x", "metric": "conversations", "window_days": 2, "condition": "no_data"}));
        assert_eq!(reason(&gone), "there are no conversations over 2 days");
        let fewer =
            of(json!({"name": "x", "metric": "leads", "window_days": 7, "condition": "falls_by", "threshold": 30}));
        assert_eq!(reason(&fewer), "leads over 7 days: more than 30 % below the week before");
        assert_eq!(found(&fewer, Some(-41.0)), "now -41 %");
    }
}
