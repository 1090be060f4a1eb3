// Ranges of calendar days. A day is a text YYYY-MM-DD; what day it is, the server says in the bot's zone.

export const RANGES = /** @type {const} */ (["today", "yesterday", "7d", "28d", "90d", "12m", "month", "custom"]);
export const DEFAULT_RANGE = "7d";

/** As many days as the server answers for. */
const DAYS_MAX = 3650;
const DAY_MS = 86_400_000;

/** @param {string} day */
const toMs = (day) => Date.parse(`${day}T00:00:00Z`);

/** @param {string} day @param {number} days */
export function plus(day, days) {
  return new Date(toMs(day) + days * DAY_MS).toISOString().slice(0, 10);
}

/** @param {string} from @param {string} to both included */
export function daysBetween(from, to) {
  return Math.round((toMs(to) - toMs(from)) / DAY_MS) + 1;
}

/** From Monday on. @param {string} day */
export function weekdayOf(day) {
  return (new Date(toMs(day)).getUTCDay() + 6) % 7;
}

/** @param {string} text */
export function isDay(text) {
  return /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(toMs(text)) && plus(text, 0) === text;
}

/** @param {string} today @param {number} days @returns {Days} */
const last = (today, days) => ({ from: plus(today, 1 - days), to: today });

/** @param {string} range @param {string} today @param {Days} custom @returns {Days} */
function ends(range, today, custom) {
  switch (range) {
    case "today":
      return { from: today, to: today };
    case "yesterday":
      return { from: plus(today, -1), to: plus(today, -1) };
    case "28d":
      return last(today, 28);
    case "90d":
      return last(today, 90);
    case "12m":
      return last(today, 365);
    case "month":
      return { from: `${today.slice(0, 8)}01`, to: today };
    case "custom":
      return isSound(custom) ? custom : last(today, 7);
    default:
      return last(today, 7);
  }
}

/** @param {Days} days */
export function isSound({ from, to }) {
  return isDay(from) && isDay(to) && from <= to && daysBetween(from, to) <= DAYS_MAX;
}

/** @param {Pick<State, "range" | "from" | "to">} state @param {string} today @returns {DayRange} */
export function rangeOf(state, today) {
  const { from, to } = ends(state.range, today, state);
  const days = daysBetween(from, to);
  const byMonth = isMonth({ from, to }) || state.range === "month";
  return {
    from,
    to,
    days,
    previous: byMonth ? monthBefore({ from, to }) : { from: plus(from, -days), to: plus(from, -1) },
    unfinished: to >= today,
    // A morning is no less than the whole day before, and what has not come yet is not less than anything.
    comparable: to < today || (to === today && from < today),
    isToday: from === today && to === today,
    byMonth,
  };
}

/** The last day of the month of a day. @param {string} day */
function endOfMonth(day) {
  return plus(`${plus(`${day.slice(0, 8)}28`, 4).slice(0, 8)}01`, -1);
}

/** @param {Days} days */
function isMonth({ from, to }) {
  return from.endsWith("-01") && to === endOfMonth(from);
}

/** The month before; of a month that goes on, as many days of it. @param {Days} days @returns {Days} */
function monthBefore({ from, to }) {
  const end = plus(from, -1);
  const same = `${end.slice(0, 8)}${to.slice(8)}`;
  return { from: `${end.slice(0, 8)}01`, to: to === endOfMonth(to) || same > end ? end : same };
}

/**
 * The range of the same length before (-1) or after (+1); of a calendar month, the month.
 * @param {DayRange} range @param {number} step @returns {Days}
 */
export function moved(range, step) {
  if (range.byMonth) {
    const first = step < 0 ? monthBefore(range).from : plus(endOfMonth(range.from), 1);
    return { from: first, to: endOfMonth(first) };
  }
  return { from: plus(range.from, step * range.days), to: plus(range.to, step * range.days) };
}

/** @param {string} from @param {string} to @returns {string[]} */
export function eachDay(from, to) {
  return Array.from({ length: daysBetween(from, to) }, (_, place) => plus(from, place));
}
