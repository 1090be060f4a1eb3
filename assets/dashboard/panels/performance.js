// The bot's own service: endpoints, errors, requests and resources.

import { Chart } from "../charts.js";
import { h, icon, replace } from "../dom.js";
import { format } from "../format.js";
import { words } from "../i18n.js";
import { Panel } from "../panel.js";
import { SortedTable } from "../table.js";
import { spansOf, sums, ticks, titles } from "../spans.js";

/** Up to here the hours are shown one by one, beyond it by day. */
const DAYS_BY_HOUR_MAX = 7;
/** A share of errors that asks for a look, percent. */
const ERRORS_HIGH = 5;

/** @param {() => void} again */
export function performancePanel(again) {
  /** @type {SortedTable<Endpoint>} */
  const table = new SortedTable({ name: (row) => row.endpoint });
  const chart = new Chart();
  const caption = h("h3");
  const resources = h("dl", { class: "small-figures" });
  const left = h("div", { class: "stack wide" }, table.element, resources);
  const body = h("div", { class: "split even" }, left, h("div", { class: "stack" }, caption, chart.element));
  /** @type {import("../panel.js").Spec<Performance_>} */
  const spec = {
    id: "performance",
    heading: () => words().performanceHeading,
    help: () => words().performanceHelp,
    load: (round) => round.now("performance", { fill: "true" }),
    body,
    chart,
    isEmpty: (data) => data.total_requests === 0,
    draw: (data, round) => {
      table.show(words().performanceHeading, columns(), data.endpoint_performance);
      const byDay = round.range.days > DAYS_BY_HOUR_MAX;
      caption.textContent = byDay ? words().requestsByDay : words().requestsByHour;
      replace(resources, resourcesOf(data));
      chart.show(byDay ? daily(data) : hourly(data));
    },
    table: (data) => ({
      name: "endpoints",
      keys: ["endpoint", "requests", "p50_ms", "p95_ms", "p99_ms", "errors", "error_rate_percent"],
      show: [null, format.number, format.ms, format.ms, format.ms, format.number, format.percent],
      head: [words().endpoint, words().requests, "p50", "p95", "p99", words().errors, `${words().errors}, %`],
      rows: data.endpoint_performance.map((row) => [
        row.endpoint,
        row.request_count,
        row.p50_ms,
        row.p95_ms,
        row.p99_ms,
        row.error_count,
        Number(rateOf(row).toFixed(4)),
      ]),
    }),
  };
  return new Panel(spec, again);
}

/** @returns {import("../table.js").Column<Endpoint>[]} */
function columns() {
  /** @param {"p50_ms" | "p95_ms" | "p99_ms"} key @param {string} [style] */
  const time = (key, style) => ({
    key,
    head: key.slice(0, 3),
    number: true,
    class: style ?? "",
    cell: (/** @type {Endpoint} */ row) => format.ms(row[key]),
    sort: (/** @type {Endpoint} */ row) => row[key],
  });
  return [
    {
      key: "endpoint",
      head: words().endpoint,
      cell: (row) => h("span", { class: "clip", title: row.endpoint }, row.endpoint),
      sort: (row) => row.endpoint,
    },
    {
      key: "requests",
      head: words().requests,
      number: true,
      cell: (row) => format.number(row.request_count),
      sort: (row) => row.request_count,
    },
    time("p50_ms"),
    time("p95_ms"),
    time("p99_ms", "wide-only"),
    { key: "errors", head: words().errors, number: true, cell: errors, sort: (row) => row.error_rate },
  ];
}

/** In percent, not rounded. @param {Endpoint} row */
const rateOf = (row) => (row.request_count > 0 ? (row.error_count / row.request_count) * 100 : 0);

/** @param {Endpoint} row */
function errors(row) {
  const text = format.percent(rateOf(row));
  const title = format.number(row.error_count);
  return row.error_rate < ERRORS_HIGH
    ? h("span", { title }, text)
    : h("span", { class: "badge bad", title }, icon("warning"), text);
}

/** @param {Performance_} data */
function resourcesOf({ resource_usage: usage }) {
  const memory = usage.avg_memory_mb ? `${format.decimal(usage.avg_memory_mb)} MB` : words().none;
  const cpu = usage.avg_cpu_percent ? format.percent(usage.avg_cpu_percent) : words().none;
  return [
    h("div", null, h("dt", null, words().memory), h("dd", null, memory)),
    h("div", null, h("dt", null, words().cpu), h("dd", null, cpu)),
  ];
}

/** @param {Performance_} data @returns {import("../charts.js").Plot} */
function hourly(data) {
  const hours = data.requests_by_hour;
  const many = hours.length > 30;
  const labels = hours.map(({ hour }) => {
    if (!many) return format.time(hour);
    return format.time(hour) === format.hour(0) ? format.dayShort(format.dayOf(hour)) : "";
  });
  return plot(
    words().requestsByHour,
    hours.map(({ hour }) => format.moment(hour)),
    labels,
    hours.map(({ count }) => count),
  );
}

/** @param {Performance_} data */
function daily(data) {
  /** @type {Map<string, number>} */
  const days = new Map();
  for (const { hour, count } of data.requests_by_hour) {
    const day = format.dayOf(hour);
    days.set(day, (days.get(day) ?? 0) + count);
  }
  const spans = spansOf([...days.keys()]);
  return plot(words().requestsByDay, titles(spans), ticks(spans, days.size), sums(spans, [...days.values()]));
}

/** @param {string} label @param {string[]} names @param {string[]} labels @param {(number | null)[]} values @returns {import("../charts.js").Plot} */
function plot(label, names, labels, values) {
  return {
    label,
    titles: names,
    ticks: labels,
    unit: words().requests,
    series: [{ name: words().requests, values, colour: "accent", kind: "bar" }],
    format: format.number,
    axis: format.compact,
    whole: true,
  };
}
