//! The oracle's lists: sessions, transcripts and exports.

use novahouse::engine::*;
use novahouse::error::Result;
use novahouse::model::day::rfc3339;
use novahouse::model::{Day, DayRange, Event, Kind, Lead, Message};

use super::oracle::{Oracle, asked, browser, conversion, device, referrer, succeeded};
use super::oracle_log::{Seen, session_id};

fn owned(text: &Option<Box<str>>) -> Option<String> {
    text.as_ref().map(|text| text.to_string())
}

fn record_id(seq: u64, event: &Event) -> String {
    owned(&event.id).unwrap_or(format!("nh-{seq}"))
}

fn person(event: &Event) -> String {
    owned(&event.user_id).unwrap_or("anonymous".into())
}

fn engagement_record(name: &str, seen: &Seen) -> EngagementRecord {
    let text = |found: Option<&str>| found.map(str::to_owned);
    let pages = seen.events.iter().flat_map(|(_, event)| match &event.kind {
        Kind::Engagement(engagement) => engagement.pages.clone(),
        _ => Vec::new(),
    });
    EngagementRecord {
        id: format!("nh-{}", seen.number),
        session_id: session_id(name).to_owned(),
        user_id: seen.first(|event| event.user_id.as_deref()).unwrap_or("anonymous").to_owned(),
        first_interaction: rfc3339(seen.events[0].1.timestamp_ms),
        last_interaction: rfc3339(seen.events.last().unwrap().1.timestamp_ms),
        total_messages: seen.message_count(),
        session_duration_seconds: seen.duration_ms() as f64 / 1_000.0,
        pages_visited: pages.map(|page| page.to_string()).collect(),
        conversion_event: text(seen.latest(conversion)),
        device_type: text(seen.first(device)),
        browser: text(seen.first(browser)),
        referrer: text(seen.first(referrer)),
        lead: has_lead(seen),
        interactions: seen.events.len() as u64,
    }
}

fn has_lead(seen: &Seen) -> bool {
    seen.events.iter().any(|(_, event)| match &event.kind {
        Kind::Lead(_) => true,
        Kind::Introduction(_, said) => said.email.is_some() || said.phone.is_some(),
        _ => false,
    })
}

impl Oracle {
    /// Whether a session as a whole matches.
    fn matches(name: &str, seen: &Seen, filter: &SessionFilter) -> bool {
        let any_message =
            |of: &dyn Fn(&Message) -> bool| seen.events.iter().any(|(_, event)| event.kind.message().is_some_and(of));
        let holds = |text: &str, part: &str| text.to_lowercase().contains(&part.to_lowercase());
        let user = seen.first(|event| event.user_id.as_deref());
        let left = || seen.left.iter().filter_map(|(_, event)| event.kind.message());
        let texts = || left().flat_map(|message| [&message.user_message, &message.bot_response]).flatten();
        let found = |part: &String| {
            holds(session_id(name), part)
                || user.is_some_and(|user| holds(user, part))
                || texts().any(|text| holds(text, part))
        };
        let as_asked = match &filter.by {
            By::Start { intent, sentiment } => {
                (intent.is_none() || any_message(&|message| message.intent.as_deref() == intent.as_deref()))
                    && (sentiment.is_none() || any_message(&|message| message.sentiment == *sentiment))
            }
            _ => true,
        };
        as_asked
            && filter.search.as_ref().is_none_or(found)
            && filter.lead.is_none_or(|lead| lead == has_lead(seen))
            && (filter.device.is_none() || filter.device.as_deref() == seen.first(device))
            && (filter.browser.is_none() || filter.browser.as_deref() == seen.first(browser))
            && (filter.referrer.is_none() || filter.referrer.as_deref() == seen.first(referrer))
            && (filter.conversion.is_none() || filter.conversion.as_deref() == seen.latest(conversion))
            && filter.user.as_deref().is_none_or(|wanted| wanted == user.unwrap_or("anonymous"))
    }

