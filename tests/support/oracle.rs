//! The oracle: a plain list of events, recounted naively for every question. Written from the contract alone, without a
//! look at the production fold; where both agree for random events, both are right.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use novahouse::clock::Clock;
use novahouse::engine::*;
use novahouse::error::{Error, Result};
use novahouse::limits::{IDEMPOTENCY_MS, OTHER, QUESTION_BYTES_MAX};
use novahouse::model::{Bot, DEFAULT_BOT, Day, DayRange, Event, Kind, Lead, Message, Sentiment, Zone};
use novahouse::query::answer::*;
use parking_lot::Mutex;

pub struct Oracle {
    pub zone: Zone,
    pub clock: Clock,
    pub price: TokenPrice,
    pub(super) log: Mutex<Log>,
}

#[derive(Default)]
pub(super) struct Log {
    /// With the time of arrival.
    pub events: Vec<(i64, Event)>,
    answers: Vec<(i64, String, Receipt)>,
}

/// What a session's events amount to.
#[derive(Clone)]
pub(super) struct Seen {
    /// Order of first appearance among all sessions of all bots.
    pub number: u64,
    /// Place in the log and event, in order of time, then of arrival.
    pub events: Vec<(u64, Event)>,
}

impl Oracle {
    pub fn new(zone: Zone, clock: Clock) -> Self {
        Self { zone, clock, price: TokenPrice::default(), log: Mutex::default() }
    }

    pub(super) fn events(&self, bot: &str) -> Result<Vec<(u64, Event)>> {
        let log = self.log.lock();
        let known = bot == DEFAULT_BOT || log.events.iter().any(|(_, event)| &*event.bot == bot);
        if !known {
            return Err(Error::NotFound(format!("bot: there is none named `{bot}`")));
        }
        let numbered = (0u64..).zip(&log.events);
        Ok(numbered
            .filter(|(_, (_, event))| &*event.bot == bot)
            .map(|(seq, (_, event))| (seq, event.clone()))
            .collect())
    }

    pub(super) fn range(&self, window: Window) -> DayRange {
        match window {
            Window::Days(days) => DayRange::ending(self.zone.day(self.clock.now_ms()), days),
            Window::Between(range) => range,
        }
    }

    pub(super) fn day(&self, event: &Event) -> Day {
        self.zone.day_and_hour(event.timestamp_ms).0
    }

    fn within(&self, bot: &str, range: DayRange) -> Result<Vec<Event>> {
        let events = self.events(bot)?.into_iter().map(|(_, event)| event);
        Ok(events.filter(|event| range.contains(self.day(event))).collect())
    }

    /// All sessions of a bot.
    pub(super) fn seen(&self, bot: &str) -> Result<BTreeMap<String, Seen>> {
        let mut order = HashSet::new();
        let mut numbers = BTreeMap::new();
        for (_, event) in &self.log.lock().events {
            if let Some(name) = &event.session_id
                && order.insert((event.bot.clone(), name.clone()))
            {
                numbers.insert((event.bot.clone(), name.clone()), order.len() as u64 - 1);
            }
        }
        let mut seen: BTreeMap<String, Seen> = BTreeMap::new();
        for (seq, event) in self.events(bot)? {
            let Some(name) = event.session_id.clone() else { continue };
            let number = numbers[&(event.bot.clone(), name.clone())];
            seen.entry(name.to_string()).or_insert(Seen { number, events: Vec::new() }).events.push((seq, event));
        }
        seen.values_mut().for_each(|seen| seen.events.sort_by_key(|(seq, event)| (event.timestamp_ms, *seq)));
        Ok(seen)
    }

    /// The sessions that began in the range.
    pub(super) fn began(&self, bot: &str, range: DayRange) -> Result<Vec<(String, Seen)>> {
        let seen = self.seen(bot)?.into_iter();
        Ok(seen.filter(|(_, seen)| range.contains(self.day(&seen.events[0].1))).collect())
    }

