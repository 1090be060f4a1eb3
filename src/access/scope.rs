//! An engine in which there are only some of the bots: every question about another is answered as if there were none of
//! that name, since it is not even asked.

use std::sync::Arc;

use super::asker::Asker;
use crate::engine::*;
use crate::error::{Error, Result};
use crate::model::{Bot, Day, Horizons, Seq, Unit};
use crate::query::answer::*;

/// The engine as the asker may see it.
pub fn seen_by(engine: Arc<dyn Engine>, asker: &Asker) -> Arc<dyn Engine> {
    match asker.bots() {
        None => engine,
        Some(_) => Arc::new(Scoped { engine, asker: asker.clone() }),
    }
}

struct Scoped {
    engine: Arc<dyn Engine>,
    asker: Asker,
}

impl Scoped {
    fn of(&self, bot: &str) -> Result<&dyn Engine> {
        match self.asker.sees(bot) {
            true => Ok(&*self.engine),
            false => Err(no_bot(bot)),
        }
    }
}

/// What is said of a bot that does not exist.
pub fn no_bot(name: &str) -> Error {
    Error::NotFound(format!("bot: there is none named `{name}`"))
}

impl Engine for Scoped {
    fn append(&self, batches: Vec<Batch>) -> Result<Vec<Receipt>> {
        self.engine.append(batches)
    }
    fn bots(&self) -> Result<Vec<Bot>> {
        let mut bots = self.engine.bots()?;
        bots.retain(|bot| self.asker.sees(&bot.name));
        Ok(bots)
    }
    fn bot(&self, name: &str) -> Result<Bot> {
        self.of(name)?.bot(name)
    }
    fn today(&self, bot: &str) -> Result<Day> {
        self.of(bot)?.today(bot)
    }
    fn state(&self, bot: &str) -> Result<State> {
        self.of(bot)?.state(bot)
    }
    fn horizons(&self, bot: &str) -> Result<Horizons> {
        self.of(bot)?.horizons(bot)
    }
    fn overview(&self, bot: &str, window: Window) -> Result<Overview> {
        self.of(bot)?.overview(bot, window)
    }
    fn conversations(&self, bot: &str, window: Window) -> Result<Conversations> {
        self.of(bot)?.conversations(bot, window)
    }
    fn engagement(&self, bot: &str, window: Window) -> Result<EngagementAnswer> {
        self.of(bot)?.engagement(bot, window)
    }
    fn intents(&self, bot: &str, window: Window) -> Result<Intents> {
        self.of(bot)?.intents(bot, window)
    }
    fn performance(&self, bot: &str, window: HourWindow) -> Result<PerformanceAnswer> {
        self.of(bot)?.performance(bot, window)
    }
    fn leads(&self, bot: &str, window: Window) -> Result<Leads> {
        self.of(bot)?.leads(bot, window)
    }
    fn daily(&self, bot: &str, window: Window) -> Result<Vec<DayFigures>> {
        self.of(bot)?.daily(bot, window)
    }
    fn questions(&self, bot: &str, window: Window, limit: u32) -> Result<Questions> {
        self.of(bot)?.questions(bot, window, limit)
    }
    fn funnel(&self, bot: &str, window: Window, funnel: &Funnel) -> Result<Vec<FunnelStep>> {
        self.of(bot)?.funnel(bot, window, funnel)
    }
    fn paths(&self, bot: &str, window: Window, shape: PathShape) -> Result<Paths> {
        self.of(bot)?.paths(bot, window, shape)
    }
    fn cohorts(&self, bot: &str, window: Window, by: Period) -> Result<Cohorts> {
        self.of(bot)?.cohorts(bot, window, by)
    }
    fn hours(&self, bot: &str, window: Window, metric: HourMetric) -> Result<HoursOfWeek> {
        self.of(bot)?.hours(bot, window, metric)
    }
    fn trial(&self, bot: &str, trial: &Trial) -> Result<TrialFigures> {
        self.of(bot)?.trial(bot, trial)
    }
    fn variants(&self, bot: &str, window: Window, trial: &Trial) -> Result<VariantFigures> {
        self.of(bot)?.variants(bot, window, trial)
    }
    fn variant_shown(&self, bot: &str, unit: Unit, id: &str, experiment: &str) -> Result<Option<Box<str>>> {
        self.of(bot)?.variant_shown(bot, unit, id, experiment)
    }
    fn sessions(&self, bot: &str, filter: &SessionFilter) -> Result<SessionPage> {
        self.of(bot)?.sessions(bot, filter)
    }
    fn session(&self, bot: &str, session_id: &str) -> Result<Option<Transcript>> {
        self.of(bot)?.session(bot, session_id)
    }
    fn export(&self, bot: &str, what: ExportType, window: Window, sink: &mut RecordSink<'_>) -> Result<()> {
        self.of(bot)?.export(bot, what, window, sink)
    }
    fn held(&self, bot: &str, user: &str, sink: &mut HeldSink<'_>) -> Result<()> {
        self.of(bot)?.held(bot, user, sink)
    }
    fn erase(&self, erasure: &Erasure<'_>, receipt: &MakeReceipt<'_>) -> Result<Vec<Box<str>>> {
        self.of(erasure.bot)?.erase(erasure, receipt)
    }
    fn moment_at(&self, seq: Seq) -> Result<Option<i64>> {
        self.engine.moment_at(seq)
    }
    fn erasures(&self) -> Result<Vec<Vec<u8>>> {
        self.engine.erasures()
    }
    fn probe(&self) -> Result<()> {
        self.engine.probe()
    }
}
