//! From an event to what changes by it: its session and its user as they are stored, and the rollups in memory.

use super::Writer;
use super::frozen::Frozen;
use super::hot::{Folding, Hot};
use super::read;
use super::snapshot::LazyTables;
use crate::error::{Error, Result};
use crate::limits::SESSION_SEQS_INLINE;
use crate::model::session::add_day;
use crate::model::{Event, Seq, Session, User};
use crate::rollup::presence::count_new_day;
use crate::rollup::{Rollups, fold};

/// Folds one event into memory.
pub fn fold_event(writer: &mut Writer, hot: &mut Hot, tables: &LazyTables<'_>, seq: Seq, event: &Event) -> Result<()> {
    // Of a recount alone.
    let mut frozen = writer.frozen.take();
    let folded = fold_beside(writer, hot, tables, seq, event, frozen.as_deref_mut());
    writer.frozen = frozen;
    folded
}

/// Folds an event beside what is taken as it is, where there is any.
fn fold_beside(
    writer: &mut Writer,
    hot: &mut Hot,
    tables: &LazyTables<'_>,
    seq: Seq,
    event: &Event,
    mut frozen: Option<&mut Frozen>,
) -> Result<()> {
    let id =
        *hot.by_name.get(&event.bot).ok_or_else(|| Error::corrupt("bots", &event.bot, "an event's bot is missing"))?;
    let hot_bot = &mut hot.bots[id as usize];
    let (zone, horizons) = (hot_bot.bot.zone, hot_bot.horizons);
    let words_lost_before = frozen.as_ref().map(|_| horizons.text);
    let (straddling, returning) = match &mut frozen {
        Some(_) if horizons.may_have_gone(&event.kind, zone.day(event.timestamp_ms)) => return Ok(()),
        Some(frozen) => {
            frozen.take_turns(writer)?;
            if let Some(name) = event.person() {
                frozen.let_earlier_ones_in(writer, id, name)?;
            }
            frozen.held(id, event, seq)
        }
        None => (None, None),
    };
    let mut session = match event.session_id.as_deref().filter(|_| straddling.is_none()) {
        Some(name) => {
            let is_over = |session: &Session| horizons.close(zone, session.first_ms, seq);
            let load = || read::stored_session(tables.get()?, &writer.session_names, id, name, is_over);
            let begin = || Session::begin(id, name, event.timestamp_ms);
            Some(writer.sessions.change(id, name, is_over, load, begin)?)
        }
        None => None,
    };
    let user = match event.person() {
        Some(_) if returning.is_some() => returning,
        Some(name) => {
            let load = || read::stored_user(tables.get()?, &writer.user_names, id, name);
            Some(writer.users.change(id, name, |_| false, load, || User::new(id, name))?.1)
        }
        None => None,
    };
    let number = session.as_ref().map(|(number, _)| *number);
    let mut folding = Folding {
        hot: hot_bot,
        leads: &mut writer.leads,
        traces: &mut writer.traces,
        session: number.or(straddling.as_ref().map(|straddling| straddling.number)),
        tables,
        words_lost_before,
        measured_since: writer.measured_since,
        failed: None,
    };
    fold(&mut folding, zone, seq, event, session.as_mut().map(|(_, session)| &mut **session), user);
    if let Some(straddling) = straddling.filter(|_| event.kind.message().is_some())
        && let Some(new_day) = add_day(&mut straddling.active_days, zone.day(event.timestamp_ms))
    {
        count_new_day(new_day, |day, change| change(&mut folding.daily(day).sessions));
    }
    if let Some(error) = folding.failed {
        return Err(error);
    }
    if let Some((number, session)) = session
        && session.seqs.len() >= SESSION_SEQS_INLINE
    {
        let seqs = std::mem::take(&mut session.seqs);
        session.spilled += seqs.len() as u64;
        writer.spilled.push(((number, seqs[0]), seqs));
    }
    Ok(())
}
