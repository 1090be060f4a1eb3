//! Rules, silences, channels, and what became of messages.

use serde_json::{Value, json};

use super::access::{add_deed, named, takes};
use super::build::{Docs, Operation};
use super::params::{bot, whole};
use crate::http::alerts::{DEFAULT_HISTORY, RuleBody, SilenceBody};
use crate::http::channels::NewChannelBody;
use crate::http::shown;
use crate::limits::{
    ALERT_HISTORY_MAX, BACKTEST_DAYS, CHANNELS_MAX, DELIVERY_TRIED_FOR_MS, DELIVERY_WITHIN, RULES_MAX, SILENCES_MAX,
};
use crate::notify::Draft;

const TAG: &str = "Alerts";

pub fn list(docs: &mut Docs) {
    rules(docs);
    silences(docs);
    channels(docs);
}

fn example() -> Value {
    json!({
        "name": "Slow", "bot": "default", "metric": "response_p95_ms", "window_hours": 1, "condition": "above",
        "threshold": 1000, "hold_minutes": 5, "min_count": 20, "severity": "critical", "channels": ["ops"], "remind_hours": 4,
    })
}

fn rules(docs: &mut Docs) {
    let list = docs.of::<shown::AlertList<'static>>();
    let about = "Each rule is looked at once a minute. Those of other bots are not there for whoever may not see these; those of \
        NovaHouse itself are there for whoever sees all bots.";
    docs.add(
        Operation::get("/api/alerts", "alerts", TAG, "Rules, and how they stand").about(about).gives("All.", list),
    );

    let made = docs.of::<shown::Made<'static>>();
    let about = format!(
        "At most {RULES_MAX}. A window ends with the current day or hour where the condition is `above`, and with the last whole \
         one where it is another: what is too low in a day that has just begun is no news. What cannot be answered exactly is \
         refused by its field."
    );
    let add = Operation::post("/api/alerts", "alert_add", TAG, "Add a rule").about(&about);
    let add = takes::<RuleBody>(docs, add, example()).gives("The rule's id.", made);
    docs.add(add.fails(404).fails(409));

    let history = docs.of::<shown::AlertHistory<'static>>();
    let limit = whole("limit", "How many of the latest.", 1, ALERT_HISTORY_MAX as u64, DEFAULT_HISTORY as u64);
    let get = Operation::get("/api/alerts/history", "alert_history", TAG, "What fired, was told and was resolved");
    docs.add(get.params([limit]).gives("Newest first.", history));

    let offers = docs.of::<shown::AlertOffers>();
    let get = Operation::get("/api/alerts/offers", "alert_offers", TAG, "Rules worth having from the first day");
    docs.add(get.params([bot()]).gives("Rules as they are sent to `POST /api/alerts`.", offers).fails(404));

    let tried = docs.of::<shown::BacktestAnswer>();
    let about = format!(
        "What the rule would have said in the last {BACKTEST_DAYS} days. Where it looks at whole windows, that is what the live \
         rule says. Where it is `above`, it is looked at once per hour or day: one that was bad at its end counts as bad from its \
         beginning, and what was bad only for a part of it is not seen. Nothing is stored and no one is told."
    );
    let backtest =
        Operation::post("/api/alerts/backtest", "alert_backtest", TAG, "Try a rule on the past").about(&about);
    let backtest = takes::<RuleBody>(docs, backtest, example()).gives("Values, and when it would have fired.", tried);
    docs.add(backtest.fails(404));

    let id = || named("id", "Its `id` in the list.");
    let change = Operation::new("put", "/api/alerts/{id}", "alert_change", TAG, "Put another rule in its place");
    let change = change.about("An alert of it that fires is over where the rule asks something else.").params([id()]);
    let change = takes::<RuleBody>(docs, change, example()).fails(404);
    add_deed(docs, change);
    let remove = Operation::new("delete", "/api/alerts/{id}", "alert_remove", TAG, "Remove a rule");
    add_deed(docs, remove.params([id()]).fails(404));
    let acknowledge =
        Operation::post("/api/alerts/{id}/acknowledge", "alert_acknowledge", TAG, "Take care of an alert");
    let acknowledge = acknowledge.about("No one is reminded of it any more; that it is over is told all the same.");
    add_deed(docs, acknowledge.params([id()]).fails(404).fails(409));
}

