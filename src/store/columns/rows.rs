//! The columns of sessions and users.

use super::columns;
use super::combine::{Boxed, Later, Lists, Maybe, Pairs};
use super::numbers::{Numbers, Steps};
use super::texts::{Names, Texts};
use crate::model::contact::Contact;
use crate::model::session::Said;
use crate::model::{Day, Exposed, Outcome, Session, User};

type Moments = Pairs<Steps<i64>, Steps<u64>>;

columns! {
    SaidColumns of Said {
        at: Moments,
        value: Names,
    }

    ContactColumns of Contact {
        reached: Maybe<Moments>,
        name: Maybe<SaidColumns>,
        email: Maybe<SaidColumns>,
        phone: Maybe<SaidColumns>,
        interested_package: Maybe<SaidColumns>,
        property_size: Maybe<SaidColumns>,
        property_type: Maybe<SaidColumns>,
        location: Maybe<SaidColumns>,
        additional_info: Maybe<SaidColumns>,
    }

    OutcomeColumns of Outcome {
        understood: Numbers<u64>,
        misunderstood: Numbers<u64>,
        satisfied: Numbers<u64>,
        dissatisfied: Numbers<u64>,
        timed: Numbers<u64>,
        response_ms: Numbers<u64>,
        cost_nanos: Numbers<u64>,
        unpriced_input_tokens: Numbers<u64>,
        unpriced_output_tokens: Numbers<u64>,
    }

    ExposedColumns of Exposed {
        at: Moments,
        experiment: Names,
        variant: Names,
        device: Maybe<Names>,
        language: Maybe<Names>,
    }

    /// Sessions, in order of number.
    Sessions of Session {
        bot: Numbers<u32>,
        name: Texts,
        first_ms: Steps<i64>,
        last_ms: Steps<i64>,
        interactions: Numbers<u64>,
        exchanges: Numbers<u64>,
        messages: Numbers<u64>,
        leads: Numbers<u32>,
        user: Maybe<SaidColumns>,
        device: Maybe<SaidColumns>,
        browser: Maybe<SaidColumns>,
        referrer: Maybe<SaidColumns>,
        conversion: Maybe<SaidColumns>,
        pages: Lists<SaidColumns>,
        intents: Lists<Names>,
        sentiments: Numbers<u8>,
        active_days: Lists<Steps<Day>>,
        seqs: Lists<Steps<u64>>,
        spilled: Numbers<u64>,
        contact: Maybe<Boxed<ContactColumns>>,
        outcome: Later<OutcomeColumns, 3>,
        exposures: Later<Lists<ExposedColumns>, 3>,
    }

    /// Users, in order of number.
    Users of User {
        bot: Numbers<u32>,
        name: Texts,
        active_days: Lists<Steps<Day>>,
        forgotten: Later<Numbers<u64>>,
        exposures: Later<Lists<ExposedColumns>, 3>,
    }
}
