// What can be watched: how it is counted, by what it may be narrowed, and how its values are shown. As the server has it.

import { format } from "../dashboard/format.js";

/** @typedef {{ span: "days" | "hours" | "month" | "now", narrowed?: "intent" | "endpoint", unit: "count" | "percent" | "ms" | "usd" | "mb" }} Metric */

/** @type {Record<AlertMetric, Metric>} */
export const METRICS = {
  response_p95_ms: { span: "hours", narrowed: "endpoint", unit: "ms" },
  response_p50_ms: { span: "hours", narrowed: "endpoint", unit: "ms" },
  response_p99_ms: { span: "hours", narrowed: "endpoint", unit: "ms" },
  error_rate_percent: { span: "hours", narrowed: "endpoint", unit: "percent" },
  requests: { span: "hours", narrowed: "endpoint", unit: "count" },
  conversations: { span: "days", narrowed: "intent", unit: "count" },
  not_understood_percent: { span: "days", narrowed: "intent", unit: "percent" },
  negative_percent: { span: "days", unit: "percent" },
  satisfaction_percent: { span: "days", unit: "percent" },
  sessions: { span: "days", unit: "count" },
  users: { span: "days", unit: "count" },
  leads: { span: "days", unit: "count" },
  conversion_percent: { span: "days", unit: "percent" },
  cost_usd: { span: "days", unit: "usd" },
  budget_used_percent: { span: "month", unit: "percent" },
  reply_avg_ms: { span: "days", unit: "ms" },
  reply_p50_ms: { span: "days", unit: "ms" },
  reply_p95_ms: { span: "days", unit: "ms" },
  reply_p99_ms: { span: "days", unit: "ms" },
  queue_used_percent: { span: "now", unit: "percent" },
  disk_free_mb: { span: "now", unit: "mb" },
  failing_checks: { span: "now", unit: "count" },
};

/** @type {Record<string, AlertMetric[]>} */
export const GROUPS = {
  service: ["response_p95_ms", "response_p50_ms", "response_p99_ms", "error_rate_percent", "requests"],
  talk: ["conversations", "not_understood_percent", "negative_percent", "satisfaction_percent", "sessions", "users"],
  replies: ["reply_p95_ms", "reply_p50_ms", "reply_p99_ms", "reply_avg_ms"],
  business: ["leads", "conversion_percent", "cost_usd", "budget_used_percent"],
  own: ["disk_free_mb", "queue_used_percent", "failing_checks"],
};

/** The conditions that a metric can be held against. @param {AlertMetric} metric @returns {AlertCondition[]} */
export function conditionsOf(metric) {
  const { span } = METRICS[metric];
  if (span === "month") return ["above"];
  if (span === "now") return ["above", "below"];
  return ["above", "below", "rises_by", "falls_by", "no_data"];
}

/** How what is held against the threshold is shown. @param {AlertMetric} metric @param {AlertCondition} condition */
export function shower(metric, condition) {
  if (condition === "rises_by" || condition === "falls_by") return format.signedPercent;
  if (condition === "no_data") return format.number;
  const { unit } = METRICS[metric];
  switch (unit) {
    case "percent":
      return format.percent;
    case "ms":
      return format.ms;
    case "usd":
      return format.money;
    case "mb":
      return (/** @type {number} */ value) => `${format.number(Math.round(value))} MB`;
    case "count":
      return format.number;
  }
}

/** The unit in which a threshold is typed. @param {AlertMetric} metric @param {AlertCondition} condition */
export function unitOf(metric, condition) {
  if (condition === "rises_by" || condition === "falls_by") return "%";
  return { percent: "%", ms: "ms", usd: "USD", mb: "MB", count: "" }[METRICS[metric].unit];
}
