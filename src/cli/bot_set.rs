//! `novahouse bot set`

use clap::{ArgGroup, Args};

use super::keep::KeepFlags;
use super::mask::MaskFlags;
use super::{DataDir, progress};
use crate::error::Result;
use crate::model::Zone;
use crate::store::{Options, set_zone};

#[derive(Args)]
#[command(group(ArgGroup::new("what").required(true).multiple(true)),
          after_help = "Examples:\n  novahouse bot set default --keep-text 30d --keep-events 400d --data ./db\n  \
                        novahouse bot set default --keep-text forever --data ./db\n  \
                        novahouse bot set default --mask email,phone,card,iban,pesel,ip --data ./db\n  \
                        novahouse bot set shop --mask-pattern 'customer=C-[0-9]{6}' --data ./db\n\n\
                        What is kept no longer goes the next night, or with `novahouse retain`. Figures stay. What is masked\n\
                        gives way to [email], [customer] and so on, from now on: what is stored already stays as it is.")]
pub(super) struct BotSet {
    /// The bot's name; for masking it may be one that has sent nothing yet
    name: String,
    #[command(flatten)]
    data: DataDir,
    /// Its reporting zone from now on (IANA name); its rollups are recounted, which needs the directory for itself
    #[arg(long, value_name = "ZONE", group = "what")]
    timezone: Option<Zone>,
    #[command(flatten)]
    keep: KeepFlags,
    #[command(flatten)]
    mask: MaskFlags,
}

impl BotSet {
    pub(super) fn run(&self) -> Result<()> {
        let Self { name, data, timezone, keep, mask } = self;
        if let Some(timezone) = timezone {
            let bar = progress::bar(0, "events recounted");
            set_zone(&data.dir, &Options::default(), name, *timezone, &mut progress::reports(&bar))?;
            bar.finish_and_clear();
            println!("The days of {name} are counted in {} now.", timezone.name());
        }
        keep.set(name, data)?;
        mask.set(name, data)
    }
}