    /// Every lead of the range, by time: the lead events, and one for each session that has none of these but a message
    /// that leaves an address or a number. Such a lead dates from the first message that does, and knows what was said last
    /// of each thing.
    pub(super) fn leads_within(&self, bot: &str, range: DayRange) -> Result<Vec<(u64, Event, Lead)>> {
        let mut leads = Vec::new();
        for seen in self.seen(bot)?.values() {
            let sent = || seen.events.iter().filter(|(_, event)| matches!(event.kind, Kind::Lead(_)));
            if sent().next().is_some() {
                leads.extend(sent().map(|(seq, event)| match &event.kind {
                    Kind::Lead(lead) => (*seq, event.clone(), lead.clone()),
                    _ => unreachable!(),
                }));
                continue;
            }
            let reached = seen.events.iter().find(|(_, event)| {
                matches!(&event.kind, Kind::Introduction(_, said) if said.email.is_some() || said.phone.is_some())
            });
            let Some((seq, event)) = reached else { continue };
            let said = |of: fn(&Lead) -> &Option<Box<str>>| {
                let mut latest = None;
                for (_, event) in &seen.events {
                    if let Kind::Introduction(_, lead) = &event.kind {
                        latest = of(lead).clone().or(latest);
                    }
                }
                latest
            };
            let lead = Lead {
                name: said(|lead| &lead.name),
                email: said(|lead| &lead.email),
                phone: said(|lead| &lead.phone),
                interested_package: said(|lead| &lead.interested_package),
                property_size: said(|lead| &lead.property_size),
                property_type: said(|lead| &lead.property_type),
                location: said(|lead| &lead.location),
                additional_info: said(|lead| &lead.additional_info),
            };
            leads.push((*seq, Event { id: None, ..event.clone() }, lead));
        }
        leads.retain(|(_, event, _)| range.contains(self.day(event)));
        leads.sort_by_key(|(seq, event, _)| (event.timestamp_ms, *seq));
        Ok(leads)
    }

    fn figures(&self, bot: &str, range: DayRange) -> Result<Figures> {
        let events = self.within(bot, range)?;
        let exchanges: Vec<(&Event, &Message)> = messages(&events).collect();
        let total_leads = self.leads_within(bot, range)?.len() as u64;
        let sessions: BTreeSet<_> = exchanges.iter().map(|(event, _)| &event.session_id).collect();
        let users: BTreeSet<_> = exchanges.iter().filter_map(|(event, _)| event.user_id.as_ref()).collect();
        let began = self.began(bot, range)?;
        let duration_ms: i64 = began.iter().map(|(_, seen)| seen.duration_ms()).sum();
        let voices: Vec<bool> = events
            .iter()
            .filter_map(|event| match &event.kind {
                Kind::Message(message) | Kind::Introduction(message, _) => message.user_satisfied,
                Kind::Feedback(feedback) => feedback.user_satisfied.or(feedback.rating.map(|rating| rating > 3)),
                _ => None,
            })
            .collect();
        let with_intent: Vec<bool> = exchanges.iter().filter_map(|(_, message)| succeeded(message)).collect();
        let failures = with_intent.iter().filter(|success| !**success).count() as u64;
        let times: Vec<u64> =
            exchanges.iter().filter_map(|(_, message)| message.response_time_ms).map(u64::from).collect();
        let mut top = count_names(exchanges.iter().filter_map(|(_, message)| message.intent.as_deref()));
        top.list.truncate(5);
        Ok(Figures {
            total_conversations: exchanges.len() as u64,
            total_leads,
            unique_sessions: sessions.len() as u64,
            unique_users: users.len() as u64,
            avg_session_duration_seconds: average(duration_ms as f64 / 1_000.0, began.len() as u64),
            conversion_rate_percent: percent(total_leads, sessions.len() as u64),
            top_intents: top,
            total_messages: exchanges.iter().map(|(_, message)| u64::from(message.message_count)).sum(),
            not_understood_percent: percent(failures, with_intent.len() as u64),
            satisfaction_percent: percent(voices.iter().filter(|voice| **voice).count() as u64, voices.len() as u64),
            satisfaction_votes: voices.len() as u64,
            cost_usd: exchanges.iter().map(|(_, message)| self.cost(message)).sum::<u128>() as f64 / 1e9,
            avg_response_time_ms: average(times.iter().sum::<u64>() as f64, times.len() as u64),
        })
    }

    fn cost(&self, message: &Message) -> u128 {
        let tokens = |count: Option<u32>, price: u64| u128::from(count.unwrap_or(0)) * u128::from(price);
        match message.cost_nanos {
            Some(nanos) => u128::from(nanos),
            None => {
                tokens(message.input_tokens, self.price.input_nanos)
                    + tokens(message.output_tokens, self.price.output_nanos)
            }
        }
    }
}

