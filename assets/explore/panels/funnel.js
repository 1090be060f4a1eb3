// How many sessions come from one step to the next.

import { h, icon, replace } from "../../dashboard/dom.js";
import { stepName } from "../../dashboard/filters.js";
import { format } from "../../dashboard/format.js";
import { words } from "../../dashboard/i18n.js";
import { openSessions } from "../../dashboard/open.js";
import { Panel } from "../../dashboard/panel.js";
import { go, state } from "../../dashboard/state.js";
import { STEPS_MAX, USUAL_STEPS, asParams } from "../../dashboard/steps.js";
import { choice } from "../choice.js";
import { say } from "../say.js";

/** Names of a kind that are offered. */
const OFFERED_MAX = 100;

/** @typedef {{ funnel: Funnel, offered: { intents: string[], pages: string[], events: string[] } }} Data */

function steps() {
  return state().steps.length > 0 ? state().steps : USUAL_STEPS;
}

function within() {
  return state().within in say().withins ? state().within : "";
}

/** @param {() => void} again */
export function funnelPanel(again) {
  const list = h("ol", { class: "funnel" });
  const builder = h("div", { class: "choices builder" });
  /** @type {Data["offered"]} */
  let offered = { intents: [], pages: [], events: [] };
  const limit = choice({
    id: "funnel-within",
    label: () => say().within,
    options: () => Object.entries(say().withins).map(([value, text]) => ({ value, text })),
    chosen: within,
    choose: (chosen) => go({ within: chosen }),
  });
  const choose = () => {
    limit.draw();
    const print = JSON.stringify([steps(), offered, say().addStep]);
    if (print === builder.dataset["shown"]) return;
    builder.dataset["shown"] = print;
    replace(builder, builderOf(offered), limit.element);
  };
  /** @type {import("../../dashboard/panel.js").Spec<Data>} */
  const spec = {
    id: "funnel",
    heading: () => say().funnelHeading,
    help: () => say().funnelHelp,
    load: async (round) => {
      const data = await load(round);
      offered = data.offered;
      return data;
    },
    about: () => [steps(), within()],
    controls: builder,
    choose,
    body: list,
    isEmpty: () => false,
    draw: ({ funnel }) => draw(list, funnel),
    table: ({ funnel }) => ({
      name: "funnel",
      head: [say().step, words().sessionsHeading, words().share, say().lost("", "").trim(), words().responseTime],
      keys: ["step", "sessions", "of_first_percent", "lost", "lost_percent", "median_seconds"],
      rows: funnel.steps.map((step) => [
        step.step,
        step.sessions,
        step.of_first_percent,
        step.lost,
        step.lost_percent,
        step.median_seconds,
      ]),
    }),
  };
  return new Panel(spec, again);
}

/** @param {import("../../dashboard/api.js").Round} round @returns {Promise<Data>} */
async function load(round) {
  const asked = asParams(steps(), within());
  /** @type {[Funnel, Intents, Engagement]} */
  const [funnel, intents, engagement] = await Promise.all([
    round.now("funnel", asked),
    round.now("intents"),
    round.now("engagement"),
  ]);
  const named = (/** @type {string[]} */ names) => names.filter((name) => name !== "(other)").slice(0, OFFERED_MAX);
  const offered = {
    intents: named(intents.intent_summary.map((row) => row.intent)),
    pages: named(engagement.top_pages.map((row) => row.page)),
    events: named(engagement.conversion_events.map((row) => row.event)),
  };
  return { funnel, offered };
}

/** Each step as a list to choose from, and one more. @param {Data["offered"]} offered */
function builderOf(offered) {
  const chosen = steps();
  const change = (/** @type {number} */ place, /** @type {string} */ step) => {
    const changed = chosen.with(place, step);
    go({ steps: changed });
  };
  const rows = chosen.map((step, place) => {
    const list = stepList(offered, chosen, step);
    list.setAttribute("aria-label", say().changeStep(place + 1));
    list.dataset["key"] = `step ${place}`;
    list.addEventListener("change", () => change(place, list.value));
    const name = say().removeStep(stepName(step));
    const remove = h(
      "button",
      {
        type: "button",
        class: "button ghost square",
        "aria-label": name,
        title: name,
        disabled: chosen.length === 1,
        on: { click: () => go({ steps: chosen.toSpliced(place, 1) }) },
      },
      icon("close"),
    );
    return h("li", { class: "builder-step" }, h("span", { class: "builder-place" }, String(place + 1)), list, remove);
  });
  return h(
    "ol",
    { class: "builder-steps" },
    rows,
    chosen.length < STEPS_MAX ? h("li", null, more(offered, chosen)) : null,
  );
}

