//! Lists of sessions, page by page: by their beginnings, or by what matches in them.

use std::collections::HashSet;

use super::RedbEngine;
use super::numbers::Numbers;
use super::read::{LEAD_BIT, has_sentiment};
use super::sessions::{Snapshot, engagement_record, value};
use super::tables::meta;
use crate::engine::{By, Cursor, SessionFilter, SessionPage};
use crate::error::Result;
use crate::model::{ANONYMOUS, Bot, DayRange, Number, Session};

/// Time and session of an exchange, a visit or a lead that matches.
pub(super) type Match = (i64, Number);

/// A list as it grows, from its newest entry to the oldest.
pub(super) struct Listing<'a> {
    snapshot: &'a Snapshot<'a>,
    pub filter: &'a SessionFilter,
    /// Sessions that hold the text searched for.
    found: Option<&'a HashSet<Number>>,
    /// Sessions with a match, and those of them that do not match as a whole.
    seen: Numbers,
    refused: Numbers,
    page: SessionPage,
    last: Option<Cursor>,
    /// There are sessions that the page does not show.
    more: bool,
}

impl RedbEngine {
    pub(super) fn list_sessions(&self, bot_name: &str, filter: &SessionFilter) -> Result<SessionPage> {
        let bot = self.known_bot(bot_name)?;
        let range = match filter.by {
            // Of the figure behind it the same is said.
            By::Funnel(_) | By::Path(_) => self.range_kept(&bot, filter.window)?,
            _ => self.day_range(&bot, filter.window),
        };
        if !matches!(filter.by, By::Start { .. }) {
            let (snapshot, ()) = self.snapshot(|| Ok(()))?;
            // The way from earlier figures may have gone, or be about to.
            let first = range.first.max(self.horizons_of(bot.id).sessions);
            return match first <= range.last {
                true => snapshot.list_by_match(&bot, DayRange::new(first, range.last), filter),
                false => Ok(Listing::new(&snapshot, filter, None)?.page()),
            };
        }
        let began = || Ok(self.days(&bot, range)?.iter().map(|(_, daily)| daily.began.sessions).sum::<u64>());
        let (snapshot, began) = self.snapshot(began)?;
        // Of earlier days some sessions may have gone.
        let began = Some(began).filter(|_| range.first >= self.horizons_of(bot.id).sessions);
        snapshot.list_by_start(&bot, range, filter, began)
    }
}

impl Snapshot<'_> {
    /// The sessions that began in the range, which are `began` without filters, where that is known.
    fn list_by_start(
        &self,
        bot: &Bot,
        range: DayRange,
        filter: &SessionFilter,
        began: Option<u64>,
    ) -> Result<SessionPage> {
        let found = match filter.search.as_deref() {
            Some(text) => Some(self.search(bot, &self.numbers_begun(bot, range)?, text)?),
            None => None,
        };
        let by_index = filter.lead.is_some() || matches!(filter.by, By::Start { sentiment: Some(_), .. });
        let began = began.filter(|_| !by_index && !asks_for_rows(filter));
        let anyone = began.is_some();
        let mut listing = Listing::new(self, filter, found.as_ref())?;
        for start in self.starts(bot, range, filter.cursor.filter(|_| anyone))? {
            let (first_ms, number, bits) = start?;
            if !may_match(bits, filter) {
                continue;
            }
            listing.meet(first_ms, number)?;
            if anyone && listing.more {
                break;
            }
        }
        let mut page = listing.page();
        if let Some(began) = began {
            page.total = began;
        }
        page.matches = page.total;
        Ok(page)
    }

    /// The sessions with a match in the range, the newest match first.
    fn list_by_match(&self, bot: &Bot, range: DayRange, filter: &SessionFilter) -> Result<SessionPage> {
        let found = match filter.search.as_deref() {
            Some(text) => {
                let any_text = SessionFilter { search: None, ..filter.clone() };
                let mut among = Listing::new(self, &any_text, None)?;
                self.list_matches(bot, range, &mut among)?;
                let Listing { seen, refused, .. } = among;
                let among: Vec<Number> = seen.iter().filter(|number| !refused.contains(*number)).collect();
                Some(self.search(bot, &among, text)?)
            }
            None => None,
        };
        let mut listing = Listing::new(self, filter, found.as_ref())?;
        self.list_matches(bot, range, &mut listing)?;
        Ok(listing.page())
    }
}

