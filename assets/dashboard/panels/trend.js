// The chosen figure over time, with the period before as a grey line.

import { Chart } from "../charts.js";
import { h, replace } from "../dom.js";
import { OLDER, figure, loadFigures, meaningOf, nameOf } from "../figures.js";
import { format } from "../format.js";
import { words } from "../i18n.js";
import { Panel } from "../panel.js";
import { dayTicks } from "../ticks.js";
import { openDay, openSessions } from "../open.js";
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
    on: { click: () => openSessions({}) },
  });
  const body = h("div", { class: "stack" }, chart.element, note, h("div", { class: "chart-foot" }, legend, open));
  /** @type {import("../panel.js").Spec<TrendData>} */
  const spec = {
    id: "trend",
    heading: (data) => words().overTime(nameOf(shownFigure(data))),
    help: (data) => meaningOf(shownFigure(data)),
    load: async (round) => ({ ...(await loadFigures(round)), metric: state().metric }),
    body,
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
      if (day) openDay(day.date);
    },
    notes: (data) => [data.legacy && words().fallback],
  };
  return new Panel(spec, again);
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
  if (before)
    series.push({
      name: words().previousPeriod,
      values: before.map(chosen.day),
      colour: "previous",
      quiet: true,
    });
  const dashedFrom = round.range.unfinished ? days.length - 1 : days.length;
  series.push({ name: nameOf(chosen), values: days.map(chosen.day), colour: "accent", area: true, dashedFrom });
  return {
    label: `${words().overTime(nameOf(chosen))}. ${words().chartHint}`,
    titles: days.map((day) => format.dayLong(day.date)),
    ticks: dayTicks(days.map((day) => day.date)),
    series,
    format: chosen.format,
    axis: chosen.axis,
    whole: chosen.kind === "count",
    pick: (place) => openDay(days[place]?.date ?? round.range.to),
    extra: (place) => words().sessionsFound(days[place]?.total_sessions ?? 0),
  };
}

/** A single day by its hours, which the API gives for conversations. @param {TrendData} data @param {import("../api.js").Round} round */
function byHour(data, round) {
  const sum = (/** @type {Conversations} */ answer) =>
    Array.from({ length: 24 }, (_, hour) => answer.by_hour_of_week.reduce((all, day) => all + (day[hour] ?? 0), 0));
  if (state().metric !== "conversations" || data.now.conversations.by_hour_of_week.length === 0) return null;
  /** @type {import("../charts.js").Series[]} */
  const series = [];
  if (data.before)
    series.push({
      name: words().previousPeriod,
      values: sum(data.before.conversations),
      colour: "previous",
      quiet: true,
    });
  series.push({
    name: nameOf(figure("conversations")),
    values: sum(data.now.conversations),
    colour: "accent",
    area: true,
  });
  const hours = Array.from({ length: 24 }, (_, hour) => format.hour(hour));
  return {
    label: words().overTime(nameOf(figure("conversations"))),
    titles: hours,
    ticks: hours,
    series,
    format: format.number,
    axis: format.compact,
    whole: true,
    pick: () => openDay(round.range.from),
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
