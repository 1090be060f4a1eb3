// What fired, was told and was resolved.

import { get } from "../dashboard/api.js";
import { h } from "../dashboard/dom.js";
import { format } from "../dashboard/format.js";
import { badge, nothing, row } from "../access/rows.js";
import { shower } from "./metrics.js";
import { say } from "./say.js";

/** @typedef {{ entries: AlertHappened[], rules: Map<string, AlertRule> }} Data */

/** @type {import("../access/views.js").View<Data>} */
export const history = {
  load: async () => {
    const [{ entries }, { alerts }] = await Promise.all([get("alerts/history", { limit: "200" }), get("alerts")]);
    return { entries, rules: new Map(alerts.map((/** @type {AlertRow} */ { id, rule }) => [id, rule])) };
  },
  help: () => say().historyHelp,
  draw: ({ entries, rules }) => [
    entries.length === 0 ? nothing(say().noHistory, say().noHistoryText) : null,
    h(
      "ol",
      { class: "rows record" },
      entries.map((entry, place) => entryRow(entry, rules.get(entry.id), place)),
    ),
  ],
};

/** A value with its unit; of a rule that is gone no one knows it. @param {number} value @param {AlertRule | undefined} rule */
function shown(value, rule) {
  return rule ? shower(rule.metric, rule.condition)(value) : format.decimal(value);
}

/** @param {AlertHappened} entry @param {AlertRule | undefined} rule @param {number} place */
function entryRow({ time, name, bot, severity, what, value, why }, rule, place) {
  const tones = /** @type {const} */ ({ fired: "bad", reminder: "bad", resolved: "good", acknowledged: "" });
  const because =
    why === null
      ? null
      : what === "acknowledged"
        ? say().takenBy(why)
        : (say().whys[/** @type {keyof ReturnType<typeof say>["whys"]} */ (why)] ?? why);
  return row({
    key: String(place),
    name,
    badges: [
      badge(say().happened[what], tones[what]),
      severity === "critical" ? badge(say().severities.critical, "strong") : null,
    ],
    facts: [
      format.momentLong(time),
      bot ?? "NovaHouse",
      value === null ? null : say().valueWas(shown(value, rule)),
      because,
    ],
  });
}
