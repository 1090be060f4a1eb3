//! The oracle's funnels, paths, cohorts and hours of the week, and the sessions at a place of the first two.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::Datelike;
use novahouse::engine::*;
use novahouse::error::{Error, Result};
use novahouse::model::{Day, DayRange, Event, Kind, Message, Sentiment};
use novahouse::query::answer::{average, percent};
use novahouse::query::cohorts::{Cohort, Returning, ReturningDay};
use novahouse::query::funnel::Step;
use novahouse::query::paths::{PathLink, PathNode};

use super::oracle::{Oracle, nearest_rank, succeeded};
use super::oracle_log::{Seen, Told};

impl Oracle {
    /// When a session did a step in the range.
    fn done(&self, seen: &Seen, step: &Step, range: DayRange) -> Vec<i64> {
        let is = |event: &Event| match (step, &event.kind) {
            (Step::Message, kind) => kind.message().is_some(),
            (Step::Intent(name), kind) => kind.message().is_some_and(|message| message.intent.as_ref() == Some(name)),
            (Step::Page(path), Kind::Engagement(engagement)) => engagement.pages.contains(path),
            (Step::Event(name), Kind::Engagement(engagement)) => engagement.conversion_event.as_ref() == Some(name),
            _ => false,
        };
        let leads = seen.leads.iter().map(|(_, event, _)| event).filter(|_| *step == Step::Lead);
        let events = seen.events.iter().map(|(_, event)| &**event).filter(|event| is(event));
        let inside = leads.chain(events).filter(|event| range.contains(self.day(event)));
        let mut done: Vec<i64> = inside.map(|event| event.timestamp_ms).collect();
        done.sort_unstable();
        done
    }

    /// When a session passed each step: of all its attempts the first of those that get farthest.
    pub(super) fn passed(&self, seen: &Seen, funnel: &Funnel, range: DayRange) -> Vec<i64> {
        let done: Vec<Vec<i64>> = funnel.steps.iter().map(|step| self.done(seen, step, range)).collect();
        let mut best = Vec::new();
        for start in &done[0] {
            let mut attempt = vec![*start];
            for done in &done[1..] {
                let before = *attempt.last().unwrap();
                let in_time = |at: &&i64| funnel.within_ms.is_none_or(|within| **at - start <= within as i64);
                match done.iter().filter(|at| **at >= before).min().filter(in_time) {
                    Some(at) => attempt.push(*at),
                    None => break,
                }
            }
            if attempt.len() > best.len() {
                best = attempt;
            }
        }
        best
    }

    /// # Errors
    /// Where some of the sessions of the range may have gone.
    pub(super) fn told_of_kept(&self, bot: &str, window: Window) -> Result<(Arc<Told>, DayRange)> {
        let (told, range) = (self.told(bot)?, self.range(window));
        let gone = range.first.0 < told.sessions_since;
        if gone { Err(Error::Invalid("some sessions have gone".into())) } else { Ok((told, range)) }
    }

    pub(super) fn funnel_steps(&self, bot: &str, window: Window, funnel: &Funnel) -> Result<Vec<FunnelStep>> {
        let (told, range) = self.told_of_kept(bot, window)?;
        let passed: Vec<Vec<i64>> = told.sessions.values().map(|seen| self.passed(seen, funnel, range)).collect();
        let reached = |step: usize| passed.iter().filter(|passed| passed.len() > step).count() as u64;
        let steps = funnel.steps.iter().enumerate().map(|(place, step)| {
            let came = if place == 0 { reached(0) } else { reached(place - 1) };
            let mut waits: Vec<u64> = Vec::new();
            for passed in passed.iter().filter(|passed| place > 0 && passed.len() > place) {
                waits.push((passed[place] - passed[place - 1]) as u64);
            }
            waits.sort_unstable();
            FunnelStep {
                step: step.to_string(),
                sessions: reached(place),
                of_first_percent: percent(reached(place), reached(0)),
                lost: came - reached(place),
                lost_percent: percent(came - reached(place), came),
                median_seconds: (!waits.is_empty()).then(|| nearest_rank(&waits, 50) as f64 / 1_000.0),
            }
        });
        Ok(steps.collect())
    }

