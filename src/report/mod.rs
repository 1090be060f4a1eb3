//! Reports: what happened in a day, a week or a month, for people who do not open a dashboard. As mail, text, PDF and CSV, in
//! two languages, sent once for each period.
//!
//! `period` says which days and when; `figures` asks the engine; `page` puts it in words; `html`, `text`, `pdf` and `csv` give
//! it a form, `chart` and `picture` draw.

pub mod chart;
pub mod csv;
mod definition;
pub mod figures;
pub mod font;
mod format;
pub mod html;
mod mailing;
mod memory;
pub mod page;
pub mod pdf;
pub mod period;
pub mod picture;
mod press;
#[cfg(test)]
mod samples;
pub mod section;
pub mod text;
mod title;
pub mod words;

pub use definition::{Kept, Report, Reports, no_report, public_url};
pub use format::Format;
pub use mailing::{KIND, file_name, letter, mail};
pub use memory::{Memory, Sent, Why};
pub use press::Press;
