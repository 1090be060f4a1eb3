//! What each type of event is made of.

use serde_json::value::RawValue;

use super::check::{expected, text};
use super::fields::Fields;
use super::names::Field;
use super::value::Value;
use super::{Context, syntax_error};
use crate::limits::*;
use crate::model::{Engagement, Exposure, Feedback, Lead, Message, Performance, Unit};

pub fn message(fields: &mut Fields<'_>) -> Result<Message, String> {
    Ok(Message {
        user_message: fields.text(Field::UserMessage, TEXT_BYTES_MAX)?,
        bot_response: fields.text(Field::BotResponse, TEXT_BYTES_MAX)?,
        intent: fields.text(Field::IntentDetected, NAME_BYTES_MAX)?,
        confidence_ppm: fields.scaled(Field::Confidence, 1, 1_000_000)?.map(|ppm| ppm as u32),
        entities: fields.entities()?,
        sentiment: fields.sentiment()?,
        response_time_ms: fields.whole(Field::ResponseTimeMs, 0, RESPONSE_TIME_MS_MAX)?,
        user_satisfied: fields.boolean(Field::UserSatisfied)?,
        lead_generated: fields.boolean(Field::LeadGenerated)?,
        success: fields.boolean(Field::Success)?,
        message_count: fields.whole(Field::MessageCount, 0, MESSAGE_COUNT_MAX)?.unwrap_or(1),
        input_tokens: fields.whole(Field::InputTokens, 0, TOKENS_MAX)?,
        output_tokens: fields.whole(Field::OutputTokens, 0, TOKENS_MAX)?,
        cost_nanos: fields.scaled(Field::CostUsd, COST_USD_MAX, 1_000_000_000)?,
        model: fields.text(Field::Model, NAME_BYTES_MAX)?,
        question: None,
    })
}

/// What a message says of the visitor: an object of a lead's fields. An empty one counts as absent.
pub fn contact(raw: Option<&RawValue>, unknown: &mut Vec<String>) -> Result<Option<Lead>, String> {
    let Some(json) = raw.map(RawValue::get) else { return Ok(None) };
    if !json.starts_with('{') {
        let found: Value<'_> = serde_json::from_str(json).unwrap_or_default();
        return Err(expected(Field::Contact, "an object", &found));
    }
    let mut fields = Fields::new();
    fields.read(json).map_err(|error| format!("contact.{}", syntax_error(&error)))?;
    let contact = lead(&mut fields).map_err(|sentence| format!("contact.{sentence}"))?;
    unknown.extend(fields.left_over().iter().map(|field| format!("contact.{field}")));
    Ok((contact != Lead::default()).then_some(contact))
}

pub fn engagement(fields: &mut Fields<'_>, context: &Context) -> Result<Engagement, String> {
    let mut pages = Vec::new();
    if let Some(page) = fields.text(Field::Page, NAME_BYTES_MAX)? {
        pages.push(page);
    }
    match fields.take(Field::PagesVisited) {
        Value::None => {}
        Value::Array(items) if items.len() + pages.len() > PAGES_PER_EVENT_MAX => {
            return Err(format!("pages_visited: expected at most {PAGES_PER_EVENT_MAX} pages, found more"));
        }
        Value::Array(items) => {
            for item in items {
                pages.extend(text(item, Field::PagesVisited, NAME_BYTES_MAX)?);
            }
        }
        other => return Err(expected(Field::PagesVisited, "an array of texts", &other)),
    }
    Ok(Engagement {
        pages,
        conversion_event: fields.text(Field::ConversionEvent, NAME_BYTES_MAX)?,
        device_type: device_type(fields, context)?,
        browser: fields.text(Field::Browser, NAME_BYTES_MAX)?.or_else(|| context.browser.clone()),
        referrer: fields.text(Field::Referrer, NAME_BYTES_MAX)?,
    })
}

