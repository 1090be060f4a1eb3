//! Experiments.

use serde_json::{Value, json};

use super::access::{add_deed, named, takes};
use super::build::{Docs, Operation};
use super::params::{days, one_of, query};
use crate::experiment::{By, Decision, ExperimentChange, ExperimentResult, NewExperiment};
use crate::http::experiments::AssignBody;
use crate::http::explore::DEFAULT_DAYS;
use crate::http::shown;
use crate::limits::{EXPERIMENT_NAME_BYTES_MAX, EXPERIMENT_SESSIONS_MAX, EXPERIMENTS_MAX, FEW_UNITS};

const TAG: &str = "Experiments";

pub fn list(docs: &mut Docs) {
    definitions(docs);
    states(docs);
    for_bots(docs);
}

fn name() -> Value {
    named("name", "Its name.")
}

fn definitions(docs: &mut Docs) {
    let all = docs.of::<shown::ExperimentList<'static>>();
    let get = Operation::get("/api/experiments", "experiments", TAG, "Experiments, and how they stand");
    docs.add(get.gives("By their names.", all));

    let about = format!(
        "It begins as a draft. At most {EXPERIMENTS_MAX}. The first variant is the control, with which the others are compared. \
         The built-in bot says a variant's `replies`, by intent, instead of its own; where it answers the chat, one to an intent \
         that it does not know is refused."
    );
    let add = Operation::post("/api/experiments", "experiment_add", TAG, "Add an experiment").about(&about);
    let warm = json!({"name": "warm", "weight": 1, "replies": {"greeting": "Good to see you! What are you planning?"}});
    let example = json!({
        "name": "greeting", "bot": "default", "unit": "session", "primary": {"metric": "lead_rate"},
        "variants": [{"name": "plain", "weight": 1}, warm], "guardrails": [{"metric": "satisfaction"}],
        "plan": {"baseline": 0.1, "lift_percent": 20},
    });
    let add = takes::<NewExperiment>(docs, add, example);
    add_deed(docs, add.fails(404).fails(409));

    let one = docs.of::<shown::ExperimentAnswer<'static>>();
    let get = Operation::get("/api/experiments/{name}", "experiment", TAG, "An experiment");
    docs.add(get.params([name()]).gives("It.", one.clone()).fails(404));
    let change = Operation::new("patch", "/api/experiments/{name}", "experiment_change", TAG, "Change an experiment");
    let about = "A draft can be changed as one likes. Of one that was started only the share of traffic may become more, and what is \
        guarded may change: anything else would move visitors, or the goal.";
    let change = change.about(about).params([name()]);
    let change = takes::<ExperimentChange>(docs, change, json!({"traffic_share_ppm": 500_000}));
    docs.add(change.gives("As it is then.", one).fails(404).fails(409));
    let remove = Operation::new("delete", "/api/experiments/{name}", "experiment_remove", TAG, "Remove an experiment");
    let about =
        "A draft, or one that was stopped, whose name is then not given again: sessions remember what they saw of it.";
    add_deed(docs, remove.about(about).params([name()]).fails(404).fails(409));
}

fn states(docs: &mut Docs) {
    let one = docs.of::<shown::ExperimentAnswer<'static>>();
    let start = Operation::post("/api/experiments/{name}/start", "experiment_start", TAG, "Start, or go on");
    docs.add(start.params([name()]).gives("As it is then.", one.clone()).fails(404).fails(409));
    let pause = Operation::post("/api/experiments/{name}/pause", "experiment_pause", TAG, "Pause");
    let about = "No one is shown a variant until it goes on; who was shown one goes on being counted.";
    docs.add(pause.about(about).params([name()]).gives("As it is then.", one.clone()).fails(404).fails(409));
    let stop = Operation::post("/api/experiments/{name}/stop", "experiment_stop", TAG, "Stop, with a decision");
    let about = "For good. Where there is a winner, everyone gets it from then on.";
    let stop = stop.about(about).params([name()]);
    let example = json!({"winner": "warm", "reason": "Sure of more leads, and no one less satisfied."});
    let stop = takes::<Decision>(docs, stop, example);
    docs.add(stop.gives("As it is then.", one).fails(404).fails(409));
}

fn for_bots(docs: &mut Docs) {
    let assigned = docs.of::<shown::Assigned<'static>>();
    let about = "For a bot of your own. The same unit gets the same variant every time. Where it takes part, that it was shown the \
        variant is durable when this is answered, and stored once however often it is asked; without `session_id` no session \
        is said to have begun. No one gets a variant of a draft or a paused experiment; of one that was stopped for a winner \
        everyone gets that.";
    let assign = Operation::post("/api/experiments/{name}/assign", "experiment_assign", TAG, "Who gets which variant");
    let assign = assign.about(about).params([name()]);
    let assign =
        takes::<AssignBody>(docs, assign, json!({"session_id": "visit-1", "user_id": "anna", "language": "en"}));
    docs.add(assign.gives("The variant.", assigned).fails(404));

    let results = docs.success::<ExperimentResult>();
    let about = format!(
        "Each unit counts once, for the variant it was shown first, with one value for each metric it can be measured by. Sessions \
         count as a whole if they began while the experiment ran; of a user, those that were not over before the first \
         exposure. Intervals are confidence sequences: all of them, at every look, hold together with 95 % confidence, those of \
         several variants together. No difference is claimed below {FEW_UNITS} units of a variant. Of more than \
         {EXPERIMENT_SESSIONS_MAX} sessions those that began first count."
    );
    let get = Operation::get("/api/experiments/{name}/results", "experiment_results", TAG, "What it has shown so far");
    let by = one_of("by", "Tells the primary metric apart by this, too.", &By::ALL.map(By::name));
    let get = get.about(&about).params([name(), by]);
    docs.add(get.gives("Figures, and what is sure.", results).fails(404).fails(409));

    let compared = docs.success::<shown::VariantComparison>();
    let about = format!(
        "Headline figures of the sessions that began in the window and take part, by the rules of the results, under the names that \
         they have in the other answers. `unique_users` are the persons named first in sessions with an exchange. Totals grow \
         with a variant's weight; whether a difference is sure is said by the results. Read off sessions, of more than \
         {EXPERIMENT_SESSIONS_MAX} off those that began first, and `cut_at` says so."
    );
    let get =
        Operation::get("/api/experiments/{name}/compare", "experiment_compare", TAG, "Two variants, side by side");
    let variant = |name: &str, about: &str| {
        query(name, about, json!({"type": "string", "minLength": 1, "maxLength": EXPERIMENT_NAME_BYTES_MAX}))
    };
    let variants = [
        variant("variant", "A variant; without it, the first that is not `other_variant`."),
        variant(
            "other_variant",
            "The one it is compared with; without it, the control, and where that is `variant` the one after it.",
        ),
    ];
    let get = get.about(&about).params([name()]).params(days(DEFAULT_DAYS)).params(variants);
    docs.add(get.gives("Figures of both.", compared).fails(404).fails(409));
}