impl Seen {
    pub fn duration_ms(&self) -> i64 {
        self.events.last().unwrap().1.timestamp_ms - self.events[0].1.timestamp_ms
    }

    /// What the first event that says so says.
    pub fn first<'a>(&'a self, of: impl Fn(&'a Event) -> Option<&'a str>) -> Option<&'a str> {
        self.events.iter().find_map(|(_, event)| of(event))
    }

    pub fn latest<'a>(&'a self, of: impl Fn(&'a Event) -> Option<&'a str>) -> Option<&'a str> {
        self.events.iter().rev().find_map(|(_, event)| of(event))
    }

    pub fn message_count(&self) -> u64 {
        let messages = self.events.iter().filter_map(|(_, event)| event.kind.message());
        messages.map(|message| u64::from(message.message_count)).sum()
    }
}

pub(super) fn device(event: &Event) -> Option<&str> {
    let Kind::Engagement(engagement) = &event.kind else { return None };
    engagement.device_type.as_deref()
}

pub(super) fn browser(event: &Event) -> Option<&str> {
    let Kind::Engagement(engagement) = &event.kind else { return None };
    engagement.browser.as_deref()
}

pub(super) fn referrer(event: &Event) -> Option<&str> {
    let Kind::Engagement(engagement) = &event.kind else { return None };
    engagement.referrer.as_deref()
}

pub(super) fn conversion(event: &Event) -> Option<&str> {
    let Kind::Engagement(engagement) = &event.kind else { return None };
    engagement.conversion_event.as_deref()
}

fn messages(events: &[Event]) -> impl Iterator<Item = (&Event, &Message)> {
    events.iter().filter_map(|event| Some((event, event.kind.message()?)))
}

pub(super) fn succeeded(message: &Message) -> Option<bool> {
    let intent = message.intent.as_deref()?;
    Some(message.success.unwrap_or(intent != "fallback" && intent != "unknown"))
}

fn count_names<'a>(names: impl Iterator<Item = &'a str>) -> Counts {
    let mut counts = BTreeMap::<&str, u64>::new();
    names.for_each(|name| *counts.entry(name).or_default() += 1);
    let mut list: Vec<Count> = counts.into_iter().map(|(name, count)| Count { name: name.into(), count }).collect();
    list.sort_by_key(|entry| std::cmp::Reverse(entry.count));
    Counts { list, truncated: false }
}

/// The smallest value that at least this share of the values does not exceed.
fn nearest_rank(sorted: &[u64], percent: usize) -> u64 {
    let rank = (sorted.len() * percent).div_ceil(100);
    if rank == 0 { 0 } else { sorted[rank - 1] }
}

fn times_of(mut times: Vec<u64>) -> Times {
    times.sort_unstable();
    Times {
        count: times.len() as u64,
        avg: average(times.iter().sum::<u64>() as f64, times.len() as u64),
        p50: nearest_rank(&times, 50),
        p95: nearest_rank(&times, 95),
        p99: nearest_rank(&times, 99),
        max: times.last().copied().unwrap_or(0),
    }
}

pub(super) fn question(text: &str) -> Option<String> {
    if text.chars().count() <= 10 {
        return None;
    }
    let kept: String =
        text.to_lowercase().chars().filter(|char| char.is_alphanumeric() || char.is_whitespace()).collect();
    let mut folded = kept.split_whitespace().collect::<Vec<_>>().join(" ");
    while folded.len() > QUESTION_BYTES_MAX {
        folded.pop();
    }
    (!folded.is_empty()).then_some(folded)
}

