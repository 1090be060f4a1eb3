//! From the fields of an object to an event.

use super::check::expected;
use super::fields::Fields;
use super::kinds::{contact, engagement, exposure, feedback, lead, message, performance};
use super::names::Field;
use super::value::Value;
use super::{Context, Parsed};
use crate::limits::{BOT_NAME_BYTES_MAX, EVENT_ID_BYTES_MAX, SESSION_ID_BYTES_MAX, USER_ID_BYTES_MAX};
use crate::model::{ANONYMOUS, Event, Kind, Unit};

const TYPES: &str = "one of message, engagement, lead, performance, feedback, exposure";

/// # Errors
/// A sentence that names the field and what was expected.
pub fn build(fields: &mut Fields<'_>, context: &Context) -> Result<Parsed, String> {
    let kind_name = match fields.take(Field::Type) {
        Value::Text(name) => name,
        Value::None => return Err(format!("type: expected {TYPES}, found nothing")),
        other => return Err(expected(Field::Type, TYPES, &other)),
    };
    let id = fields.text(Field::Id, EVENT_ID_BYTES_MAX)?;
    let bot = fields.text(Field::Bot, BOT_NAME_BYTES_MAX)?.unwrap_or_else(|| context.bot.clone());
    if bot.chars().any(char::is_control) {
        return Err("bot: expected a name without control characters".into());
    }
    let timestamp_ms = fields.timestamp(context.now_ms)?;
    let user_id = fields.text(Field::UserId, USER_ID_BYTES_MAX)?.filter(|user| &**user != ANONYMOUS);
    let mut session_id = fields.text(Field::SessionId, SESSION_ID_BYTES_MAX)?;
    let mut unknown_in_contact = Vec::new();
    let kind = match &*kind_name {
        "message" => match contact(fields.contact.take(), &mut unknown_in_contact)? {
            Some(contact) => Kind::Introduction(message(fields)?, Box::new(contact)),
            None => Kind::Message(message(fields)?),
        },
        "engagement" => Kind::Engagement(engagement(fields, context)?),
        "lead" => Kind::Lead(lead(fields)?),
        "performance" => Kind::Performance(performance(fields)?),
        "feedback" => Kind::Feedback(feedback(fields)?),
        "exposure" => Kind::Exposure(Box::new(exposure(fields, context)?)),
        _ => return Err(expected(Field::Type, TYPES, &Value::Text(kind_name))),
    };
    let mut unknown_fields = fields.left_over();
    unknown_fields.append(&mut unknown_in_contact);
    match &kind {
        Kind::Performance(_) if session_id.take().is_some() => unknown_fields.push("session_id".to_owned()),
        Kind::Performance(_) => {}
        Kind::Exposure(exposure) if exposure.unit == Unit::User && user_id.is_none() => {
            return Err(format!("user_id: expected a text of 1 to {USER_ID_BYTES_MAX} bytes, found nothing"));
        }
        Kind::Exposure(exposure) if exposure.unit == Unit::User => {}
        _ if session_id.is_none() => {
            return Err(format!("session_id: expected a text of 1 to {SESSION_ID_BYTES_MAX} bytes, found nothing"));
        }
        _ => {}
    }
    Ok(Parsed { event: Event { bot, id, timestamp_ms, session_id, user_id, kind }, unknown_fields })
}
