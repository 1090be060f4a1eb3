//! The columns of events.

use super::combine::{Boxed, Later, Lists, Maybe};
use super::numbers::{Numbers, Steps};
use super::texts::{Names, Repeated, Texts};
use super::{Column, Damage, Input, Output, columns};
use crate::model::{Engagement, Event, Exposure, Feedback, Kind, Lead, Message, Performance, Sentiment, Unit};

columns! {
    MessageColumns of Message {
        user_message: Maybe<Texts>,
        bot_response: Maybe<Texts>,
        intent: Maybe<Names>,
        confidence_ppm: Maybe<Numbers<u32>>,
        entities: Maybe<Texts>,
        sentiment: Maybe<Numbers<Sentiment>>,
        response_time_ms: Maybe<Numbers<u32>>,
        user_satisfied: Maybe<Numbers<bool>>,
        lead_generated: Maybe<Numbers<bool>>,
        success: Maybe<Numbers<bool>>,
        message_count: Numbers<u32>,
        input_tokens: Maybe<Numbers<u32>>,
        output_tokens: Maybe<Numbers<u32>>,
        cost_nanos: Maybe<Numbers<u64>>,
        model: Maybe<Names>,
        question: Later<Maybe<Numbers<u64>>>,
    }

    EngagementColumns of Engagement {
        pages: Lists<Names>,
        conversion_event: Maybe<Names>,
        device_type: Maybe<Names>,
        browser: Maybe<Names>,
        referrer: Maybe<Names>,
    }

    LeadColumns of Lead {
        name: Maybe<Texts>,
        email: Maybe<Texts>,
        phone: Maybe<Texts>,
        interested_package: Maybe<Names>,
        property_size: Maybe<Names>,
        property_type: Maybe<Names>,
        location: Maybe<Names>,
        additional_info: Maybe<Texts>,
    }

    PerformanceColumns of Performance {
        endpoint: Names,
        response_time_ms: Maybe<Numbers<u32>>,
        status_code: Maybe<Numbers<u16>>,
        error_message: Maybe<Names>,
        memory_micro_mb: Maybe<Numbers<u64>>,
        cpu_micro_percent: Maybe<Numbers<u64>>,
    }

    FeedbackColumns of Feedback {
        user_satisfied: Maybe<Numbers<bool>>,
        rating: Maybe<Numbers<u8>>,
        comment: Maybe<Texts>,
    }

    ExposureColumns of Exposure {
        experiment: Names,
        variant: Names,
        unit: Numbers<Unit>,
        device_type: Maybe<Names>,
        language: Maybe<Names>,
    }

    WhoseColumns of Whose {
        bot: Names,
        session_id: Maybe<Texts>,
        user_id: Maybe<Names>,
    }
}

/// Whose event it is.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Whose {
    pub bot: Box<str>,
    pub session_id: Option<Box<str>>,
    pub user_id: Option<Box<str>>,
}

const MESSAGE: u8 = 0;
const ENGAGEMENT: u8 = 1;
const LEAD: u8 = 2;
const PERFORMANCE: u8 = 3;
const FEEDBACK: u8 = 4;
const INTRODUCTION: u8 = 5;
const GONE: u8 = 6;
const EXPOSURE: u8 = 7;

/// Events: what they have in common, and apart from it what only events of a kind have.
#[derive(Default)]
pub struct Events {
    kinds: Numbers<u8>,
    timestamps_ms: Steps<i64>,
    whose: Repeated<WhoseColumns>,
    ids: Maybe<Texts>,
    messages: MessageColumns,
    engagements: EngagementColumns,
    /// Lead events, and what introductions say.
    leads: Boxed<LeadColumns>,
    performances: PerformanceColumns,
    feedbacks: FeedbackColumns,
    exposures: Later<Boxed<ExposureColumns>, 3>,
}

impl Column for Events {
    type Value = Event;

    fn push(&mut self, event: &Event) {
        let Event { bot, id, timestamp_ms, session_id, user_id, kind } = event;
        self.timestamps_ms.push(timestamp_ms);
        self.whose.push_known(
            &(bot, session_id, user_id),
            |known| known.session_id == *session_id && known.user_id == *user_id && known.bot == *bot,
            |hasher, known| hasher.hash_one((&known.bot, &known.session_id, &known.user_id)),
            || Whose { bot: bot.clone(), session_id: session_id.clone(), user_id: user_id.clone() },
        );
        self.ids.push(id);
        let number = match kind {
            Kind::Message(message) => {
                self.messages.push(message);
                MESSAGE
            }
            Kind::Engagement(engagement) => {
                self.engagements.push(engagement);
                ENGAGEMENT
            }
            Kind::Lead(lead) => {
                self.leads.push_inner(lead);
                LEAD
            }
            Kind::Performance(metric) => {
                self.performances.push(metric);
                PERFORMANCE
            }
            Kind::Feedback(feedback) => {
                self.feedbacks.push(feedback);
                FEEDBACK
            }
            Kind::Introduction(message, said) => {
                self.messages.push(message);
                self.leads.push(said);
                INTRODUCTION
            }
            Kind::Exposure(exposure) => {
                self.exposures.push(exposure);
                EXPOSURE
            }
        };
        self.kinds.push(&number);
    }

