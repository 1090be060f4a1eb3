// The hours of the week, by any figure.

import { h, replace } from "../../dashboard/dom.js";
import { format } from "../../dashboard/format.js";
import { openSessions } from "../../dashboard/open.js";
import { Panel } from "../../dashboard/panel.js";
import { go, state } from "../../dashboard/state.js";
import { weekGrid, weekLegend } from "../../dashboard/week.js";
import { words } from "../../dashboard/i18n.js";
import { choice } from "../choice.js";
import { say } from "../say.js";

/** The exchanges behind an hour, where there are such. @type {Record<string, Record<string, string>>} */
const BEHIND = {
  conversations: {},
  not_understood: { understood: "false" },
  not_understood_percent: { understood: "false" },
  negative: { sentiment: "negative" },
  negative_percent: { sentiment: "negative" },
};

/** @returns {keyof ReturnType<typeof say>["metrics"]} */
function metric() {
  const { hours } = state();
  return hours in say().metrics ? /** @type {keyof ReturnType<typeof say>["metrics"]} */ (hours) : "conversations";
}

/** How a figure is written. @param {string} name @returns {(value: number) => string} */
export function written(name) {
  if (name.endsWith("_percent")) return format.percent;
  if (name.endsWith("_usd")) return format.money;
  if (name.endsWith("_ms")) return format.ms;
  if (name.endsWith("_seconds")) return format.duration;
  return format.decimal;
}

/** @param {() => void} again */
export function hoursPanel(again) {
  const body = h("div", { class: "stack" });
  const metrics = choice({
    id: "hours-metric",
    label: () => say().metric,
    options: () => Object.entries(say().metrics).map(([value, text]) => ({ value, text })),
    chosen: metric,
    choose: (hours) => go({ hours }),
  });
  /** @type {import("../../dashboard/panel.js").Spec<HoursOfWeek>} */
  const spec = {
    id: "hours",
    heading: () => say().hoursHeading,
    help: () => say().hoursHelp,
    load: (round) => round.now("hours", { metric: metric() }),
    about: metric,
    controls: h("div", { class: "choices" }, metrics.element),
    choose: metrics.draw,
    body,
    isEmpty: (data) => !data.by_hour_of_week.flat().some((value) => value),
    draw: (data) => draw(body, data),
    table: (data) => ({
      name: `hours-${data.metric}`,
      head: [words().hour, ...data.by_hour_of_week.map((_, day) => format.weekday(day))],
      keys: ["hour", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"],
      rows: Array.from({ length: 24 }, (_, hour) => [
        format.hour(hour),
        ...data.by_hour_of_week.map((day) => day[hour] ?? null),
      ]),
    }),
    notes: (data) => [Boolean(data.total) && say().inAll(written(data.metric)(data.total ?? 0))],
  };
  return new Panel(spec, again);
}

/** @param {HTMLElement} body @param {HoursOfWeek} data */
function draw(body, data) {
  const write = written(data.metric);
  const name = say().metrics[metric()];
  const behind = BEHIND[data.metric];
  const pick =
    behind && ((/** @type {number} */ hour) => openSessions({ by: "exchange", hour_of_week: String(hour), ...behind }));
  const highest = (/** @type {string} */ when, /** @type {number} */ value) => say().highest(when, write(value));
  const caption = `${say().hoursHeading}: ${name}`;
  replace(
    body,
    weekGrid(data.by_hour_of_week, { caption, say: (value) => `${name} ${write(value)}`, pick }),
    weekLegend(data.by_hour_of_week, highest),
  );
}
