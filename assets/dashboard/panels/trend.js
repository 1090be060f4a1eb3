// The chosen figure over time, with the period before as a grey line.

import { Chart } from "../charts.js";
import { h, replace } from "../dom.js";
import { OLDER, figure, loadFigures, meaningOf, nameOf } from "../figures.js";
import { format } from "../format.js";
import { words } from "../i18n.js";
import { Panel } from "../panel.js";
import { asFilter, spansOf, sums, ticks, titles } from "../spans.js";
import { openSessions } from "../open.js";
import { state } from "../state.js";

/** @typedef {import("../figures.js").FiguresData & { metric: string }} TrendData */

/** @param {() => void} again */
export function trendPanel(again) {
  const chart = new Chart("tall");
  const legend = h("div", { class: "legend" });
  const note = h("p", { class: "empty-note", hidden: true });
  const open = h("button", {
    type: "button",
    class: "button",
    "data-no-print": true,
    on: { click: () => openSessions(behind()) },
  });
  const body = h("div", { class: "stack" }, chart.element, note, h("div", { class: "chart-foot" }, legend, open));
  /** @type {import("../panel.js").Spec<TrendData>} */
  const spec = {
    id: "trend",
    heading: (data) => words().overTime(nameOf(shownFigure(data))),
    help: (data) => meaningOf(shownFigure(data)),
    load: async (round) => ({ ...(await loadFigures(round)), metric: state().metric }),
    body,
    follows: true,
    chart,
    isEmpty: () => false,
    draw: (data, round) => {
      open.textContent = words().openSessions;
      const plot = round.range.days > 1 ? byDay(data, round) : byHour(data, round);
      note.hidden = plot !== null;
      note.textContent = words().oneDay;
      chart.element.hidden = plot === null;
      replace(legend, plot ? legendOf(plot, round.range.unfinished) : null);
      if (plot) chart.show(plot);
    },
    table: (data) => {
      const chosen = shownFigure(data);
      const rows = data.now.overview.by_day.map((day) => [day.date, chosen.day(day)]);
      return { name: chosen.name, head: [words().day, nameOf(chosen)], rows };
    },
    pick: (row, data) => {
      const day = data.now.overview.by_day[row];
      if (day) openSessions({ ...behind(), day: day.date });
    },
    notes: (data) => [data.legacy && words().fallback],
  };
  return new Panel(spec, again);
}

/** The list that counts what the chosen figure counts. @returns {Record<string, string>} */
function behind() {
  switch (state().metric) {
    case "sessions":
      return {};
    case "leads":
    case "conversion":
      return { by: "lead" };
    case "missed":
      return { by: "exchange", understood: "false" };
    default:
      return { by: "exchange" };
  }
}

/** @param {TrendData | null} data */
function shownFigure(data) {
  const { metric } = state();
  return figure(data?.legacy && !OLDER.includes(metric) ? "conversations" : metric);
}

/** @param {TrendData} data @param {import("../api.js").Round} round @returns {import("../charts.js").Plot} */
function byDay(data, round) {
  const chosen = shownFigure(data);
  const days = data.now.overview.by_day;
  const before = data.before?.overview.by_day;
  /** @type {import("../charts.js").Series[]} */
  const series = [];
  const spans = spansOf(
    days.map((day) => day.date),
    !chosen.adds,
  );
  const values = (/** @type {DayFigures[]} */ some) =>
    chosen.adds ? sums(spans, some.map(chosen.day)) : some.map(chosen.day);
  if (before) series.push({ name: words().previousPeriod, values: values(before), colour: "previous", quiet: true });
  const dashedFrom = round.range.unfinished ? spans.length - 1 : spans.length;
  series.push({ name: nameOf(chosen), values: values(days), colour: "accent", area: true, dashedFrom });
  return {
    label: `${words().overTime(nameOf(chosen))}. ${words().chartHint}`,
    titles: titles(spans),
    ticks: ticks(spans, days.length),
    series,
    format: chosen.format,
    axis: chosen.axis,
    whole: chosen.kind === "count",
    pick: (place) => openSessions({ ...behind(), day: asFilter(spans[place]) }),
  };
}

/** @param {Conversations} answer */
function hoursOf(answer) {
  return Array.from({ length: 24 }, (_, hour) =>
    answer.by_hour_of_week.reduce((sum, day) => sum + (day[hour] ?? 0), 0),
  );
}

/**
 * A single day by its hours, which the API gives for conversations.
 * @param {TrendData} data @param {import("../api.js").Round} round @returns {import("../charts.js").Plot | null}
 */
function byHour(data, round) {
  if (state().metric !== "conversations" || data.now.conversations.by_hour_of_week.length === 0) return null;
  const name = nameOf(figure("conversations"));
  /** @type {import("../charts.js").Series[]} */
  const series = [];
  if (data.before) {
    series.push({
      name: words().previousPeriod,
      values: hoursOf(data.before.conversations),
      colour: "previous",
      quiet: true,
    });
  }
  // What is still to come is not nothing.
  const current = round.range.unfinished ? format.hourOf(Date.now()) : 24;
  const values = hoursOf(data.now.conversations).map((count, hour) => (hour > current ? null : count));
  series.push({ name, values, colour: "accent", area: true, dashedFrom: current });
  const hours = Array.from({ length: 24 }, (_, hour) => format.hour(hour));
  return {
    label: words().overTime(name),
    titles: hours,
    ticks: hours,
    series,
    format: format.number,
    axis: format.compact,
    whole: true,
    pick: () => openSessions(behind()),
  };
}

/** @param {import("../charts.js").Plot} plot @param {boolean} unfinished */
function legendOf(plot, unfinished) {
  const items = plot.series.toReversed().map((series) =>
    h(
      "span",
      { class: "legend-item" },
      h("span", {
        class: `mark line ${series.quiet ? "quiet" : ""}`,
        style: { background: `var(--${series.colour})` },
      }),
      series.quiet ? series.name : words().thisPeriod,
    ),
  );
  return [
    ...items,
    unfinished && plot.series.some((series) => series.dashedFrom !== undefined)
      ? h("span", { class: "legend-item quiet" }, words().unfinished)
      : null,
  ];
}
