//! Everything that is held of a person, as one JSON object, written as it is read.

use std::io::Write;

use serde_json::{Value, json};

use crate::engine::{Engine, Held};
use crate::error::{Error, Result};
use crate::model::Exposed;
use crate::model::day::rfc3339;

/// Which of the object's lists is being written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Beginning,
    /// Events without a session.
    Alone,
    Leads,
    Events,
}

struct Writing<'a> {
    out: &'a mut dyn Write,
    place: Place,
    /// Whether the list has anything yet.
    goes_on: bool,
}

/// Writes `user_id`, `bot`, `exported_at`, the `days` on which they said something, what they were `shown` of experiments,
/// `events` of no session that name them, and `sessions`: of each the record, `leads` and `events`.
///
/// # Errors
/// As `Engine::held`: where nothing is held, nothing is written.
pub fn write_person(engine: &dyn Engine, bot: &str, user: &str, exported_at: &str, out: &mut dyn Write) -> Result<()> {
    let mut writing = Writing { out, place: Place::Beginning, goes_on: false };
    engine.held(bot, user, &mut |held| {
        if let Held::Known(days, shown) = &held {
            let shown: Vec<Value> = shown.iter().map(shown_json).collect();
            let head = json!({"user_id": user, "bot": bot, "exported_at": exported_at, "days": days, "shown": shown});
            let head = head.to_string();
            write!(writing.out, "{}", head.trim_end_matches('}'))?;
        }
        writing.take(held)
    })?;
    writing.end()
}

fn shown_json(exposed: &Exposed) -> Value {
    json!({"experiment": exposed.experiment, "variant": exposed.variant, "first_at": rfc3339(exposed.at.0)})
}

impl Writing<'_> {
    fn take(&mut self, held: Held) -> Result<()> {
        match held {
            Held::Known(..) => self.list(r#","events":["#, Place::Alone)?,
            Held::Session(session) => {
                let before = match self.place {
                    Place::Alone => r#"],"sessions":["#,
                    Place::Leads => r#"],"events":[]},"#,
                    _ => "]},",
                };
                let session = serde_json::to_string(&session).map_err(std::io::Error::from)?;
                self.list(&format!(r#"{before}{{"session":{session},"leads":["#), Place::Leads)?;
            }
            Held::Lead(lead) => self.item(&serde_json::to_string(&lead).map_err(std::io::Error::from)?)?,
            Held::Event(event) => {
                if self.place == Place::Leads {
                    self.list(r#"],"events":["#, Place::Events)?;
                }
                self.item(&event.to_string())?;
            }
        }
        Ok(())
    }

    fn list(&mut self, text: &str, place: Place) -> std::io::Result<()> {
        (self.place, self.goes_on) = (place, false);
        self.out.write_all(text.as_bytes())
    }

    fn item(&mut self, json: &str) -> std::io::Result<()> {
        if std::mem::replace(&mut self.goes_on, true) {
            self.out.write_all(b",")?;
        }
        self.out.write_all(json.as_bytes())
    }

    fn end(self) -> Result<()> {
        let rest = match self.place {
            Place::Beginning => return Err(Error::Unusable("this engine tells of no person".into())),
            Place::Alone => r#"],"sessions":[]}"#,
            Place::Leads => r#"],"events":[]}]}"#,
            Place::Events => "]}]}",
        };
        Ok(self.out.write_all(rest.as_bytes())?)
    }
}