impl Engine for Oracle {
    fn append(&self, batches: Vec<Batch>) -> Result<Vec<Receipt>> {
        let now_ms = self.clock.now_ms();
        let mut log = self.log.lock();
        let mut receipts = Vec::new();
        for batch in batches {
            let key = batch.idempotency_key.as_deref().map(str::to_owned);
            let known =
                log.answers.iter().find(|(at, known, _)| Some(known) == key.as_ref() && now_ms - at <= IDEMPOTENCY_MS);
            if let Some((_, _, receipt)) = known {
                receipts.push(receipt.again());
                continue;
            }
            let mut receipt = Receipt {
                rejected: batch.rejected,
                errors: batch.errors,
                warnings: batch.warnings,
                ..Receipt::default()
            };
            for (place, event) in (0..).zip(batch.events) {
                let repeated = event.id.is_some()
                    && log.events.iter().any(|(at, known)| {
                        known.id == event.id && known.bot == event.bot && now_ms - at <= IDEMPOTENCY_MS
                    });
                if repeated {
                    receipt.duplicates += 1;
                    receipt.passed_over.push(place);
                } else {
                    receipt.accepted += 1;
                    log.events.push((now_ms, event));
                }
            }
            if let Some(key) = key.filter(|_| receipt.accepted + receipt.duplicates > 0) {
                log.answers.push((now_ms, key, receipt.clone()));
            }
            receipts.push(receipt);
        }
        Ok(receipts)
    }

    fn bots(&self) -> Result<Vec<Bot>> {
        let mut names: Vec<Box<str>> = vec![DEFAULT_BOT.into()];
        for (_, event) in &self.log.lock().events {
            if !names.contains(&event.bot) {
                names.push(event.bot.clone());
            }
        }
        Ok((0..).zip(names).map(|(id, name)| Bot { id, name, zone: self.zone }).collect())
    }

    fn bot(&self, name: &str) -> Result<Bot> {
        let found = self.bots()?.into_iter().find(|bot| &*bot.name == name);
        found.ok_or_else(|| Error::NotFound(name.to_owned()))
    }

    fn today(&self, bot: &str) -> Result<Day> {
        self.bot(bot)?;
        Ok(self.zone.day(self.clock.now_ms()))
    }

    fn state(&self, bot: &str) -> Result<State> {
        // Counted and not copied: the door asks before and after each answer.
        let log = self.log.lock();
        let events = log.events.iter().filter(|(_, event)| &*event.bot == bot).count();
        if events == 0 && bot != DEFAULT_BOT {
            return Err(Error::NotFound(format!("bot: there is none named `{bot}`")));
        }
        Ok(State::at(events as u64, self.zone, self.clock.now_ms()))
    }

    fn overview(&self, bot: &str, window: Window) -> Result<Overview> {
        let range = self.range(window);
        let before = DayRange::new(range.first.plus(-(range.len() as i32)), range.first.plus(-1));
        Ok(Overview {
            period_days: range.len(),
            overview: self.figures(bot, range)?,
            previous: self.figures(bot, before)?,
        })
    }

    fn conversations(&self, bot: &str, window: Window) -> Result<Conversations> {
        let range = self.range(window);
        let events = self.within(bot, range)?;
        let mut by_hour_of_week = [[0; 24]; 7];
        let mut sentiments = [0; 3];
        let mut times = Vec::new();
        for (event, message) in messages(&events) {
            let (day, hour) = self.zone.day_and_hour(event.timestamp_ms);
            by_hour_of_week[day.weekday()][hour] += 1;
            for (place, sentiment) in Sentiment::ALL.iter().enumerate() {
                sentiments[place] += u64::from(message.sentiment == Some(*sentiment));
            }
            times.extend(message.response_time_ms.map(u64::from));
        }
        Ok(Conversations {
            by_day: range
                .iter()
                .map(|date| {
                    let count = messages(&events).filter(|(event, _)| self.day(event) == date).count() as u64;
                    DayCount { date, count }
                })
                .collect(),
            sentiments,
            total_analyzed: messages(&events).count() as u64,
            response_time_ms: times_of(times),
            by_hour_of_week,
            sentiments_by_day: range
                .iter()
                .map(|date| {
                    let on_day = || messages(&events).filter(|(event, _)| self.day(event) == date);
                    let of = |sentiment| on_day().filter(|(_, message)| message.sentiment == Some(sentiment)).count();
                    DaySentiments {
                        date,
                        positive: of(Sentiment::Positive) as u64,
                        neutral: of(Sentiment::Neutral) as u64,
                        negative: of(Sentiment::Negative) as u64,
                    }
                })
                .collect(),
        })
    }

