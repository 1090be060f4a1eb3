// When people talk: a calendar week.

import { h, replace } from "../dom.js";
import { format } from "../format.js";
import { words } from "../i18n.js";
import { opening } from "../open.js";
import { Panel } from "../panel.js";
import { weekGrid, weekLegend } from "../week.js";

/** @param {() => void} again */
export function heatmapPanel(again) {
  const body = h("div", { class: "stack" });
  const say = (/** @type {number} */ count) => words().conversations(count);
  const busiest = (/** @type {string} */ when, /** @type {number} */ count) => words().busiest(when, say(count));
  const pick = (/** @type {number} */ place) => opening("hour_of_week")(String(place));
  /** @type {import("../panel.js").Spec<Conversations>} */
  const spec = {
    id: "heatmap",
    heading: () => words().heatmapHeading,
    help: () => words().heatmapHelp,
    load: (round) => round.now("conversations", { fill: "true" }),
    body,
    isEmpty: (data) => data.total_analyzed === 0,
    draw: ({ by_hour_of_week: week }) =>
      replace(body, weekGrid(week, { caption: words().heatmapHelp, say, pick }), weekLegend(week, busiest)),
    table: (data) => ({
      name: "hours",
      head: [words().hour, ...data.by_hour_of_week.map((_, day) => format.weekday(day))],
      keys: ["hour", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"],
      rows: Array.from({ length: 24 }, (_, hour) => [
        format.hour(hour),
        ...data.by_hour_of_week.map((day) => day[hour] ?? 0),
      ]),
    }),
  };
  return new Panel(spec, again);
}
