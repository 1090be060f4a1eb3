//! `novahouse bot`

use std::io::{BufRead, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{ArgGroup, Args, Subcommand, ValueEnum};
use serde_json::{Value, json};

use super::user::{access, record};
use super::{DataDir, print_json, progress};
use crate::chat::ScriptedBot;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::masking::{MaskKind, Masking, WrittenPattern};
use crate::model::{Bot, Zone};
use crate::settings::{Document, MaskingChange};
use crate::store::{Options, RedbEngine, set_zone};

#[derive(Args)]
pub(super) struct BotCommand {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// List the bots, their reporting zones and what they mask; works beside a live server
    List {
        #[command(flatten)]
        data: DataDir,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Check a bot's script: errors by line
    Check {
        /// The script (TOML)
        file: PathBuf,
    },
    /// Talk to a bot in the terminal; an empty line ends
    Try {
        /// The script (TOML); without one, the embedded bot
        file: Option<PathBuf>,
    },
    /// Change a bot: what it masks in texts before they are stored, beside a live server too, or its zone
    Set(BotSet),
}

#[derive(Args)]
#[command(group(ArgGroup::new("what").required(true).multiple(true)),
          after_help = "Examples:\n  novahouse bot set default --mask email,phone,card,iban,pesel,ip --data ./db\n  \
                        novahouse bot set shop --mask-pattern 'customer=C-[0-9]{6}' --data ./db\n\n\
                        What is masked gives way to [email], [customer] and so on, from now on: what is stored already stays\n\
                        as it is.")]
struct BotSet {
    /// The bot's name; for masking it may be one that has sent nothing yet
    name: String,
    #[command(flatten)]
    data: DataDir,
    /// Its reporting zone from now on (IANA name); its rollups are recounted, which needs the directory for itself
    #[arg(long, value_name = "ZONE", group = "what")]
    timezone: Option<Zone>,
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

impl BotSet {
    fn run(&self) -> Result<()> {
        let Self { name, data, timezone, .. } = self;
        if let Some(timezone) = timezone {
            let bar = progress::bar(0, "events recounted");
            set_zone(&data.dir, &Options::default(), name, *timezone, &mut progress::reports(&bar))?;
            bar.finish_and_clear();
            println!("The days of {name} are counted in {} now.", timezone.name());
        }
        if self.mask.is_some() || !self.mask_pattern.is_empty() || !self.no_mask_pattern.is_empty() {
            let access = access(data)?;
            let change = |document: &mut Document| document.change_masking(name, self.masking(document)?);
            let (masking, _) = Document::change(&data.dir, change)?;
            record(&access, "masking changed", name);
            println!("{name} masks {} from now on; what is stored already stays as it is.", told(&masking));
        }
        Ok(())
    }

    fn masking(&self, document: &Document) -> Result<MaskingChange> {
        let kinds = self.mask.as_ref().map(|Kinds(kinds)| kinds.clone());
        let before = document.masking(&self.name).map_or(&[][..], |masking| &masking.patterns);
        let is_there = |name: &String| before.iter().any(|pattern| pattern.name() == name);
        if let Some(unknown) = self.no_mask_pattern.iter().find(|name| !is_there(name)) {
            return Err(Error::NotFound(format!("--no-mask-pattern: {} has no pattern named {unknown}", self.name)));
        }
        let goes = |name: &str| {
            self.no_mask_pattern.iter().any(|gone| gone == name) || self.mask_pattern.iter().any(|new| new.name == name)
        };
        let stay = before.iter().filter(|pattern| !goes(pattern.name())).cloned().map(WrittenPattern::from);
        Ok(MaskingChange { kinds, patterns: Some(stay.chain(self.mask_pattern.iter().cloned()).collect()) })
    }
}

/// What is masked, in words.
fn told(masking: &Masking) -> String {
    if masking.is_off() {
        return "nothing".to_owned();
    }
    let kinds = masking.kinds.iter().map(ToString::to_string);
    kinds.chain(masking.patterns.iter().map(ToString::to_string)).collect::<Vec<_>>().join(", ")
}

pub(super) fn run(command: &BotCommand) -> Result<ExitCode> {
    match &command.action {
        Action::List { data, json } => {
            let bots = RedbEngine::open_read_only(&data.dir, &Options::default())?.bots()?;
            let settings = Document::read(&data.dir)?.unwrap_or_default();
            let masking = |bot: &Bot| settings.masking(&bot.name).cloned().unwrap_or_default();
            if *json {
                let list = bots
                    .iter()
                    .map(|bot| json!({"name": bot.name, "timezone": bot.zone.name(), "masking": masking(bot)}));
                print_json(&Value::Array(list.collect()));
            } else {
                let line =
                    |bot: &Bot| format!("{:<32} {:<24} masks {}", bot.name, bot.zone.name(), told(&masking(bot)));
                bots.iter().for_each(|bot| println!("{}", line(bot)));
            }
        }
        Action::Check { file } => {
            let (intents, phrases) = ScriptedBot::load(Some(file))?.size();
            println!("{} is sound: {intents} intents, {phrases} phrases.", file.display());
        }
        Action::Try { file } => talk(&ScriptedBot::load(file.as_deref())?)?,
        Action::Set(set) => set.run()?,
    }
    Ok(ExitCode::SUCCESS)
}

fn talk(bot: &ScriptedBot) -> Result<()> {
    let mut out = std::io::stdout();
    for turn in 0.. {
        write!(out, "> ")?;
        out.flush()?;
        let mut line = String::new();
        if std::io::stdin().lock().read_line(&mut line)? == 0 || line.trim().is_empty() {
            break;
        }
        let reply = bot.reply(line.trim(), turn);
        let (intent, confidence) = (reply.intent.unwrap_or_default(), reply.confidence.unwrap_or_default());
        writeln!(out, "{}\n  [{intent} {confidence:.2}]", reply.response)?;
    }
    Ok(())
}
