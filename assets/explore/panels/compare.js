// Two periods, or two bots, side by side.

import { Refused, Unreachable, botNames } from "../../dashboard/api.js";
import { h, icon, replace } from "../../dashboard/dom.js";
import { format } from "../../dashboard/format.js";
import { words } from "../../dashboard/i18n.js";
import { Panel } from "../../dashboard/panel.js";
import { isSound } from "../../dashboard/ranges.js";
import { go, state } from "../../dashboard/state.js";
import { choice } from "../choice.js";
import { say } from "../say.js";
import { written } from "./hours.js";

/** Which way is good; the others are neither. @type {Record<string, number>} */
const GOOD = {
  total_leads: 1,
  conversion_rate_percent: 1,
  satisfaction_percent: 1,
  not_understood_percent: -1,
  negative_percent: -1,
  avg_response_time_ms: -1,
  p95_response_time_ms: -1,
};
/** What is compared with, where it is no bot. */
const BEFORE = "before";
const DAYS = "days";

/** @typedef {{ comparison: Comparison, bots: string[] }} Data */

function otherDays() {
  const days = { from: state().otherFrom, to: state().otherTo };
  return isSound(days) ? days : null;
}

/** @param {() => void} again */
export function comparePanel(again) {
  const body = h("div", { class: "stack" });
  const from = h("input", { type: "date", class: "field", on: { change: () => dated() } });
  const to = h("input", { type: "date", class: "field", on: { change: () => dated() } });
  const dates = h("span", { class: "custom" }, from, "–", to);
  /** @type {string[]} */
  let bots = [];
  /** @type {Days} */
  let shown = { from: "", to: "" };
  const dated = () => {
    const days = { from: from.value, to: to.value };
    if (isSound(days)) go({ otherFrom: days.from, otherTo: days.to });
  };
  const chosen = () => (otherDays() ? DAYS : state().other ? `bot ${state().other}` : BEFORE);
  const against = choice({
    id: "compare-with",
    label: () => say().comparedWith,
    options: () => [
      { value: BEFORE, text: say().daysBefore },
      { value: DAYS, text: say().otherDays },
      ...bots.filter((bot) => bot !== state().bot).map((bot) => ({ value: `bot ${bot}`, text: say().botOf(bot) })),
    ],
    chosen,
    choose: (value) => {
      const other = value.startsWith("bot ") ? value.slice(4) : "";
      const days = value === DAYS ? { otherFrom: shown.from, otherTo: shown.to } : { otherFrom: "", otherTo: "" };
      go({ other, ...days });
    },
  });
  const choose = () => {
    against.draw();
    const days = otherDays();
    dates.hidden = !days;
    if (days) [from.value, to.value] = [days.from, days.to];
    from.setAttribute("aria-label", words().from);
    to.setAttribute("aria-label", words().to);
  };
  /** @type {import("../../dashboard/panel.js").Spec<Data>} */
  const spec = {
    id: "compare",
    heading: () => say().compareHeading,
    help: () => say().compareHelp,
    load: async (round) => {
      const data = await load(round);
      bots = data.bots;
      shown = data.comparison.other;
      return data;
    },
    about: () => [state().other, otherDays()],
    controls: h("div", { class: "choices" }, against.element, dates),
    choose,
    body,
    isEmpty: ({ comparison }) => comparison.figures.every((figure) => figure.this === 0 && figure.other === 0),
    draw: ({ comparison }) => replace(body, table(comparison)),
    table: ({ comparison }) => ({
      name: "comparison",
      head: [say().figure, nameOf(comparison.this), nameOf(comparison.other), say().difference, say().change],
      keys: ["figure", "this", "other", "difference", "change_percent"],
      rows: comparison.figures.map((row) => [row.figure, row.this, row.other, row.difference, row.change_percent]),
    }),
  };
  return new Panel(spec, again);
}

/** @param {import("../../dashboard/api.js").Round} round @returns {Promise<Data>} */
async function load(round) {
  const { other } = state();
  const days = otherDays() ?? (other ? null : round.range.previous);
  const asked = {
    ...(other && other !== round.bot ? { other_bot: other } : {}),
    ...(days ? { other_from: days.from, other_to: days.to } : {}),
  };
  const [comparison, bots] = await Promise.all([round.now("compare", asked), knownBots(round)]);
  return { comparison, bots };
}

/** @param {import("../../dashboard/api.js").Round} round @returns {Promise<string[]>} */
async function knownBots(round) {
  try {
    return await round.once("bots", botNames, {});
  } catch (error) {
    if (error instanceof Unreachable || !(error instanceof Refused)) throw error;
    return [];
  }
}

/** @param {Compared} side */
function nameOf(side) {
  return `${side.bot} · ${format.days(side)}`;
}

/** @param {Comparison} comparison */
function table({ this: mine, other, figures }) {
  const side = (/** @type {Compared} */ one) =>
    h(
      "th",
      { scope: "col", class: "number" },
      h("span", { class: "clip" }, one.bot),
      h("span", { class: "quiet" }, format.days(one)),
    );
  const head = h(
    "tr",
    null,
    h("th", { scope: "col" }, say().figure),
    side(mine),
    side(other),
    h("th", { scope: "col", class: "number wide-only" }, say().difference),
    h("th", { scope: "col", class: "number" }, say().change),
  );
  const rows = figures.map((row) => {
    const write = written(row.figure);
    const name = say().figures[/** @type {keyof ReturnType<typeof say>["figures"]} */ (row.figure)] ?? row.figure;
    return h(
      "tr",
      null,
      h("th", { scope: "row" }, name),
      h("td", { class: "number" }, write(row.this)),
      h("td", { class: "number quiet" }, write(row.other)),
      h("td", { class: "number quiet wide-only" }, difference(row, write)),
      h("td", { class: "number" }, change(row)),
    );
  });
  return h(
    "div",
    { class: "scroll sorted", tabindex: "0", role: "group", "aria-label": say().compareHeading },
    h("table", { class: "comparison" }, h("thead", null, head), h("tbody", null, rows)),
  );
}

/** Shares differ by points. @param {FigureChange} row @param {(value: number) => string} write */
function difference(row, write) {
  if (row.figure.endsWith("_percent")) return `${format.signed(row.difference)} ${words().points}`;
  const size = write(Math.abs(row.difference));
  return row.difference === 0 ? size : `${row.difference > 0 ? "+" : "−"}${size}`;
}

/** @param {FigureChange} row */
function change(row) {
  if (row.change_percent === null) return row.this === 0 ? words().none : words().new;
  const way = Math.abs(row.change_percent) < 0.05 ? "same" : row.change_percent > 0 ? "up" : "down";
  const good = (GOOD[row.figure] ?? 0) * row.difference;
  const tone = way === "same" || good === 0 ? "plain" : good > 0 ? "good" : "bad";
  const judged = tone === "good" ? say().better : tone === "bad" ? say().worse : "";
  return h(
    "span",
    { class: `change ${tone}` },
    icon(way),
    h("span", { class: "visually-hidden" }, `${words().change[way]} ${judged}`),
    format.signedPercent(row.change_percent),
  );
}
