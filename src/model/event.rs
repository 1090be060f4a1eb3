//! Events, valid by construction: the wire form (`wire`) is the only way to make one from foreign input.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::exposure::{Exposure, Unit};

/// One thing that happened, as a client reported it. Amounts are integers, so that sums never depend on their order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    pub bot: Box<str>,
    /// The client's own id, if it gave one.
    pub id: Option<Box<str>>,
    /// Epoch milliseconds.
    pub timestamp_ms: i64,
    /// Absent only for performance events.
    pub session_id: Option<Box<str>>,
    /// Absent for the anonymous user.
    pub user_id: Option<Box<str>>,
    pub kind: Kind,
}

impl Event {
    /// About how many bytes it takes in the log, before packing: its texts, and some for the rest.
    pub fn weight(&self) -> usize {
        const REST_BYTES: usize = 128;
        let Self { bot, id, timestamp_ms: _, session_id, user_id, kind } = self;
        REST_BYTES + bot.len() + texts([id, session_id, user_id]) + kind.texts_bytes()
    }

    /// The person whose days or experiments it adds to.
    pub fn person(&self) -> Option<&str> {
        let adds = match &self.kind {
            Kind::Message(_) | Kind::Introduction(..) => true,
            Kind::Exposure(exposure) => exposure.unit == Unit::User,
            Kind::Engagement(_) | Kind::Lead(_) | Kind::Performance(_) | Kind::Feedback(_) => false,
        };
        self.user_id.as_deref().filter(|_| adds)
    }
}

/// Bytes of the texts that are there.
fn texts<const N: usize>(texts: [&Option<Box<str>>; N]) -> usize {
    texts.into_iter().flatten().map(|text| text.len()).sum()
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    Message(Message),
    Engagement(Engagement),
    Lead(Lead),
    Performance(Performance),
    Feedback(Feedback),
    /// A message in which the visitor says something of themselves: their address, what they want finished. All a session
    /// says so is one lead once it can be reached.
    Introduction(Message, Box<Lead>),
    /// A variant of an experiment was shown.
    Exposure(Box<Exposure>),
}

impl Kind {
    /// The word the wire uses.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Message(_) | Self::Introduction(..) => "message",
            Self::Engagement(_) => "engagement",
            Self::Lead(_) => "lead",
            Self::Performance(_) => "performance",
            Self::Feedback(_) => "feedback",
            Self::Exposure(_) => "exposure",
        }
    }

    fn texts_bytes(&self) -> usize {
        let of_message = |message: &Message| {
            let Message { user_message, bot_response, intent, entities, model, .. } = message;
            texts([user_message, bot_response, intent, entities, model])
        };
        let of_lead = |lead: &Lead| {
            let Lead {
                name,
                email,
                phone,
                interested_package,
                property_size,
                property_type,
                location,
                additional_info,
            } = lead;
            texts([name, email, phone, interested_package, property_size, property_type, location, additional_info])
        };
        match self {
            Self::Message(message) => of_message(message),
            Self::Introduction(message, said) => of_message(message) + of_lead(said),
            Self::Engagement(Engagement { pages, conversion_event, device_type, browser, referrer }) => {
                pages.iter().map(|page| page.len() + 1).sum::<usize>()
                    + texts([conversion_event, device_type, browser, referrer])
            }
            Self::Lead(lead) => of_lead(lead),
            Self::Performance(metric) => metric.endpoint.len() + texts([&metric.error_message]),
            Self::Feedback(feedback) => texts([&feedback.comment]),
            Self::Exposure(exposure) => {
                let Exposure { experiment, variant, unit: _, device_type, language } = &**exposure;
                experiment.len() + variant.len() + texts([device_type, language])
            }
        }
    }

    /// Whether there is any of what `forget_texts` takes.
    pub fn has_texts(&self) -> bool {
        match self {
            Self::Message(message) | Self::Introduction(message, _) => {
                let Message { user_message, bot_response, entities, .. } = message;
                user_message.is_some() || bot_response.is_some() || entities.is_some()
            }
            Self::Feedback(feedback) => feedback.comment.is_some(),
            Self::Engagement(_) | Self::Lead(_) | Self::Performance(_) | Self::Exposure(_) => false,
        }
    }

    /// Takes out what people and the bot wrote, and what was read from it. `question` gives the hash of the question that a
    /// message counts for, which stays.
    pub fn forget_texts(&mut self, question: impl FnOnce(&Message) -> Option<u64>) {
        match self {
            Self::Message(message) | Self::Introduction(message, _) => {
                message.question = question(message);
                (message.user_message, message.bot_response, message.entities) = (None, None, None);
            }
            Self::Feedback(feedback) => feedback.comment = None,
            Self::Engagement(_) | Self::Lead(_) | Self::Performance(_) | Self::Exposure(_) => {}
        }
    }

    /// What only the log knows is for no one else.
    pub fn hide_question(&mut self) {
        if let Self::Message(message) | Self::Introduction(message, _) = self {
            message.question = None;
        }
    }

    /// The exchange, if it is one.
    pub fn message(&self) -> Option<&Message> {
        match self {
            Self::Message(message) | Self::Introduction(message, _) => Some(message),
            _ => None,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Sentiment {
    Positive,
    Neutral,
    Negative,
}

impl Sentiment {
    pub const ALL: [Self; 3] = [Self::Positive, Self::Neutral, Self::Negative];

    pub fn name(self) -> &'static str {
        match self {
            Self::Positive => "positive",
            Self::Neutral => "neutral",
            Self::Negative => "negative",
        }
    }
}

/// One exchange: the user's message and the bot's reply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    pub user_message: Option<Box<str>>,
    pub bot_response: Option<Box<str>>,
    pub intent: Option<Box<str>>,
    /// Millionths, 0 to 1,000,000.
    pub confidence_ppm: Option<u32>,
    /// A JSON object, as text.
    pub entities: Option<Box<str>>,
    pub sentiment: Option<Sentiment>,
    pub response_time_ms: Option<u32>,
    pub user_satisfied: Option<bool>,
    pub lead_generated: Option<bool>,
    pub success: Option<bool>,
    pub message_count: u32,
    pub input_tokens: Option<u32>,
    pub output_tokens: Option<u32>,
    /// Billionths of a dollar.
    pub cost_nanos: Option<u64>,
    pub model: Option<Box<str>>,
    /// Hash of the question it asked, once its words have gone. Only the log has it.
    #[serde(skip)]
    pub question: Option<u64>,
}

