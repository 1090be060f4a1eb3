//! The one suite every engine has to pass: its answers are those of the oracle.

use novahouse::engine::*;
use novahouse::model::{Day, DayRange, Sentiment, Unit};
use novahouse::query::answer::{DayFigures, PerformanceAnswer, Times};

use super::generator::{BOTS, EXPERIMENTS};

const WINDOWS: [Window; 6] =
    [Window::Days(1), Window::Days(2), Window::Days(7), Window::Days(30), Window::Days(365), Window::Days(3_650)];

/// How far lists and exports are followed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lists {
    ToTheirEnd,
    /// The first pages of the last day.
    AtFirst,
}

/// Pages compared of a list that is not walked to its end.
const FIRST_PAGES: usize = 2;

/// Asks both everything, and compares.
pub fn same_answers(engine: &dyn Engine, oracle: &dyn Engine, story: &str) {
    compare(engine, oracle, Lists::ToTheirEnd, story);
}

/// The same for more events than a list can be walked through.
pub fn same_answers_of_many(engine: &dyn Engine, oracle: &dyn Engine, story: &str) {
    compare(engine, oracle, Lists::AtFirst, story);
}

fn compare(engine: &dyn Engine, oracle: &dyn Engine, lists: Lists, story: &str) {
    assert_eq!(engine.bots().unwrap(), oracle.bots().unwrap(), "{story}");
    for bot in BOTS {
        if oracle.bot(bot).is_err() {
            assert!(engine.overview(bot, Window::Days(7)).is_err(), "{story}: {bot} does not exist");
            continue;
        }
        let today = oracle.today(bot).unwrap();
        assert_eq!(engine.today(bot).unwrap(), today);
        let some_days = DayRange::new(today.plus(-13), today.plus(-2));
        for window in WINDOWS.into_iter().chain([Window::Between(some_days)]) {
            let story = format!("{story}, {bot}, {window:?}");
            same_figures(engine, oracle, bot, window, &story);
            let explored = matches!(window, Window::Days(1 | 30 | 3_650) | Window::Between(_));
            if explored && lists == Lists::ToTheirEnd {
                same_explored(engine, oracle, bot, window, &story);
            }
        }
        let windows: &[Window] = match lists {
            Lists::ToTheirEnd => &[Window::Days(2), Window::Days(60), Window::Between(some_days)],
            Lists::AtFirst => &[Window::Days(1)],
        };
        for window in windows {
            same_lists(engine, oracle, bot, *window, lists, &format!("{story}, {bot}, {window:?}"));
        }
        let last_week = engine
            .bot(bot)
            .unwrap()
            .zone
            .hour(today.date().and_time(chrono::NaiveTime::MIN).and_utc().timestamp_millis())
            .plus(-160);
        for hours in [1, 2, 24, 49, 100, 2_000, 87_600] {
            same_performance(engine, oracle, bot, HourWindow::Hours(hours), story);
            same_performance(engine, oracle, bot, HourWindow::Until { last: last_week, hours }, story);
        }
        same_performance(engine, oracle, bot, HourWindow::Between(some_days), story);
        if lists == Lists::ToTheirEnd {
            same_experiments(engine, oracle, bot, today, &format!("{story}, {bot}"));
        }
    }
}

/// Experiments that are going on and that were stopped, of which one variant is not among those known.
fn same_experiments(engine: &dyn Engine, oracle: &dyn Engine, bot: &str, today: Day, story: &str) {
    let noon_ms = |day: Day| day.date().and_time(chrono::NaiveTime::MIN).and_utc().timestamp_millis() + 43_200_000;
    let variants = || ["a", "b"].map(String::from).into();
    let some_days = DayRange::new(today.plus(-40), today.plus(-11));
    for (experiment, unit) in EXPERIMENTS.into_iter().zip(Unit::ALL).chain(EXPERIMENTS.into_iter().rev().zip(Unit::ALL))
    {
        for (from, until) in [(-400, None), (-30, Some(-12)), (-9, None), (-3, Some(-1))] {
            let (from_ms, until_ms) = (noon_ms(today.plus(from)), until.map(|until| noon_ms(today.plus(until))));
            let trial = Trial { experiment: experiment.into(), unit, variants: variants(), from_ms, until_ms };
            let (found, right) = (engine.trial(bot, &trial), oracle.trial(bot, &trial));
            assert_eq!(found.is_ok(), right.is_ok(), "{story}, {trial:?}");
            assert_eq!(found.ok(), right.ok(), "{story}, {trial:?}");
            for window in [Window::Days(3), Window::Days(60), Window::Between(some_days)] {
                let (found, right) = (engine.variants(bot, window, &trial), oracle.variants(bot, window, &trial));
                assert_eq!(found.is_ok(), right.is_ok(), "{story}, {window:?}, {trial:?}");
                assert_eq!(found.ok(), right.ok(), "{story}, {window:?}, {trial:?}");
            }
        }
        for number in 0..10 {
            let id = if unit == Unit::User { format!("użytkownik-{number}") } else { format!("sesja-{number}") };
            let shown = |engine: &dyn Engine| engine.variant_shown(bot, unit, &id, experiment).unwrap();
            assert_eq!(shown(engine), shown(oracle), "{story}, {experiment}, {id}");
        }
    }
}

