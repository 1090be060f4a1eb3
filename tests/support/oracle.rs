//! The oracle: a plain list of events, recounted naively for every question. Written from the contract alone, without a
//! look at the production fold; where both agree for random events, both are right.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::Hash;
use std::sync::Arc;

use novahouse::clock::Clock;
use novahouse::engine::*;
use novahouse::error::{Error, Result};
use novahouse::limits::{IDEMPOTENCY_MS, OTHER, QUESTION_BYTES_MAX};
use novahouse::model::{Bot, Day, DayRange, Event, Keep, Kind, Message, Sentiment, Unit, Zone};
use novahouse::query::answer::*;
use parking_lot::Mutex;

use super::oracle_log::{Bots, Kept, Log, Seen, Told};

pub struct Oracle {
    pub zone: Zone,
    pub clock: Clock,
    pub price: TokenPrice,
    pub(super) log: Arc<Mutex<Log>>,
}

impl Oracle {
    pub fn new(zone: Zone, clock: Clock) -> Self {
        Self { zone, clock, price: TokenPrice::default(), log: Arc::default() }
    }

    /// The same events, asked by another clock.
    pub fn by(&self, clock: Clock) -> Self {
        Self { clock, log: self.log.clone(), ..*self }
    }

    /// Lets go of what is kept no longer, now.
    pub fn retain(&self, keep: &dyn Fn(&str) -> Keep) {
        let bots = self.known().names.clone();
        let today = self.zone.day(self.clock.now_ms()).0;
        let mut log = self.log.lock();
        log.bots = None;
        for bot in bots {
            let (_, before) = log.kept(&bot);
            let first =
                |days: Option<u32>, before: i32| days.map_or(before, |days| before.max(today + 1 - days as i32));
            let Keep { text_days, events_days, performance_days, sessions_days } = keep(&bot);
            let kept = Kept {
                text: first(text_days, before.text),
                events: first(events_days, before.events),
                performance: first(performance_days, before.performance),
                sessions: first(sessions_days, before.sessions),
            };
            let events = log.events.len();
            log.let_go.push((events, bot, kept));
        }
    }

    /// Why an event comes too late, if it does.
    fn refusal(&self, log: &Log, event: &Event) -> Option<String> {
        let (_, kept) = log.kept(&event.bot);
        let first = if matches!(event.kind, Kind::Performance(_)) { kept.performance } else { kept.events };
        let (first, day) = (Day(first), self.day(event));
        (day < first).then(|| {
            format!("timestamp: expected {first} or later, found {day}: what happened before, this bot keeps no longer")
        })
    }

    fn known(&self) -> Arc<Bots> {
        let mut log = self.log.lock();
        let bots = log.bots.take().unwrap_or_else(|| Arc::new(Bots::of(&log, self.zone)));
        log.bots = Some(bots.clone());
        bots
    }

