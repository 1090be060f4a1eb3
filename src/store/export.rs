//! Exports: records one by one, in memory that does not grow with their number.

use std::ops::ControlFlow;

use super::RedbEngine;
use super::codec::decode;
use super::read;
use super::sessions::{Snapshot, around_ms, engagement_record};
use super::tables::LeadKey;
use crate::engine::*;
use crate::error::Result;
use crate::model::day::rfc3339;
use crate::model::{ANONYMOUS, Bot, BotId, DayRange, Event, Kind, Lead, Message, Performance, Seq};
use crate::query::answer::average;
use crate::transfer::event_json;

impl RedbEngine {
    pub(super) fn export_records(
        &self,
        bot_name: &str,
        what: ExportType,
        window: Window,
        sink: &mut RecordSink<'_>,
    ) -> Result<()> {
        let bot = self.known_bot(bot_name)?;
        let range = self.day_range(&bot, window);
        if what == ExportType::Intents {
            return self.export_intents(&bot, range, sink);
        }
        let snapshot = match what {
            ExportType::Engagements => self.snapshot_at_rest()?,
            _ => self.snapshot_of_log()?,
        };
        match what {
            ExportType::Leads => snapshot.export_leads(&bot, range, sink),
            ExportType::Engagements => snapshot.export_engagements(&bot, range, sink),
            ExportType::Intents => unreachable!("exported above"),
            ExportType::Conversations => snapshot.export_events(&bot, range, conversation_record, sink),
            ExportType::Performance => snapshot.export_events(&bot, range, performance_record, sink),
            ExportType::Events => snapshot.export_events(&bot, range, event_record, sink),
        }
    }

    fn export_intents(&self, bot: &Bot, range: DayRange, sink: &mut RecordSink<'_>) -> Result<()> {
        for (day, daily) in self.days(bot, range)? {
            let mut intents: Vec<_> = daily.intents.iter().collect();
            intents.sort_unstable_by_key(|(name, _)| *name);
            let other = daily.intents.other().map(|tally| (crate::limits::OTHER, tally));
            for (name, tally) in intents.into_iter().chain(other) {
                sink(Record::Intent(IntentRecord {
                    intent_name: name.to_owned(),
                    date: day,
                    trigger_count: tally.triggers,
                    success_count: tally.success,
                    failure_count: tally.triggers - tally.success,
                    avg_confidence: average(tally.confidence_ppm_sum as f64 / 1e6, tally.confidence_count),
                    avg_response_time_ms: average(tally.response_ms_sum as f64, tally.response_count),
                }))?;
            }
        }
        Ok(())
    }
}