    /// What a session asked for in the range, in order, and when.
    pub(super) fn path<'a>(&self, seen: &'a Seen, range: DayRange) -> Vec<(i64, &'a str)> {
        let inside = seen.events.iter().filter(|(_, event)| range.contains(self.day(event)));
        let intents =
            inside.filter_map(|(_, event)| Some((event.timestamp_ms, event.kind.message()?.intent.as_deref()?)));
        intents.collect()
    }

    pub(super) fn all_paths(&self, bot: &str, window: Window, shape: PathShape) -> Result<Paths> {
        let (told, range) = self.told_of_kept(bot, window)?;
        let rows = self.intents(bot, window)?.rows;
        let listed = rows.iter().map(|row| &*row.intent).filter(|name| *name != "(other)" && *name != "(end)");
        let names: Vec<&str> = listed.take(shape.names).collect();
        let (mut nodes, mut links) = (BTreeMap::<_, u64>::new(), BTreeMap::<_, u64>::new());
        let mut sessions = 0;
        for seen in told.sessions.values() {
            let path = self.path(seen, range);
            if path.is_empty() {
                continue;
            }
            sessions += 1;
            let told_as = |name| if names.contains(&name) { name } else { "(other)" };
            let mut path: Vec<&str> = path.into_iter().map(|(_, name)| told_as(name)).collect();
            path.push("(end)");
            path.truncate(shape.steps);
            for (place, name) in path.iter().enumerate() {
                *nodes.entry((place + 1, *name)).or_default() += 1;
            }
            for (place, pair) in path.windows(2).enumerate() {
                *links.entry((place + 1, pair[0], pair[1])).or_default() += 1;
            }
        }
        let mut nodes: Vec<PathNode> =
            nodes.into_iter().map(|((step, name), sessions)| PathNode { step, name: name.into(), sessions }).collect();
        nodes.sort_by_key(|node| (node.step, std::cmp::Reverse(node.sessions)));
        let mut links: Vec<PathLink> = links
            .into_iter()
            .map(|((step, from, to), sessions)| PathLink { step, from: from.into(), to: to.into(), sessions })
            .collect();
        links.sort_by_key(|link| (link.step, std::cmp::Reverse(link.sessions)));
        Ok(Paths { sessions, nodes, links, truncated: false })
    }

    pub(super) fn all_cohorts(&self, bot: &str, window: Window, by: Period) -> Result<Cohorts> {
        let (told, range) = self.told_of_kept(bot, window)?;
        let period = |day: Day| -> String {
            let date = day.date();
            match by {
                Period::Day => date.to_string(),
                Period::Week => format!("{:?}", date.iso_week()),
                Period::Month => date.format("%Y-%m").to_string(),
            }
        };
        let (mut first, mut last) = (range.first, range.last);
        while period(first.plus(-1)) == period(first) {
            first = first.plus(-1);
        }
        while period(last.plus(1)) == period(last) {
            last = last.plus(1);
        }
        // Who came before is known no longer.
        first = Day(first.0.max(told.sessions_since));
        let mut starts: Vec<Day> = DayRange::new(first, last).iter().collect();
        starts.dedup_by_key(|day| period(*day));
        if starts.len() > novahouse::limits::COHORT_PERIODS_MAX {
            return Err(novahouse::error::Error::Invalid("too many".into()));
        }
        let mut days_of = BTreeMap::<&str, BTreeSet<Day>>::new();
        for (day, events) in &told.days {
            for (_, event) in events.iter().filter(|(_, event)| event.kind.message().is_some()) {
                if let Some(user) = &event.user_id {
                    days_of.entry(user).or_default().insert(*day);
                }
            }
        }
        let is_first_in = |days: &BTreeSet<Day>, start: Day| {
            let day = *days.first().unwrap();
            period(day) == period(start) && day >= start
        };
        let cohorts = starts.iter().enumerate().map(|(place, start)| {
            let of: Vec<&BTreeSet<Day>> = days_of.values().filter(|days| is_first_in(days, *start)).collect();
            let came: Vec<BTreeSet<String>> =
                of.iter().map(|days| days.iter().map(|day| period(*day)).collect()).collect();
            let in_period =
                |start: &Day| came.iter().filter(|periods| periods.contains(&period(*start))).count() as u64;
            let returned: Vec<u64> = starts[place + 1..].iter().map(in_period).collect();
            let users = of.len() as u64;
            let returned_percent = returned.iter().map(|returned| percent(*returned, users)).collect();
            Cohort { start: *start, users, returned, returned_percent }
        });
        let cohorts = cohorts.collect();
        let on = |date: Day, is_new: bool| {
            let of = days_of.values().filter(|days| days.contains(&date) && (days.first() == Some(&date)) == is_new);
            of.count() as u64
        };
        let inside: Vec<&BTreeSet<Day>> =
            days_of.values().filter(|days| days.iter().any(|day| range.contains(*day))).collect();
        let returning_users = inside.iter().filter(|days| *days.first().unwrap() < range.first).count() as u64;
        let users = inside.len() as u64;
        let by_day =
            range.iter().map(|date| ReturningDay { date, new_users: on(date, true), returning_users: on(date, false) });
        let returning = Returning {
            users,
            returning_users,
            returning_percent: percent(returning_users, users),
            new_users: users - returning_users,
            by_day: by_day.collect(),
        };
        Ok(Cohorts { by, from: first, to: last, cohorts, returning })
    }

    pub(super) fn week(&self, bot: &str, window: Window, metric: HourMetric) -> Result<HoursOfWeek> {
        let (told, range) = (self.told(bot)?, self.range(window));
        let place = |at_ms: i64| {
            let (day, hour) = self.zone.day_and_hour(at_ms);
            (day, day.weekday() * 24 + hour)
        };
        let mut hours: Vec<Vec<&Event>> = vec![Vec::new(); 7 * 24];
        if metric.is_of_service() && range.len() > novahouse::limits::SERVICE_HOURS_DAYS_MAX {
            return Err(novahouse::error::Error::Invalid("too many".into()));
        }
        for (_, event) in told.days.values().flatten() {
            let is_metric = matches!(event.kind, Kind::Performance(_));
            // The hours of the service are whole ones.
            let at_ms = if is_metric { self.zone.hour(event.timestamp_ms).start_ms() } else { event.timestamp_ms };
            let (day, hour) = place(at_ms);
            if range.contains(day) {
                hours[hour].push(&**event);
            }
        }
        let leads: Vec<usize> =
            told.leads(range, self.zone).iter().map(|(_, event, _)| place(event.timestamp_ms).1).collect();
        let value = |hour: Option<usize>| {
            let of = hours.iter().enumerate().filter(|(place, _)| hour.is_none_or(|hour| hour == *place));
            let events: Vec<&Event> = of.flat_map(|(_, events)| events).copied().collect();
            match metric {
                HourMetric::Leads => {
                    Some(leads.iter().filter(|place| hour.is_none_or(|hour| hour == **place)).count() as f64)
                }
                metric if metric.is_of_service() => of_service(metric, &events),
                metric => self.of_exchanges(metric, &events),
            }
        };
        let mut by_hour_of_week = [[None; 24]; 7];
        for (place, cell) in by_hour_of_week.iter_mut().flatten().enumerate() {
            *cell = value(Some(place));
        }
        Ok(HoursOfWeek { metric, by_hour_of_week, total: value(None) })
    }

    fn of_exchanges(&self, metric: HourMetric, events: &[&Event]) -> Option<f64> {
        let messages: Vec<&Message> = events.iter().filter_map(|event| event.kind.message()).collect();
        let failed = messages.iter().filter(|message| succeeded(message) == Some(false)).count() as u64;
        let negative = messages.iter().filter(|message| message.sentiment == Some(Sentiment::Negative)).count() as u64;
        match metric {
            HourMetric::Conversations => Some(messages.len() as f64),
            HourMetric::NotUnderstood => Some(failed as f64),
            HourMetric::NotUnderstoodPercent => {
                share(failed, messages.iter().filter(|message| message.intent.is_some()).count())
            }
            HourMetric::Negative => Some(negative as f64),
            HourMetric::NegativePercent => {
                share(negative, messages.iter().filter(|message| message.sentiment.is_some()).count())
            }
            HourMetric::CostUsd => Some(messages.iter().map(|message| self.cost(message)).sum::<u128>() as f64 / 1e9),
            HourMetric::AvgResponseTimeMs => {
                let times: Vec<u64> =
                    messages.iter().filter_map(|message| message.response_time_ms).map(u64::from).collect();
                (!times.is_empty()).then(|| average(times.iter().sum::<u64>() as f64, times.len() as u64))
            }
            _ => unreachable!(),
        }
    }
}

fn of_service(metric: HourMetric, events: &[&Event]) -> Option<f64> {
    let metrics = events.iter().filter_map(|event| match &event.kind {
        Kind::Performance(metric) => Some(metric),
        _ => None,
    });
    let metrics: Vec<_> = metrics.collect();
    let errors = metrics.iter().filter(|metric| metric.status_code.is_some_and(|code| code >= 400)).count() as u64;
    match metric {
        HourMetric::Requests => Some(metrics.len() as f64),
        HourMetric::Errors => Some(errors as f64),
        HourMetric::ErrorRatePercent => share(errors, metrics.len()),
        HourMetric::P95Ms => {
            let mut times: Vec<u64> =
                metrics.iter().filter_map(|metric| metric.response_time_ms).map(u64::from).collect();
            times.sort_unstable();
            (!times.is_empty()).then(|| nearest_rank(&times, 95) as f64)
        }
        _ => unreachable!(),
    }
}

fn share(part: u64, whole: usize) -> Option<f64> {
    (whole > 0).then(|| percent(part, whole as u64))
}
