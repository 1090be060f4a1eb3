//! What a bot's day adds up to: everything but its questions and its service's performance, which are read apart.

use serde::{Deserialize, Serialize};

use super::histogram::Histogram;
use super::names::Names;
use super::presence::Presence;
use crate::limits::NAMES_PER_DAY_MAX;
use crate::model::event::{Engagement, Feedback, Lead, Message, Sentiment};
use crate::model::session::{Said, Session};

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Daily {
    pub exchanges: u64,
    pub messages: u64,
    /// In the order of `Sentiment::ALL`.
    pub sentiments: [u64; 3],
    pub response: Histogram,
    /// By hour of the wall clock.
    pub by_hour: [HourTally; 24],
    pub tokens: u64,
    pub cost_nanos: u128,
    /// Of exchanges that gave tokens and no cost.
    pub unpriced_input_tokens: u64,
    pub unpriced_output_tokens: u64,
    pub satisfied: u64,
    pub satisfaction_votes: u64,
    pub intents: Names<IntentTally>,
    pub leads: u64,
    pub lead_packages: Names<u64>,
    pub lead_property_types: Names<u64>,
    pub pages: Names<u64>,
    /// Sessions with an exchange.
    pub sessions: Presence,
    /// Persons with an exchange.
    pub users: Presence,
    pub began: Began,
}

/// What the exchanges and leads of an hour of the wall clock add up to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HourTally {
    pub exchanges: u64,
    pub with_intent: u64,
    /// Of those with an intent.
    pub not_understood: u64,
    pub with_sentiment: u64,
    pub negative: u64,
    pub response_ms_sum: u64,
    pub response_count: u64,
    pub cost_nanos: u128,
    /// Of exchanges that gave tokens and no cost.
    pub unpriced_input_tokens: u64,
    pub unpriced_output_tokens: u64,
    pub leads: u64,
}

impl HourTally {
    /// Adds what another hour adds up to.
    pub fn add(&mut self, other: &Self) {
        let Self {
            exchanges,
            with_intent,
            not_understood,
            with_sentiment,
            negative,
            response_ms_sum,
            response_count,
            cost_nanos,
            unpriced_input_tokens,
            unpriced_output_tokens,
            leads,
        } = other;
        self.exchanges += exchanges;
        self.with_intent += with_intent;
        self.not_understood += not_understood;
        self.with_sentiment += with_sentiment;
        self.negative += negative;
        self.response_ms_sum += response_ms_sum;
        self.response_count += response_count;
        self.cost_nanos += cost_nanos;
        self.unpriced_input_tokens += unpriced_input_tokens;
        self.unpriced_output_tokens += unpriced_output_tokens;
        self.leads += leads;
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct IntentTally {
    pub triggers: u64,
    pub success: u64,
    pub confidence_ppm_sum: u64,
    pub confidence_count: u64,
    pub response_ms_sum: u64,
    pub response_count: u64,
}

/// The sessions that began on the day, whenever what they did was.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Began {
    pub sessions: u64,
    pub messages: u64,
    pub duration_ms: u64,
    pub devices: Names<u64>,
    pub browsers: Names<u64>,
    pub referrers: Names<u64>,
    pub conversions: Names<u64>,
}

impl Daily {
    pub fn add_message(&mut self, message: &Message, hour_of_day: usize) {
        let Message {
            user_message: _,
            bot_response: _,
            intent,
            confidence_ppm,
            entities: _,
            sentiment,
            response_time_ms,
            user_satisfied,
            lead_generated: _,
            success: _,
            message_count,
            input_tokens,
            output_tokens,
            cost_nanos,
            model: _,
            question: _,
        } = message;
        let hour = &mut self.by_hour[hour_of_day];
        self.exchanges += 1;
        hour.exchanges += 1;
        self.messages += u64::from(*message_count);
        if let Some(sentiment) = sentiment {
            self.sentiments[sentiment_place(*sentiment)] += 1;
            hour.with_sentiment += 1;
            hour.negative += u64::from(*sentiment == Sentiment::Negative);
        }
        if let Some(value_ms) = response_time_ms {
            self.response.add(*value_ms);
            hour.response_ms_sum += u64::from(*value_ms);
            hour.response_count += 1;
        }
        let (input, output) = (u64::from(input_tokens.unwrap_or(0)), u64::from(output_tokens.unwrap_or(0)));
        self.tokens += input + output;
        match cost_nanos {
            Some(nanos) => {
                self.cost_nanos += u128::from(*nanos);
                hour.cost_nanos += u128::from(*nanos);
            }
            None => {
                self.unpriced_input_tokens += input;
                self.unpriced_output_tokens += output;
                hour.unpriced_input_tokens += input;
                hour.unpriced_output_tokens += output;
            }
        }
        if let (Some(intent), Some(success)) = (intent, message.intent_success()) {
            hour.with_intent += 1;
            hour.not_understood += u64::from(!success);
            let tally = self.intents.tally(intent, NAMES_PER_DAY_MAX);
            tally.triggers += 1;
            tally.success += u64::from(success);
            if let Some(ppm) = confidence_ppm {
                tally.confidence_ppm_sum += u64::from(*ppm);
                tally.confidence_count += 1;
            }
            if let Some(value_ms) = response_time_ms {
                tally.response_ms_sum += u64::from(*value_ms);
                tally.response_count += 1;
            }
        }
        self.vote(*user_satisfied);
    }