impl<'a> Listing<'a> {
    fn new(snapshot: &'a Snapshot<'a>, filter: &'a SessionFilter, found: Option<&'a HashSet<Number>>) -> Result<Self> {
        let end = match &snapshot.beyond {
            Some(writer) => writer.sessions.next,
            None => snapshot.tables.meta.get(meta::NEXT_SESSION)?.map_or(0, |figure| figure.value()),
        };
        Ok(Self {
            snapshot,
            filter,
            found,
            seen: Numbers::before(end),
            refused: Numbers::before(end),
            page: SessionPage { total: 0, matches: 0, sessions: Vec::new(), next_cursor: None },
            last: None,
            more: false,
        })
    }

    /// Takes in all matches since `since_ms`, newer ones aside.
    pub fn take(&mut self, since_ms: i64, mut matches: Vec<Match>) -> Result<()> {
        // Once the page is full, and while all are of pages before, the order within does not show.
        let all_before = self.filter.cursor.is_some_and(|cursor| cursor.at_ms < since_ms);
        if !self.more && !all_before {
            matches.sort_unstable_by(|one, other| other.cmp(one));
        }
        for (at_ms, number) in matches {
            if self.seen.insert(number)? {
                self.meet(at_ms, number)?;
            }
            self.page.matches += u64::from(!self.refused.contains(number));
        }
        Ok(())
    }

    /// A session that is met for the first time, and its place in the list.
    fn meet(&mut self, at_ms: i64, number: Number) -> Result<()> {
        let shown_before = self.filter.cursor.is_some_and(|cursor| (at_ms, number) >= (cursor.at_ms, cursor.number));
        let is_shown = !shown_before && self.page.sessions.len() < self.filter.limit as usize;
        let has_to_be_read = is_shown || asks_for_rows(self.filter);
        let session = if has_to_be_read { Some(self.snapshot.session(number)?) } else { None };
        if session.as_ref().is_some_and(|session| !self.is_wanted(number, session)) {
            self.refused.insert(number)?;
            return Ok(());
        }
        self.page.total += 1;
        match session.filter(|_| is_shown) {
            Some(session) => {
                self.page.sessions.push(engagement_record(number, &session));
                self.last = Some(Cursor { at_ms, number });
            }
            None => self.more |= !shown_before,
        }
        Ok(())
    }

    /// Whether a session matches as a whole.
    fn is_wanted(&self, number: Number, session: &Session) -> bool {
        let SessionFilter {
            window: _,
            by,
            search: _,
            lead,
            device,
            browser,
            referrer,
            conversion,
            user,
            limit: _,
            cursor: _,
        } = self.filter;
        let intent = match by {
            By::Start { intent, sentiment: _ } => intent.as_deref(),
            By::Exchange(_) | By::Visit { .. } | By::Lead { .. } | By::Funnel(_) | By::Path(_) => None,
        };
        let said = [
            (device, &session.device),
            (browser, &session.browser),
            (referrer, &session.referrer),
            (conversion, &session.conversion),
        ];
        lead.is_none_or(|lead| lead == session.has_lead())
            && said.into_iter().all(|(wanted, said)| wanted.is_none() || wanted.as_deref() == value(said))
            && user.as_deref().is_none_or(|wanted| wanted == value(&session.user).unwrap_or(ANONYMOUS))
            && intent.is_none_or(|intent| session.intents.iter().any(|known| &**known == intent))
            && self.found.is_none_or(|found| found.contains(&number))
    }

    fn page(self) -> SessionPage {
        SessionPage { next_cursor: self.last.filter(|_| self.more), ..self.page }
    }
}

/// Whether a session's bits in the index of beginnings allow it to match.
fn may_match(bits: u8, filter: &SessionFilter) -> bool {
    let sentiment = match filter.by {
        By::Start { sentiment, intent: _ } => sentiment,
        By::Exchange(_) | By::Visit { .. } | By::Lead { .. } | By::Funnel(_) | By::Path(_) => None,
    };
    filter.lead.is_none_or(|lead| lead == (bits & LEAD_BIT != 0))
        && sentiment.is_none_or(|sentiment| has_sentiment(bits, sentiment))
}

/// Whether something is asked of sessions that only their rows can tell.
fn asks_for_rows(filter: &SessionFilter) -> bool {
    let SessionFilter { window: _, by, search, lead, device, browser, referrer, conversion, user, limit: _, cursor: _ } =
        filter;
    let texts = [search, device, browser, referrer, conversion, user];
    let by_row = match by {
        // The index of beginnings knows leads and sentiments.
        By::Start { intent, sentiment: _ } => intent.is_some(),
        By::Exchange(_) | By::Visit { .. } | By::Lead { .. } | By::Funnel(_) | By::Path(_) => lead.is_some(),
    };
    by_row || texts.into_iter().any(Option::is_some)
}
