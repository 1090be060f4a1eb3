// How the values of a metric are written.

import { format } from "../dashboard/format.js";
import { words } from "../dashboard/i18n.js";

/** What is no share. @type {Partial<Record<ExperimentMetric, (value: number) => string>>} */
const AMOUNTS = {
  messages_per_session: (value) => format.decimal(value),
  response_time_ms: (value) => format.ms(value),
  cost_usd: (value) => format.money(value),
};

/** @param {ExperimentMetric} metric @returns {(value: number) => string} */
export function shower(metric) {
  return AMOUNTS[metric] ?? ((value) => format.percent(value * 100));
}

/** How differences of it are written; shares differ by points. @param {ExperimentMetric} metric @returns {(value: number) => string} */
export function differenceShower(metric) {
  const show = AMOUNTS[metric];
  if (!show) return (value) => `${format.signed(value * 100)} ${words().points}`;
  return (value) => `${value > 0 ? "+" : value < 0 ? "−" : ""}${show(Math.abs(value))}`;
}

/** How likely something is, in percent: of what is counted so far, nothing is certain. @param {number} value */
export function chance(value) {
  return format.percent(Math.min(99.99, Math.max(0.01, value)));
}

/** A lift in percent, which may be beyond all measure. @param {number} value */
export function signed(value) {
  return Math.abs(value) > 999 ? (value > 0 ? ">+999%" : "<−99%") : format.signedPercent(value);
}
