//! The things a script wants to be told apart in messages: rooms, styles, whatever its team sells.

use std::collections::HashMap;

use ahash::RandomState;
use serde_json::{Map, Value};

use super::script::Script;
use super::words::{stem, words};

/// Finds the values of a script's entities, however they are inflected.
pub struct EntityFinder {
    /// By the stem of a synonym's first word.
    synonyms: HashMap<String, Vec<Synonym>, RandomState>,
}

struct Synonym {
    entity: String,
    value: String,
    stems: Vec<String>,
}

impl EntityFinder {
    pub fn new(script: &Script) -> Self {
        let mut synonyms: HashMap<String, Vec<Synonym>, RandomState> = HashMap::default();
        for entity in &script.entity {
            let listed = entity.values.get_ref().iter();
            for (value, text) in listed.flat_map(|(value, texts)| texts.iter().map(move |text| (value, text))) {
                let stems = stems(text);
                let Some(first) = stems.first().cloned() else { continue };
                let entity = entity.name.get_ref().clone();
                synonyms.entry(first).or_default().push(Synonym { entity, value: value.clone(), stems });
            }
        }
        // Of two that begin alike, the longer one says more.
        synonyms.values_mut().for_each(|list| list.sort_by_key(|one| std::cmp::Reverse(one.stems.len())));
        Self { synonyms }
    }

    /// The first value of each entity that a message names, whose words come `joined`; `None` where none is.
    pub fn find(&self, message: &str) -> Option<Map<String, Value>> {
        if self.synonyms.is_empty() {
            return None;
        }
        let stems: Vec<&str> = message.split_terminator(' ').map(stem).collect();
        let mut found = Map::new();
        for at in 0..stems.len() {
            let here = self.synonyms.get(stems[at]).into_iter().flatten();
            for synonym in here
                .filter(|synonym| stems[at..].get(..synonym.stems.len()).is_some_and(|stems| stems == synonym.stems))
            {
                found.entry(&synonym.entity).or_insert_with(|| synonym.value.as_str().into());
            }
        }
        (!found.is_empty()).then_some(found)
    }
}

fn stems(text: &str) -> Vec<String> {
    words(text).map(|word| stem(&word).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::features::joined;
    use serde_json::json;

    #[test]
    fn values_are_found_inflected_and_the_first_counts() {
        let text = "threshold = 0.4\nfallback.pl = [\"?\"]\n\
            [[entity]]\nname = \"room\"\nvalues.kitchen = [\"kuchnia\"]\nvalues.bath = [\"łazienka\", \"pokój kąpielowy\"]\n\
            values.room = [\"pokój\"]\n\
            [[entity]]\nname = \"style\"\nvalues.loft = [\"loft\"]\n\
            [[intent]]\nname = \"a\"\nphrases.pl = [\"x\"]\nreplies.pl = [\"y\"]\n";
        let finder = EntityFinder::new(&Script::parse(text).unwrap());
        let found = |message: &str| finder.find(&joined(message)).map(Value::from);
        assert_eq!(found("remont kuchni i lazienki w stylu loft"), Some(json!({"room": "kitchen", "style": "loft"})));
        assert_eq!(found("ile za pokój kąpielowy?"), Some(json!({"room": "bath"})));
        assert_eq!(found("dwa pokoje"), Some(json!({"room": "room"})));
        assert_eq!(found("dzień dobry"), None);
    }
}
