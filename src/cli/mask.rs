//! `novahouse bot set --mask…`

use clap::{Args, ValueEnum};

use super::DataDir;
use super::user::{access, record_change};
use crate::error::{Error, Result};
use crate::masking::{MaskKind, Masking, WrittenPattern};
use crate::settings::{Document, MaskingChange};

#[derive(Args)]
pub(super) struct MaskFlags {
    /// All kinds that are masked: email, phone, card, iban, pesel, ip; or none
    #[arg(long, value_name = "KINDS", group = "what", value_parser = kinds)]
    mask: Option<Kinds>,
    /// A pattern of your own that is masked too (a regular expression), instead of the one of its name; may be given several
    /// times
    #[arg(long, value_name = "NAME=REGEX", group = "what", value_parser = pattern)]
    mask_pattern: Vec<WrittenPattern>,
    /// A pattern that is masked no longer, by its name; may be given several times
    #[arg(long, value_name = "NAME", group = "what")]
    no_mask_pattern: Vec<String>,
}

#[derive(Clone)]
struct Kinds(Vec<MaskKind>);

fn kinds(text: &str) -> Result<Kinds, String> {
    if text == "none" {
        return Ok(Kinds(Vec::new()));
    }
    let names = || MaskKind::ALL.map(MaskKind::name).join(", ");
    let kind = |name| MaskKind::from_str(name, false).map_err(|_| format!("expected some of {}, or none", names()));
    text.split(',').map(str::trim).map(kind).collect::<Result<_, _>>().map(Kinds)
}

fn pattern(text: &str) -> Result<WrittenPattern, String> {
    let (name, regex) = text.split_once('=').ok_or("expected NAME=REGEX, such as customer=C-[0-9]{6}")?;
    Ok(WrittenPattern { name: name.to_owned(), regex: regex.to_owned() })
}

impl MaskFlags {
    pub(super) fn set(&self, name: &str, data: &DataDir) -> Result<()> {
        if self.mask.is_none() && self.mask_pattern.is_empty() && self.no_mask_pattern.is_empty() {
            return Ok(());
        }
        let access = access(data)?;
        let change = |document: &mut Document| document.change_masking_told(name, self.change(name, document)?);
        let ((masking, changed), _) = Document::change(&data.dir, change)?;
        record_change(&access, "masking changed", name, changed);
        println!("{name} masks {} from now on; what is stored already stays as it is.", told(&masking));
        Ok(())
    }

    fn change(&self, name: &str, document: &Document) -> Result<MaskingChange> {
        let kinds = self.mask.as_ref().map(|Kinds(kinds)| kinds.clone());
        let before = document.masking(name).map_or(&[][..], |masking| &masking.patterns);
        let is_there = |name: &String| before.iter().any(|pattern| pattern.name() == name);
        if let Some(unknown) = self.no_mask_pattern.iter().find(|name| !is_there(name)) {
            return Err(Error::NotFound(format!("--no-mask-pattern: {name} has no pattern named {unknown}")));
        }
        let goes = |name: &str| {
            self.no_mask_pattern.iter().any(|gone| gone == name) || self.mask_pattern.iter().any(|new| new.name == name)
        };
        let stay = before.iter().filter(|pattern| !goes(pattern.name())).cloned().map(WrittenPattern::from);
        Ok(MaskingChange { kinds, patterns: Some(stay.chain(self.mask_pattern.iter().cloned()).collect()) })
    }
}

/// What is masked, in words.
pub(super) fn told(masking: &Masking) -> String {
    if masking.is_off() {
        return "nothing".to_owned();
    }
    let kinds = masking.kinds.iter().map(ToString::to_string);
    kinds.chain(masking.patterns.iter().map(ToString::to_string)).collect::<Vec<_>>().join(", ")
}
