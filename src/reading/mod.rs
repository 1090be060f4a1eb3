//! What the text of a message says of itself, in Polish and English: its sentiment, and the facts named in it. For events
//! that come without either. Time and memory are linear in the text.

mod complete;
pub mod entities;
mod fold;
mod lexicon;
mod modifiers;
mod names;
mod numbers;
pub mod sentiment;
mod signs;
mod trie;
mod words;

pub use complete::complete;
pub use entities::{Entities, Money, entities};
pub use sentiment::{score, sentiment};
