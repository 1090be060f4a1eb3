// Which experiments there are, and what can be done with each.

import { isAdmin, send } from "../dashboard/account.js";
import { get } from "../dashboard/api.js";
import { h, icon } from "../dashboard/dom.js";
import { format } from "../dashboard/format.js";
import { confirmed } from "../access/dialog.js";
import { action, badge, nothing, row } from "../access/rows.js";
import { addressOf, isAsked } from "./address.js";
import { stopDialog } from "./decision.js";
import { experimentDialog, fresh } from "./experiment_form.js";
import { resultsDialog } from "./results.js";
import { say } from "./say.js";

/** @typedef {{ experiments: Experiment[], bots: string[] }} Data */
/** @typedef {import("../access/views.js").Again} Again */

const EVERY_MS = 30_000;

/** @type {import("../access/views.js").View<Data>} */
export const experiments = {
  everyMs: () => EVERY_MS,
  load: async () => {
    const [{ experiments: all }, { bots }] = await Promise.all([get("experiments"), get("bots")]);
    return { experiments: all, bots: bots.map((/** @type {Bot} */ bot) => bot.name) };
  },
  help: () => say().help,
  shown: ({ experiments: all }) => openAsked(all),
  tools: (data, again) => (isAdmin() ? [addButton(data, again)] : []),
  draw: (data, again) => [
    data.experiments.length === 0 ? nothing(say().none, say().noneText) : null,
    h(
      "ul",
      { class: "rows" },
      data.experiments.map((experiment) => experimentRow(experiment, data, again)),
    ),
  ],
};

/** The results that the address asks for. @param {Experiment[]} all */
function openAsked(all) {
  const asked = all.find(({ name, state }) => isAsked(name) && state !== "draft");
  if (asked) resultsDialog(asked);
}

/** @param {Data} data @param {Again} again */
function addButton(data, again) {
  const add = () =>
    experimentDialog(say().add, fresh(data.bots), data.bots, {
      submit: say().add,
      act: async (experiment) => {
        await send("POST", "experiments", { ...experiment });
        again(say().added);
      },
    });
  return h(
    "button",
    { type: "button", class: "button strong", id: "add-experiment", on: { click: add } },
    icon("positive"),
    say().add,
  );
}

/** @type {Record<ExperimentState, "" | "good" | "bad" | "strong">} */
const TONES = { draft: "", running: "good", paused: "strong", stopped: "" };

/** @param {Experiment} experiment @param {Data} data @param {Again} again */
function experimentRow(experiment, data, again) {
  const { name, state, decision } = experiment;
  const shares = experiment.variants.map((variant) => variant.name).join(", ");
  const percent = experiment.traffic_share_ppm / 10_000;
  return row({
    key: name,
    name,
    badges: [badge(say().states[state], TONES[state])],
    facts: [
      experiment.bot,
      shares,
      say().units[experiment.unit],
      say().metrics[experiment.primary.metric],
      percent < 100 ? say().ofTraffic(format.percent(percent)) : null,
      // Once it runs, its results say how far it has come.
      state === "draft" && experiment.planned_units !== null
        ? say().planned(say().unitsCounted[experiment.unit](experiment.planned_units))
        : null,
      experiment.started_at ? say().since(format.moment(experiment.started_at)) : null,
      experiment.stopped_at ? say().until(format.moment(experiment.stopped_at)) : null,
    ],
    lines: decision
      ? [decision.winner ? say().wonBy(decision.winner, decision.reason) : say().noWinner(decision.reason)]
      : [],
    actions: actionsOf(experiment, data, again),
  });
}

/** @param {Experiment} experiment @param {Data} data @param {Again} again */
function actionsOf(experiment, data, again) {
  const { name, state } = experiment;
  const path = `experiments/${encodeURIComponent(name)}`;
  const does = (/** @type {string} */ deed, /** @type {string} */ done) => async () => {
    await send("POST", `${path}/${deed}`);
    again(done);
  };
  const start = () =>
    confirmed({
      title: say().startOf(name),
      text: state === "draft" ? say().startText : say().goOnText,
      act: state === "draft" ? say().start : say().goOn,
      run: does("start", say().started),
      danger: false,
    });
  const pause = () =>
    confirmed({
      title: say().pauseOf(name),
      text: say().pauseText,
      act: say().pause,
      run: does("pause", say().paused),
    });
  const edit = () =>
    experimentDialog(say().changeOf(name), experiment, data.bots, {
      submit: say().save,
      act: async ({ name: _, plan, ...changes }) => {
        await send("PATCH", path, plan ? { ...changes, plan } : changes);
        again(say().saved);
      },
    });
  const remove = () =>
    confirmed({
      title: say().removeOf(name),
      text: state === "draft" ? say().removeDraftText : say().removeText,
      act: say().remove,
      run: async () => {
        await send("DELETE", path);
        again(say().removed);
      },
    });
  const isOn = state === "running" || state === "paused";
  const all = [
    state === "draft" ? null : action(say().results, name, () => location.assign(addressOf(name))),
    ...(isAdmin()
      ? [
          state === "draft" ? action(say().change, name, edit) : null,
          state === "draft" ? action(say().start, name, start) : null,
          state === "paused" ? action(say().goOn, name, start) : null,
          state === "running" ? action(say().pause, name, pause) : null,
          isOn ? action(say().stop, name, () => stopDialog(experiment, again)) : null,
          isOn ? null : action(say().remove, name, remove, true),
        ]
      : []),
  ];
  return all.filter((one) => one !== null);
}
