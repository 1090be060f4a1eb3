// What stands along a chart's axis of days: the days themselves or, where there are too many to tell apart, as many
// together as a week or four have. Counted back from the last day, so that only the oldest span may be short, and so that
// the period before falls into the same spans.

import { format } from "./format.js";

const DAYS_APART_MAX = 120;
const WEEKS_MAX = 800;
/** Up to here single days are named, then months, then years. */
const DAYS_NAMED_MAX = 92;
const MONTHS_NAMED_MAX = 1100;

/** @typedef {Days & { first: number, last: number }} Span places of the first and the last day, and their dates */

/** @param {string[]} days in order @param {boolean} [apart] always day by day @returns {Span[]} */
export function spansOf(days, apart = false) {
  const step = apart || days.length <= DAYS_APART_MAX ? 1 : days.length <= WEEKS_MAX ? 7 : 28;
  /** @type {Span[]} */
  const spans = [];
  for (let last = days.length - 1; last >= 0; last -= step) {
    const first = Math.max(0, last - step + 1);
    spans.push({ first, last, from: days[first] ?? "", to: days[last] ?? "" });
  }
  return spans.reverse();
}

/** What adds up. @param {Span[]} spans @param {(number | null)[]} values one a day */
export function sums(spans, values) {
  return spans.map(({ first, last }) => {
    const known = values.slice(first, last + 1).filter((value) => value !== null);
    return known.length > 0 ? known.reduce((sum, value) => sum + value, 0) : null;
  });
}

/** @param {Span[]} spans */
export function titles(spans) {
  return spans.map(({ from, to }) => (from === to ? format.dayLong(from) : format.days({ from, to })));
}

/** A text for each span; an empty one has no label. @param {Span[]} spans @param {number} days */
export function ticks(spans, days) {
  if (days <= DAYS_NAMED_MAX) return spans.map(({ from }) => format.dayShort(from));
  const months = days <= MONTHS_NAMED_MAX;
  const every = Math.ceil(days / 30 / 14);
  return spans.map(({ from, to }) => {
    // The first of a month that lies in the span.
    const begun = from.endsWith("-01") ? from : to.slice(0, 7) > from.slice(0, 7) ? `${to.slice(0, 8)}01` : "";
    if (!begun) return "";
    const month = Number(begun.slice(5, 7)) - 1;
    if (months) return month % every === 0 ? format.month(begun) : "";
    return month === 0 ? begun.slice(0, 4) : "";
  });
}

/** The filter for the sessions of a span. @param {Span | undefined} span */
export function asFilter(span) {
  if (!span) return "";
  return span.from === span.to ? span.from : `${span.from}..${span.to}`;
}
