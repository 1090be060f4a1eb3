// A calendar week as a heat map: days across and hours down.

import { h } from "./dom.js";
import { hourName } from "./filters.js";
import { format } from "./format.js";
import { words } from "./i18n.js";

const LEVELS = 6;

/**
 * @typedef {(number | null)[][]} Week seven days of 24 hours, from Monday
 * @typedef {{ caption: string, say: (value: number) => string, pick?: ((place: number) => void) | undefined }} About
 */

/** @param {Week} week */
const known = (week) => week.flat().filter((value) => value !== null);

/**
 * Where the scale ends: a few hours of extremes do not make all others alike.
 * @param {Week} week
 */
function scaleEnd(week) {
  const sorted = known(week).sort((one, other) => one - other);
  const end = sorted[Math.floor(sorted.length * 0.97)] ?? 0;
  return end > 0 ? end : Math.max(1, sorted.at(-1) ?? 1);
}

/** How warm a value is. @param {number} value @param {number} end where the scale ends */
export function level(value, end) {
  return value <= 0 ? 0 : Math.min(LEVELS - 1, Math.ceil((value / end) * (LEVELS - 1)));
}

/** @param {Week} week @param {About} about */
export function weekGrid(week, about) {
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
      week.map((day, place) => cell(day[hour] ?? null, end, place * 24 + hour, about)),
    );
  });
  return h(
    "table",
    { class: "heatmap" },
    h("caption", { class: "visually-hidden" }, about.caption),
    h("thead", null, head),
    h("tbody", null, rows),
  );
}

/** @param {number | null} value @param {number} end @param {number} place the hour of the week @param {About} about */
function cell(value, end, place, { say, pick }) {
  const title = `${hourName(place)}: ${value === null ? words().none : say(value)}`;
  // One stop for the keyboard in all; arrow keys go on from there.
  const attributes = {
    "aria-label": title,
    "data-key": `hour ${place}`,
    "data-hour": place,
    tabindex: place === 0 ? "0" : "-1",
  };
  const inside = pick
    ? h("button", { type: "button", ...attributes, on: { click: () => pick(place), keydown: move } })
    : h("span", { role: "img", ...attributes, on: { keydown: move } });
  return h("td", { class: value === null ? "heat unknown" : `heat level-${level(value, end)}`, title }, inside);
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

/**
 * Which hour stands out, and what the colours say.
 * @param {Week} week @param {(when: string, value: number) => string} highestOf
 */
export function weekLegend(week, highestOf) {
  const highest = Math.max(0, ...known(week));
  const day = week.findIndex((hours) => hours.includes(highest));
  const place = day * 24 + (week[day]?.indexOf(highest) ?? 0);
  const most = highest > 0 ? highestOf(hourName(place), highest) : "";
  const scale = Array.from({ length: LEVELS }, (_, step) => h("span", { class: `heat level-${step}` }));
  return h(
    "div",
    { class: "chart-foot" },
    h("span", { class: "quiet" }, most),
    h("span", { class: "scale" }, words().few, scale, words().many),
  );
}