    /// When each of what puts the session into the list happened.
    fn moments(&self, seen: &Seen, since: i32, filter: &SessionFilter) -> Vec<i64> {
        let range = self.range(filter.window);
        let inside = |event: &&Event| range.contains(self.day(event)) && self.day(event).0 >= since;
        let events = || seen.events.iter().map(|(_, event)| &**event).filter(inside);
        match &filter.by {
            By::Start { .. } if range.contains(seen.began) => vec![seen.events[0].1.timestamp_ms],
            By::Start { .. } => Vec::new(),
            By::Exchange(wanted) => events()
                .filter(|event| event.kind.message().is_some_and(|message| self.is_wanted(event, message, wanted)))
                .map(|event| event.timestamp_ms)
                .collect(),
            By::Visit { page: wanted } => {
                let mut moments = Vec::new();
                for event in events() {
                    let Kind::Engagement(engagement) = &event.kind else { continue };
                    for page in &engagement.pages {
                        if wanted.is_none() || wanted.as_deref() == Some(page) {
                            moments.push(event.timestamp_ms);
                        }
                    }
                }
                moments
            }
            By::Funnel(FunnelPlace { funnel, step, lost }) => {
                let passed = self.passed(seen, funnel, range);
                match (lost, passed.len()) {
                    (true, count) if count > 0 && count == step - 1 => vec![passed[count - 1]],
                    (false, count) if count >= *step => vec![passed[step - 1]],
                    _ => Vec::new(),
                }
            }
            By::Path(PathPlace { step, intent, next }) => {
                let path = self.path(seen, range);
                let after = path.get(*step).map(|(_, name)| *name);
                let goes_on = match next {
                    None => true,
                    Some(PathNext::Intent(next)) => after == Some(next),
                    Some(PathNext::End) => after.is_none(),
                };
                let here = path.get(step - 1).filter(|(_, name)| name == intent && goes_on);
                here.map(|(at_ms, _)| *at_ms).into_iter().collect()
            }
            By::Lead { package, property_type } => seen
                .leads
                .iter()
                .filter(|(_, event, _)| inside(&event))
                .filter(|(_, _, lead)| package.is_none() || *package == owned(&lead.interested_package))
                .filter(|(_, _, lead)| property_type.is_none() || *property_type == owned(&lead.property_type))
                .map(|(_, event, _)| event.timestamp_ms)
                .collect(),
        }
    }

    fn is_wanted(&self, event: &Event, message: &Message, wanted: &ExchangeFilter) -> bool {
        let hour_of_week = || {
            let (day, hour) = self.zone.day_and_hour(event.timestamp_ms);
            (day.weekday() * 24 + hour) as u32
        };
        (wanted.intent.is_none() || wanted.intent == owned(&message.intent))
            && (wanted.sentiment.is_none() || wanted.sentiment == message.sentiment)
            && (wanted.understood.is_none() || wanted.understood == succeeded(message))
            && wanted.hour_of_week.is_none_or(|wanted| wanted == hour_of_week())
            && wanted.during.is_none_or(|(from_ms, to_ms)| (from_ms..to_ms).contains(&event.timestamp_ms))
            && (wanted.question.is_none() || wanted.question == asked(message))
    }

    pub(super) fn session_page(&self, bot: &str, filter: &SessionFilter) -> Result<SessionPage> {
        let told = match filter.by {
            By::Funnel(_) | By::Path(_) => self.told_of_kept(bot, filter.window)?.0,
            _ => self.told(bot)?,
        };
        let mut matches = 0;
        let mut found: Vec<(i64, u64, &str)> = Vec::new();
        for (name, seen) in told.sessions.iter().filter(|(_, seen)| !seen.is_gone) {
            let moments = self.moments(seen, told.sessions_since, filter);
            // First what costs less: most sessions have nothing in the window.
            let Some(latest) = moments.iter().max().filter(|_| Self::matches(name, seen, filter)) else { continue };
            matches += moments.len() as u64;
            found.push((*latest, seen.number, name));
        }
        found.sort_by_key(|(at_ms, number, _)| std::cmp::Reverse((*at_ms, *number)));
        let total = found.len() as u64;
        if let Some(cursor) = filter.cursor {
            found.retain(|(at_ms, number, _)| (*at_ms, *number) < (cursor.at_ms, cursor.number));
        }
        let more = found.len() > filter.limit as usize;
        found.truncate(filter.limit as usize);
        let next_cursor =
            found.last().filter(|_| more).map(|(at_ms, number, _)| Cursor { at_ms: *at_ms, number: *number });
        let sessions = found.into_iter().map(|(_, _, name)| engagement_record(name, &told.sessions[name])).collect();
        Ok(SessionPage { total, matches, sessions, next_cursor })
    }

    pub(super) fn transcript(&self, bot: &str, name: &str) -> Result<Option<Transcript>> {
        let told = self.told(bot)?;
        let named = told.sessions.iter().filter(|(known, seen)| session_id(known) == name && !seen.is_gone);
        Ok(named.max_by_key(|(_, seen)| seen.number).map(|(name, seen)| Transcript {
            session: engagement_record(name, seen),
            timeline: seen.left.iter().map(|(seq, event)| (*seq, shown(event))).collect(),
            truncated: false,
        }))
    }