impl Snapshot<'_> {
    fn export_events(
        &self,
        bot: &Bot,
        range: DayRange,
        record: impl Fn(Seq, &Event) -> Option<Record>,
        sink: &mut RecordSink<'_>,
    ) -> Result<()> {
        read::scan_log(&self.tables, 0, Some(around_ms(range)), |stretch| {
            for (seq, event) in stretch.events.iter().filter(|(seq, _)| *seq < self.end) {
                if *event.bot == *bot.name
                    && range.contains(bot.zone.day(event.timestamp_ms))
                    && let Some(record) = record(*seq, event)
                {
                    sink(record)?;
                }
            }
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(())
    }

    fn export_engagements(&self, bot: &Bot, range: DayRange, sink: &mut RecordSink<'_>) -> Result<()> {
        // The index is read backwards for lists; an export goes day by day, each turned round.
        for day in range.iter() {
            let mut starts = self.starts(bot, DayRange::new(day, day), None)?.collect::<Result<Vec<_>>>()?;
            starts.reverse();
            for (_, number, _) in starts {
                sink(Record::Engagement(engagement_record(number, &self.session(number)?)))?;
            }
        }
        Ok(())
    }

    fn export_leads(&self, bot: &Bot, range: DayRange, sink: &mut RecordSink<'_>) -> Result<()> {
        self.each_lead(bot.id, around_ms(range), |key, event| match &event.kind {
            Kind::Lead(lead) if range.contains(bot.zone.day(event.timestamp_ms)) => {
                sink(Record::Lead(lead_record(key.2, event, lead)))
            }
            _ => Ok(()),
        })
    }

    /// Calls `emit` with every lead of a bot from the first millisecond to before the last, in order.
    pub(super) fn each_lead(
        &self,
        bot: BotId,
        (from_ms, to_ms): (i64, i64),
        mut emit: impl FnMut(LeadKey, &Event) -> Result<()>,
    ) -> Result<()> {
        let places = (bot, from_ms, 0)..(bot, to_ms, 0);
        let beyond = self.beyond.as_ref().map(|writer| &writer.leads).or(self.leads_beyond.as_ref());
        let mut changes = beyond.into_iter().flat_map(|leads| leads.range(places.clone())).peekable();
        let mut change = |key: LeadKey, listed: &Option<Event>| listed.iter().try_for_each(|event| emit(key, event));
        for entry in self.tables.leads.range(places.clone())? {
            let (key, bytes) = entry?;
            let key = key.value();
            while let Some((earlier, listed)) = changes.next_if(|(place, _)| **place < key) {
                change(*earlier, listed)?;
            }
            match changes.next_if(|(place, _)| **place == key) {
                Some((_, listed)) => change(key, listed)?,
                None => change(key, &Some(decode(bytes.value(), "leads", key)?))?,
            }
        }
        changes.try_for_each(|(key, listed)| change(*key, listed))
    }
}

/// The client's id, else one made of the place in the log.
fn record_id(seq: Seq, event: &Event) -> String {
    event.id.as_deref().map_or_else(|| format!("nh-{seq}"), str::to_owned)
}

fn owned(text: &Option<Box<str>>) -> Option<String> {
    text.as_deref().map(str::to_owned)
}

fn conversation_record(seq: Seq, event: &Event) -> Option<Record> {
    let Message {
        user_message,
        bot_response,
        intent,
        confidence_ppm,
        entities,
        sentiment,
        response_time_ms,
        user_satisfied,
        lead_generated,
        success,
        message_count,
        input_tokens,
        output_tokens,
        cost_nanos,
        model,
        question: _,
    } = event.kind.message()?;
    Some(Record::Conversation(ConversationRecord {
        id: record_id(seq, event),
        session_id: owned(&event.session_id).unwrap_or_default(),
        user_id: owned(&event.user_id).unwrap_or_else(|| ANONYMOUS.to_owned()),
        user_message: owned(user_message),
        bot_response: owned(bot_response),
        intent: owned(intent),
        confidence: confidence_ppm.map(|ppm| f64::from(ppm) / 1e6),
        entities: entities.as_deref().and_then(|json| serde_json::from_str(json).ok()),
        sentiment: *sentiment,
        response_time_ms: *response_time_ms,
        user_satisfied: *user_satisfied,
        lead_generated: *lead_generated,
        message_count: *message_count,
        timestamp: rfc3339(event.timestamp_ms),
        success: *success,
        input_tokens: *input_tokens,
        output_tokens: *output_tokens,
        cost_usd: cost_nanos.map(|nanos| nanos as f64 / 1e9),
        model: owned(model),
    }))
}

pub(super) fn lead_record(seq: Seq, event: &Event, lead: &Lead) -> LeadRecord {
    let Lead { name, email, phone, interested_package, property_size, property_type, location, additional_info } = lead;
    LeadRecord {
        id: record_id(seq, event),
        session_id: owned(&event.session_id).unwrap_or_default(),
        name: owned(name),
        email: owned(email),
        phone: owned(phone),
        interested_package: owned(interested_package),
        property_size: owned(property_size),
        property_type: owned(property_type),
        location: owned(location),
        additional_info: owned(additional_info),
        created_at: rfc3339(event.timestamp_ms),
    }
}

fn performance_record(seq: Seq, event: &Event) -> Option<Record> {
    let Kind::Performance(metric) = &event.kind else { return None };
    let Performance { endpoint, response_time_ms, status_code, error_message, memory_micro_mb, cpu_micro_percent } =
        metric;
    Some(Record::Performance(PerformanceRecord {
        id: record_id(seq, event),
        timestamp: rfc3339(event.timestamp_ms),
        endpoint: endpoint.to_string(),
        response_time_ms: *response_time_ms,
        status_code: *status_code,
        error_message: owned(error_message),
        memory_usage_mb: memory_micro_mb.map(|micro| micro as f64 / 1e6),
        cpu_usage_percent: cpu_micro_percent.map(|micro| micro as f64 / 1e6),
    }))
}

fn event_record(_seq: Seq, event: &Event) -> Option<Record> {
    Some(Record::Event(event_json::to_json(event)))
}