    pub fn add_lead(&mut self, lead: &Lead, hour_of_day: usize) {
        self.change_leads(lead, hour_of_day, |tally| *tally += 1);
    }

    /// Takes back what `add_lead` counted.
    pub fn remove_lead(&mut self, lead: &Lead, hour_of_day: usize) {
        self.change_leads(lead, hour_of_day, |tally| *tally -= 1);
    }

    fn change_leads(&mut self, lead: &Lead, hour_of_day: usize, change: impl Fn(&mut u64)) {
        change(&mut self.leads);
        change(&mut self.by_hour[hour_of_day].leads);
        if let Some(package) = &lead.interested_package {
            change(self.lead_packages.tally(package, NAMES_PER_DAY_MAX));
        }
        if let Some(property_type) = &lead.property_type {
            change(self.lead_property_types.tally(property_type, NAMES_PER_DAY_MAX));
        }
    }

    pub fn add_visits(&mut self, engagement: &Engagement) {
        for page in &engagement.pages {
            *self.pages.tally(page, NAMES_PER_DAY_MAX) += 1;
        }
    }

    pub fn add_feedback(&mut self, feedback: &Feedback) {
        self.vote(feedback.satisfied());
    }

    fn vote(&mut self, satisfied: Option<bool>) {
        if let Some(satisfied) = satisfied {
            self.satisfaction_votes += 1;
            self.satisfied += u64::from(satisfied);
        }
    }

    /// The same day beside those who came as `other` counts them: of them a day's own events do not tell all.
    pub fn with_presence_of(self, other: Self) -> Self {
        let Self { sessions, users, .. } = other;
        Self { sessions, users, ..self }
    }

    /// What it says, whatever names were counted and taken back meanwhile.
    pub fn settled(self) -> Self {
        let Self { lead_packages, lead_property_types, began, .. } = self.clone();
        let Began { sessions, messages, duration_ms, devices, browsers, referrers, conversions } = began;
        Self {
            lead_packages: lead_packages.settled(),
            lead_property_types: lead_property_types.settled(),
            began: Began {
                sessions,
                messages,
                duration_ms,
                devices: devices.settled(),
                browsers: browsers.settled(),
                referrers: referrers.settled(),
                conversions: conversions.settled(),
            },
            ..self
        }
    }

    pub fn is_whole(&self) -> bool {
        self.response.is_whole()
            && self.sessions.is_whole()
            && self.users.is_whole()
            && self.by_hour.iter().map(|hour| hour.exchanges).sum::<u64>() == self.exchanges
            && self.by_hour.iter().map(|hour| hour.leads).sum::<u64>() == self.leads
    }

    /// Estimated.
    pub fn bytes(&self) -> usize {
        size_of::<Self>()
            + self.response.bytes()
            + self.intents.bytes()
            + self.lead_packages.bytes()
            + self.lead_property_types.bytes()
            + self.pages.bytes()
            + self.sessions.bytes()
            + self.users.bytes()
            + self.began.devices.bytes()
            + self.began.browsers.bytes()
            + self.began.referrers.bytes()
            + self.began.conversions.bytes()
    }
}

fn sentiment_place(sentiment: Sentiment) -> usize {
    Sentiment::ALL.iter().position(|known| *known == sentiment).unwrap_or_default()
}

/// What a session adds to the day it began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    pub messages: u64,
    pub duration_ms: u64,
    pub device: Option<Said>,
    pub browser: Option<Said>,
    pub referrer: Option<Said>,
    pub conversion: Option<Said>,
}

impl Opening {
    pub fn of(session: &Session) -> Self {
        Self {
            messages: session.messages,
            duration_ms: session.duration_ms(),
            device: session.device.clone(),
            browser: session.browser.clone(),
            referrer: session.referrer.clone(),
            conversion: session.conversion.clone(),
        }
    }
}

impl Began {
    pub fn add(&mut self, opening: &Opening) {
        self.sessions += 1;
        self.messages += opening.messages;
        self.duration_ms += opening.duration_ms;
        self.names(opening, |tally| *tally += 1);
    }

    pub fn remove(&mut self, opening: &Opening) {
        self.sessions -= 1;
        self.messages -= opening.messages;
        self.duration_ms -= opening.duration_ms;
        self.names(opening, |tally| *tally -= 1);
    }

    fn names(&mut self, opening: &Opening, change: impl Fn(&mut u64)) {
        for (names, said) in [
            (&mut self.devices, &opening.device),
            (&mut self.browsers, &opening.browser),
            (&mut self.referrers, &opening.referrer),
            (&mut self.conversions, &opening.conversion),
        ] {
            if let Some(said) = said {
                change(names.tally(&said.value, NAMES_PER_DAY_MAX));
            }
        }
    }
}