    pub(super) fn each_record(
        &self,
        bot: &str,
        what: ExportType,
        window: Window,
        sink: &mut RecordSink<'_>,
    ) -> Result<()> {
        let (told, range) = (self.told(bot)?, self.range(window));
        let in_order_of_arrival = || told.left.iter().filter(|(_, event)| range.contains(self.day(event)));
        match what {
            ExportType::Conversations => {
                in_order_of_arrival().filter_map(|(seq, event)| conversation(*seq, event)).try_for_each(sink)
            }
            ExportType::Performance => {
                in_order_of_arrival().filter_map(|(seq, event)| performance(*seq, event)).try_for_each(sink)
            }
            ExportType::Leads => {
                let leads = told.leads(range, self.zone).into_iter();
                let leads = leads.filter(|(_, event, _)| self.day(event).0 >= told.sessions_since);
                leads.filter_map(|(seq, event, said)| lead(*seq, event, said)).try_for_each(sink)
            }
            ExportType::Engagements => {
                let mut began = told.began(range);
                began.retain(|(_, seen)| !seen.is_gone);
                began.sort_by_key(|(_, seen)| (seen.events[0].1.timestamp_ms, seen.number));
                let records = began.iter().map(|(name, seen)| Record::Engagement(engagement_record(name, seen)));
                records.into_iter().try_for_each(sink)
            }
            ExportType::Intents => self.intent_records(bot, range)?.into_iter().try_for_each(sink),
            ExportType::Events => unreachable!("not compared"),
        }
    }

    fn intent_records(&self, bot: &str, range: DayRange) -> Result<Vec<Record>> {
        let mut records = Vec::new();
        for date in range.iter() {
            let mut rows = self.intents(bot, Window::Between(DayRange::new(date, date)))?.rows;
            rows.sort_by(|one, other| one.intent.cmp(&other.intent));
            records.extend(rows.into_iter().map(|row| intent(date, row)));
        }
        Ok(records)
    }
}

fn intent(date: Day, row: novahouse::query::answer::IntentRow) -> Record {
    Record::Intent(IntentRecord {
        intent_name: row.intent.to_string(),
        date,
        trigger_count: row.triggers,
        success_count: row.success,
        failure_count: row.failures,
        avg_confidence: row.avg_confidence,
        avg_response_time_ms: row.avg_response_time_ms,
    })
}

/// An event with its session's id as it came.
fn shown(event: &Event) -> Event {
    let session_id = event.session_id.as_deref().map(|name| session_id(name).into());
    let mut event = Event { session_id, ..event.clone() };
    if let Kind::Message(message) | Kind::Introduction(message, _) = &mut event.kind {
        message.question = None;
    }
    event
}

fn conversation(seq: u64, event: &Event) -> Option<Record> {
    let message = event.kind.message()?;
    Some(Record::Conversation(ConversationRecord {
        id: record_id(seq, event),
        session_id: shown(event).session_id?.into(),
        user_id: person(event),
        user_message: owned(&message.user_message),
        bot_response: owned(&message.bot_response),
        intent: owned(&message.intent),
        confidence: message.confidence_ppm.map(|ppm| f64::from(ppm) / 1e6),
        entities: message.entities.as_deref().map(|json| serde_json::from_str(json).unwrap()),
        sentiment: message.sentiment,
        response_time_ms: message.response_time_ms,
        user_satisfied: message.user_satisfied,
        lead_generated: message.lead_generated,
        message_count: message.message_count,
        timestamp: rfc3339(event.timestamp_ms),
        success: message.success,
        input_tokens: message.input_tokens,
        output_tokens: message.output_tokens,
        cost_usd: message.cost_nanos.map(|nanos| nanos as f64 / 1e9),
        model: owned(&message.model),
    }))
}

fn lead(seq: u64, event: &Event, lead: &Lead) -> Option<Record> {
    Some(Record::Lead(LeadRecord {
        id: record_id(seq, event),
        session_id: shown(event).session_id?.into(),
        name: owned(&lead.name),
        email: owned(&lead.email),
        phone: owned(&lead.phone),
        interested_package: owned(&lead.interested_package),
        property_size: owned(&lead.property_size),
        property_type: owned(&lead.property_type),
        location: owned(&lead.location),
        additional_info: owned(&lead.additional_info),
        created_at: rfc3339(event.timestamp_ms),
    }))
}

fn performance(seq: u64, event: &Event) -> Option<Record> {
    let Kind::Performance(metric) = &event.kind else { return None };
    Some(Record::Performance(PerformanceRecord {
        id: record_id(seq, event),
        timestamp: rfc3339(event.timestamp_ms),
        endpoint: metric.endpoint.to_string(),
        response_time_ms: metric.response_time_ms,
        status_code: metric.status_code,
        error_message: owned(&metric.error_message),
        memory_usage_mb: metric.memory_micro_mb.map(|micro| micro as f64 / 1e6),
        cpu_usage_percent: metric.cpu_micro_percent.map(|micro| micro as f64 / 1e6),
    }))
}
