//! An event as the wire takes it: what exports of events and timelines show.

use serde_json::{Map, Value, json};

use crate::model::day::rfc3339;
use crate::model::{DEFAULT_BOT, Engagement, Event, Exposure, Feedback, Kind, Lead, Message, Performance};

/// The event as `POST /api/events` takes it back.
pub fn to_json(event: &Event) -> Value {
    let Event { bot, id, timestamp_ms, session_id, user_id, kind } = event;
    let mut map = Map::new();
    map.insert("type".into(), kind.name().into());
    map.insert("timestamp".into(), rfc3339(*timestamp_ms).into());
    if **bot != *DEFAULT_BOT {
        map.insert("bot".into(), (**bot).into());
    }
    put(&mut map, "id", id.as_deref());
    put(&mut map, "session_id", session_id.as_deref());
    put(&mut map, "user_id", user_id.as_deref());
    put_fields(&mut map, kind);
    Value::Object(map)
}

fn put(map: &mut Map<String, Value>, name: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        map.insert(name.into(), value.into());
    }
}

/// The fields of the event's kind by the contract's names; absent ones are left out.
fn put_fields(map: &mut Map<String, Value>, kind: &Kind) {
    match kind {
        Kind::Message(message) => put_message(map, message),
        Kind::Introduction(message, said) => {
            put_message(map, message);
            let mut contact = Map::new();
            put_lead(&mut contact, said);
            map.insert("contact".into(), contact.into());
        }
        Kind::Engagement(engagement) => {
            let Engagement { pages, conversion_event, device_type, browser, referrer } = engagement;
            if !pages.is_empty() {
                map.insert("pages_visited".into(), json!(pages));
            }
            put(map, "conversion_event", conversion_event.as_deref());
            put(map, "device_type", device_type.as_deref());
            put(map, "browser", browser.as_deref());
            put(map, "referrer", referrer.as_deref());
        }
        Kind::Lead(lead) => put_lead(map, lead),
        Kind::Performance(metric) => {
            let Performance {
                endpoint,
                response_time_ms,
                status_code,
                error_message,
                memory_micro_mb,
                cpu_micro_percent,
            } = metric;
            put(map, "endpoint", Some(&**endpoint));
            put(map, "response_time_ms", *response_time_ms);
            put(map, "status_code", *status_code);
            put(map, "error_message", error_message.as_deref());
            put(map, "memory_usage_mb", memory_micro_mb.map(|micro| micro as f64 / 1e6));
            put(map, "cpu_usage_percent", cpu_micro_percent.map(|micro| micro as f64 / 1e6));
        }
        Kind::Feedback(feedback) => {
            let Feedback { user_satisfied, rating, comment } = feedback;
            put(map, "user_satisfied", *user_satisfied);
            put(map, "rating", *rating);
            put(map, "comment", comment.as_deref());
        }
        Kind::Exposure(exposure) => {
            let Exposure { experiment, variant, unit, device_type, language } = &**exposure;
            put(map, "experiment", Some(&**experiment));
            put(map, "variant", Some(&**variant));
            put(map, "unit", Some(unit.name()));
            put(map, "device_type", device_type.as_deref());
            put(map, "language", language.as_deref());
        }
    }
}

fn put_message(map: &mut Map<String, Value>, message: &Message) {
    let Message {
        user_message,
        bot_response,
        intent,
        confidence_ppm,
        entities,
        sentiment,
        response_time_ms,
        user_satisfied,
        lead_generated,
        success,
        message_count,
        input_tokens,
        output_tokens,
        cost_nanos,
        model,
        question: _,
    } = message;
    put(map, "user_message", user_message.as_deref());
    put(map, "bot_response", bot_response.as_deref());
    put(map, "intent_detected", intent.as_deref());
    put(map, "confidence", confidence_ppm.map(|ppm| f64::from(ppm) / 1e6));
    put(map, "entities_extracted", entities.as_deref().and_then(|json| serde_json::from_str::<Value>(json).ok()));
    put(map, "sentiment", sentiment.map(|sentiment| sentiment.name()));
    put(map, "response_time_ms", *response_time_ms);
    put(map, "user_satisfied", *user_satisfied);
    put(map, "lead_generated", *lead_generated);
    put(map, "success", *success);
    put(map, "message_count", Some(*message_count));
    put(map, "input_tokens", *input_tokens);
    put(map, "output_tokens", *output_tokens);
    put(map, "cost_usd", cost_nanos.map(|nanos| nanos as f64 / 1e9));
    put(map, "model", model.as_deref());
}

fn put_lead(map: &mut Map<String, Value>, lead: &Lead) {
    let Lead { name, email, phone, interested_package, property_size, property_type, location, additional_info } = lead;
    put(map, "name", name.as_deref());
    put(map, "email", email.as_deref());
    put(map, "phone", phone.as_deref());
    put(map, "interested_package", interested_package.as_deref());
    put(map, "property_size", property_size.as_deref());
    put(map, "property_type", property_type.as_deref());
    put(map, "location", location.as_deref());
    put(map, "additional_info", additional_info.as_deref());
}
