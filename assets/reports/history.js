// What was sent, and what became of it.

import { get } from "../dashboard/api.js";
import { h } from "../dashboard/dom.js";
import { format } from "../dashboard/format.js";
import { badge, nothing, row } from "../access/rows.js";
import { periodName } from "./period.js";
import { say } from "./say.js";

const EVERY_MS = 10_000;

/** @type {import("../access/views.js").View<ReportSent[]>} */
export const history = {
  everyMs: () => EVERY_MS,
  load: async () => (await get("reports/history", { limit: "200" })).entries,
  help: () => say().historyHelp,
  draw: (entries) => [
    entries.length === 0 ? nothing(say().noHistory, say().noHistoryText) : null,
    h("ol", { class: "rows record" }, entries.map(entryRow)),
  ],
};

/** @param {ReportSent} entry @param {number} place */
function entryRow({ time, name, bot, period, why, left_out, by, recipients, sent, waiting, given_up, trouble }, place) {
  return row({
    key: String(place),
    name,
    badges: [
      badge(periodName(period)),
      given_up > 0 ? badge(say().notTaken(given_up), "bad") : null,
      waiting > 0 ? badge(say().waiting(waiting)) : null,
      given_up + waiting === 0 && sent > 0 ? badge(say().sent, "good") : null,
    ],
    facts: [
      format.momentLong(time),
      bot,
      say().to(say().addresses(recipients)),
      why === "asked" ? say().askedBy(by ?? "") : why === "late" ? say().late : null,
      left_out > 0 ? say().leftOut(left_out) : null,
      trouble,
    ],
  });
}
