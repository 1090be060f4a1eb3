//! The reference load as requests.

use super::connection::post;
use super::reference::Reference;

#[derive(Clone, Copy)]
pub struct Posts {
    pub batch: u64,
    pub form: Form,
    pub with_ids: bool,
    pub in_order: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Lines,
    Array,
}

impl Posts {
    /// Lines in batches of a thousand, as they happened.
    pub const REFERENCE: Self = Self { batch: 1_000, form: Form::Lines, with_ids: false, in_order: true };

    pub fn of(self, reference: &Reference) -> Box<dyn Iterator<Item = Vec<u8>> + '_> {
        let starts = (0..).step_by(self.batch as usize);
        if self.in_order {
            Box::new(starts.zip(reference.batches_in_order(self.batch)).map(move |batch| self.request(batch)))
        } else {
            Box::new(starts.zip(reference.batches(self.batch)).map(move |batch| self.request(batch)))
        }
    }

    fn request(self, (first, lines): (u64, String)) -> Vec<u8> {
        let lines = if self.with_ids { name_each(&lines, first) } else { lines };
        match self.form {
            Form::Lines => post("/api/events", "application/x-ndjson", &lines),
            Form::Array => {
                let items = format!("[{}]", lines.trim_end().replace('\n', ","));
                post("/api/events", "application/json", &items)
            }
        }
    }
}

/// Gives every event an id.
fn name_each(lines: &str, first: u64) -> String {
    let named = (first..).zip(lines.lines()).map(|(number, line)| format!("{{\"id\":\"e-{number}\",{}\n", &line[1..]));
    named.collect()
}