fn silences(docs: &mut Docs) {
    let made = docs.of::<shown::Made<'static>>();
    let about = format!(
        "Of one rule, of the rules of one bot, or of all. While it lasts no one is told that something fires; what still fires \
         when it ends is told then. `from` plans it for later. At most {SILENCES_MAX}."
    );
    let add = Operation::post("/api/alerts/silences", "silence_add", TAG, "Be silent for a while").about(&about);
    let example = json!({"bot": "default", "from": "2030-01-01T04:00:00Z", "until": "2030-01-01T06:00:00Z", "why": "The bot is being moved."});
    let add = takes::<SilenceBody>(docs, add, example).gives("The silence's id.", made);
    docs.add(add.fails(404).fails(409));
    let end = Operation::new("delete", "/api/alerts/silences/{id}", "silence_end", TAG, "End a silence");
    add_deed(docs, end.params([named("id", "Its `id` in the list.")]).fails(404));
}

fn channels(docs: &mut Docs) {
    let list = docs.of::<shown::ChannelList<'static>>();
    let get = Operation::get("/api/channels", "channels", TAG, "Ways to people and programs");
    let about = "No secret is shown, and of an address the host only. Who sees some bots alone is told of no delivery.";
    docs.add(get.about(about).gives("The channels.", list));

    let about = format!(
        "At most {CHANNELS_MAX}. A webhook gets a POST of JSON with `X-NovaHouse-Delivery`, the same for each try of a message, \
         `X-NovaHouse-Timestamp`, epoch seconds, and, where there is a secret, `X-NovaHouse-Signature`: `v1=` and in hex the \
         HMAC-SHA-256 of the timestamp, a full stop and the body. Any status 2xx takes it; after 400, 413 or 422 it is given up, \
         after all else tried again for {} hours, at growing pauses. Redirects are not followed; an answer may take {} s.",
        DELIVERY_TRIED_FOR_MS / 3_600_000,
        DELIVERY_WITHIN.as_secs(),
    );
    let add = Operation::post("/api/channels", "channel_add", TAG, "Add a channel").about(&about);
    let webhook = json!({"kind": "webhook", "url": "https://example.com/hook", "secret": "a long secret"});
    let add = takes::<NewChannelBody>(docs, add, json!({"name": "ops", "channel": webhook}));
    add_deed(docs, add.fails(409));

    let name = || named("name", "Its name.");
    let change =
        Operation::new("put", "/api/channels/{name}", "channel_change", TAG, "Put another channel in its place");
    let change = change.about("A secret or an address that is not given stays; an empty secret takes it away.");
    let change = takes::<Draft>(docs, change.params([name()]), webhook).fails(404);
    add_deed(docs, change);
    let remove = Operation::new("delete", "/api/channels/{name}", "channel_remove", TAG, "Remove a channel");
    add_deed(docs, remove.about("Refused with 409 while a rule tells it.").params([name()]).fails(404).fails(409));

    let tested = docs.of::<shown::Tested>();
    let test = Operation::post("/api/channels/{name}/test", "channel_test", TAG, "Send a test message");
    docs.add(test.params([name()]).gives("What came of it.", tested).fails(404));

    let log = docs.of::<shown::DeliveryList>();
    let get =
        Operation::get("/api/channels/{name}/deliveries", "channel_deliveries", TAG, "What became of its messages");
    let get = get.about("Who sees some bots alone is told of none: what was told tells of bots.");
    docs.add(get.params([name()]).gives("Newest first.", log).fails(404));
}
