// When people talk: a calendar week, days across and hours down.

import { h, replace } from "../dom.js";
import { hourName } from "../filters.js";
import { format } from "../format.js";
import { words } from "../i18n.js";
import { opening } from "../open.js";
import { Panel } from "../panel.js";

const LEVELS = 6;

/** @param {() => void} again */
export function heatmapPanel(again) {
  const body = h("div", { class: "stack" });
  /** @type {import("../panel.js").Spec<Conversations>} */
  const spec = {
    id: "heatmap",
    heading: () => words().heatmapHeading,
    help: () => words().heatmapHelp,
    load: (round) => round.now("conversations", { fill: "true" }),
    body,
    isEmpty: (data) => data.total_analyzed === 0,
    draw: (data) => replace(body, grid(data.by_hour_of_week), legend(data.by_hour_of_week)),
    table: (data) => ({
      name: "hours",
      head: [words().hour, ...data.by_hour_of_week.map((_, day) => format.weekday(day))],
      keys: ["hour", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"],
      rows: Array.from({ length: 24 }, (_, hour) => [
        format.hour(hour),
        ...data.by_hour_of_week.map((day) => day[hour] ?? 0),
      ]),
    }),
  };
  return new Panel(spec, again);
}

/** @param {number[][]} week */
const highestOf = (week) => Math.max(1, ...week.flat());

/**
 * Where the scale ends: a few hours of extremes do not make all others alike.
 * @param {number[][]} week
 */
function scaleEnd(week) {
  const sorted = week.flat().sort((one, other) => one - other);
  return Math.max(1, sorted[Math.floor(sorted.length * 0.97)] ?? 1);
}

/** @param {number[][]} week */
function grid(week) {
  const end = scaleEnd(week);
  const head = h(
    "tr",
    null,
    h("td", null),
    week.map((_, day) => h("th", { scope: "col" }, format.weekday(day))),
  );
  const rows = Array.from({ length: 24 }, (_, hour) => {
    const label = hour % 3 === 0 ? format.hour(hour) : "";
    const name = h("th", { scope: "row" }, label || h("span", { class: "visually-hidden" }, format.hour(hour)));
    return h(
      "tr",
      null,
      name,
      week.map((day, place) => cell(day[hour] ?? 0, end, place, hour)),
    );
  });
  return h(
    "table",
    { class: "heatmap" },
    h("caption", { class: "visually-hidden" }, words().heatmapHelp),
    h("thead", null, head),
    h("tbody", null, rows),
  );
}

/** @param {number} count @param {number} end @param {number} day @param {number} hour */
function cell(count, end, day, hour) {
  const level = count === 0 ? 0 : Math.min(LEVELS - 1, Math.ceil((count / end) * (LEVELS - 1)));
  const place = day * 24 + hour;
  const title = `${hourName(place)}: ${words().conversations(count)}`;
  // One stop for the keyboard in all; arrow keys go on from there.
  const button = h("button", {
    type: "button",
    "aria-label": title,
    "data-key": `hour ${place}`,
    "data-hour": place,
    tabindex: place === 0 ? "0" : "-1",
    on: { click: () => opening("hour_of_week")(String(place)), keydown: move },
  });
  return h("td", { class: `heat level-${level}`, title }, button);
}

/** @param {KeyboardEvent} event */
function move(event) {
  const from = /** @type {HTMLElement} */ (event.currentTarget);
  const step = { ArrowUp: -1, ArrowDown: 1, ArrowLeft: -24, ArrowRight: 24 }[event.key];
  if (step === undefined) return;
  event.preventDefault();
  const to = from.closest("table")?.querySelector(`[data-hour="${Number(from.dataset["hour"]) + step}"]`);
  if (!(to instanceof HTMLElement)) return;
  from.tabIndex = -1;
  to.tabIndex = 0;
  to.focus();
}

/** @param {number[][]} week */
function legend(week) {
  const highest = highestOf(week);
  const day = week.findIndex((hours) => hours.includes(highest));
  const busiest =
    day < 0
      ? ""
      : words().busiest(hourName(day * 24 + (week[day]?.indexOf(highest) ?? 0)), words().conversations(highest));
  const scale = Array.from({ length: LEVELS }, (_, level) => h("span", { class: `heat level-${level}` }));
  return h(
    "div",
    { class: "chart-foot" },
    h("span", { class: "quiet" }, busiest),
    h("span", { class: "scale" }, words().few, scale, words().many),
  );
}
