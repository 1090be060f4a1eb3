//! Rules that are worth having from the first day.

use super::metric::Metric;
use super::rule::{Condition, Rule, Severity};

/// For a bot; no one is told yet.
pub fn offered(bot: &str) -> Vec<Rule> {
    let rule = |name: &str, metric: Metric| Rule {
        name: name.to_owned(),
        bot: Some(bot.to_owned()),
        metric,
        window_hours: None,
        window_days: None,
        condition: Condition::Above,
        threshold: None,
        hold_minutes: 0,
        endpoint: None,
        intent: None,
        min_count: None,
        budget_usd: None,
        severity: Severity::Warning,
        channels: Vec::new(),
        remind_hours: None,
        enabled: true,
    };
    vec![
        Rule {
            window_hours: Some(1),
            threshold: Some(1_000.0),
            hold_minutes: 5,
            min_count: Some(20),
            remind_hours: Some(4),
            ..rule("Slow: p95 above a second", Metric::ResponseP95Ms)
        },
        Rule {
            window_hours: Some(1),
            threshold: Some(5.0),
            hold_minutes: 5,
            min_count: Some(20),
            severity: Severity::Critical,
            remind_hours: Some(4),
            ..rule("Errors: above 5%", Metric::ErrorRatePercent)
        },
        Rule {
            window_days: Some(1),
            threshold: Some(20.0),
            min_count: Some(20),
            ..rule("Not understood: above 20%", Metric::NotUnderstoodPercent)
        },
        Rule {
            window_days: Some(1),
            condition: Condition::NoData,
            ..rule("Silence: no conversations for a day", Metric::Conversations)
        },
        Rule { threshold: Some(80.0), budget_usd: Some(10.0), ..rule("Budget: above 80%", Metric::BudgetUsedPercent) },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_offered_can_be_followed() {
        for rule in offered("shop") {
            assert_eq!(rule.clone().checked().unwrap(), rule);
        }
    }
}
