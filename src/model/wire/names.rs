//! The names of the fields that events may have.

macro_rules! fields {
    ($($field:ident: $name:literal $(| $alias:literal)*),+ $(,)?) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub enum Field {
            $($field),+
        }

        impl Field {
            pub const ALL: &[Self] = &[$(Self::$field),+];

            /// The name that sentences use.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$field => $name),+
                }
            }
        }

        /// Every name of every field.
        const SPELLINGS: &[(&str, Field)] = &[$(($name, Field::$field), $(($alias, Field::$field),)*)+];
    };
}

fields! {
    Type: "type",
    Id: "id",
    Bot: "bot",
    Timestamp: "timestamp",
    SessionId: "session_id",
    UserId: "user_id",
    UserMessage: "user_message",
    BotResponse: "bot_response",
    IntentDetected: "intent_detected" | "intent",
    Confidence: "confidence",
    Sentiment: "sentiment",
    ResponseTimeMs: "response_time_ms",
    UserSatisfied: "user_satisfied",
    LeadGenerated: "lead_generated",
    Success: "success",
    MessageCount: "message_count",
    InputTokens: "input_tokens",
    OutputTokens: "output_tokens",
    CostUsd: "cost_usd",
    Model: "model",
    Page: "page",
    PagesVisited: "pages_visited",
    ConversionEvent: "conversion_event",
    DeviceType: "device_type",
    Browser: "browser",
    Referrer: "referrer",
    Name: "name",
    Email: "email",
    Phone: "phone",
    InterestedPackage: "interested_package",
    PropertySize: "property_size",
    PropertyType: "property_type",
    Location: "location",
    Endpoint: "endpoint",
    StatusCode: "status_code",
    ErrorMessage: "error_message",
    MemoryUsageMb: "memory_usage_mb",
    CpuUsagePercent: "cpu_usage_percent",
    Rating: "rating",
    Comment: "comment",
    EntitiesExtracted: "entities_extracted" | "entities",
    AdditionalInfo: "additional_info",
    Contact: "contact",
    Experiment: "experiment",
    Variant: "variant",
    Unit: "unit",
    Language: "language",
}

impl Field {
    pub const COUNT: usize = Self::ALL.len();

    /// The field of a name: one look into a table instead of one at each of the names, of which every event has a dozen.
    pub fn of(name: &str) -> Option<Self> {
        let (spelling, field) = SPELLINGS[usize::from(TABLE[slot(name.as_bytes())?])];
        (spelling == name).then_some(field)
    }
}

/// Every name of every field.
pub fn spellings() -> impl Iterator<Item = &'static str> {
    SPELLINGS.iter().map(|(name, _)| *name)
}

const SLOTS: usize = 128;

/// By slot, a place in `SPELLINGS`. Empty ones hold the first, whose name is none that leads there.
const TABLE: [u8; SLOTS] = {
    let mut table = [0; SLOTS];
    let mut taken = [false; SLOTS];
    let mut place = 0;
    while place < SPELLINGS.len() {
        let Some(slot) = slot(SPELLINGS[place].0.as_bytes()) else { panic!("a name of no letters") };
        assert!(!taken[slot], "two names share a slot: look for other factors");
        taken[slot] = true;
        table[slot] = place as u8;
        place += 1;
    }
    table
};

/// Where a name is in the table, by its length and three of its letters. The factors were found by trying; no two names of
/// fields share a slot, or this does not compile.
const fn slot(name: &[u8]) -> Option<usize> {
    let [first, .., last] = name else { return None };
    let third_last = name[name.len().saturating_sub(3)];
    let mixed = name.len() * 175 + *first as usize * 147 + third_last as usize * 105 + *last as usize * 223;
    Some(mixed % SLOTS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_leads_to_its_field_and_no_other_does() {
        for (name, field) in SPELLINGS {
            assert_eq!(Field::of(name), Some(*field), "{name}");
            assert_eq!(Field::of(&format!("{name}s")), None, "{name}s");
        }
        for name in ["", "x", "Type", "typ", "\u{105}"] {
            assert_eq!(Field::of(name), None, "{name}");
        }
    }
}
