//! A reply on its way, from whoever says it to whoever listens.
//!
//! The listener takes all that is new whenever it gets to it, so that a slow one hears fewer and longer pieces. It holds
//! nobody up, and what waits for it is never more than a reply.

use tokio::sync::watch;

use crate::limits::TEXT_BYTES_MAX;

/// The two ends of a reply that nobody has begun.
pub fn pieces() -> (Speaker, Listener) {
    let (speaker, said) = watch::channel(Said::default());
    (Speaker(speaker), Listener { said, taken: 0 })
}

pub struct Speaker(watch::Sender<Said>);

pub struct Listener {
    said: watch::Receiver<Said>,
    /// Bytes.
    taken: usize,
}

#[derive(Default)]
struct Said {
    text: String,
    /// Something was left out: what comes after it would stand in the wrong place.
    full: bool,
}

impl Speaker {
    /// Adds to the reply; what goes beyond `TEXT_BYTES_MAX` bytes of it is cut off, as of one that comes whole.
    pub fn say(&self, piece: &str) {
        self.0.send_if_modified(|said| said.add(piece));
    }

    pub fn said(&self) -> String {
        self.0.borrow().text.clone()
    }

    /// Comes back once nobody listens any more.
    pub async fn unheard(&self) {
        self.0.closed().await;
    }
}

impl Listener {
    /// What is new, never empty; `None` once the speaker has gone and all was taken.
    pub async fn next(&mut self) -> Option<String> {
        self.said.changed().await.ok()?;
        let said = self.said.borrow_and_update();
        let piece = said.text[self.taken..].to_owned();
        self.taken = said.text.len();
        Some(piece)
    }
}

impl Said {
    /// Whether there was anything to add.
    fn add(&mut self, piece: &str) -> bool {
        let room = if self.full { 0 } else { TEXT_BYTES_MAX - self.text.len() };
        let fitting = &piece[..piece.floor_char_boundary(room)];
        self.full |= fitting.len() < piece.len();
        self.text.push_str(fitting);
        !fitting.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[test]
    fn pieces_are_heard_as_they_come_and_together_by_who_comes_late() {
        let (speaker, mut listener) = pieces();
        assert_eq!(listener.next().now_or_never(), None);
        speaker.say("");
        assert_eq!(listener.next().now_or_never(), None);
        speaker.say("Dzień ");
        assert_eq!(listener.next().now_or_never(), Some(Some("Dzień ".into())));
        speaker.say("do");
        speaker.say("bry");
        drop(speaker);
        assert_eq!(listener.next().now_or_never(), Some(Some("dobry".into())));
        assert_eq!(listener.next().now_or_never(), Some(None));
    }

    #[test]
    fn what_waits_is_no_more_than_a_reply_cut_at_a_character() {
        let (speaker, mut listener) = pieces();
        let long = format!("x{}", "ż".repeat(TEXT_BYTES_MAX));
        speaker.say(&long);
        speaker.say("y");
        assert_eq!(speaker.said(), long[..TEXT_BYTES_MAX - 1], "and nothing after what was cut off");
        assert_eq!(listener.next().now_or_never(), Some(Some(speaker.said())));
    }

    #[test]
    fn the_speaker_learns_that_nobody_listens() {
        let (speaker, listener) = pieces();
        assert_eq!(speaker.unheard().now_or_never(), None);
        drop(listener);
        assert_eq!(speaker.unheard().now_or_never(), Some(()));
        speaker.say("x");
        assert_eq!(speaker.said(), "x");
    }
}
