//! The settings as they are written down. A file of its own and not a table of the store, so that commands change it while
//! a server holds the store; it holds secrets of channels, so that no one else may read it.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::alert::Alerts;
use crate::error::{Error, Result};
use crate::experiment::Experiments;
use crate::masking::Masking;
use crate::model::Keep;
use crate::notify::Channels;
use crate::private;
use crate::report::Reports;

pub const FILE_NAME: &str = "settings.json";
const VERSION: u32 = 1;

/// All of them. A field that this version does not know may protect someone: the file is then not read at all.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    version: u32,
    /// By the name of the bot, of those whose texts are masked before they are stored.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub masking: BTreeMap<String, Masking>,
    /// Ways to people and programs.
    #[serde(default)]
    pub channels: Channels,
    /// What is watched.
    #[serde(default)]
    pub alerts: Alerts,
    /// By the name of the bot, of those that do not keep everything for ever.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub retention: BTreeMap<String, Keep>,
    /// What is sent when a day, a week or a month is over.
    #[serde(default)]
    pub reports: Reports,
    /// What is tried on visitors.
    #[serde(default)]
    pub experiments: Experiments,
}

impl Default for Document {
    fn default() -> Self {
        Self {
            version: VERSION,
            masking: BTreeMap::new(),
            retention: BTreeMap::new(),
            channels: Channels::default(),
            alerts: Alerts::default(),
            reports: Reports::default(),
            experiments: Experiments::default(),
        }
    }
}

impl Document {
    /// Reads them; `None` where there is no file.
    ///
    /// # Errors
    /// A sentence that names the file and what to do, where it cannot be relied on.
    pub fn read(dir: &Path) -> Result<Option<Self>> {
        let path = dir.join(FILE_NAME);
        let Some(bytes) = private::read(&path)? else { return Ok(None) };
        let to_do = "restore it from a backup, or remove it and set anew what it set";
        let read = private::parse(&bytes, VERSION, "settings", to_do);
        read.map(Some).map_err(|why| Error::Unusable(format!("{}: {why}", path.display())))
    }

    /// Reads them, lets `change` change them, and writes them. Whoever else wants to change them waits meanwhile.
    ///
    /// # Errors
    /// What `change` refuses; then nothing has changed.
    pub fn change<T>(dir: &Path, change: impl FnOnce(&mut Self) -> Result<T>) -> Result<(T, Self)> {
        private::make(dir)?;
        let _lock = private::lock(dir)?;
        let mut document = Self::read(dir)?.unwrap_or_default();
        let what = change(&mut document)?;
        let bytes = serde_json::to_vec_pretty(&document).expect("names are texts");
        private::write(dir, FILE_NAME, &bytes)?;
        Ok((what, document))
    }
}