    fn write(&self, output: &mut Output) {
        let Self { kinds, timestamps_ms, whose, ids, messages, engagements, leads, performances, feedbacks, exposures } =
            self;
        kinds.write(output);
        timestamps_ms.write(output);
        whose.write(output);
        ids.write(output);
        messages.write(output);
        engagements.write(output);
        leads.write(output);
        performances.write(output);
        feedbacks.write(output);
        exposures.write(output);
    }

    fn read(input: &mut Input<'_>) -> Result<Self, Damage> {
        Ok(Self {
            kinds: Numbers::read(input)?,
            timestamps_ms: Steps::read(input)?,
            whose: Repeated::read(input)?,
            ids: Maybe::read(input)?,
            messages: MessageColumns::read(input)?,
            engagements: EngagementColumns::read(input)?,
            leads: Boxed::read(input)?,
            performances: PerformanceColumns::read(input)?,
            feedbacks: FeedbackColumns::read(input)?,
            exposures: Later::read(input)?,
        })
    }

    fn next(&mut self) -> Result<Event, Damage> {
        let kind = self.kinds.next()?;
        self.next_of(kind)
    }

    fn skip(&mut self) -> Result<(), Damage> {
        let kind = self.kinds.next()?;
        self.skip_of(kind)
    }
}

impl Events {
    fn next_of(&mut self, kind: u8) -> Result<Event, Damage> {
        let Whose { bot, session_id, user_id } = self.whose.next()?;
        let id = self.ids.next()?;
        let timestamp_ms = self.timestamps_ms.next()?;
        let kind = match kind {
            MESSAGE => Kind::Message(self.messages.next()?),
            ENGAGEMENT => Kind::Engagement(self.engagements.next()?),
            LEAD => Kind::Lead(*self.leads.next()?),
            PERFORMANCE => Kind::Performance(self.performances.next()?),
            FEEDBACK => Kind::Feedback(self.feedbacks.next()?),
            INTRODUCTION => Kind::Introduction(self.messages.next()?, self.leads.next()?),
            EXPOSURE => Kind::Exposure(self.exposures.next()?),
            _ => return Err("an event of no known kind"),
        };
        Ok(Event { bot, id, timestamp_ms, session_id, user_id, kind })
    }

    fn skip_of(&mut self, kind: u8) -> Result<(), Damage> {
        self.whose.skip()?;
        self.ids.skip()?;
        self.timestamps_ms.skip()?;
        match kind {
            MESSAGE => self.messages.skip(),
            ENGAGEMENT => self.engagements.skip(),
            LEAD => self.leads.skip(),
            PERFORMANCE => self.performances.skip(),
            FEEDBACK => self.feedbacks.skip(),
            INTRODUCTION => self.messages.skip().and_then(|()| self.leads.skip()),
            EXPOSURE => self.exposures.skip(),
            _ => Err("an event of no known kind"),
        }
    }
}

/// Events of which some have gone: what is left of these is their place, some bits in the column of kinds.
#[derive(Default)]
pub struct Kept(Events);

impl Kept {
    /// Whether `is` true of anyone who is named: each is said once.
    pub fn names_any(&self, is: impl FnMut(&Whose) -> bool) -> bool {
        self.0.whose.values().iter().any(is)
    }
}

impl Column for Kept {
    type Value = Option<Event>;

    fn push(&mut self, event: &Option<Event>) {
        match event {
            Some(event) => self.0.push(event),
            None => self.0.kinds.push(&GONE),
        }
    }

    fn write(&self, output: &mut Output) {
        self.0.write(output);
    }

    fn read(input: &mut Input<'_>) -> Result<Self, Damage> {
        Events::read(input).map(Self)
    }

    fn next(&mut self) -> Result<Option<Event>, Damage> {
        match self.0.kinds.next()? {
            GONE => Ok(None),
            kind => self.0.next_of(kind).map(Some),
        }
    }

    fn skip(&mut self) -> Result<(), Damage> {
        match self.0.kinds.next()? {
            GONE => Ok(()),
            kind => self.0.skip_of(kind),
        }
    }
}
