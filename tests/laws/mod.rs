//! What holds for any input at all; proptest shrinks what does not, and prints the case with its seed.

use std::collections::{BTreeMap, BTreeSet};

use novahouse::limits::RESPONSE_TIME_MS_MAX;
use novahouse::model::session::add_day;
use novahouse::model::wire::{self, Context};
use novahouse::model::{Day, DayRange};
use novahouse::rollup::Histogram;
use novahouse::rollup::histogram::Merged;
use novahouse::rollup::presence::{Presence, count_new_day, distinct};
use novahouse::transfer::event_json;
use proptest::prelude::*;

use crate::support::generator::Generator;

const NOW_MS: i64 = 1_774_951_200_000;

/// JSON of any shape, with the names of fields among its keys.
fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        ".{0,12}".prop_map(Into::into),
        prop::sample::select(vec!["message", "lead", "performance", "2026-03-01T00:00:00Z"]).prop_map(Into::into),
    ];
    let key = prop_oneof![
        prop::sample::select(vec![
            "type",
            "session_id",
            "timestamp",
            "rating",
            "entities",
            "pages_visited",
            "cost_usd"
        ])
        .prop_map(String::from),
        ".{0,6}",
    ];
    leaf.prop_recursive(3, 24, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
            prop::collection::vec((key.clone(), inner), 0..8)
                .prop_map(|fields| serde_json::Value::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn any_text_is_an_event_or_a_sentence(text in ".{0,200}") {
        if let Err(sentence) = wire::parse(&text, &Context::at(NOW_MS)) {
            prop_assert!(!sentence.is_empty());
        }
    }

    #[test]
    fn any_json_is_an_event_or_a_sentence(value in json()) {
        if let Err(sentence) = wire::parse(&value.to_string(), &Context::at(NOW_MS)) {
            prop_assert!(!sentence.is_empty());
        }
    }

    #[test]
    fn an_event_comes_back_from_its_json_as_it_was(seed: u64) {
        for event in Generator::new(seed, NOW_MS).events(20) {
            let written = event_json::to_json(&event).to_string();
            let parsed = wire::parse(&written, &Context::at(NOW_MS)).map_err(TestCaseError::fail)?;
            prop_assert_eq!(parsed.event, event, "{}", written);
            prop_assert!(parsed.unknown_fields.is_empty());
        }
    }

    /// Nearest rank over the sorted values, within 1 %; sums, counts and the largest exact; the same in any partition.
    #[test]
    fn percentiles_are_within_one_percent(
        values in prop::collection::vec(prop_oneof![0..=RESPONSE_TIME_MS_MAX, 0..3_000u32], 1..400),
        parts in 1..5usize,
    ) {
        let mut histograms = vec![Histogram::default(); parts];
        for (place, value) in values.iter().enumerate() {
            histograms[place % parts].add(*value);
        }
        let mut merged = Merged::default();
        for histogram in &histograms {
            prop_assert!(histogram.is_whole());
            merged.add(histogram);
        }
        let mut sorted = values.clone();
        sorted.sort_unstable();
        prop_assert_eq!(merged.count, values.len() as u64);
        prop_assert_eq!(merged.sum_ms, values.iter().map(|value| u64::from(*value)).sum::<u64>());
        prop_assert_eq!(merged.max_ms, *sorted.last().unwrap());
        for percent in [50, 95, 99, 100] {
            let right = u64::from(sorted[(sorted.len() * percent).div_ceil(100).max(1) - 1]);
            let found = merged.percentile(percent as u64);
            prop_assert!(found.abs_diff(right) as f64 <= right as f64 * 0.01, "p{}: {} instead of {}", percent, found, right);
        }
    }

    /// The gap method against sets, for visits in any order and every range.
    #[test]
    fn distinct_counts_are_exact_for_every_range(visits in prop::collection::vec((0..8u32, 0..40i32), 0..120)) {
        let mut presences: BTreeMap<Day, Presence> = BTreeMap::new();
        let mut active: BTreeMap<u32, Vec<Day>> = BTreeMap::new();
        for (who, day) in &visits {
            if let Some(new_day) = add_day(active.entry(*who).or_default(), Day(*day)) {
                count_new_day(new_day, |day, change| change(presences.entry(day).or_default()));
            }
        }
        prop_assert!(presences.values().all(Presence::is_whole));
        for (first, last) in (0..40).flat_map(|first| (first..40).map(move |last| (first, last))) {
            let range = DayRange::new(Day(first), Day(last));
            let days = presences.range(Day(first)..=Day(last)).map(|(day, presence)| (*day, presence));
            let right: BTreeSet<u32> =
                visits.iter().filter(|(_, day)| (first..=last).contains(day)).map(|(who, _)| *who).collect();
            prop_assert_eq!(distinct(range, days), right.len() as u64, "{}..={}", first, last);
        }
    }
}