fn same_figures(engine: &dyn Engine, oracle: &dyn Engine, bot: &str, window: Window, story: &str) {
    assert_eq!(engine.overview(bot, window).unwrap(), oracle.overview(bot, window).unwrap(), "{story}");
    assert_eq!(engine.engagement(bot, window).unwrap(), oracle.engagement(bot, window).unwrap(), "{story}");
    assert_eq!(engine.intents(bot, window).unwrap(), oracle.intents(bot, window).unwrap(), "{story}");
    assert_eq!(engine.leads(bot, window).unwrap(), oracle.leads(bot, window).unwrap(), "{story}");
    let questions = |engine: &dyn Engine| engine.questions(bot, window, 100).unwrap();
    assert_eq!(questions(engine), questions(oracle), "{story}");
    if matches!(window, Window::Days(1..=30)) {
        same_days(engine.daily(bot, window).unwrap(), oracle.daily(bot, window).unwrap(), story);
    }
    let (mut found, mut right) =
        (engine.conversations(bot, window).unwrap(), oracle.conversations(bot, window).unwrap());
    let (times, right_times) =
        (std::mem::take(&mut found.response_time_ms), std::mem::take(&mut right.response_time_ms));
    same_times(&times, &right_times, story);
    assert_eq!(found, right, "{story}");
}

fn same_days(mut found: Vec<DayFigures>, mut right: Vec<DayFigures>, story: &str) {
    for (found, right) in found.iter_mut().zip(&mut right) {
        let times = |day: &mut DayFigures| std::mem::take(&mut day.response_time_ms);
        same_times(&times(found), &times(right), story);
    }
    assert_eq!(found, right, "{story}");
}

fn same_times(found: &Times, right: &Times, story: &str) {
    assert_eq!((found.count, found.avg, found.max), (right.count, right.avg, right.max), "{story}");
    for (value, right) in [(found.p50, right.p50), (found.p95, right.p95), (found.p99, right.p99)] {
        within_one_percent(value, right, story);
    }
}

fn within_one_percent(value: u64, right: u64, story: &str) {
    assert!(value.abs_diff(right) as f64 <= right as f64 * 0.01, "{story}: {value} is not within 1 % of {right}");
}

fn same_performance(engine: &dyn Engine, oracle: &dyn Engine, bot: &str, window: HourWindow, story: &str) {
    let (found, right) = (engine.performance(bot, window).unwrap(), oracle.performance(bot, window).unwrap());
    let rows = |answer: &PerformanceAnswer| answer.endpoints.iter().chain([&answer.total]).cloned().collect::<Vec<_>>();
    for (row, right) in rows(&found).iter().zip(&rows(&right)) {
        for (value, right) in [(row.p50_ms, right.p50_ms), (row.p95_ms, right.p95_ms), (row.p99_ms, right.p99_ms)] {
            within_one_percent(value, right, story);
        }
    }
    let without_percentiles = |mut answer: PerformanceAnswer| {
        for row in answer.endpoints.iter_mut().chain([&mut answer.total]) {
            (row.p50_ms, row.p95_ms, row.p99_ms) = (0, 0, 0);
        }
        answer
    };
    assert_eq!(without_percentiles(found), without_percentiles(right), "{story}, {bot}, {window:?}");
}

/// Funnels by their time limits.
pub fn funnels() -> Vec<Funnel> {
    let funnel = |steps: &[&str], within_ms| {
        let steps = steps.iter().map(|step| step.parse().unwrap()).collect();
        Funnel { steps, within_ms }
    };
    let (hour_ms, day_ms) = (3_600_000, 86_400_000);
    vec![
        funnel(&["message"], None),
        funnel(&["message", "lead"], None),
        funnel(&["intent:prices", "page:/cennik", "event:form", "lead"], None),
        funnel(&["intent:prices", "page:/cennik", "event:form", "lead"], Some(2 * day_ms)),
        funnel(&["event:call", "event:form", "intent:contact"], Some(hour_ms)),
        funnel(
            &["lead", "message", "page:/", "intent:(other)", "page:/kontakt", "event:form", "intent:fallback"],
            None,
        ),
        funnel(&["page:/", "message", "intent:prices", "lead"], Some(day_ms)),
        funnel(&["intent:nothing like it", "lead"], Some(day_ms)),
    ]
}