    fn engagement(&self, bot: &str, window: Window) -> Result<EngagementAnswer> {
        let range = self.range(window);
        let began = self.began(bot, range)?;
        let sessions = || began.iter().map(|(_, seen)| seen);
        let visits = self.within(bot, range)?;
        let pages = visits.iter().flat_map(|event| match &event.kind {
            Kind::Engagement(engagement) => &engagement.pages[..],
            _ => &[],
        });
        let count = began.len() as u64;
        Ok(EngagementAnswer {
            total_sessions: count,
            devices: count_names(sessions().filter_map(|seen| seen.first(device))),
            browsers: count_names(sessions().filter_map(|seen| seen.first(browser))),
            referrers: count_names(sessions().filter_map(|seen| seen.first(referrer))),
            conversions: count_names(sessions().filter_map(|seen| seen.latest(conversion))),
            pages: count_names(pages.map(|page| &**page)),
            messages_per_session: average(sessions().map(Seen::message_count).sum::<u64>() as f64, count),
            session_duration_seconds: average(sessions().map(Seen::duration_ms).sum::<i64>() as f64 / 1_000.0, count),
        })
    }

    fn intents(&self, bot: &str, window: Window) -> Result<Intents> {
        let events = self.within(bot, self.range(window))?;
        let mut by_intent = BTreeMap::<&str, Vec<&Message>>::new();
        for (_, message) in messages(&events) {
            if let Some(intent) = &message.intent {
                by_intent.entry(intent).or_default().push(message);
            }
        }
        let rows = by_intent.into_iter().map(|(intent, of)| {
            let triggers = of.len() as u64;
            let success = of.iter().filter(|message| succeeded(message) == Some(true)).count() as u64;
            let confidence: Vec<u64> = of.iter().filter_map(|message| message.confidence_ppm).map(u64::from).collect();
            let times: Vec<u64> = of.iter().filter_map(|message| message.response_time_ms).map(u64::from).collect();
            IntentRow {
                intent: intent.into(),
                triggers,
                success,
                failures: triggers - success,
                success_rate: percent(success, triggers),
                avg_confidence: average(confidence.iter().sum::<u64>() as f64 / 1e6, confidence.len() as u64),
                avg_response_time_ms: average(times.iter().sum::<u64>() as f64, times.len() as u64),
            }
        });
        let mut rows: Vec<IntentRow> = rows.collect();
        rows.sort_by_key(|row| std::cmp::Reverse(row.triggers));
        Ok(Intents { rows, truncated: false })
    }

    fn performance(&self, bot: &str, window: HourWindow) -> Result<PerformanceAnswer> {
        let (period_hours, first_ms, last_ms, range) = match window {
            HourWindow::Hours(hours) => {
                let current = self.zone.hour(self.clock.now_ms());
                (hours, current.plus(1 - i64::from(hours)).start_ms(), current.start_ms(), None)
            }
            HourWindow::Between(range) => (range.len() * 24, 0, i64::MAX, Some(range)),
        };
        let mut by_endpoint = BTreeMap::<String, Vec<(Option<u64>, bool)>>::new();
        let mut by_hour = BTreeMap::<i64, u64>::new();
        let (mut memory, mut cpu) = (Vec::new(), Vec::new());
        for (_, event) in self.events(bot)? {
            let Kind::Performance(metric) = &event.kind else { continue };
            let hour_ms = self.zone.hour(event.timestamp_ms).start_ms();
            let inside = match range {
                Some(range) => range.contains(self.day(&event)),
                None => (first_ms..=last_ms).contains(&hour_ms),
            };
            if !inside {
                continue;
            }
            let failed = metric.status_code.is_some_and(|code| code >= 400);
            let seen = by_endpoint.entry(metric.endpoint.to_string()).or_default();
            seen.push((metric.response_time_ms.map(u64::from), failed));
            *by_hour.entry(hour_ms).or_default() += 1;
            memory.extend(metric.memory_micro_mb);
            cpu.extend(metric.cpu_micro_percent);
        }
        let endpoints = by_endpoint.into_iter().map(|(endpoint, requests)| {
            let mut times: Vec<u64> = requests.iter().filter_map(|(time, _)| *time).collect();
            times.sort_unstable();
            let errors = requests.iter().filter(|(_, failed)| *failed).count() as u64;
            EndpointRow {
                endpoint: endpoint.into(),
                request_count: requests.len() as u64,
                avg_response_time_ms: average(times.iter().sum::<u64>() as f64, times.len() as u64),
                max_response_time_ms: times.last().copied().unwrap_or(0),
                p50_ms: nearest_rank(&times, 50),
                p95_ms: nearest_rank(&times, 95),
                p99_ms: nearest_rank(&times, 99),
                error_count: errors,
                error_rate: percent(errors, requests.len() as u64),
            }
        });
        let mut endpoints: Vec<EndpointRow> = endpoints.collect();
        endpoints.sort_by_key(|row| std::cmp::Reverse(row.request_count));
        Ok(PerformanceAnswer {
            period_hours,
            total_requests: endpoints.iter().map(|row| row.request_count).sum(),
            endpoints,
            truncated: false,
            avg_memory_mb: average(memory.iter().sum::<u64>() as f64 / 1e6, memory.len() as u64),
            avg_cpu_percent: average(cpu.iter().sum::<u64>() as f64 / 1e6, cpu.len() as u64),
            requests_by_hour: by_hour.into_iter().collect(),
        })
    }