fn device_type(fields: &mut Fields<'_>, context: &Context) -> Result<Option<Box<str>>, String> {
    match fields.take(Field::DeviceType) {
        Value::Text(name) if matches!(&*name, "mobile" | "desktop" | "tablet") => Ok(Some(name.into())),
        Value::None => Ok(context.device_type.clone()),
        other => Err(expected(Field::DeviceType, "one of mobile, desktop, tablet", &other)),
    }
}

pub fn exposure(fields: &mut Fields<'_>, context: &Context) -> Result<Exposure, String> {
    let mut name = |field: Field| {
        let missing =
            || format!("{}: expected a text of 1 to {EXPERIMENT_NAME_BYTES_MAX} bytes, found nothing", field.name());
        fields.text(field, EXPERIMENT_NAME_BYTES_MAX)?.ok_or_else(missing)
    };
    let (experiment, variant) = (name(Field::Experiment)?, name(Field::Variant)?);
    let unit = match fields.take(Field::Unit) {
        Value::None => Unit::default(),
        Value::Text(name) if name == Unit::User.name() => Unit::User,
        Value::Text(name) if name == Unit::Session.name() => Unit::Session,
        other => return Err(expected(Field::Unit, "one of session, user", &other)),
    };
    let language = match fields.take(Field::Language) {
        Value::None => None,
        Value::Text(tag) if is_language(&tag) => Some(tag.into()),
        other => return Err(expected(Field::Language, "two or three small letters such as en", &other)),
    };
    Ok(Exposure { experiment, variant, unit, device_type: device_type(fields, context)?, language })
}

/// Whether a text is a language as ISO 639 abbreviates it.
pub fn is_language(tag: &str) -> bool {
    matches!(tag.len(), 2..=3) && tag.bytes().all(|letter| letter.is_ascii_lowercase())
}

pub fn lead(fields: &mut Fields<'_>) -> Result<Lead, String> {
    Ok(Lead {
        name: fields.text(Field::Name, NAME_BYTES_MAX)?,
        email: fields.text(Field::Email, NAME_BYTES_MAX)?,
        phone: fields.text_or_number(Field::Phone)?,
        interested_package: fields.text(Field::InterestedPackage, NAME_BYTES_MAX)?,
        property_size: fields.text_or_number(Field::PropertySize)?,
        property_type: fields.text(Field::PropertyType, NAME_BYTES_MAX)?,
        location: fields.text(Field::Location, NAME_BYTES_MAX)?,
        additional_info: fields.additional_info()?,
    })
}

pub fn performance(fields: &mut Fields<'_>) -> Result<Performance, String> {
    Ok(Performance {
        endpoint: fields
            .text(Field::Endpoint, NAME_BYTES_MAX)?
            .ok_or_else(|| format!("endpoint: expected a text of 1 to {NAME_BYTES_MAX} bytes, found nothing"))?,
        response_time_ms: fields.whole(Field::ResponseTimeMs, 0, RESPONSE_TIME_MS_MAX)?,
        status_code: fields.whole(Field::StatusCode, 100, 599)?.map(|code| code as u16),
        error_message: fields.text(Field::ErrorMessage, TEXT_BYTES_MAX)?,
        memory_micro_mb: fields.scaled(Field::MemoryUsageMb, MEMORY_MB_MAX, 1_000_000)?,
        cpu_micro_percent: fields.scaled(Field::CpuUsagePercent, CPU_PERCENT_MAX, 1_000_000)?,
    })
}

pub fn feedback(fields: &mut Fields<'_>) -> Result<Feedback, String> {
    let feedback = Feedback {
        user_satisfied: fields.boolean(Field::UserSatisfied)?,
        rating: fields.whole(Field::Rating, 1, 5)?.map(|rating| rating as u8),
        comment: fields.text(Field::Comment, TEXT_BYTES_MAX)?,
    };
    if feedback.user_satisfied.is_none() && feedback.rating.is_none() {
        return Err("user_satisfied: expected true or false, or a rating from 1 to 5, found neither".into());
    }
    Ok(feedback)
}
