// How messages sound, day by day.

import { Chart } from "../charts.js";
import { h, replace, sign } from "../dom.js";
import { format } from "../format.js";
import { words } from "../i18n.js";
import { opening, openSessions } from "../open.js";
import { Panel } from "../panel.js";
import { asFilter, spansOf, sums, ticks, titles } from "../spans.js";

const SENTIMENTS = /** @type {const} */ (["positive", "neutral", "negative"]);

/** @param {() => void} again */
export function sentimentPanel(again) {
  const chart = new Chart("tall");
  const shares = h("div", { class: "shares" });
  const body = h("div", { class: "stack" }, chart.element, shares);
  /** @type {import("../panel.js").Spec<Conversations>} */
  const spec = {
    id: "sentiment",
    heading: () => words().sentimentHeading,
    help: () => words().sentimentHelp,
    load: (round) => round.now("conversations", { fill: "true" }),
    body,
    chart,
    isEmpty: (data) => data.sentiment_distribution.length === 0,
    draw: (data) => {
      replace(shares, sharesOf(data));
      chart.show(plot(data));
    },
    table: (data) => ({
      name: "sentiment",
      keys: ["day", ...SENTIMENTS],
      show: [format.dayInTable],
      head: [words().day, ...SENTIMENTS.map(words().sentimentName)],
      rows: data.sentiment_by_day.map((day) => [day.date, ...SENTIMENTS.map((name) => day[name])]),
    }),
    pick: (row, data) => {
      const day = data.sentiment_by_day[row];
      if (day) openSessions({ by: "exchange", day: day.date });
    },
  };
  return new Panel(spec, again);
}

/** @param {Conversations} data @returns {import("../charts.js").Plot} */
function plot(data) {
  const days = data.sentiment_by_day;
  const spans = spansOf(days.map((day) => day.date));
  // The bad news at the bottom, where lengths compare best.
  const stack = SENTIMENTS.toReversed();
  return {
    label: `${words().sentimentHeading}. ${words().chartHint} ${words().partsHint}`,
    titles: titles(spans),
    ticks: ticks(spans, days.length),
    series: stack.map((name) => ({
      name: words().sentimentName(name),
      kind: "bar",
      stack: "all",
      values: sums(
        spans,
        days.map((day) => day[name]),
      ),
      colour: name,
    })),
    format: format.number,
    axis: format.compact,
    whole: true,
    unit: words().figures.conversations[0] ?? "",
    parts: true,
    pick: (place, part) => {
      const sentiment = part === undefined ? undefined : stack[part];
      openSessions({ by: "exchange", day: asFilter(spans[place]), ...(sentiment && { sentiment }) });
    },
  };
}

/** @param {Conversations} data */
function sharesOf(data) {
  const known = data.sentiment_distribution.reduce((sum, entry) => sum + entry.count, 0);
  const total = Math.max(
    known,
    data.conversations_by_day.reduce((sum, day) => sum + day.count, 0),
  );
  const rest = h(
    "span",
    { class: "share", title: format.number(total - known) },
    h("span", { class: "share-name" }, words().unknown),
    h("b", null, format.share(total - known, total)),
  );
  const shares = SENTIMENTS.map((name) => {
    const count = data.sentiment_distribution.find((entry) => entry.sentiment === name)?.count ?? 0;
    return h(
      "button",
      {
        type: "button",
        class: "share",
        "data-key": `sentiment ${name}`,
        "data-sentiment": name,
        title: format.number(count),
        on: { click: () => opening("sentiment")(name) },
      },
      h("span", { class: "share-name" }, sign(name), words().sentimentName(name)),
      h("b", null, format.share(count, total)),
    );
  });
  return total > known ? [...shares, rest] : shares;
}
