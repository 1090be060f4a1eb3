//! Experiments: variants of what a bot says, drawn by chance, and what comes of each.
//!
//! What an experiment is, is a setting (`definition`). Who gets which variant is decided by a hash (`assign`). That a variant was
//! shown is an event of the log (`exposures`); what became of who saw it is counted from sessions (`query::experiment`), and
//! what can be said of the difference is in `results`, by the methods of `statistics`.

mod answer;
mod assign;
mod change;
mod checks;
mod definition;
mod exposures;
mod results;
pub mod statistics;

pub use answer::{By, Estimate, ExperimentResult, VariantResult, Verdict};
pub use assign::assign;
pub use change::{ExperimentChange, NewExperiment};
pub use definition::{Decision, Direction, Experiment, Goal, Lift, State, Variant};
pub use exposures::{KnownExposures, Shown, Who, shown};
pub use results::results;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::limits::EXPERIMENTS_MAX;
use checks::check_name;
use definition::conflict;

/// What a team sets of experiments.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Experiments {
    /// By their names.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub all: BTreeMap<String, Experiment>,
    /// Names of experiments that were started and deleted: sessions remember having seen them.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub used: BTreeSet<String>,
}

impl Experiments {
    /// # Errors
    /// Where something is wrong with it, or its name is taken or used.
    pub fn add(&mut self, new: NewExperiment, salt: String, now_ms: i64) -> Result<()> {
        let (name, experiment) = new.into_draft(salt, now_ms);
        check_name("name", &name)?;
        experiment.check()?;
        if self.all.contains_key(&name) {
            return Err(Error::Conflict(format!("there is an experiment named `{name}` already")));
        }
        if self.used.contains(&name) {
            return Err(Error::Conflict(format!(
                "an experiment named `{name}` was run and deleted, and sessions still say what they saw of it: choose another name"
            )));
        }
        if self.all.len() + self.used.len() >= EXPERIMENTS_MAX {
            return conflict(&format!("there are {EXPERIMENTS_MAX} experiments, which is as many as may be"));
        }
        self.all.insert(name, experiment);
        Ok(())
    }

    /// # Errors
    /// Where there is none.
    pub fn named(&self, name: &str) -> Result<&Experiment> {
        self.all.get(name).ok_or_else(|| no_experiment(name))
    }

    /// Changes one; what it refuses leaves it as it was.
    ///
    /// # Errors
    /// Where there is none, or what `change` refuses; where two that run would answer the same intent.
    pub fn change(&mut self, name: &str, change: impl FnOnce(&mut Experiment) -> Result<()>) -> Result<Experiment> {
        let mut changed = self.named(name)?.clone();
        change(&mut changed)?;
        changed.check()?;
        self.has_its_intents_alone(name, &changed)?;
        self.all.insert(name.to_owned(), changed.clone());
        Ok(changed)
    }

    /// A visitor hears one reply: where two experiments have one for the same intent, the other's would be counted though no one
    /// heard it.
    fn has_its_intents_alone(&self, name: &str, changed: &Experiment) -> Result<()> {
        if changed.state != State::Running {
            return Ok(());
        }
        let others = self.of_bot(&changed.bot).filter(|(other, one)| *other != name && one.state == State::Running);
        for (other, one) in others {
            if let Some(intent) = changed.intents().find(|intent| one.intents().any(|of| of == *intent)) {
                let sentence =
                    format!("the experiment `{other}` answers the intent `{intent}` now: pause or stop it first");
                return conflict(&sentence);
            }
        }
        Ok(())
    }

    /// # Errors
    /// Where there is none, or it is going on.
    pub fn remove(&mut self, name: &str) -> Result<Experiment> {
        match self.named(name)?.state {
            State::Running | State::Paused => conflict("it is going on: stop it first"),
            State::Draft | State::Stopped => {
                let removed = self.all.remove(name).ok_or_else(|| no_experiment(name))?;
                if removed.started_ms.is_some() {
                    self.used.insert(name.to_owned());
                }
                Ok(removed)
            }
        }
    }

    /// Those of a bot, by name.
    pub fn of_bot<'a>(&'a self, bot: &'a str) -> impl Iterator<Item = (&'a str, &'a Experiment)> {
        self.all.iter().filter(move |(_, experiment)| experiment.bot == bot).map(|(name, one)| (name.as_str(), one))
    }
}

