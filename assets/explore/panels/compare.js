// Two periods, two bots, or two variants of an experiment, side by side.

import { h, icon, replace } from "../../dashboard/dom.js";
import { format } from "../../dashboard/format.js";
import { words } from "../../dashboard/i18n.js";
import { Panel } from "../../dashboard/panel.js";
import { addressOf } from "../../experiments/address.js";
import { against } from "../against.js";
import { compared } from "../compared.js";
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
  cost_per_session_usd: -1,
};
/** Of unequal variants they say nothing. */
const isTotal = (/** @type {string} */ figure) => /^(total|unique)_|^cost_usd$/.test(figure);

/** @typedef {import("../compared.js").Compared} Compared */
/** @typedef {import("../compared.js").Side} Side */

/** @param {() => void} again */
export function comparePanel(again) {
  const body = h("div", { class: "stack" });
  const { element, draw, about, offer } = against();
  /** @type {import("../../dashboard/panel.js").Spec<Compared>} */
  const spec = {
    id: "compare",
    heading: () => say().compareHeading,
    help: () => say().compareHelp,
    load: async (round) => {
      const data = await compared(round);
      offer(data);
      return data;
    },
    about,
    controls: element,
    choose: draw,
    body,
    isEmpty: ({ figures }) => figures.every((figure) => !figure.this && !figure.other),
    draw: (data) => replace(body, table(data), data.experiment ? told(data.experiment) : null),
    notes: ({ cutAt }) => [cutAt !== null && say().comparedBefore(format.moment(cutAt))],
    table: ({ sides, figures }) => ({
      name: "comparison",
      head: [say().figure, ...sides.map(nameOf), say().difference, say().change],
      keys: ["figure", "this", "other", "difference", "change_percent"],
      rows: figures.map((row) => [row.figure, row.this, row.other, row.difference, row.change_percent]),
    }),
  };
  return new Panel(spec, again);
}

/** What is compared of variants, and where it is judged. @param {string} experiment */
function told(experiment) {
  const link = h("a", { href: `/experiments.html${addressOf(experiment)}` }, say().toResults(experiment));
  return h("p", { class: "notes" }, say().ofVariants, " ", link);
}

/** @param {Side} side */
function nameOf(side) {
  return `${side.name} · ${format.days(side.days)}`;
}

/** @param {Compared} data */
function table({ sides, figures, experiment }) {
  const side = (/** @type {Side} */ one) =>
    h(
      "th",
      { scope: "col", class: "number" },
      h("span", { class: "clip" }, one.name),
      h("span", { class: "quiet" }, format.days(one.days)),
    );
  const head = h(
    "tr",
    null,
    h("th", { scope: "col" }, say().figure),
    sides.map(side),
    h("th", { scope: "col", class: "number wide-only" }, say().difference),
    h("th", { scope: "col", class: "number" }, say().change),
  );
  const rows = figures.map((row) => {
    const write = written(row.figure);
    const name = say().figures[/** @type {keyof ReturnType<typeof say>["figures"]} */ (row.figure)] ?? row.figure;
    const isJudged = experiment === null || !isTotal(row.figure);
    return h(
      "tr",
      null,
      h("th", { scope: "row" }, name),
      h("td", { class: "number" }, orNone(row.this, write)),
      h("td", { class: "number quiet" }, orNone(row.other, write)),
      h("td", { class: "number quiet wide-only" }, difference(row, write)),
      h("td", { class: "number" }, change(row, isJudged)),
    );
  });
  return h(
    "div",
    { class: "scroll sorted", tabindex: "0", role: "group", "aria-label": say().compareHeading },
    h("table", { class: "comparison" }, h("thead", null, head), h("tbody", null, rows)),
  );
}

/** A share or an average of nothing is none. @param {number | null} value @param {(value: number) => string} write */
function orNone(value, write) {
  return value === null ? words().none : write(value);
}

/** Shares differ by points. @param {FigureChange} row @param {(value: number) => string} write */
function difference(row, write) {
  if (row.difference === null) return words().none;
  if (row.figure.endsWith("_percent")) return `${format.signed(row.difference)} ${words().points}`;
  const size = write(Math.abs(row.difference));
  return row.difference === 0 ? size : `${row.difference > 0 ? "+" : "−"}${size}`;
}

/** @param {FigureChange} row @param {boolean} isJudged */
function change(row, isJudged) {
  if (row.change_percent === null || row.difference === null)
    return row.this && row.other === 0 ? words().new : words().none;
  const way = Math.abs(row.change_percent) < 0.05 ? "same" : row.change_percent > 0 ? "up" : "down";
  const good = isJudged ? (GOOD[row.figure] ?? 0) * row.difference : 0;
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
