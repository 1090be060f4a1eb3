// What stands below a chart's axis of days.

import { format } from "./format.js";

/** Up to here single days are named, beyond it the months. */
const DAYS_NAMED_MAX = 92;

/** @param {string[]} days @returns {string[]} a text for each; an empty one has no label */
export function dayTicks(days) {
  if (days.length <= DAYS_NAMED_MAX) return days.map(format.dayShort);
  const every = Math.ceil(days.length / 30 / 14);
  let months = 0;
  return days.map((day) => {
    if (!day.endsWith("-01")) return "";
    months += 1;
    return (months - 1) % every === 0 ? format.month(day) : "";
  });
}
