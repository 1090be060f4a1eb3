//! What people want, and whether the bot understood.

use super::Days;
use super::answer::{IntentRow, Intents, average, percent};
use super::counts::merge;
use crate::rollup::daily::IntentTally;

pub fn intents(days: &Days) -> Intents {
    let (merged, truncated) = merge(days.iter().map(|(_, daily)| &daily.intents), |sum: &mut IntentTally, tally| {
        let IntentTally { triggers, success, confidence_ppm_sum, confidence_count, response_ms_sum, response_count } =
            tally;
        sum.triggers += triggers;
        sum.success += success;
        sum.confidence_ppm_sum += confidence_ppm_sum;
        sum.confidence_count += confidence_count;
        sum.response_ms_sum += response_ms_sum;
        sum.response_count += response_count;
    });
    let mut rows: Vec<IntentRow> = merged.into_iter().map(|(name, tally)| row(name, &tally)).collect();
    rows.sort_unstable_by(|one, other| other.triggers.cmp(&one.triggers).then_with(|| one.intent.cmp(&other.intent)));
    Intents { rows, truncated }
}

fn row(name: &str, tally: &IntentTally) -> IntentRow {
    IntentRow {
        intent: name.into(),
        triggers: tally.triggers,
        success: tally.success,
        failures: tally.triggers - tally.success,
        success_rate: percent(tally.success, tally.triggers),
        avg_confidence: average(tally.confidence_ppm_sum as f64 / 1e6, tally.confidence_count),
        avg_response_time_ms: average(tally.response_ms_sum as f64, tally.response_count),
    }
}