fn same_explored(engine: &dyn Engine, oracle: &dyn Engine, bot: &str, window: Window, story: &str) {
    for funnel in funnels() {
        let of = |engine: &dyn Engine| engine.funnel(bot, window, &funnel).ok();
        assert_eq!(of(engine), of(oracle), "{story}, {funnel:?}");
    }
    for (steps, names) in [(5, 30), (5, 2), (2, 1)] {
        let of = |engine: &dyn Engine| engine.paths(bot, window, PathShape { steps, names }).ok();
        assert_eq!(of(engine), of(oracle), "{story}, {steps} steps, {names} names");
    }
    for by in Period::ALL {
        let of = |engine: &dyn Engine| engine.cohorts(bot, window, by).ok();
        assert_eq!(of(engine), of(oracle), "{story}, {by:?}");
    }
    for metric in HourMetric::ALL {
        let of = |engine: &dyn Engine| engine.hours(bot, window, metric).ok();
        match (of(engine), of(oracle)) {
            (Some(found), Some(right)) if metric == HourMetric::P95Ms => {
                same_hours_within_one_percent(&found, &right, story)
            }
            (found, right) => assert_eq!(found, right, "{story}, {metric:?}"),
        }
    }
}

fn same_hours_within_one_percent(found: &HoursOfWeek, right: &HoursOfWeek, story: &str) {
    let all = |hours: &HoursOfWeek| {
        hours.by_hour_of_week.iter().flatten().copied().chain([hours.total]).collect::<Vec<Option<f64>>>()
    };
    for (found, right) in all(found).into_iter().zip(all(right)) {
        assert_eq!(found.is_some(), right.is_some(), "{story}");
        within_one_percent(found.unwrap_or(0.0) as u64, right.unwrap_or(0.0) as u64, story);
    }
}

fn same_lists(engine: &dyn Engine, oracle: &dyn Engine, bot: &str, window: Window, lists: Lists, story: &str) {
    let plain = list(window, By::Start { intent: None, sentiment: None });
    let by_start = |intent: Option<&str>, sentiment| By::Start { intent: intent.map(str::to_owned), sentiment };
    let filters = [
        plain.clone(),
        SessionFilter { lead: Some(true), ..plain.clone() },
        SessionFilter { lead: Some(false), by: by_start(None, Some(Sentiment::Negative)), ..plain.clone() },
        SessionFilter { by: by_start(Some("prices"), None), ..plain.clone() },
        SessionFilter { search: Some("GĘŚLĄ".into()), ..plain.clone() },
        SessionFilter { search: Some("sesja-1".into()), by: by_start(Some("contact"), None), ..plain.clone() },
        SessionFilter { device: Some("mobile".into()), user: Some("anonymous".into()), ..plain.clone() },
        SessionFilter {
            browser: Some("Firefox".into()),
            conversion: Some("call".into()),
            referrer: Some("https://a.example/".into()),
            ..plain.clone()
        },
    ];
    for filter in filters.into_iter().chain(by_match(window)) {
        same_pages(engine, oracle, bot, filter, lists, story);
    }
    let first = oracle.sessions(bot, &plain).unwrap();
    for session in first.sessions.iter().map(|record| &record.session_id) {
        let (found, right) = (engine.session(bot, session).unwrap(), oracle.session(bot, session).unwrap());
        assert_eq!(found, right, "{story}, {session}");
    }
    assert_eq!(engine.session(bot, "nobody").unwrap(), None);
    for what in [
        ExportType::Conversations,
        ExportType::Leads,
        ExportType::Engagements,
        ExportType::Intents,
        ExportType::Performance,
    ] {
        assert_eq!(exported(engine, bot, what, window), exported(oracle, bot, what, window), "{story}, {what:?}");
    }
}

/// A list with nothing asked of sessions as a whole.
pub fn list(window: Window, by: By) -> SessionFilter {
    SessionFilter {
        window,
        by,
        search: None,
        lead: None,
        device: None,
        browser: None,
        referrer: None,
        conversion: None,
        user: None,
        limit: 7,
        cursor: None,
    }
}

/// No whole number of hours, where events of most tests are.
const DURING_MS: (i64, i64) = (1_774_951_200_000 - 30 * 3_600_000 - 7 * 60_000, 1_774_951_200_000 - 3_600_000);

