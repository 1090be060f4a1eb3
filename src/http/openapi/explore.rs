//! What is explored.

use serde_json::{Value, json};

use super::build::{Docs, Operation};
use super::params::{one_of_or, query, whole, window};
use crate::engine::{Cohorts, HourMetric, HoursOfWeek, Period};
use crate::http::explore::{DEFAULT_COHORT_DAYS, DEFAULT_DAYS, DEFAULT_PATH_NAMES, STEPS};
use crate::http::shown;
use crate::limits::{BOT_NAME_BYTES_MAX, COHORT_PERIODS_MAX, PATH_NAMES_MAX, PATH_STEPS_MAX, SERVICE_HOURS_DAYS_MAX};

const TAG: &str = "Figures";

pub fn list(docs: &mut Docs) {
    funnel(docs);
    paths(docs);
    cohorts(docs);
    hours(docs);
    compare(docs);
}

fn funnel(docs: &mut Docs) {
    let schema = docs.success::<shown::Funnel>();
    let about = "A session passes a step if it does it at or after the one before; all of it in the window. With `within` each \
        doing of the first step is an attempt, of which the one that gets farthest counts, of several the earliest. Without \
        steps: from a message to a lead.";
    let funnel =
        Operation::get("/api/analytics/funnel", "funnel", TAG, "How many sessions come from one step to the next");
    let funnel = funnel.about(about).params(window(DEFAULT_DAYS)).params(steps());
    docs.add(funnel.gives("The steps.", schema).fails(404));
}

/// The steps of a funnel, and its time limit.
pub fn steps() -> Vec<Value> {
    let step = |name: &&str| {
        let about = match *name {
            "step1" => {
                "What comes first: `intent:NAME`, `page:PATH`, `event:NAME` of a conversion event, `lead` or `message`."
            }
            _ => "What comes after the step before; none twice.",
        };
        let schema = json!({"type": "string", "pattern": "^(message|lead|(intent|page|event):.+)$"});
        query(name, about, schema)
    };
    let within = "The longest time from the first step to the last: a whole number and `s`, `m`, `h` or `d`.";
    let schema = json!({"type": "string", "pattern": "^[0-9]{1,9}[smhd]$"});
    STEPS.iter().map(step).chain([query("within", within, schema)]).collect()
}

fn paths(docs: &mut Docs) {
    let schema = docs.success::<shown::Paths>();
    let about = "What sessions ask for first in the window, and what after that; an exchange without an intent is passed over. \
        The most triggered intents are told apart, the rest is `(other)`; `(end)` stands for sessions that asked for nothing more.";
    let steps = whole("steps", "How far sessions are followed.", 2, PATH_STEPS_MAX as u64, PATH_STEPS_MAX as u64);
    let names = whole("names", "Intents that are told apart.", 1, PATH_NAMES_MAX as u64, DEFAULT_PATH_NAMES as u64);
    let paths = Operation::get("/api/analytics/paths", "paths", TAG, "What is asked after what");
    let paths = paths.about(about).params(window(DEFAULT_DAYS)).params([steps, names]);
    docs.add(paths.gives("Nodes and links.", schema).fails(404));
}

fn cohorts(docs: &mut Docs) {
    let schema = docs.success::<Cohorts>();
    let about = format!(
        "Persons with an exchange, by the period they first came in. Periods are whole, whatever days are asked for, and at most \
         {COHORT_PERIODS_MAX}; the first one begins no earlier than the sessions that the bot still keeps."
    );
    let by = one_of_or("by", "How long a period is.", &Period::ALL.map(Period::name), "week");
    let cohorts = Operation::get("/api/analytics/cohorts", "cohorts", TAG, "Who comes again");
    let cohorts = cohorts.about(&about).params(window(DEFAULT_COHORT_DAYS)).params([by]);
    docs.add(cohorts.gives("Cohorts, and who was new and who came again on each day.", schema).fails(404));
}

fn hours(docs: &mut Docs) {
    let schema = docs.success::<HoursOfWeek>();
    let about = format!(
        "`requests`, `errors`, `error_rate_percent` and `p95_ms` are of the bot's own service, for at most \
         {SERVICE_HOURS_DAYS_MAX} days; everything else is of exchanges and leads."
    );
    let metric =
        one_of_or("metric", "What is told of each hour.", &HourMetric::ALL.map(HourMetric::name), "conversations");
    let hours = Operation::get("/api/analytics/hours", "hours", TAG, "The hours of the week");
    let hours = hours.about(&about).params(window(DEFAULT_DAYS)).params([metric]);
    docs.add(hours.gives("Seven days of 24 hours, from Monday.", schema).fails(404));
}

fn compare(docs: &mut Docs) {
    let schema = docs.success::<shown::Comparison>();
    let about = "With `other_from` and `other_to`: those days; otherwise with `other_bot`: the same days; otherwise the days before. \
        Two variants of an experiment: `/api/experiments/{name}/compare`.";
    let date = || json!({"type": "string", "format": "date"});
    let name = json!({"type": "string", "minLength": 1, "maxLength": BOT_NAME_BYTES_MAX});
    let other = [
        query("other_bot", "The bot that is compared with, if it is another one.", name),
        query("other_from", "The first of the days that are compared with, together with `other_to`.", date()),
        query("other_to", "The last of them, itself included.", date()),
    ];
    let compare = Operation::get("/api/analytics/compare", "compare", TAG, "Two periods, or two bots, side by side");
    let compare = compare.about(about).params(window(DEFAULT_DAYS)).params(other);
    docs.add(compare.gives("The headline figures of both.", schema).fails(404));
}