impl Message {
    /// Whether the intent was served: what the event says, else whether the bot had understood. `None` without an intent.
    pub fn intent_success(&self) -> Option<bool> {
        let intent = self.intent.as_deref()?;
        Some(self.success.unwrap_or(!matches!(intent, "fallback" | "unknown")))
    }
}

impl Default for Message {
    fn default() -> Self {
        Self {
            user_message: None,
            bot_response: None,
            intent: None,
            confidence_ppm: None,
            entities: None,
            sentiment: None,
            response_time_ms: None,
            user_satisfied: None,
            lead_generated: None,
            success: None,
            message_count: 1,
            input_tokens: None,
            output_tokens: None,
            cost_nanos: None,
            model: None,
            question: None,
        }
    }
}

/// What a visitor did on the page around the chat.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Engagement {
    pub pages: Vec<Box<str>>,
    pub conversion_event: Option<Box<str>>,
    /// `mobile`, `desktop` or `tablet`.
    pub device_type: Option<Box<str>>,
    pub browser: Option<Box<str>>,
    pub referrer: Option<Box<str>>,
}

/// A person who left contact data.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lead {
    pub name: Option<Box<str>>,
    pub email: Option<Box<str>>,
    pub phone: Option<Box<str>>,
    pub interested_package: Option<Box<str>>,
    pub property_size: Option<Box<str>>,
    pub property_type: Option<Box<str>>,
    pub location: Option<Box<str>>,
    pub additional_info: Option<Box<str>>,
}

impl Lead {
    /// Whether the person can be reached.
    pub fn is_reachable(&self) -> bool {
        self.email.is_some() || self.phone.is_some()
    }
}

/// One measurement of the bot's own service.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Performance {
    pub endpoint: Box<str>,
    pub response_time_ms: Option<u32>,
    pub status_code: Option<u16>,
    pub error_message: Option<Box<str>>,
    /// Millionths of a megabyte.
    pub memory_micro_mb: Option<u64>,
    /// Millionths of a percent.
    pub cpu_micro_percent: Option<u64>,
}

/// What a visitor thought of it. At least one of the fields is there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Feedback {
    pub user_satisfied: Option<bool>,
    /// 1 to 5.
    pub rating: Option<u8>,
    pub comment: Option<Box<str>>,
}

impl Feedback {
    /// What the visitor said, else whether the rating is 4 or 5 (the customary reading of a five-point scale).
    pub fn satisfied(&self) -> Option<bool> {
        self.user_satisfied.or(self.rating.map(|rating| rating >= 4))
    }
}
