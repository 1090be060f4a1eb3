//! How the bot's own service does.

use std::sync::Arc;

use super::answer::{EndpointRow, PerformanceAnswer, average, percent};
use super::counts::merge;
use crate::rollup::PerformanceRollup;
use crate::rollup::histogram::Merged;

#[derive(Default)]
struct Endpoint {
    requests: u64,
    errors: u64,
    response: Merged,
}

/// From rollups that do not overlap, in order of time.
pub fn performance(period_hours: u32, rollups: &[Arc<PerformanceRollup>]) -> PerformanceAnswer {
    let (merged, truncated) = merge(rollups.iter().map(|rollup| &rollup.endpoints), |sum: &mut Endpoint, tally| {
        sum.requests += tally.requests;
        sum.errors += tally.errors;
        sum.response.add(&tally.response);
    });
    let mut total = Endpoint::default();
    for endpoint in merged.values() {
        total.requests += endpoint.requests;
        total.errors += endpoint.errors;
        total.response.include(&endpoint.response);
    }
    let mut endpoints: Vec<EndpointRow> = merged.into_iter().map(|(name, endpoint)| row(name, &endpoint)).collect();
    endpoints.sort_unstable_by(|one, other| {
        other.request_count.cmp(&one.request_count).then_with(|| one.endpoint.cmp(&other.endpoint))
    });
    let memory: u128 = rollups.iter().map(|rollup| rollup.memory_micro_mb_sum).sum();
    let cpu: u128 = rollups.iter().map(|rollup| rollup.cpu_micro_percent_sum).sum();
    PerformanceAnswer {
        period_hours,
        endpoints,
        truncated,
        total: row("", &total),
        avg_memory_mb: average(memory as f64 / 1e6, rollups.iter().map(|rollup| rollup.memory_count).sum()),
        avg_cpu_percent: average(cpu as f64 / 1e6, rollups.iter().map(|rollup| rollup.cpu_count).sum()),
        total_requests: rollups.iter().map(|rollup| rollup.requests).sum(),
        requests_by_hour: by_hour(rollups),
    }
}

fn by_hour(rollups: &[Arc<PerformanceRollup>]) -> Vec<(i64, u64)> {
    let mut hours: Vec<(i64, u64)> = rollups
        .iter()
        .flat_map(|rollup| rollup.by_hour.iter().map(|(hour, count)| (hour.start_ms(), *count)))
        .collect();
    hours.sort_unstable();
    // Where clocks go back by half an hour, two days may share an hour.
    hours.dedup_by(|later, kept| {
        let same = later.0 == kept.0;
        kept.1 += if same { later.1 } else { 0 };
        same
    });
    hours
}

fn row(name: &str, endpoint: &Endpoint) -> EndpointRow {
    let Endpoint { requests, errors, response } = endpoint;
    EndpointRow {
        endpoint: name.into(),
        request_count: *requests,
        avg_response_time_ms: average(response.sum_ms as f64, response.count),
        max_response_time_ms: u64::from(response.max_ms),
        p50_ms: response.percentile(50),
        p95_ms: response.percentile(95),
        p99_ms: response.percentile(99),
        error_count: *errors,
        error_rate: percent(*errors, *requests),
        timed_count: response.count,
    }
}