    pub(super) fn told(&self, bot: &str) -> Result<Arc<Told>> {
        let told = self.known().told.get(bot).cloned();
        told.ok_or_else(|| Error::NotFound(format!("bot: there is none named `{bot}`")))
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

    fn figures(&self, told: &Told, range: DayRange) -> Figures {
        let exchanges: Vec<(&Event, &Message)> = told.exchanges(range).collect();
        let total_leads = told.leads(range, self.zone).len() as u64;
        let sessions: HashSet<_> = exchanges.iter().map(|(event, _)| &event.session_id).collect();
        let users: HashSet<_> = exchanges.iter().filter_map(|(event, _)| event.user_id.as_ref()).collect();
        let began = told.began(range);
        let duration_ms: i64 = began.iter().map(|(_, seen)| seen.duration_ms()).sum();
        let voices: Vec<bool> = told
            .within(range)
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
        Figures {
            total_conversations: exchanges.len() as u64,
            total_leads,
            unique_sessions: sessions.len() as u64,
            unique_users: users.len() as u64,
            avg_session_duration_seconds: average(duration_ms as f64 / 1_000.0, began.len() as u64),
            conversion_rate_percent: percent(total_leads, sessions.len() as u64),
            top_intents: top,
            total_messages: exchanges.iter().map(|(_, message)| u64::from(message.message_count)).sum(),
            with_intent: with_intent.len() as u64,
            not_understood_percent: percent(failures, with_intent.len() as u64),
            satisfaction_percent: percent(voices.iter().filter(|voice| **voice).count() as u64, voices.len() as u64),
            satisfaction_votes: voices.len() as u64,
            cost_usd: exchanges.iter().map(|(_, message)| self.cost(message)).sum::<u128>() as f64 / 1e9,
            avg_response_time_ms: average(times.iter().sum::<u64>() as f64, times.len() as u64),
        }
    }

    pub(super) fn cost(&self, message: &Message) -> u128 {
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

impl Told {
    fn exchanges(&self, range: DayRange) -> impl Iterator<Item = (&Event, &Message)> {
        self.within(range).filter_map(|event| Some((event, event.kind.message()?)))
    }

    fn messages(&self, range: DayRange) -> impl Iterator<Item = &Message> {
        self.exchanges(range).map(|(_, message)| message)
    }
}

pub(super) fn succeeded(message: &Message) -> Option<bool> {
    let intent = message.intent.as_deref()?;
    Some(message.success.unwrap_or(intent != "fallback" && intent != "unknown"))
}

fn count_names<N: Into<Box<str>> + Eq + Hash>(names: impl Iterator<Item = N>) -> Counts {
    let mut counts = HashMap::<N, u64>::new();
    names.for_each(|name| *counts.entry(name).or_default() += 1);
    let mut list: Vec<Count> = counts.into_iter().map(|(name, count)| Count { name: name.into(), count }).collect();
    list.sort_by(|one, other| (other.count, &one.name).cmp(&(one.count, &other.name)));
    Counts { list, truncated: false }
}

fn one(day: Day) -> DayRange {
    DayRange::new(day, day)
}

/// The smallest value that at least this share of the values does not exceed.
pub(super) fn nearest_rank(sorted: &[u64], percent: usize) -> u64 {
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

/// The question that a message asks, as lists show it.
pub(super) fn asked(message: &Message) -> Option<String> {
    match (&message.user_message, message.question) {
        (Some(words), Some(_)) => Some(words.to_string()),
        (None, Some(hash)) => Some(format!("(erased {hash:012x})")),
        (text, None) => question(text.as_deref()?),
    }
}

impl Engine for Oracle {
    fn append(&self, batches: Vec<Batch>) -> Result<Vec<Receipt>> {
        let now_ms = self.clock.now_ms();
        let mut log = self.log.lock();
        log.bots = None;
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
                let is_known = |at: i64, bot: &str, id: Option<&str>| {
                    id == event.id.as_deref() && *bot == *event.bot && now_ms - at <= IDEMPOTENCY_MS
                };
                let repeated = event.id.is_some()
                    && (log.events.iter().any(|(at, known)| is_known(*at, &known.bot, known.id.as_deref()))
                        || log.erased_ids.iter().any(|(at, bot, id)| is_known(*at, bot, Some(id))));
                if repeated {
                    receipt.duplicates += 1;
                    receipt.passed_over.push(place);
                } else if let Some(error) = self.refusal(&log, &event) {
                    receipt.rejected += 1;
                    receipt.passed_over.push(place);
                    receipt.errors.push(EventError { index: place, error: error.into() });
                } else {
                    receipt.accepted += 1;
                    log.events.push((now_ms, Arc::new(event)));
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
        let names = self.known().names.clone();
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
        Ok(State::at(self.told(bot)?.count, self.zone, self.clock.now_ms()))
    }

    fn overview(&self, bot: &str, window: Window) -> Result<Overview> {
        let (told, range) = (self.told(bot)?, self.range(window));
        let before = DayRange::new(range.first.plus(-(range.len() as i32)), range.first.plus(-1));
        Ok(Overview {
            period_days: range.len(),
            overview: self.figures(&told, range),
            previous: self.figures(&told, before),
        })
    }

    fn conversations(&self, bot: &str, window: Window) -> Result<Conversations> {
        let (told, range) = (self.told(bot)?, self.range(window));
        let mut by_hour_of_week = [[0; 24]; 7];
        let mut sentiments = [0; 3];
        let mut times = Vec::new();
        for (event, message) in told.exchanges(range) {
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
                    let count = told.messages(one(date)).count() as u64;
                    DayCount { date, count }
                })
                .collect(),
            sentiments,
            total_analyzed: told.messages(range).count() as u64,
            response_time_ms: times_of(times),
            by_hour_of_week,
            sentiments_by_day: range
                .iter()
                .map(|date| {
                    let said = |sentiment| move |message: &&Message| message.sentiment == Some(sentiment);
                    let of = |sentiment| told.messages(one(date)).filter(said(sentiment)).count();
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
        let (told, range) = (self.told(bot)?, self.range(window));
        let began = told.began(range);
        let sessions = || began.iter().map(|(_, seen)| *seen);
        let pages = told.within(range).flat_map(|event| match &event.kind {
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
        let told = self.told(bot)?;
        let mut by_intent = BTreeMap::<&str, Vec<&Message>>::new();
        for message in told.messages(self.range(window)) {
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
            HourWindow::Until { last, hours } => {
                (hours, last.plus(1 - i64::from(hours)).start_ms(), last.start_ms(), None)
            }
            HourWindow::Between(range) => (range.len() * 24, 0, i64::MAX, Some(range)),
        };
        let mut by_endpoint = BTreeMap::<String, Vec<(Option<u64>, bool)>>::new();
        let mut by_hour = BTreeMap::<i64, u64>::new();
        let (mut memory, mut cpu) = (Vec::new(), Vec::new());
        for (_, event) in self.told(bot)?.days.values().flatten() {
            let Kind::Performance(metric) = &event.kind else { continue };
            let hour_ms = self.zone.hour(event.timestamp_ms).start_ms();
            let inside = match range {
                Some(range) => range.contains(self.day(event)),
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
        let row = |endpoint: &str, requests: &[(Option<u64>, bool)]| {
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
                timed_count: times.len() as u64,
            }
        };
        let all: Vec<_> = by_endpoint.values().flatten().copied().collect();
        let mut endpoints: Vec<EndpointRow> =
            by_endpoint.iter().map(|(endpoint, requests)| row(endpoint, requests)).collect();
        endpoints.sort_by_key(|row| std::cmp::Reverse(row.request_count));
        Ok(PerformanceAnswer {
            period_hours,
            total_requests: endpoints.iter().map(|row| row.request_count).sum(),
            endpoints,
            truncated: false,
            total: row("", &all),
            avg_memory_mb: average(memory.iter().sum::<u64>() as f64 / 1e6, memory.len() as u64),
            avg_cpu_percent: average(cpu.iter().sum::<u64>() as f64 / 1e6, cpu.len() as u64),
            requests_by_hour: by_hour.into_iter().collect(),
        })
    }

    fn leads(&self, bot: &str, window: Window) -> Result<Leads> {
        let (told, range) = (self.told(bot)?, self.range(window));
        let listed = told.leads(range, self.zone);
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
        let told = self.told(bot)?;
        let one_day = |date: Day| {
            let figures = self.figures(&told, one(date));
            let of = || told.messages(one(date));
            let times: Vec<u64> = of().filter_map(|message| message.response_time_ms).map(u64::from).collect();
            let tokens = of().flat_map(|message| [message.input_tokens, message.output_tokens]).flatten();
            DayFigures {
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
                total_sessions: told.began(one(date)).len() as u64,
                response_time_ms: times_of(times),
                not_understood_percent: figures.not_understood_percent,
                satisfaction_percent: figures.satisfaction_percent,
                satisfaction_votes: figures.satisfaction_votes,
            }
        };
        Ok(self.range(window).iter().map(one_day).collect())
    }

    fn questions(&self, bot: &str, window: Window, limit: u32) -> Result<Questions> {
        let (told, range) = (self.told(bot)?, self.range(window));
        let exchanges = told.messages(range).count() as u64;
        let counts = count_names(told.messages(range).filter_map(asked));
        assert!(counts.list.iter().all(|count| &*count.name != OTHER));
        let rows = counts.list.into_iter().take(limit as usize).map(|count| QuestionRow {
            question: count.name,
            count: count.count,
            percentage: percent(count.count, exchanges),
        });
        Ok(Questions { period_days: range.len(), rows: rows.collect(), truncated: false })
    }

    fn funnel(&self, bot: &str, window: Window, funnel: &Funnel) -> Result<Vec<FunnelStep>> {
        self.funnel_steps(bot, window, funnel)
    }

    fn paths(&self, bot: &str, window: Window, shape: PathShape) -> Result<Paths> {
        self.all_paths(bot, window, shape)
    }

    fn cohorts(&self, bot: &str, window: Window, by: Period) -> Result<Cohorts> {
        self.all_cohorts(bot, window, by)
    }

    fn hours(&self, bot: &str, window: Window, metric: HourMetric) -> Result<HoursOfWeek> {
        self.week(bot, window, metric)
    }

    fn trial(&self, bot: &str, trial: &Trial) -> Result<TrialFigures> {
        self.trial_cells(bot, trial)
    }

    fn variants(&self, bot: &str, window: Window, trial: &Trial) -> Result<VariantFigures> {
        self.variant_sums(bot, window, trial)
    }

    fn variant_shown(&self, bot: &str, unit: Unit, id: &str, experiment: &str) -> Result<Option<Box<str>>> {
        self.shown_first(bot, unit, id, experiment)
    }

    fn sessions(&self, bot: &str, filter: &SessionFilter) -> Result<SessionPage> {
        self.session_page(bot, filter)
    }

    fn session(&self, bot: &str, session_id: &str) -> Result<Option<Transcript>> {
        self.transcript(bot, session_id)
    }

    fn export(&self, bot: &str, what: ExportType, window: Window, sink: &mut RecordSink<'_>) -> Result<()> {
        self.each_record(bot, what, window, sink)
    }

    fn probe(&self) -> Result<()> {
        Ok(())
    }
}