/// Lists by exchanges, visits and leads, also with something asked of sessions as a whole.
fn by_match(window: Window) -> Vec<SessionFilter> {
    let any = ExchangeFilter::default();
    let prices = ExchangeFilter { intent: Some("prices".into()), ..any.clone() };
    let exchanges = [
        any.clone(),
        ExchangeFilter { during: Some(DURING_MS), ..any.clone() },
        ExchangeFilter { understood: Some(false), sentiment: Some(Sentiment::Neutral), ..prices.clone() },
        ExchangeFilter { hour_of_week: Some(0), ..any.clone() },
        ExchangeFilter { question: Some("ile kosztuje wykończenie".into()), ..any.clone() },
        ExchangeFilter { question: Some("nothing like it".into()), understood: Some(true), ..any },
    ];
    let visits = [None, Some("/cennik".to_owned())].map(|page| By::Visit { page });
    let leads = [
        By::Lead { package: None, property_type: None },
        By::Lead { package: Some("comfort".into()), property_type: Some("dom".into()) },
    ];
    let by: Vec<By> = exchanges.into_iter().map(By::Exchange).chain(visits.clone()).chain(leads.clone()).collect();
    let in_one_page = |by| SessionFilter { limit: 500, ..list(window, by) };
    let mut filters: Vec<SessionFilter> = by.into_iter().map(in_one_page).collect();
    filters[0].limit = 7;
    let prices = list(window, By::Exchange(prices));
    filters.push(SessionFilter { device: Some("mobile".into()), lead: Some(true), ..prices.clone() });
    filters.push(SessionFilter { search: Some("istanbul".into()), user: Some("użytkownik-1".into()), ..prices });
    let [_, visits] = visits;
    filters.push(SessionFilter { search: Some("sesja-1".into()), ..list(window, visits) });
    filters.extend(places(window));
    let [leads, _] = leads;
    filters.push(SessionFilter { conversion: Some("form".into()), limit: 5, ..list(window, leads) });
    filters
}

/// Lists by places in funnels and paths, also with something asked of sessions as a whole.
fn places(window: Window) -> Vec<SessionFilter> {
    let mut filters = Vec::new();
    for funnel in funnels().into_iter().skip(1).take(4) {
        for (step, lost) in [(1, false), (2, false), (2, true)] {
            let place = FunnelPlace { funnel: funnel.clone(), step, lost };
            filters.push(SessionFilter { limit: 500, ..list(window, By::Funnel(place)) });
        }
    }
    let path = |step, intent: &str, next| By::Path(PathPlace { step, intent: intent.into(), next });
    let by_path = [
        path(1, "prices", None),
        path(2, "fallback", Some(PathNext::Intent("prices".into()))),
        path(1, "prices", Some(PathNext::Intent("prices".into()))),
        path(1, "contact", Some(PathNext::End)),
        path(5, "(other)", None),
    ];
    filters.extend(by_path.map(|by| SessionFilter { limit: 500, ..list(window, by) }));
    let paged = list(window, path(1, "prices", None));
    filters.push(SessionFilter { limit: 3, ..paged.clone() });
    filters.push(SessionFilter { device: Some("mobile".into()), search: Some("sesja-1".into()), ..paged });
    filters
}

fn same_pages(
    engine: &dyn Engine,
    oracle: &dyn Engine,
    bot: &str,
    mut filter: SessionFilter,
    lists: Lists,
    story: &str,
) {
    let pages_max = if lists == Lists::AtFirst { FIRST_PAGES } else { usize::MAX };
    for _ in 0..pages_max {
        let (found, right) = match (engine.sessions(bot, &filter), oracle.sessions(bot, &filter)) {
            // Some of the sessions that they are read off may have gone.
            (Err(_), Err(_)) if matches!(filter.by, By::Funnel(_) | By::Path(_)) => return,
            (found, right) => (found.unwrap(), right.unwrap()),
        };
        assert_eq!(found, right, "{story}, {filter:?}");
        filter.cursor = right.next_cursor;
        if filter.cursor.is_none() {
            return;
        }
    }
}

fn exported(engine: &dyn Engine, bot: &str, what: ExportType, window: Window) -> Vec<Record> {
    let mut records = Vec::new();
    let mut sink = |record| {
        records.push(record);
        Ok(())
    };
    engine.export(bot, what, window, &mut sink).unwrap();
    records
}

/// A window of one day, for examples.
pub fn on(day: &str) -> Window {
    let day: Day = day.parse().unwrap();
    Window::Between(DayRange::new(day, day))
}
