// What fired, was told and was resolved.

import { get } from "../dashboard/api.js";
import { h } from "../dashboard/dom.js";
import { format } from "../dashboard/format.js";
import { badge, nothing, row } from "../access/rows.js";
import { say } from "./say.js";

/** @type {import("../access/views.js").View<AlertHappened[]>} */
export const history = {
  load: async () => (await get("alerts/history", { limit: "200" })).entries,
  help: () => say().historyHelp,
  draw: (entries) => [
    entries.length === 0 ? nothing(say().noHistory, say().noHistoryText) : null,
    h("ol", { class: "rows record" }, entries.map(entryRow)),
  ],
};

/** @param {AlertHappened} entry @param {number} place */
function entryRow({ time, name, bot, severity, what, value, why }, place) {
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
      value === null ? null : say().valueWas(format.decimal(value)),
      because,
    ],
  });
}
