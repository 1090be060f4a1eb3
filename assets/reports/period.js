// The period of a report, as people say it.

import { format } from "../dashboard/format.js";

const DAY_MS = 86_400_000;

/** @param {string} period a day, a week or a month: 2026-11-27, 2026-W48, 2026-11 */
export function periodName(period) {
  const [, year, week] = /^(\d{4})-W(\d{2})$/.exec(period) ?? [];
  if (year && week) return format.days(weekOf(Number(year), Number(week)));
  return /^\d{4}-\d{2}$/.test(period) ? format.monthLong(`${period}-01`) : format.dayInTable(period);
}

/** The first week of a year is the one with 4 January in it. @param {number} year @param {number} week @returns {Days} */
function weekOf(year, week) {
  const fourth = Date.UTC(year, 0, 4);
  const sinceMonday = (new Date(fourth).getUTCDay() + 6) % 7;
  const monday = fourth + ((week - 1) * 7 - sinceMonday) * DAY_MS;
  return { from: dayOf(monday), to: dayOf(monday + 6 * DAY_MS) };
}

/** @param {number} ms */
function dayOf(ms) {
  return new Date(ms).toISOString().slice(0, 10);
}
