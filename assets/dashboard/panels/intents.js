// What people want, and whether the bot could serve it.

import { h, icon } from "../dom.js";
import { format } from "../format.js";
import { words } from "../i18n.js";
import { opening, openSessions } from "../open.js";
import { Panel } from "../panel.js";
import { SortedTable } from "../table.js";

/** @typedef {Intent & { before: number | null }} Row */
/** @typedef {{ rows: Row[], truncated: boolean }} Data */

/** The names that bots give to what they did not understand. */
const MISSED = ["fallback", "unknown"];
/** Below this many successes in a hundred an intent fails often. */
const SUCCESS_MIN = 60;
/** With fewer triggers a rate says little. */
const TRIGGERS_MIN = 5;

/** @param {() => void} again */
export function intentsPanel(again) {
  /** @type {SortedTable<Row>} */
  const table = new SortedTable({ name: (row) => row.intent, rowClass: (row) => (trouble(row) ? "trouble" : "") });
  /** @type {import("../panel.js").Spec<Data>} */
  const spec = {
    id: "intents",
    heading: () => words().intentsHeading,
    help: () => words().intentsHelp,
    load,
    body: table.element,
    isEmpty: (data) => data.rows.length === 0,
    draw: (data) => table.show(words().intentsHeading, columns(data.rows), data.rows),
    table: (data) => ({
      name: "intents",
      head: [
        words().intent,
        words().triggers,
        words().previousPeriod,
        words().success,
        words().confidence,
        words().responseTime,
      ],
      keys: [
        "intent",
        "triggers",
        "previous_triggers",
        "success_rate_percent",
        "avg_confidence_percent",
        "avg_response_time_ms",
      ],
      rows: data.rows.map((row) => [
        row.intent,
        row.triggers,
        row.before,
        Number(((row.success / Math.max(1, row.triggers)) * 100).toFixed(4)),
        Number((row.avg_confidence * 100).toFixed(2)),
        row.avg_response_time_ms,
      ]),
    }),
    notes: (data) => [data.truncated && words().truncated],
  };
  return new Panel(spec, again);
}

/** @param {import("../api.js").Round} round @returns {Promise<Data>} */
async function load(round) {
  /** @type {[Intents, Intents | null]} */
  const [now, before] = await Promise.all([
    round.now("intents"),
    round.range.comparable ? round.before("intents") : null,
  ]);
  const earlier = new Map(before?.intent_summary.map((row) => [row.intent, row.triggers]));
  const rows = now.intent_summary.map((row) => ({
    ...row,
    before: earlier.size > 0 ? (earlier.get(row.intent) ?? 0) : null,
  }));
  return { rows, truncated: now.truncated };
}

/** @param {Row} row */
function trouble(row) {
  if (MISSED.includes(row.intent)) return words().notUnderstood;
  return row.triggers >= TRIGGERS_MIN && row.success_rate < SUCCESS_MIN ? words().often : null;
}

/** @param {Row[]} rows @returns {import("../table.js").Column<Row>[]} */
function columns(rows) {
  const highest = Math.max(1, ...rows.slice(0, 1).map((row) => row.triggers));
  return [
    { key: "intent", head: words().intent, cell: name, sort: (row) => row.intent },
    {
      key: "triggers",
      head: words().triggers,
      number: true,
      class: "with-bar",
      cell: (row) => [
        h("span", { class: "bar", style: { width: `${(row.triggers / highest) * 100}%` } }),
        h("span", { class: "figure" }, format.number(row.triggers)),
      ],
      sort: (row) => row.triggers,
    },
    ...(rows.some((row) => row.before !== null) ? [trendColumn()] : []),
    {
      key: "success",
      head: words().success,
      number: true,
      cell: success,
      sort: (row) => row.success_rate,
    },
    {
      key: "confidence",
      head: words().confidence,
      number: true,
      class: "wide-only",
      cell: (row) => (row.avg_confidence ? format.percent(row.avg_confidence * 100) : words().none),
      sort: (row) => row.avg_confidence,
    },
    {
      key: "time",
      head: words().responseTime,
      number: true,
      cell: (row) => (row.avg_response_time_ms ? format.ms(row.avg_response_time_ms) : words().none),
      sort: (row) => row.avg_response_time_ms,
    },
  ];
}

/** @returns {import("../table.js").Column<Row>} */
function trendColumn() {
  return {
    key: "trend",
    head: words().trend,
    number: true,
    class: "wide-only",
    cell: trend,
    sort: (row) => row.triggers - (row.before ?? 0),
  };
}

/** @param {Row} row */
function name(row) {
  const why = trouble(row);
  const open = () => opening("intent")(row.intent);
  const label =
    row.intent === "(other)"
      ? h("span", null, row.intent)
      : h(
          "button",
          {
            type: "button",
            class: "link clip",
            title: row.intent,
            "data-key": `intent ${row.intent}`,
            on: { click: open },
          },
          row.intent,
        );
  return [label, why ? h("span", { class: "badge bad" }, icon("warning"), why) : null];
}

/** @param {Row} row */
function trend(row) {
  if (row.before === null) return words().none;
  if (row.before === 0) return h("span", { class: "quiet" }, words().new);
  const change = ((row.triggers - row.before) / row.before) * 100;
  const way = Math.abs(change) < 0.5 ? "same" : change > 0 ? "up" : "down";
  return h(
    "span",
    { class: "change plain", title: words().before(format.number(row.before)) },
    icon(way),
    h("span", { class: "visually-hidden" }, words().change[way]),
    format.signedPercent(change),
  );
}

/** What did not succeed can be read. @param {Row} row */
function success(row) {
  const text = format.share(row.success, row.triggers);
  if (row.failures === 0 || row.intent === "(other)") return text;
  const title = `${words().missed}: ${words().conversations(row.failures)}`;
  const open = () => openSessions({ by: "exchange", intent: row.intent, understood: "false" });
  return h(
    "button",
    { type: "button", class: "link", title, "data-key": `failures ${row.intent}`, on: { click: open } },
    text,
  );
}
