// Who is new, and who comes again, day by day.

import { Chart } from "../../dashboard/charts.js";
import { h, replace } from "../../dashboard/dom.js";
import { format } from "../../dashboard/format.js";
import { words } from "../../dashboard/i18n.js";
import { openSessions } from "../../dashboard/open.js";
import { Panel } from "../../dashboard/panel.js";
import { asFilter, spansOf, ticks, titles } from "../../dashboard/spans.js";
import { say } from "../say.js";
import { cohortsAsked, period } from "./cohorts.js";

/** @typedef {Cohorts["returning"]} Returning */

/** @param {() => void} again */
export function returningPanel(again) {
  const chart = new Chart("tall");
  const figures = h("dl", { class: "small-figures" });
  const legend = h("div", { class: "legend" });
  /** @type {import("../../dashboard/panel.js").Spec<Returning>} */
  const spec = {
    id: "returning",
    heading: () => say().returningHeading,
    help: () => say().returningHelp,
    load: async (round) => {
      /** @type {Cohorts} */
      const { returning } = await round.now("cohorts", cohortsAsked(round));
      return returning;
    },
    about: period,
    body: h("div", { class: "stack" }, figures, chart.element, legend),
    chart,
    isEmpty: (data) => data.users === 0,
    draw: (data) => {
      const figure = (/** @type {string} */ name, /** @type {string} */ value) =>
        h("div", null, h("dt", null, name), h("dd", null, value));
      replace(
        figures,
        figure(say().newUsers, format.number(data.new_users)),
        figure(say().returningShare, format.number(data.returning_users)),
        figure(words().share, format.percent(data.returning_percent)),
      );
      const drawn = plot(data);
      chart.show(drawn);
      replace(legend, drawn.series.map(key));
    },
    table: (data) => ({
      name: "returning",
      keys: ["day", "new_users", "returning_users"],
      show: [format.dayInTable],
      head: [words().day, say().newUsers, say().returningUsers],
      rows: data.by_day.map((day) => [day.date, day.new_users, day.returning_users]),
    }),
    pick: (row, data) => {
      const day = data.by_day[row];
      if (day) openSessions({ by: "exchange", day: day.date });
    },
  };
  return new Panel(spec, again);
}

/** @param {import("../../dashboard/charts.js").Series} series */
function key({ name, colour }) {
  const mark = h("span", { class: "mark", style: { background: `var(--${colour})` } });
  return h("span", { class: "legend-item" }, mark, name);
}

/** @param {Returning} data @returns {import("../../dashboard/charts.js").Plot} */
function plot(data) {
  // People of a week are not the sum of those of its days.
  const spans = spansOf(
    data.by_day.map((day) => day.date),
    true,
  );
  return {
    label: `${say().returningHeading}. ${words().chartHint}`,
    titles: titles(spans),
    ticks: ticks(spans, data.by_day.length),
    series: [
      {
        name: say().returningUsers,
        kind: "bar",
        stack: "all",
        values: data.by_day.map((day) => day.returning_users),
        colour: "accent",
      },
      {
        name: say().newUsers,
        kind: "bar",
        stack: "all",
        values: data.by_day.map((day) => day.new_users),
        colour: "heat-2",
      },
    ],
    format: format.number,
    axis: format.compact,
    whole: true,
    unit: say().people,
    pick: (place) => openSessions({ by: "exchange", day: asFilter(spans[place]) }),
  };
}
