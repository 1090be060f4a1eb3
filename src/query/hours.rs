//! The hours of the week, by whatever is counted of them.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;

use super::Days;
use super::answer::{average, percent};
use super::overview::priced;
use crate::engine::TokenPrice;
use crate::model::{Hour, Zone};
use crate::rollup::daily::HourTally;
use crate::rollup::histogram::Merged;
use crate::rollup::performance::PerformanceRollup;

/// What is told of each hour of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HourMetric {
    Conversations,
    Leads,
    /// Exchanges whose intent did not succeed.
    NotUnderstood,
    /// The same in percent of those with an intent.
    NotUnderstoodPercent,
    /// Exchanges of negative sentiment.
    Negative,
    /// The same in percent of those with a sentiment.
    NegativePercent,
    CostUsd,
    /// Of exchanges.
    AvgResponseTimeMs,
    /// To the bot's own service, as performance events tell; so are the three after it.
    Requests,
    Errors,
    ErrorRatePercent,
    P95Ms,
}

impl HourMetric {
    pub const ALL: [Self; 12] = [
        Self::Conversations,
        Self::Leads,
        Self::NotUnderstood,
        Self::NotUnderstoodPercent,
        Self::Negative,
        Self::NegativePercent,
        Self::CostUsd,
        Self::AvgResponseTimeMs,
        Self::Requests,
        Self::Errors,
        Self::ErrorRatePercent,
        Self::P95Ms,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Conversations => "conversations",
            Self::Leads => "leads",
            Self::NotUnderstood => "not_understood",
            Self::NotUnderstoodPercent => "not_understood_percent",
            Self::Negative => "negative",
            Self::NegativePercent => "negative_percent",
            Self::CostUsd => "cost_usd",
            Self::AvgResponseTimeMs => "avg_response_time_ms",
            Self::Requests => "requests",
            Self::Errors => "errors",
            Self::ErrorRatePercent => "error_rate_percent",
            Self::P95Ms => "p95_ms",
        }
    }

    /// Whether performance events tell it, and not exchanges and leads.
    pub fn is_of_service(self) -> bool {
        matches!(self, Self::Requests | Self::Errors | Self::ErrorRatePercent | Self::P95Ms)
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct HoursOfWeek {
    pub metric: HourMetric,
    /// From Monday; hours of the wall clock. `null` where there is nothing that a share or a time could be of.
    pub by_hour_of_week: [[Option<f64>; 24]; 7],
    /// The same of the whole window.
    pub total: Option<f64>,
}

/// What exchanges and leads tell.
pub fn of_exchanges(metric: HourMetric, days: &Days, price: TokenPrice) -> HoursOfWeek {
    let mut week: [[HourTally; 24]; 7] = Default::default();
    let mut total = HourTally::default();
    for (day, daily) in days {
        for (sum, hour) in week[day.weekday()].iter_mut().zip(&daily.by_hour) {
            sum.add(hour);
            total.add(hour);
        }
    }
    let value = |tally: &HourTally| exchange_value(metric, tally, price);
    HoursOfWeek { metric, by_hour_of_week: week.each_ref().map(|day| day.each_ref().map(value)), total: value(&total) }
}

fn exchange_value(metric: HourMetric, tally: &HourTally, price: TokenPrice) -> Option<f64> {
    match metric {
        HourMetric::Conversations => Some(tally.exchanges as f64),
        HourMetric::Leads => Some(tally.leads as f64),
        HourMetric::NotUnderstood => Some(tally.not_understood as f64),
        HourMetric::NotUnderstoodPercent => share(tally.not_understood, tally.with_intent),
        HourMetric::Negative => Some(tally.negative as f64),
        HourMetric::NegativePercent => share(tally.negative, tally.with_sentiment),
        HourMetric::CostUsd => {
            let unpriced = (tally.unpriced_input_tokens, tally.unpriced_output_tokens);
            Some(priced(tally.cost_nanos, unpriced, price) as f64 / 1e9)
        }
        HourMetric::AvgResponseTimeMs => {
            (tally.response_count > 0).then(|| average(tally.response_ms_sum as f64, tally.response_count))
        }
        HourMetric::Requests | HourMetric::Errors | HourMetric::ErrorRatePercent | HourMetric::P95Ms => {
            unreachable!("told by performance events")
        }
    }
}

#[derive(Default)]
struct Service {
    requests: u64,
    errors: u64,
    response: Merged,
}

impl Service {
    fn add(&mut self, rollup: &PerformanceRollup) {
        for tally in rollup.tallies() {
            self.requests += tally.requests;
            self.errors += tally.errors;
            self.response.add(&tally.response);
        }
    }

    fn value(&self, metric: HourMetric) -> Option<f64> {
        match metric {
            HourMetric::Requests => Some(self.requests as f64),
            HourMetric::Errors => Some(self.errors as f64),
            HourMetric::ErrorRatePercent => share(self.errors, self.requests),
            HourMetric::P95Ms => (self.response.count > 0).then(|| self.response.percentile(95) as f64),
            _ => unreachable!("told by exchanges"),
        }
    }
}

/// What performance events tell, hour by hour: each clock hour counts for where the wall clock stood when it began.
pub fn of_service(metric: HourMetric, hours: &[(Hour, Arc<PerformanceRollup>)], zone: Zone) -> HoursOfWeek {
    let mut week: Vec<Service> = std::iter::repeat_with(Service::default).take(7 * 24).collect();
    let mut total = Service::default();
    for (hour, rollup) in hours {
        let (day, hour_of_day) = zone.day_and_hour(hour.start_ms());
        week[day.weekday() * 24 + hour_of_day].add(rollup);
        total.add(rollup);
    }
    let value = |day: usize, hour: usize| week[day * 24 + hour].value(metric);
    HoursOfWeek {
        metric,
        by_hour_of_week: std::array::from_fn(|day| std::array::from_fn(|hour| value(day, hour))),
        total: total.value(metric),
    }
}

fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| percent(part, whole))
}
