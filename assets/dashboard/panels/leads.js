// Who left contact data, and what they want.

import { Chart } from "../charts.js";
import { h, replace } from "../dom.js";
import { format } from "../format.js";
import { words } from "../i18n.js";
import { openSessions, opening } from "../open.js";
import { Panel } from "../panel.js";
import { ranked } from "../table.js";
import { LeadList, everyLead } from "./lead_list.js";
import { asFilter, spansOf, sums, ticks, titles } from "../spans.js";

/** @typedef {Leads & { list: LeadPage }} Data */

/** @param {() => void} again */
export function leadsPanel(again) {
  const chart = new Chart();
  const packages = h("div", { class: "stack" });
  const types = h("div", { class: "stack" });
  const list = new LeadList(again);
  const caption = h("h3");
  const body = h(
    "div",
    { class: "stack wide" },
    h("div", { class: "thirds" }, h("div", { class: "stack" }, caption, chart.element), packages, types),
    list.table,
    list.pager,
  );
  /** @type {import("../panel.js").Spec<Data>} */
  const spec = {
    id: "leads",
    heading: () => words().leadsHeading,
    help: () => words().leadsHelp,
    load: async (round) => {
      const [leads, some] = await Promise.all([round.now("leads", { fill: "true" }), list.load(round)]);
      return { ...leads, list: some };
    },
    body,
    chart,
    isEmpty: (data) => data.total_leads === 0,
    draw: (data) => {
      caption.textContent = words().leadsByDay;
      replace(
        packages,
        h("h3", null, words().packages),
        ranked(
          data.leads_by_package.map((row) => ({ name: row.package, count: row.count })),
          {
            label: words().packages,
            most: 5,
            pick: opening("package"),
            total: data.total_leads,
            rest: words().notSaid,
          },
        ),
      );
      replace(
        types,
        h("h3", null, words().propertyTypes),
        ranked(
          data.leads_by_property_type.map((row) => ({ name: row.property_type, count: row.count })),
          {
            label: words().propertyTypes,
            most: 5,
            pick: opening("property_type"),
            total: data.total_leads,
            rest: words().notSaid,
          },
        ),
      );
      list.draw(data.list);
      chart.show(plot(data));
    },
    pick: (row, data) => {
      const day = data.leads_by_day[row];
      if (day) openSessions({ by: "lead", day: day.date });
    },
    table: (data) => ({
      name: "leads-by-day",
      head: [words().day, words().leadsHeading],
      show: [format.dayInTable, format.number],
      rows: data.leads_by_day.map((day) => [day.date, day.count]),
    }),
    whole: (_, round) => everyLead(round),
  };
  return new Panel(spec, again);
}

/** @param {Data} data @returns {import("../charts.js").Plot} */
function plot(data) {
  const days = data.leads_by_day;
  const spans = spansOf(days.map((day) => day.date));
  const values = sums(
    spans,
    days.map((day) => day.count),
  );
  return {
    label: `${words().leadsHeading}: ${words().leadsByDay}. ${words().chartHint}`,
    titles: titles(spans),
    ticks: ticks(spans, days.length),
    series: [{ name: words().leadsHeading, values, colour: "accent", kind: "bar" }],
    format: format.number,
    axis: format.compact,
    whole: true,
    unit: words().figures.leads[1] ?? "",
    pick: (place) => openSessions({ by: "lead", day: asFilter(spans[place]) }),
  };
}
