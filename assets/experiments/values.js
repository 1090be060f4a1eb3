// How the values of a metric are written.

import { format } from "../dashboard/format.js";

/** @param {ExperimentMetric} metric @returns {(value: number) => string} */
export function shower(metric) {
  switch (metric) {
    case "messages_per_session":
      return format.decimal;
    case "response_time_ms":
      return format.ms;
    case "cost_usd":
      return format.money;
    default:
      return (value) => format.percent(value * 100);
  }
}

/** How likely something is, in percent: of what is counted so far, nothing is certain. @param {number} value */
export function chance(value) {
  return format.percent(Math.min(99.99, Math.max(0.01, value)));
}

/** A lift in percent, which may be beyond all measure. @param {number} value */
export function signed(value) {
  return Math.abs(value) > 999 ? (value > 0 ? ">+999%" : "<−99%") : format.signedPercent(value);
}
