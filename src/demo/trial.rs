//! The experiment that goes on in the demo: the greeting of the company's own bot, as it is, or with an offer to call back.

use super::{DAY_MS, Plan};
use crate::experiment::{Direction, Experiment, Experiments, Goal, Lift, State, Variant};
use crate::model::{DEFAULT_BOT, Unit};
use crate::query::experiment::Metric;

/// What it is called.
pub const EXPERIMENT: &str = "greeting";

/// Since when it goes on, where there are so many days: whole weeks.
const RUNS_DAYS: i64 = 42;
/// Of the first day: no one starts an experiment at midnight.
const STARTED_AT_MS: i64 = 9 * 3_600_000;
/// The intent whose reply is tried.
const INTENT: &str = "greeting";
/// The variant that makes a difference.
const OFFER: &str = "call back";
const OFFER_REPLY: &str =
    "Dzień dobry! Proszę zostawić numer telefonu, a projektant oddzwoni jeszcze dziś. W czym mogę pomóc?";

/// The same to who writes in English.
const OFFER_REPLY_ENGLISH: &str = "Hello! Leave your number, and a designer calls back today. What can I do for you?";

/// How probable it is that a visitor who was helped leaves a lead, and where he was offered a call.
const LEADS: f64 = 0.11;
const LEADS_OFFERED: f64 = 0.16;

/// As it is set. The same seed draws the same variants.
pub fn experiment(plan: Plan) -> Experiment {
    let (days, today) = (i64::from(plan.days), plan.now_ms.div_euclid(DAY_MS));
    let started_ms = ((today + 1 - days.min(RUNS_DAYS)) * DAY_MS + STARTED_AT_MS).min(plan.now_ms);
    let variant = |name: &str, replies: &[(String, &str)]| Variant {
        name: name.to_owned(),
        weight: 1,
        replies: replies.iter().map(|(intent, reply)| (intent.clone(), (*reply).to_owned())).collect(),
    };
    let offered = [(INTENT.to_owned(), OFFER_REPLY_ENGLISH), (format!("{INTENT}:pl"), OFFER_REPLY)];
    let salt = blake3::hash(format!("the demo's experiment, {}", plan.seed).as_bytes()).to_hex();
    Experiment {
        bot: DEFAULT_BOT.to_owned(),
        unit: Unit::Session,
        traffic_share_ppm: 1_000_000,
        variants: vec![variant("as it was", &[]), variant(OFFER, &offered)],
        primary: Goal::of(Metric::LeadRate),
        guardrails: vec![
            Goal::of(Metric::Satisfaction),
            Goal::of(Metric::Understood),
            Goal { metric: Metric::MessagesPerSession, direction: Direction::Lower },
        ],
        plan: Some(Lift { baseline: 0.1, deviation: None, lift_percent: 40.0 }),
        state: State::Running,
        salt: salt[..32].to_owned(),
        created_ms: started_ms,
        started_ms: Some(started_ms),
        stopped_ms: None,
        decision: None,
        decided_by: None,
    }
}

/// Puts it among the others, unless one has its name.
pub fn set(experiments: &mut Experiments, plan: Plan) {
    experiments.all.entry(EXPERIMENT.to_owned()).or_insert_with(|| experiment(plan));
}

/// What a variant says instead, if it does.
pub(super) fn reply<'v>(variant: &'v Variant, intent: &str, polish: bool) -> Option<&'v str> {
    variant.reply(intent, if polish { "pl" } else { "en" })
}

/// How probable it is that a visitor who was shown this variant, or none, leaves a lead.
pub(super) fn leads(variant: Option<&Variant>) -> f64 {
    if variant.is_some_and(|variant| variant.name == OFFER) { LEADS_OFFERED } else { LEADS }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::demo::generate;
    use crate::model::{Event, Kind};

    const PLAN: Plan = Plan { days: 60, seed: 1, now_ms: 1_790_000_000_000 };

    #[test]
    fn it_is_one_that_the_settings_take() {
        let mut experiments = Experiments::default();
        set(&mut experiments, PLAN);
        let made = experiments.named(EXPERIMENT).unwrap().clone();
        assert_eq!(made, experiment(PLAN));
        // What is checked of every change.
        experiments.change(EXPERIMENT, |_| Ok(())).unwrap();
        set(&mut experiments, Plan { seed: 2, ..PLAN });
        assert_eq!(*experiments.named(EXPERIMENT).unwrap(), made, "one that is there stays");
        for days in [1, 2, 3_650] {
            let started_ms = experiment(Plan { days, ..PLAN }).started_ms.unwrap();
            assert!(started_ms <= PLAN.now_ms && started_ms > PLAN.now_ms - 43 * DAY_MS);
        }
    }

    /// What its page reads, counted plainly: every session of the bot since the start was shown one variant, about as many each,
    /// and the offer brings more leads.
    #[test]
    fn everyone_since_its_start_is_shown_a_variant_and_the_offer_brings_leads() {
        let since_ms = experiment(PLAN).started_ms.unwrap();
        let mut sessions = HashMap::<Box<str>, Vec<Event>>::new();
        for event in generate(PLAN).flatten().filter(|event| &*event.bot == DEFAULT_BOT) {
            if let Some(session) = &event.session_id {
                sessions.entry(session.clone()).or_default().push(event);
            }
        }
        let mut counted = HashMap::<Box<str>, (u32, u32)>::new();
        for events in sessions.values() {
            let exposures = events.iter().filter_map(|event| match &event.kind {
                Kind::Exposure(exposure) => Some((event.timestamp_ms, exposure)),
                _ => None,
            });
            let exposures: Vec<_> = exposures.collect();
            let began_ms = events.iter().map(|event| event.timestamp_ms).min().unwrap();
            assert_eq!(exposures.len(), usize::from(began_ms >= since_ms));
            let Some((at_ms, exposure)) = exposures.first() else { continue };
            assert!(*at_ms >= began_ms && exposure.device_type.is_some() && exposure.language.is_some());
            let (shown, left) = counted.entry(exposure.variant.clone()).or_default();
            *shown += 1;
            *left += u32::from(events.iter().any(|event| matches!(event.kind, Kind::Lead(_))));
        }
        let rate = |name: &str| f64::from(counted[name].1) / f64::from(counted[name].0);
        println!("{counted:?}");
        assert_eq!(counted.len(), 2);
        assert!(counted.values().all(|(shown, _)| (2_000..4_000).contains(shown)), "{counted:?}");
        assert!((0.08..0.12).contains(&rate("as it was")) && (0.12..0.17).contains(&rate(OFFER)), "{counted:?}");
    }
}
