// The strip of key figures. The chosen one is drawn large below.

import { Panel } from "../panel.js";
import { FIGURES, OLDER, UNITS, changeOf, hoursOf, isSilent, loadFigures, meaningOf, nameOf } from "../figures.js";
import { h, icon, replace, svg } from "../dom.js";
import { format } from "../format.js";
import { words } from "../i18n.js";
import { go, state } from "../state.js";

/** @typedef {import("../figures.js").FiguresData} FiguresData */

const WIDTH = 120;
const HEIGHT = 30;

/** @param {() => void} again */
export function figuresPanel(again) {
  const body = h(
    "div",
    { class: "figures" },
    FIGURES.map((figure) =>
      h("div", { class: "figure-cell skeleton" }, h("span", { class: "figure-name" }, nameOf(figure))),
    ),
  );
  /** @type {import("../panel.js").Spec<FiguresData & { open: "" | "day" | "later" }>} */
  const spec = {
    id: "figures",
    heading: () => words().figures.heading,
    help: () => "",
    load: async (round) => ({ ...(await loadFigures(round)), open: openness(round) }),
    body,
    follows: true,
    isEmpty: () => false,
    draw: (data, round) => replace(body, cells(data, round.range)),
    table,
    notes: (data) => [
      data.legacy && words().fallback,
      data.open !== "" && words().notOver[data.open],
      isSilent(data.now) && `${words().nothingAtAll} ${words().nothingHint}`,
    ],
  };
  return new Panel(spec, again);
}

/** Why no change is shown, where none is. @param {import("../api.js").Round} round */
function openness({ compare, range }) {
  if (!compare || range.comparable) return "";
  return range.isToday ? "day" : "later";
}

/** @param {FiguresData} data @returns {Table} */
function table(data) {
  const rows = FIGURES.map((figure) => [
    `${figure.name}${UNITS[figure.kind]}`,
    figure.total(data.now),
    data.before ? figure.total(data.before) : null,
  ]);
  const head = [words().figures.heading, words().thisPeriod, words().previousPeriod];
  return { name: "figures", head, keys: ["figure", "this_period", "previous_period"], rows };
}

/** @param {FiguresData} data @param {DayRange} range */
function cells(data, range) {
  const figures = data.legacy ? FIGURES.filter((figure) => OLDER.includes(figure.name)) : FIGURES;
  return figures.map((figure) => cell(figure, data, range));
}

/** @param {import("../figures.js").Figure} figure @param {FiguresData} data @param {DayRange} range */
function cell(figure, data, { unfinished, comparable, isToday }) {
  const value = figure.total(data.now);
  const before = data.before ? figure.total(data.before) : null;
  const change = comparable ? changeOf(figure, value, before, unfinished) : null;
  const soFar = isToday && figure.name === "conversations" ? sameHours(figure, data) : null;
  const pressed = state().metric === figure.name;
  return h(
    "button",
    {
      type: "button",
      class: "figure-cell",
      "data-key": `figure ${figure.name}`,
      "data-figure": figure.name,
      title: figure.name === "satisfaction" ? `${meaningOf(figure)} ${votes(data)}` : meaningOf(figure),
      "aria-pressed": String(pressed),
      on: { click: () => go({ metric: figure.name }) },
    },
    h("span", { class: "figure-name" }, nameOf(figure)),
    h(
      "span",
      { class: "figure-line" },
      h("span", { class: "figure-value" }, value === null ? words().none : split(figure.format(value))),
      soFar ?? changeBadge(change, before === null ? "" : words().before(figure.format(before))),
    ),
    sparkline(data.now.overview.by_day.map(figure.day), unfinished),
  );
}

/** By how many it was judged. @param {FiguresData} data */
const votes = ({ now }) => `(${words().votes(now.overview.overview.satisfaction_votes)})`;

/** The number large, its unit small. @param {string} text */
function split(text) {
  const match = /^(\D*[\d\s.,\u00a0\u202f]*\d)(\s?.*)$/u.exec(text);
  return match ? [match[1] ?? text, h("span", { class: "unit" }, match[2] ?? "")] : [text];
}

/**
 * The hours that are over beside the same hours of the day before: of conversations the API tells them.
 * @param {import("../figures.js").Figure} figure @param {FiguresData} data
 */
function sameHours(figure, { now, before }) {
  const over = format.hourOf(Date.now());
  if (!before || over === 0 || now.conversations.by_hour_of_week.length === 0) return null;
  const sum = (/** @type {Conversations} */ some) =>
    hoursOf(some)
      .slice(0, over)
      .reduce((all, count) => all + count, 0);
  const [here, there] = [sum(now.conversations), sum(before.conversations)];
  const title = words().untilHour(format.hour(over), format.number(here), format.number(there));
  return changeBadge(changeOf(figure, here, there, false), title);
}

/** @param {ReturnType<typeof changeOf>} change @param {string} was what it is a change from */
function changeBadge(change, was) {
  if (!change) return null;
  const tone = change.good === null ? "plain" : change.good ? "good" : "bad";
  return h(
    "span",
    { class: `change ${tone}`, title: was },
    icon(change.way),
    h("span", { class: "visually-hidden" }, `${words().change[change.way]} `),
    change.text,
  );
}

/** @param {(number | null)[]} values @param {boolean} unfinished */
function sparkline(values, unfinished) {
  const known = values.filter((value) => value !== null);
  const highest = Math.max(...known, 0);
  if (known.length < 2 || highest === 0) return h("span", { class: "spark" });
  const step = WIDTH / (values.length - 1);
  const points = values.map((value, place) =>
    value === null
      ? null
      : `${(place * step).toFixed(1)} ${(HEIGHT - 2 - (value / highest) * (HEIGHT - 4)).toFixed(1)}`,
  );
  const finished = unfinished ? points.slice(0, -1) : points;
  const line = (/** @type {(string | null)[]} */ some) =>
    some
      .map((point, place) => (point === null ? "" : `${place === 0 || some[place - 1] === null ? "M" : "L"}${point}`))
      .join("");
  const shape = {
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
    preserveAspectRatio: "none",
    class: "spark",
    "aria-hidden": "true",
  };
  const rest = unfinished ? [svg("path", { d: line(points.slice(-2)), class: "spark-line dashed" })] : [];
  return svg("svg", shape, svg("path", { d: line(finished), class: "spark-line" }), ...rest);
}
