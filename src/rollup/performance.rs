//! What an hour, or a day, of the bot's own service adds up to.

use serde::{Deserialize, Serialize};

use super::histogram::Histogram;
use super::names::Names;
use crate::limits::NAMES_PER_DAY_MAX;
use crate::model::event::Performance;
use crate::model::{Hour, Zone};

/// The least status that is an error.
const ERROR_STATUS_MIN: u16 = 400;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PerformanceRollup {
    pub endpoints: Names<EndpointTally>,
    pub requests: u64,
    pub memory_micro_mb_sum: u128,
    pub memory_count: u64,
    pub cpu_micro_percent_sum: u128,
    pub cpu_count: u64,
    /// Requests by clock hour, sorted.
    pub by_hour: Vec<(Hour, u64)>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndpointTally {
    pub requests: u64,
    pub errors: u64,
    pub response: Histogram,
}

impl PerformanceRollup {
    pub fn add(&mut self, metric: &Performance, timestamp_ms: i64, zone: Zone) {
        let Performance {
            endpoint,
            response_time_ms,
            status_code,
            error_message: _,
            memory_micro_mb,
            cpu_micro_percent,
        } = metric;
        self.requests += 1;
        let tally = self.endpoints.tally(endpoint, NAMES_PER_DAY_MAX);
        tally.requests += 1;
        tally.errors += u64::from(status_code.is_some_and(|code| code >= ERROR_STATUS_MIN));
        if let Some(value_ms) = response_time_ms {
            tally.response.add(*value_ms);
        }
        if let Some(micro_mb) = memory_micro_mb {
            self.memory_micro_mb_sum += u128::from(*micro_mb);
            self.memory_count += 1;
        }
        if let Some(micro_percent) = cpu_micro_percent {
            self.cpu_micro_percent_sum += u128::from(*micro_percent);
            self.cpu_count += 1;
        }
        let hour = zone.hour(timestamp_ms);
        match self.by_hour.binary_search_by_key(&hour, |entry| entry.0) {
            Ok(at) => self.by_hour[at].1 += 1,
            Err(at) => self.by_hour.insert(at, (hour, 1)),
        }
    }

    pub fn is_whole(&self) -> bool {
        let by_endpoint: u64 = self.tallies().map(|tally| tally.requests).sum();
        let by_hour: u64 = self.by_hour.iter().map(|entry| entry.1).sum();
        by_endpoint == self.requests
            && by_hour == self.requests
            && self.tallies().all(|tally| tally.response.is_whole())
    }

    /// Of all endpoints.
    pub fn tallies(&self) -> impl Iterator<Item = &EndpointTally> {
        self.endpoints.iter().map(|(_, tally)| tally).chain(self.endpoints.other())
    }

    pub fn bytes(&self) -> usize {
        self.endpoints.bytes()
            + self.tallies().map(|tally| tally.response.bytes()).sum::<usize>()
            + self.by_hour.len() * 16
    }
}
