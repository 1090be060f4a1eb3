//! What goes, added up by bot.

use std::collections::BTreeSet;

use crate::engine::Gone;
use crate::model::Day;

/// What went of one bot, or would.
#[derive(Clone, Default)]
pub(super) struct Tally {
    pub gone: Gone,
    /// Of which events went, or lost their texts.
    pub days: BTreeSet<Day>,
}

impl Tally {
    pub fn of(bot: &str) -> Self {
        Self { gone: Gone { bot: bot.into(), ..Gone::default() }, ..Self::default() }
    }

    /// Whether anything of a block goes.
    pub fn is_nothing(&self) -> bool {
        self.gone.is_nothing()
    }
}

/// Adds what was counted of one block, by bot: so many bytes of it, which are shared out by weight, and what all of that weighs.
pub(super) fn add_block(all: &mut [Tally], counted: Vec<Tally>, bytes: u64, weight: u64) {
    for (Tally { gone, days }, block) in all.iter_mut().zip(counted) {
        if block.is_nothing() {
            continue;
        }
        gone.bytes += bytes * block.gone.bytes / weight.max(1);
        gone.events += block.gone.events;
        gone.texts += block.gone.texts;
        gone.performance += block.gone.performance;
        gone.blocks += 1;
        days.extend(block.days);
    }
}

/// Of those bots of which something went.
pub(super) fn whole(all: Vec<Tally>) -> Vec<Gone> {
    let of = |Tally { gone, days }: Tally| Gone { days: days.len() as u64, ..gone };
    all.into_iter().map(of).filter(|gone| !gone.is_nothing()).collect()
}