pub fn no_experiment(name: &str) -> Error {
    Error::NotFound(format!("there is no experiment named `{name}`"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random;

    fn new(name: &str) -> NewExperiment {
        let json = serde_json::json!({
            "name": name, "bot": "shop", "variants": [{"name": "old", "weight": 1}, {"name": "new", "weight": 1}],
            "primary": {"metric": "lead_rate"},
        });
        serde_json::from_value(json).unwrap()
    }

    fn change(json: serde_json::Value) -> ExperimentChange {
        serde_json::from_value(json).unwrap()
    }

    fn decision(winner: Option<&str>, reason: &str) -> Decision {
        Decision { winner: winner.map(str::to_owned), reason: reason.to_owned() }
    }

    #[test]
    fn an_experiment_goes_from_draft_to_decision_and_no_other_way() {
        let mut experiments = Experiments::default();
        experiments.add(new("greeting"), random::id().unwrap(), 5).unwrap();
        let mut act = |act: &dyn Fn(&mut Experiment) -> Result<()>| experiments.change("greeting", act);
        assert!(act(&|one| one.pause()).is_err());
        assert!(act(&|one| one.stop(decision(None, "x"), "anna", 7)).is_err());
        assert_eq!(act(&|one| one.start(10)).unwrap().started_ms, Some(10));
        assert!(act(&|one| one.start(11)).is_err());
        act(&|one| one.pause()).unwrap();
        assert!(act(&|one| one.pause()).is_err());
        assert_eq!(act(&|one| one.start(12)).unwrap().started_ms, Some(10), "it goes on");
        for (wrong, field) in [
            (decision(None, " "), "reason:"),
            (decision(Some("newer"), "x"), "winner:"),
            (decision(None, &"x".repeat(501)), "reason:"),
        ] {
            let sentence = act(&|one| one.stop(wrong.clone(), "anna", 20)).unwrap_err().to_string();
            assert!(sentence.starts_with(field), "{sentence}");
        }
        let stopped = act(&|one| one.stop(decision(Some("new"), "it won"), "anna", 20)).unwrap();
        assert_eq!(stopped.decided_by.as_deref(), Some("anna"));
        assert_eq!((stopped.stopped_ms, stopped.winner().unwrap().name.as_str()), (Some(20), "new"));
        assert!(act(&|one| one.start(21)).is_err() && act(&|one| one.pause()).is_err());
        assert!(act(&|one| one.stop(decision(None, "x"), "anna", 22)).is_err());
        assert_eq!(
            serde_json::from_str::<Experiments>(&serde_json::to_string(&experiments).unwrap()).unwrap(),
            experiments
        );
    }

    /// Once the one whose name comes first was heard in both, and the other was counted.
    #[test]
    fn two_that_run_answer_no_intent_both() {
        let answering = |name: &str, intent: &str| {
            let variants = serde_json::json!([
                {"name": "old", "weight": 1}, {"name": "new", "weight": 1, "replies": {intent: "Hello there"}}
            ]);
            NewExperiment { variants: serde_json::from_value(variants).unwrap(), ..new(name) }
        };
        let mut experiments = Experiments::default();
        for (name, intent) in [("a", "greeting"), ("b", "greeting"), ("c", "prices")] {
            experiments.add(answering(name, intent), random::id().unwrap(), 5).unwrap();
        }
        let start =
            |experiments: &mut Experiments, name: &str, now_ms| experiments.change(name, |one| one.start(now_ms));
        start(&mut experiments, "a", 10).unwrap();
        start(&mut experiments, "c", 10).unwrap();
        let refused = start(&mut experiments, "b", 11).unwrap_err().to_string();
        assert!(refused.contains("`a`") && refused.contains("`greeting`"), "{refused}");
        experiments.change("a", Experiment::pause).unwrap();
        start(&mut experiments, "b", 12).unwrap();
        assert!(start(&mut experiments, "a", 13).is_err(), "it would go on");
        experiments.change("a", |one| one.stop(decision(Some("new"), "it won"), "anna", 14)).unwrap();
        let who =
            Who { bot: "shop", session_id: Some("s"), user_id: None, device_type: None, language: None, now_ms: 15 };
        let shown: Vec<_> = experiments.shown_to(&who).into_iter().map(|shown| shown.experiment).collect();
        assert_eq!(shown, ["b", "c", "a"], "what runs is heard before what won once");
    }

    #[test]
    fn nothing_that_would_move_visitors_changes_while_it_runs() {
        let mut experiments = Experiments::default();
        experiments.add(new("greeting"), random::id().unwrap(), 5).unwrap();
        let salt = experiments.named("greeting").unwrap().salt.clone();
        let weights = serde_json::json!({"variants": [{"name": "old", "weight": 9}, {"name": "new", "weight": 1}]});
        let apply = |experiments: &mut Experiments, json: &serde_json::Value| {
            experiments.change("greeting", |one| change(json.clone()).apply(one))
        };
        assert_eq!(apply(&mut experiments, &weights).unwrap().variants[0].weight, 9);
        apply(&mut experiments, &serde_json::json!({"traffic_share_ppm": 100_000})).unwrap();
        experiments.change("greeting", |one| one.start(10)).unwrap();
        for refused in [
            weights,
            serde_json::json!({"unit": "user"}),
            serde_json::json!({"bot": "other"}),
            serde_json::json!({"primary": {"metric": "cost_usd"}}),
            serde_json::json!({"plan": {"baseline": 0.1, "lift_percent": 10}}),
            serde_json::json!({"traffic_share_ppm": 99_999}),
        ] {
            let error = apply(&mut experiments, &refused).unwrap_err();
            assert!(matches!(error, Error::Conflict(_)), "{refused}: {error}");
        }
        let wider = serde_json::json!({"traffic_share_ppm": 500_000, "guardrails": [{"metric": "cost_usd"}]});
        let changed = apply(&mut experiments, &wider).unwrap();
        assert_eq!(
            (changed.traffic_share_ppm, changed.guardrails, changed.salt),
            (500_000, vec![Goal::of(crate::query::experiment::Metric::CostUsd)], salt)
        );
    }

    #[test]
    fn a_name_that_sessions_remember_is_not_given_again() {
        let mut experiments = Experiments::default();
        experiments.add(new("greeting"), random::id().unwrap(), 5).unwrap();
        assert!(matches!(experiments.add(new("greeting"), random::id().unwrap(), 5), Err(Error::Conflict(_))));
        experiments.remove("greeting").unwrap();
        experiments.add(new("greeting"), random::id().unwrap(), 6).unwrap();
        experiments.change("greeting", |one| one.start(10)).unwrap();
        assert!(matches!(experiments.remove("greeting"), Err(Error::Conflict(_))));
        experiments.change("greeting", |one| one.stop(decision(None, "no"), "anna", 20)).unwrap();
        experiments.remove("greeting").unwrap();
        assert!(matches!(experiments.add(new("greeting"), random::id().unwrap(), 30), Err(Error::Conflict(_))));
        assert!(matches!(experiments.named("greeting"), Err(Error::NotFound(_))));
    }

    #[test]
    fn what_makes_no_experiment_is_refused_by_name() {
        let two = serde_json::json!([{"name": "a", "weight": 1}, {"name": "b", "weight": 1}]);
        for (field, value, begins) in [
            ("name", serde_json::json!("a/b"), "name:"),
            ("name", serde_json::json!(""), "name:"),
            ("variants", serde_json::json!([{"name": "a", "weight": 1}]), "variants: expected 2 to 8"),
            (
                "variants",
                serde_json::json!([{"name": "a", "weight": 1}, {"name": "a", "weight": 1}]),
                "variants: there are two",
            ),
            (
                "variants",
                serde_json::json!([{"name": "a", "weight": 1}, {"name": "b", "weight": 0}]),
                "variants: weight:",
            ),
            (
                "variants",
                serde_json::json!([{"name": "a", "weight": 1, "replies": {"greeting": " "}}, {"name": "b", "weight": 1}]),
                "variants: replies: greeting:",
            ),
            ("traffic_share_ppm", serde_json::json!(1_000_001), "traffic_share_ppm:"),
            ("guardrails", serde_json::json!([{"metric": "lead_rate"}]), "guardrails: lead_rate is given twice"),
            ("plan", serde_json::json!({"baseline": 1.5, "lift_percent": 10}), "plan: baseline:"),
            ("plan", serde_json::json!({"baseline": 0.1, "lift_percent": 0}), "plan: lift_percent:"),
        ] {
            let mut json =
                serde_json::json!({"name": "x", "bot": "shop", "variants": two, "primary": {"metric": "lead_rate"}});
            json[field] = value.clone();
            let new: NewExperiment = serde_json::from_value(json).unwrap();
            let sentence = Experiments::default().add(new, random::id().unwrap(), 0).unwrap_err().to_string();
            assert!(sentence.starts_with(begins), "{field} {value}: {sentence}");
        }
    }
}
