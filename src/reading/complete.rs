//! What the sender of a message left out, read from its text.

use super::{Entities, entities, sentiment};
use crate::model::event::{Lead, Message};
use crate::model::{Event, Kind};

/// Fills in the sentiment, the entities and the contact data that a message event leaves out. What it says itself stays,
/// and so do events of other types.
pub fn complete(event: &mut Event) {
    let (message, given) = match &mut event.kind {
        Kind::Message(message) => (message, false),
        Kind::Introduction(message, _) => (message, true),
        _ => return,
    };
    let Some(text) = message.user_message.as_deref() else { return };
    if message.sentiment.is_none() {
        message.sentiment = Some(sentiment(text));
    }
    if message.entities.is_some() && given {
        return;
    }
    let read = entities(text);
    if message.entities.is_none() {
        message.entities = read.to_json_text().map(Into::into);
    }
    if !given {
        introduce(&mut event.kind, contact(read));
    }
}

fn introduce(kind: &mut Kind, contact: Lead) {
    if contact == Lead::default() {
        return;
    }
    if let Kind::Message(message) = kind {
        let mut message: Message = std::mem::take(message);
        if contact.is_reachable() {
            message.lead_generated.get_or_insert(true);
        }
        *kind = Kind::Introduction(message, Box::new(contact));
    }
}

/// The facts that a lead has fields for.
fn contact(read: Entities) -> Lead {
    let Entities { email, phone, package, property_type, size_m2, money, city } = read;
    Lead {
        name: None,
        email,
        phone,
        interested_package: package.map(Into::into),
        property_size: size_m2.map(plain),
        property_type: property_type.map(Into::into),
        location: city.map(Into::into),
        additional_info: money.map(|money| format!("{} {}", money.amount, money.currency).into()),
    }
}

/// Whole numbers, which nearly all are, are written without the work that fractions need.
fn plain(size: f64) -> Box<str> {
    let whole = size as u64;
    if whole as f64 == size { whole.to_string().into() } else { size.to_string().into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Sentiment;
    use crate::model::wire::{self, Context};

    fn completed(json: &str) -> Kind {
        let mut event = wire::parse(json, &Context::at(0)).unwrap().event;
        complete(&mut event);
        event.kind
    }

    #[test]
    fn what_is_left_out_is_read_from_the_text() {
        let text = "Super! Mieszkanie 54 m2 w Krakowie, mój numer to 600 700 800";
        let kind = completed(&format!(r#"{{"type":"message","session_id":"s","user_message":"{text}"}}"#));
        let Kind::Introduction(message, contact) = kind else { panic!("{kind:?}") };
        assert_eq!((message.sentiment, message.lead_generated), (Some(Sentiment::Positive), Some(true)));
        assert!(message.entities.unwrap().contains("\"size_m2\":54"));
        assert_eq!(contact.phone.as_deref(), Some("+48600700800"));
        assert_eq!((contact.property_size.as_deref(), contact.location.as_deref()), (Some("54"), Some("Kraków")));
    }

    #[test]
    fn what_is_said_stays() {
        let said = r#"{"type":"message","session_id":"s","user_message":"Super! anna@example.com","sentiment":"negative",
            "entities":{"a":1},"lead_generated":false,"contact":{"email":"b@example.com"}}"#;
        let Kind::Introduction(message, contact) = completed(said) else { panic!() };
        assert_eq!((message.sentiment, message.lead_generated), (Some(Sentiment::Negative), Some(false)));
        assert_eq!(message.entities.as_deref(), Some(r#"{"a":1}"#));
        assert_eq!(contact.email.as_deref(), Some("b@example.com"));
    }

    #[test]
    fn what_is_said_of_the_visitor_is_found_beside_entities_of_the_bots_own() {
        let package =
            r#"{"type":"message","session_id":"s","user_message":"the premium package, please","entities":{"a":1}}"#;
        let Kind::Introduction(_, contact) = completed(package) else { panic!() };
        assert_eq!(contact.interested_package.as_deref(), Some("premium"));
        let said =
            r#"{"type":"message","session_id":"s","user_message":"write to anna@example.com","entities":{"a":1}}"#;
        let Kind::Introduction(message, contact) = completed(said) else { panic!() };
        assert_eq!(message.entities.as_deref(), Some(r#"{"a":1}"#));
        assert_eq!(contact.email.as_deref(), Some("anna@example.com"));
    }

    #[test]
    fn a_message_without_a_text_stays_as_it_is() {
        let Kind::Message(message) = completed(r#"{"type":"message","session_id":"s"}"#) else { panic!() };
        assert_eq!(message, Message::default());
    }
}