    fn leads(&self, bot: &str, window: Window) -> Result<Leads> {
        let range = self.range(window);
        let listed = self.leads_within(bot, range)?;
        let leads = || listed.iter().map(|(_, event, lead)| (self.day(event), lead));
        let on = |date: Day| leads().filter(|(day, _)| *day == date).count() as u64;
        Ok(Leads {
            total_leads: leads().count() as u64,
            by_day: range.iter().map(|date| DayCount { date, count: on(date) }).collect(),
            by_package: count_names(leads().filter_map(|(_, lead)| lead.interested_package.as_deref())),
            by_property_type: count_names(leads().filter_map(|(_, lead)| lead.property_type.as_deref())),
        })
    }

    fn daily(&self, bot: &str, window: Window) -> Result<Vec<DayFigures>> {
        let one_day = |date: Day| -> Result<DayFigures> {
            let range = DayRange::new(date, date);
            let events = self.within(bot, range)?;
            let figures = self.figures(bot, range)?;
            let of = || messages(&events).map(|(_, message)| message);
            let times: Vec<u64> = of().filter_map(|message| message.response_time_ms).map(u64::from).collect();
            let tokens = of().flat_map(|message| [message.input_tokens, message.output_tokens]).flatten();
            Ok(DayFigures {
                date,
                conversations: figures.total_conversations,
                messages: figures.total_messages,
                tokens: tokens.map(u64::from).sum(),
                cost_nanos: of().map(|message| self.cost(message)).sum(),
                leads: figures.total_leads,
                response_time_sum_ms: times.iter().sum(),
                response_time_count: times.len() as u64,
                unique_sessions: figures.unique_sessions,
                top_intents: figures.top_intents,
                unique_users: figures.unique_users,
                total_sessions: self.began(bot, range)?.len() as u64,
                response_time_ms: times_of(times),
                not_understood_percent: figures.not_understood_percent,
                satisfaction_percent: figures.satisfaction_percent,
                satisfaction_votes: figures.satisfaction_votes,
            })
        };
        self.range(window).iter().map(one_day).collect()
    }

    fn questions(&self, bot: &str, window: Window, limit: u32) -> Result<Questions> {
        let range = self.range(window);
        let events = self.within(bot, range)?;
        let asked: Vec<String> =
            messages(&events).filter_map(|(_, message)| question(message.user_message.as_deref()?)).collect();
        let exchanges = messages(&events).count() as u64;
        let counts = count_names(asked.iter().map(String::as_str));
        assert!(counts.list.iter().all(|count| &*count.name != OTHER));
        let rows = counts.list.into_iter().take(limit as usize).map(|count| QuestionRow {
            question: count.name,
            count: count.count,
            percentage: percent(count.count, exchanges),
        });
        Ok(Questions { period_days: range.len(), rows: rows.collect(), truncated: false })
    }

    fn sessions(&self, bot: &str, filter: &SessionFilter) -> Result<SessionPage> {
        self.session_page(bot, filter)
    }

    fn session(&self, bot: &str, session_id: &str) -> Result<Option<Transcript>> {
        self.transcript(bot, session_id)
    }

    fn export(&self, bot: &str, what: ExportType, window: Window, sink: &mut RecordSink<'_>) -> Result<()> {
        self.records(bot, what, window)?.into_iter().try_for_each(sink)
    }

    fn probe(&self) -> Result<()> {
        Ok(())
    }
}
