// The chosen figure over time, with the period before as a grey line.

import { Chart } from "../charts.js";
import { h, replace } from "../dom.js";
import { OLDER, UNITS, figure, hoursOf, loadFigures, meaningOf, nameOf } from "../figures.js";
import { format } from "../format.js";
import { words } from "../i18n.js";
import { Panel } from "../panel.js";
import { weekdayOf } from "../ranges.js";
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
      const { metric } = state();
      open.textContent = metric === "users" ? words().openTalking : words().openSessions;
      // Votes do not say which session they are of, as far as the list can be asked.
      open.hidden = !hasList();
      const plot = round.range.days > 1 ? byDay(data, round) : byHour(data, round);
      note.hidden = plot !== null;
      note.textContent = words().oneDay;
      chart.element.hidden = plot === null;
      replace(legend, plot ? legendOf(plot, round.range.unfinished) : null);
      if (plot) chart.show(plot);
    },
    table: (data, round) => {
      const chosen = shownFigure(data);
      const hours = round.range.days > 1 ? null : byHour(data, round);
      if (hours) return hourTable(hours);
      const key = `${chosen.name}${UNITS[chosen.kind]}`;
      const before = data.before?.overview.by_day;
      const earlier = (/** @type {number} */ place) => {
        const day = before?.[place];
        return day ? chosen.day(day) : null;
      };
      const rows = data.now.overview.by_day.map((day, place) => {
        const row = [day.date, chosen.day(day)];
        return before ? [...row, earlier(place)] : row;
      });
      return {
        name: chosen.name,
        head: [words().day, nameOf(chosen), ...(before ? [words().previousPeriod] : [])],
        keys: ["day", key, ...(before ? [`previous_${key}`] : [])],
        show: [format.dayInTable, chosen.format, chosen.format],
        rows,
      };
    },
    canPick: hasList,
    pick: (row, data, round) => {
      if (round.range.days === 1 && byHour(data, round)) return byHour(data, round)?.pick?.(row);
      const day = data.now.overview.by_day[row];
      if (day) openSessions({ ...behind(), day: day.date });
    },
    notes: (data) => [data.legacy && words().fallback],
  };
  return new Panel(spec, again);
}

/** Whether there is a list that counts what the chosen figure counts. */
const hasList = () => state().metric !== "satisfaction";

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
  // The month before may have more days, or fewer.
  const values = (/** @type {DayFigures[]} */ some) => {
    const daily = days.map((_, place) => (some[place] ? chosen.day(some[place]) : null));
    return chosen.adds ? sums(spans, daily) : daily;
  };
  if (before) series.push({ name: words().previousPeriod, values: values(before), colour: "previous", quiet: true });
  const dashedFrom = round.range.unfinished ? spans.length - 1 : spans.length;
  series.push({ name: nameOf(chosen), values: values(days), colour: "accent", area: true, dashedFrom });
  return {
    label: hasList() ? `${words().overTime(nameOf(chosen))}. ${words().chartHint}` : words().overTime(nameOf(chosen)),
    titles: titles(spans),
    ticks: ticks(spans, days.length),
    series,
    format: chosen.format,
    axis: chosen.axis,
    whole: chosen.kind === "count",
    unit: meaningOf(chosen),
    pick: hasList() ? (place) => openSessions({ ...behind(), day: asFilter(spans[place]) }) : undefined,
  };
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
    label: `${words().overTime(name)}. ${words().chartHint}`,
    titles: hours,
    ticks: hours,
    series,
    format: format.number,
    axis: format.compact,
    whole: true,
    unit: meaningOf(figure("conversations")),
    pick: (hour) => {
      const { from } = round.range;
      openSessions({ ...behind(), day: from, hour_of_week: String(weekdayOf(from) * 24 + hour) });
    },
  };
}

/** @param {import("../charts.js").Plot} plot @returns {Table} */
function hourTable({ series, titles: hours, format: show }) {
  const columns = series.toReversed();
  return {
    name: "conversations",
    head: [words().hour, ...columns.map(({ name }) => name)],
    keys: ["hour", "conversations", "previous_conversations"].slice(0, columns.length + 1),
    show: [null, show, show],
    rows: hours.map((hour, place) => [hour, ...columns.map(({ values }) => values[place] ?? null)]),
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
