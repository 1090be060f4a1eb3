//! What stands where something was that has been erased: the person goes, and whatever is counted stays.

use super::contact::Contact;
use super::event::{Event, Kind, Lead, Message};
use super::session::Session;

/// In the place of contact data. That there was some is counted; what it was is not.
pub const ERASED: &str = "(erased)";

/// Before the random part of a name that stands for another.
const PSEUDONYM: &str = "erased-";
const PSEUDONYM_DIGITS: usize = 32;

/// 256 random bits that stand-ins of one erasure are made of. They are kept nowhere: who has forgotten them cannot tell what
/// stood where a stand-in is.
#[derive(Clone, Copy)]
pub struct Seed(pub [u8; 32]);

impl Seed {
    /// The name of what had a name.
    pub fn pseudonym(&self, of: &str, number: u64) -> Box<str> {
        let hash = self.hash(of, number);
        let bits = u128::from_le_bytes(*hash.as_bytes().first_chunk().expect("a hash has 32 bytes"));
        format!("{PSEUDONYM}{bits:032x}").into()
    }

    /// What stands for the hash of a question, of as many bits.
    pub fn question(&self, hash: u64, bits: u32) -> u64 {
        let hash = self.hash("question", hash);
        u64::from_le_bytes(*hash.as_bytes().first_chunk().expect("a hash has 32 bytes")) & ((1 << bits) - 1)
    }

    fn hash(&self, of: &str, number: u64) -> blake3::Hash {
        let mut hasher = blake3::Hasher::new_keyed(&self.0);
        hasher.update(&number.to_le_bytes()).update(of.as_bytes());
        hasher.finalize()
    }
}

/// Whether a name stands for one that has been erased.
pub fn is_pseudonym(name: &str) -> bool {
    let digits = name.strip_prefix(PSEUDONYM);
    digits.is_some_and(|digits| {
        digits.len() == PSEUDONYM_DIGITS && digits.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
    })
}

/// Who is erased, and under which names what is counted of them goes on.
pub struct Erasing<'a> {
    pub session: &'a str,
    /// The person's name, and the one in its place; `None` where a session is erased and not a person.
    pub user: Option<(&'a str, &'a str)>,
}

impl Erasing<'_> {
    /// The person's name or another's, as it is to be.
    fn renamed(&self, name: &mut Box<str>) {
        if let Some((_, new)) = self.user.filter(|(old, _)| **name == **old) {
            *name = new.into();
        }
    }

    /// Takes out of an event of the session what tells of a person. `question` gives what is left of a message's question.
    pub fn event(&self, event: &mut Event, question: impl FnOnce(&Message) -> Left) {
        event.id = None;
        event.session_id = Some(self.session.into());
        if let Some(name) = &mut event.user_id {
            self.renamed(name);
        }
        match &mut event.kind {
            Kind::Message(message) => erase_message(message, question),
            Kind::Introduction(message, said) => {
                erase_message(message, question);
                erase_contact(said);
            }
            Kind::Lead(lead) => erase_contact(lead),
            Kind::Feedback(feedback) => feedback.comment = None,
            // What is seen of a visit are names that others share, which figures count; so is what was shown.
            Kind::Engagement(_) | Kind::Exposure(_) => {}
            Kind::Performance(metric) => metric.error_message = None,
        }
    }

    /// Takes a person out of an event that has no session.
    pub fn alone(&self, event: &mut Event) {
        event.id = None;
        match &mut event.kind {
            // Who was served: nothing is counted by it.
            Kind::Performance(metric) => (event.user_id, metric.error_message) = (None, None),
            _ => {
                if let Some(name) = &mut event.user_id {
                    self.renamed(name);
                }
            }
        }
    }

    /// The same of what its events add up to.
    pub fn session(&self, session: &mut Session) {
        session.name = self.session.into();
        if let Some(user) = &mut session.user {
            self.renamed(&mut user.value);
        }
        if let Some(contact) = &mut session.contact {
            let Contact {
                reached: _,
                name,
                email,
                phone,
                interested_package: _,
                property_size,
                property_type: _,
                location,
                additional_info,
            } = &mut **contact;
            for said in [name, email, phone, property_size, location, additional_info].into_iter().flatten() {
                said.value = ERASED.into();
            }
        }
    }
}

/// What is left of a question.
pub enum Left {
    /// It asked none.
    Nothing,
    /// Others asked the same in these words, which stay.
    Words(Box<str>, u64),
    /// What stands for it.
    Hash(u64),
}

fn erase_message(message: &mut Message, question: impl FnOnce(&Message) -> Left) {
    (message.user_message, message.question) = match question(message) {
        Left::Nothing => (None, None),
        Left::Words(words, hash) => (Some(words), Some(hash)),
        Left::Hash(hash) => (None, Some(hash)),
    };
    (message.bot_response, message.entities) = (None, None);
}

fn erase_contact(lead: &mut Lead) {
    let Lead { name, email, phone, interested_package: _, property_size, property_type: _, location, additional_info } =
        lead;
    for said in [name, email, phone, property_size, location, additional_info].into_iter().flatten() {
        *said = ERASED.into();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pseudonym_is_known_as_one_and_says_nothing_of_another_erasure() {
        let (one, other) = (Seed([1; 32]), Seed([2; 32]));
        assert!(is_pseudonym(&one.pseudonym("session", 7)));
        let names = [
            one.pseudonym("session", 7),
            one.pseudonym("session", 8),
            one.pseudonym("user", 7),
            other.pseudonym("session", 7),
        ];
        assert_eq!(std::collections::BTreeSet::from(names).len(), 4);
        for name in ["", "erased-", "erased-1", "erased-0123456789ABCDEF0123456789ABCDEF", "anna"] {
            assert!(!is_pseudonym(name), "{name}");
        }
    }
}
