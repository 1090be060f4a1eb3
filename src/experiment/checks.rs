//! What is wrong with an experiment.

use super::definition::{Experiment, Lift, Variant, invalid};
use crate::error::Result;
use crate::limits::{
    EXPERIMENT_NAME_BYTES_MAX, GUARDRAILS_MAX, NAME_BYTES_MAX, TEXT_BYTES_MAX, VARIANT_REPLIES_MAX, VARIANT_WEIGHT_MAX,
    VARIANTS_MAX,
};
use crate::query::experiment::Metric;

impl Experiment {
    /// # Errors
    /// `Invalid` with a sentence that names the field.
    pub fn check(&self) -> Result<()> {
        if self.traffic_share_ppm > 1_000_000 {
            return invalid(format!("traffic_share_ppm: expected at most 1000000, found {}", self.traffic_share_ppm));
        }
        self.check_variants()?;
        if self.guardrails.len() > GUARDRAILS_MAX {
            return invalid(format!("guardrails: expected at most {GUARDRAILS_MAX}, found {}", self.guardrails.len()));
        }
        for (place, guardrail) in self.guardrails.iter().enumerate() {
            let metric = guardrail.metric;
            let is_before = self.guardrails[..place].iter().any(|other| other.metric == metric);
            if metric == self.primary.metric || is_before {
                return invalid(format!("guardrails: {} is given twice", metric.name()));
            }
        }
        self.check_plan()
    }

    fn check_variants(&self) -> Result<()> {
        let variants = &self.variants;
        if !(2..=VARIANTS_MAX).contains(&variants.len()) {
            return invalid(format!("variants: expected 2 to {VARIANTS_MAX}, found {}", variants.len()));
        }
        for (place, Variant { name, weight, replies }) in variants.iter().enumerate() {
            check_name("variants: name", name)?;
            if variants[..place].iter().any(|other| other.name == *name) {
                return invalid(format!("variants: there are two of the name {name}"));
            }
            if *weight > VARIANT_WEIGHT_MAX {
                return invalid(format!("variants: weight: expected at most {VARIANT_WEIGHT_MAX}, found {weight}"));
            }
            if replies.len() > VARIANT_REPLIES_MAX {
                return invalid(format!("variants: replies: expected at most {VARIANT_REPLIES_MAX}, found more"));
            }
            for (intent, text) in replies {
                if intent.is_empty() || intent.len() > NAME_BYTES_MAX {
                    return invalid(format!(
                        "variants: replies: expected names of intents of 1 to {NAME_BYTES_MAX} bytes"
                    ));
                }
                if text.trim().is_empty() || text.len() > TEXT_BYTES_MAX {
                    return invalid(format!(
                        "variants: replies: {intent}: expected a text of 1 to {TEXT_BYTES_MAX} bytes"
                    ));
                }
            }
        }
        match variants.iter().filter(|variant| variant.weight > 0).count() {
            0 | 1 => invalid("variants: weight: expected two or more that are not 0".into()),
            _ => Ok(()),
        }
    }

    fn check_plan(&self) -> Result<()> {
        let Some(Lift { baseline, deviation, lift_percent }) = self.plan else { return Ok(()) };
        let metric = self.primary.metric;
        let is_share = !matches!(metric, Metric::MessagesPerSession | Metric::ResponseTimeMs | Metric::CostUsd);
        let most = if is_share { 1.0 } else { 1e10 };
        if !(baseline > 0.0 && baseline < most) {
            return invalid(format!("plan: baseline: expected more than 0 and less than {most}, found {baseline}"));
        }
        if !(0.1..=1_000.0).contains(&lift_percent) {
            return invalid(format!("plan: lift_percent: expected 0.1 to 1000, found {lift_percent}"));
        }
        match deviation {
            None if !metric.is_yes_or_no(self.unit) => {
                invalid(format!("plan: deviation: expected the standard deviation of {}, found nothing", metric.name()))
            }
            Some(deviation) if !(deviation > 0.0 && deviation < 1e10) => {
                invalid(format!("plan: deviation: expected more than 0, found {deviation}"))
            }
            _ => Ok(()),
        }
    }
}

/// # Errors
/// `Invalid` where it is no name of an experiment or a variant.
pub fn check_name(field: &str, name: &str) -> Result<()> {
    let fits = (1..=EXPERIMENT_NAME_BYTES_MAX).contains(&name.len());
    if fits && !name.chars().any(|char| char.is_control() || char == '/') && name.trim() == name {
        return Ok(());
    }
    invalid(format!(
        "{field}: expected 1 to {EXPERIMENT_NAME_BYTES_MAX} bytes without slashes or control characters, found {name:?}"
    ))
}