/** @param {Data["offered"]} offered @param {string[]} chosen */
function more(offered, chosen) {
  const list = stepList(offered, chosen, "");
  list.prepend(h("option", { value: "", selected: true }, say().addStep));
  list.value = "";
  list.setAttribute("aria-label", say().addStep);
  list.dataset["key"] = "step more";
  list.addEventListener("change", () => go({ steps: [...chosen, list.value] }));
  return list;
}

/** @param {Data["offered"]} offered @param {string[]} chosen @param {string} own */
function stepList(offered, chosen, own) {
  const { intents, pages, events } = offered;
  // What a link names may not be among the days' own.
  const kept = (/** @type {string} */ kind, /** @type {string[]} */ names) => {
    const all = names.map((name) => `${kind}:${name}`);
    return own.startsWith(`${kind}:`) && !all.includes(own) ? [own, ...all] : all;
  };
  /** @param {string} step @param {string} text */
  const option = (step, text) =>
    h("option", { value: step, selected: step === own, disabled: step !== own && chosen.includes(step) }, text);
  /** @param {string} label @param {string} kind @param {string[]} names */
  const group = (label, kind, names) => {
    const all = kept(kind, names);
    return (
      all.length > 0 &&
      h(
        "optgroup",
        { label },
        all.map((step) => option(step, step.slice(kind.length + 1))),
      )
    );
  };
  return h(
    "select",
    { class: "field" },
    h("optgroup", { label: say().anything }, option("message", stepName("message")), option("lead", stepName("lead"))),
    group(words().intentsHeading, "intent", intents),
    group(words().tabs.page, "page", pages),
    group(words().tabs.conversion, "event", events),
  );
}

/** @param {HTMLElement} list @param {Funnel} funnel */
function draw(list, funnel) {
  if (funnel.steps[0]?.sessions === 0) {
    replace(list, h("li", { class: "empty-note" }, say().funnelEmpty));
    return;
  }
  replace(
    list,
    funnel.steps.flatMap((step, place) => [place > 0 && between(step, place, funnel), bar(step, place, funnel)]),
  );
}

/** @param {number} place @param {Funnel} funnel @param {"reached" | "lost_at"} which */
function open(place, funnel, which) {
  const named = funnel.steps.map(({ step }) => step);
  const limit = funnel.within_seconds === null ? "" : `${funnel.within_seconds}s`;
  const params = { [which]: String(place + 1), ...asParams(named, limit) };
  openSessions({ by: "funnel", place: new URLSearchParams(params).toString() });
}

/** @param {FunnelStep} step @param {number} place @param {Funnel} funnel */
function bar(step, place, funnel) {
  const name = stepName(step.step);
  const share = format.percent(step.of_first_percent);
  return h(
    "li",
    null,
    h(
      "button",
      {
        type: "button",
        class: "funnel-step",
        "data-key": `reached ${place}`,
        title: `${name}: ${say().sessions(step.sessions)}, ${say().ofFirst(share)}`,
        on: { click: () => open(place, funnel, "reached") },
      },
      h("span", { class: "bar", style: { width: `${step.of_first_percent}%` } }),
      h("span", { class: "funnel-name clip" }, name),
      h("span", { class: "funnel-share" }, share),
      h("b", { class: "funnel-count" }, format.number(step.sessions)),
    ),
  );
}

/** What happens between two steps. @param {FunnelStep} step @param {number} place @param {Funnel} funnel */
function between(step, place, funnel) {
  const lost =
    step.lost === 0
      ? h("span", { class: "quiet" }, say().noneLost)
      : h(
          "button",
          {
            type: "button",
            class: "link funnel-lost",
            "data-key": `lost ${place}`,
            on: { click: () => open(place, funnel, "lost_at") },
          },
          icon("down"),
          say().lost(format.number(step.lost), format.percent(step.lost_percent)),
        );
  const took = step.median_seconds === null ? null : say().took(format.duration(step.median_seconds));
  return h("li", { class: "funnel-between" }, lost, took && h("span", { class: "quiet" }, took));
}
