//! The fold: how one event changes its session, its user and the rollups of the days it touches.

use super::daily::{Daily, Opening};
use super::performance::PerformanceRollup;
use super::presence::count_new_day;
use super::questions::{Asked, Questions, asked, by_hash};
use super::trace::{Trace, traces};
use crate::model::exposure::keep_first_exposure;
use crate::model::session::{Moment, NewDay, add_day};
use crate::model::{Day, Event, Hour, Kind, Lead, Seq, Session, Unit, User, Zone};

/// What the fold changes of one bot: rollups, of which absent ones are empty, the list of leads, and the traces.
pub trait Rollups {
    fn daily(&mut self, day: Day) -> &mut Daily;
    fn questions(&mut self, day: Day) -> &mut Questions;
    /// Whether a day's questions are known by their hashes alone: some of its messages have lost their words.
    fn has_lost_words(&self, day: Day) -> bool;
    /// Whether what experiments measure is counted of the event that stands there.
    fn measures(&self, seq: Seq) -> bool;
    fn performance_day(&mut self, day: Day) -> &mut PerformanceRollup;
    fn performance_hour(&mut self, hour: Hour) -> &mut PerformanceRollup;
    /// Puts a lead into its place in the list.
    fn list_lead(&mut self, at: Moment, event: Event);
    fn unlist_lead(&mut self, at: Moment);
    /// Keeps a trace of the session whose event is being folded.
    fn leave_trace(&mut self, at: Moment, trace: Trace<'_>);
}

/// Folds one event in. `session` is the one it names (fresh from `Session::begin` for its first event), `user` the person.
pub fn fold(
    rollups: &mut impl Rollups,
    zone: Zone,
    seq: Seq,
    event: &Event,
    session: Option<&mut Session>,
    user: Option<&mut User>,
) {
    let (day, hour_of_day) = zone.day_and_hour(event.timestamp_ms);
    if let Some(session) = session {
        let may_change_leads = matches!(event.kind, Kind::Lead(_) | Kind::Introduction(..));
        let found_before = may_change_leads.then(|| session.found_lead()).flatten();
        if rollups.measures(seq) {
            session.outcome.add(&event.kind);
        }
        let new_day = advance_session(rollups, zone, seq, event, session);
        if let Some(new_day) = new_day {
            count_new_day(new_day, |day, change| change(&mut rollups.daily(day).sessions));
        }
        if may_change_leads {
            move_found_lead(rollups, zone, event, found_before, session.found_lead());
        }
    }
    let question = event.kind.message().and_then(asked);
    match &question {
        Some(Asked::Words(words)) if !rollups.has_lost_words(day) => rollups.questions(day).add(words),
        Some(question) => rollups.questions(day).add(&by_hash(question.hash())),
        None => {}
    }
    traces(event, question.as_ref().map(Asked::hash), |trace| rollups.leave_trace((event.timestamp_ms, seq), trace));
    match &event.kind {
        Kind::Message(message) | Kind::Introduction(message, _) => {
            rollups.daily(day).add_message(message, hour_of_day);
            if let Some(new_day) = user.and_then(|user| add_day(&mut user.active_days, day)) {
                count_new_day(new_day, |day, change| change(&mut rollups.daily(day).users));
            }
        }
        Kind::Engagement(engagement) => rollups.daily(day).add_visits(engagement),
        Kind::Lead(lead) => {
            rollups.daily(day).add_lead(lead, hour_of_day);
            rollups.list_lead((event.timestamp_ms, seq), event.clone());
        }
        Kind::Feedback(feedback) => rollups.daily(day).add_feedback(feedback),
        Kind::Exposure(exposure) => {
            // Its day may have been one on which its session began, and is there: also where a recount takes the session as it is.
            rollups.daily(day);
            if let Some(user) = user.filter(|_| exposure.unit == Unit::User) {
                keep_first_exposure(&mut user.exposures, (event.timestamp_ms, seq), exposure);
            }
        }
        Kind::Performance(metric) => {
            rollups.performance_day(day).add(metric, event.timestamp_ms, zone);
            rollups.performance_hour(zone.hour(event.timestamp_ms)).add(metric, event.timestamp_ms, zone);
        }
    }
}

/// The lead that a session's messages amount to has changed by `event`: it counts as it is now, on its day.
fn move_found_lead(
    rollups: &mut impl Rollups,
    zone: Zone,
    event: &Event,
    before: Option<(Moment, Lead)>,
    after: Option<(Moment, Lead)>,
) {
    if before == after {
        return;
    }
    if let Some((at, lead)) = before {
        let (day, hour_of_day) = zone.day_and_hour(at.0);
        rollups.daily(day).remove_lead(&lead, hour_of_day);
        rollups.unlist_lead(at);
    }
    if let Some(lead) = after {
        count_found_lead(rollups, zone, &event.bot, event.session_id.as_deref(), lead);
    }
}

/// Counts and lists what the messages of a session amount to.
pub fn count_found_lead(
    rollups: &mut impl Rollups,
    zone: Zone,
    bot: &str,
    session: Option<&str>,
    (at, lead): (Moment, Lead),
) {
    let (day, hour_of_day) = zone.day_and_hour(at.0);
    rollups.daily(day).add_lead(&lead, hour_of_day);
    let (bot, session_id, kind) = (bot.into(), session.map(Into::into), Kind::Lead(lead));
    rollups.list_lead(at, Event { bot, id: None, timestamp_ms: at.0, session_id, user_id: None, kind });
}

/// Advances the session and moves what it adds to the day it began.
fn advance_session(
    rollups: &mut impl Rollups,
    zone: Zone,
    seq: Seq,
    event: &Event,
    session: &mut Session,
) -> Option<NewDay> {
    let first_event = session.interactions == 0;
    let names_may_change = matches!(event.kind, Kind::Engagement(_));
    let before_day = zone.day(session.first_ms);
    let earlier_day = zone.day(event.timestamp_ms) < before_day;
    if first_event || names_may_change || earlier_day {
        let before = (!first_event).then(|| Opening::of(session));
        let new_day = session.advance(event, seq, zone);
        if let Some(before) = before {
            rollups.daily(before_day).began.remove(&before);
        }
        rollups.daily(zone.day(session.first_ms)).began.add(&Opening::of(session));
        return new_day;
    }
    // The common case: the same day, the same names, only longer and more.
    let (messages, duration_ms) = (session.messages, session.duration_ms());
    let new_day = session.advance(event, seq, zone);
    let began = &mut rollups.daily(before_day).began;
    began.messages += session.messages - messages;
    began.duration_ms += session.duration_ms() - duration_ms;
    new_day
}
