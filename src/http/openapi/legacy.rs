//! The first system's addresses.

use schemars::JsonSchema;
use serde_json::{Value, json};

use super::build::{Docs, Operation};
use super::params::{bot, query, whole, window};
use crate::http::legacy::{BUDGET_USD_MAX, BUDGET_USD_MIN, DEFAULT_BUDGET_USD};
use crate::http::shown::{self, LegacyAnswer};
use crate::limits::QUESTIONS_LISTED_MAX;

pub fn list(docs: &mut Docs) {
    let path = "/api/analytics/dashboard/summary";
    add::<shown::Summary>(docs, path, "summary", "Today, the budget, the week", vec![budget(), bot()]);
    let path = "/api/analytics/budget/status";
    add::<shown::Budget>(docs, path, "budget_status", "This month's cost against a budget", vec![budget(), bot()]);
    let date = query("date", "Which day; today where it is not given.", json!({"type": "string", "format": "date"}));
    let path = "/api/analytics/metrics/daily";
    add::<shown::DailyMetrics>(docs, path, "metrics_daily", "One day", vec![date, bot()]);
    let path = "/api/analytics/metrics/weekly";
    add::<shown::WeeklyMetrics>(docs, path, "metrics_weekly", "Seven days, and each of them", vec![bot()]);
    let limit = whole("limit", "How many.", 1, QUESTIONS_LISTED_MAX.into(), 10);
    let path = "/api/analytics/questions/top";
    let params = [window(7), vec![limit]].concat();
    add::<shown::TopQuestions>(docs, path, "questions_top", "What people ask most", params);
}

fn add<T: JsonSchema>(docs: &mut Docs, path: &'static str, id: &str, summary: &str, params: Vec<Value>) {
    let schema = docs.of::<LegacyAnswer<T>>();
    let operation = Operation::get(path, id, "First system", summary).params(params);
    docs.add(operation.gives("The figures.", schema).fails_as_legacy());
}

fn budget() -> Value {
    let schema =
        json!({"type": "number", "minimum": BUDGET_USD_MIN, "maximum": BUDGET_USD_MAX, "default": DEFAULT_BUDGET_USD});
    query("budget", "US dollars a month.", schema)
}
