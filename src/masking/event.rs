//! The texts of an event.

use super::Masking;
use super::escaped::json;
use crate::limits::{ENTITIES_BYTES_MAX, NAME_BYTES_MAX, TEXT_BYTES_MAX};
use crate::model::{Engagement, Event, Feedback, Kind, Lead, Message, Performance};

impl Masking {
    /// Masks all that a visitor may have written, and what repeats it. What has to stay for the event to be counted or the
    /// person to be reached stays: names of the bot, the session, the user and the event, those that the bot's team gives
    /// (intent, model, device, browser), and the name, address, number and place that a lead is about.
    pub fn event(&self, event: &mut Event) {
        let Event { bot: _, id: _, timestamp_ms: _, session_id: _, user_id: _, kind } = event;
        match kind {
            Kind::Message(message) => self.message(message),
            Kind::Introduction(message, said) => {
                self.message(message);
                self.lead(said);
            }
            Kind::Engagement(engagement) => self.engagement(engagement),
            Kind::Lead(lead) => self.lead(lead),
            Kind::Performance(metric) => self.performance(metric),
            Kind::Exposure(_) => {}
            Kind::Feedback(Feedback { user_satisfied: _, rating: _, comment }) => self.text(comment, TEXT_BYTES_MAX),
        }
    }

    fn message(&self, message: &mut Message) {
        let Message {
            user_message,
            bot_response,
            intent: _,
            confidence_ppm: _,
            entities,
            sentiment: _,
            response_time_ms: _,
            user_satisfied: _,
            lead_generated: _,
            success: _,
            message_count: _,
            input_tokens: _,
            output_tokens: _,
            cost_nanos: _,
            model: _,
            question: _,
        } = message;
        self.text(user_message, TEXT_BYTES_MAX);
        self.text(bot_response, TEXT_BYTES_MAX);
        self.json(entities, ENTITIES_BYTES_MAX);
    }

    fn lead(&self, lead: &mut Lead) {
        let Lead {
            name: _,
            email: _,
            phone: _,
            interested_package,
            property_size,
            property_type,
            location: _,
            additional_info,
        } = lead;
        self.text(interested_package, NAME_BYTES_MAX);
        self.text(property_size, NAME_BYTES_MAX);
        self.text(property_type, NAME_BYTES_MAX);
        // Any JSON, as its text; or a text.
        match additional_info.as_deref().map(str::trim_start) {
            Some(text) if text.starts_with(['{', '[']) && is_json(text) => self.json(additional_info, TEXT_BYTES_MAX),
            _ => self.text(additional_info, TEXT_BYTES_MAX),
        }
    }

    fn engagement(&self, engagement: &mut Engagement) {
        let Engagement { pages, conversion_event, device_type: _, browser: _, referrer } = engagement;
        for page in pages {
            self.name(page);
        }
        self.text(conversion_event, NAME_BYTES_MAX);
        self.text(referrer, NAME_BYTES_MAX);
    }

    fn performance(&self, metric: &mut Performance) {
        let Performance {
            endpoint,
            response_time_ms: _,
            status_code: _,
            error_message,
            memory_micro_mb: _,
            cpu_micro_percent: _,
        } = metric;
        self.name(endpoint);
        self.text(error_message, TEXT_BYTES_MAX);
    }

    fn name(&self, name: &mut Box<str>) {
        if let Some(masked) = self.mask(name) {
            *name = cut(masked, NAME_BYTES_MAX);
        }
    }

    fn text(&self, text: &mut Option<Box<str>>, bytes_max: usize) {
        if let Some(masked) = text.as_deref().and_then(|text| self.mask(text)) {
            *text = Some(cut(masked, bytes_max));
        }
    }

    /// A mark may be longer than what it stands for: JSON that has no room for its marks goes as a whole.
    fn json(&self, text: &mut Option<Box<str>>, bytes_max: usize) {
        let mask = |before: &str, text: &str| self.mask_after(before, text);
        if let Some(masked) = text.as_deref().and_then(|text| json(text, &mask)) {
            *text = (masked.len() <= bytes_max).then(|| masked.into());
        }
    }
}

/// As long as a field may be.
fn cut(mut text: String, bytes_max: usize) -> Box<str> {
    text.truncate(text.floor_char_boundary(bytes_max));
    text.into()
}

fn is_json(text: &str) -> bool {
    serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
}
