// Who left contact data, and what they want.

import { get } from "../api.js";
import { Chart } from "../charts.js";
import { h, replace } from "../dom.js";
import { format } from "../format.js";
import { words } from "../i18n.js";
import { openSession, openSessions, opening } from "../open.js";
import { Panel } from "../panel.js";
import { pagerOf, ranked } from "../table.js";
import { asFilter, spansOf, sums, ticks, titles } from "../spans.js";

/** @typedef {Leads & { list: LeadPage, offset: number }} Data */

const PER_PAGE = 10;
/** As many as the server gives at once. */
const AT_ONCE = 500;

const LEAD_KEYS = [
  "created_at_utc",
  "name",
  "email",
  "phone",
  "interested_package",
  "property_type",
  "property_size",
  "location",
  "additional_info",
  "session_id",
];

/** @param {Lead} lead */
const lineOf = (lead) => [
  lead.created_at,
  lead.name,
  lead.email,
  lead.phone,
  lead.interested_package,
  lead.property_type,
  lead.property_size,
  lead.location,
  lead.additional_info,
  lead.session_id,
];

/** Every lead of the range. @param {import("../api.js").Round} round @returns {Promise<Lead[]>} */
async function allLeads({ bot, range: { from, to } }) {
  /** @type {Map<string, Lead>} */
  const all = new Map();
  let total = 1;
  for (let offset = 0; offset < total; offset += AT_ONCE) {
    /** @type {LeadPage} */
    const page = await get("leads", { bot, from, to, limit: String(AT_ONCE), offset: String(offset) });
    // One that comes meanwhile moves the others along: some are met twice.
    for (const lead of page.leads) all.set(lead.id, lead);
    total = page.total;
  }
  return [...all.values()];
}

/** @param {() => void} again */
export function leadsPanel(again) {
  const chart = new Chart();
  const packages = h("div", { class: "stack" });
  const types = h("div", { class: "stack" });
  const list = h("div", { class: "scroll", tabindex: "0", role: "group" });
  const pager = h("div", { class: "pager" });
  const caption = h("h3");
  const body = h(
    "div",
    { class: "stack wide" },
    h("div", { class: "thirds" }, h("div", { class: "stack" }, caption, chart.element), packages, types),
    list,
    pager,
  );
  let page = 0;
  let panelRange = "";
  /** @type {import("../panel.js").Spec<Data>} */
  const spec = {
    id: "leads",
    heading: () => words().leadsHeading,
    help: () => words().leadsHelp,
    load: async (round) => {
      if (panelRange !== `${round.bot} ${round.range.from} ${round.range.to}`) page = 0;
      panelRange = `${round.bot} ${round.range.from} ${round.range.to}`;
      const offset = String(page * PER_PAGE);
      const params = { bot: round.bot, from: round.range.from, to: round.range.to, limit: String(PER_PAGE), offset };
      const [leads, some] = await Promise.all([
        round.now("leads", { fill: "true" }),
        round.once("leads", () => get("leads", params), params),
      ]);
      return { ...leads, list: some, offset: page * PER_PAGE };
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
      list.setAttribute("aria-label", words().leadsHeading);
      replace(list, tableOf(data.list.leads));
      replace(
        pager,
        data.list.total > PER_PAGE
          ? pagerOf(page, PER_PAGE, data.list.total, (to) => {
              page = to;
              again();
            })
          : null,
      );
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
    whole: async (_, round) => ({
      name: "leads",
      head: [],
      keys: LEAD_KEYS,
      rows: (await allLeads(round)).map(lineOf),
    }),
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

/** @param {Lead[]} leads */
function tableOf(leads) {
  const head = [words().when, words().name, words().contact, words().package, words().property, words().location];
  const rows = leads.map((lead) => {
    const open = () => openSession(lead.session_id);
    const property = [lead.property_type, lead.property_size && `${lead.property_size} m²`].filter(Boolean).join(", ");
    return h(
      "tr",
      null,
      h("td", { class: "quiet nowrap" }, format.moment(lead.created_at)),
      h(
        "th",
        { scope: "row" },
        h(
          "button",
          { type: "button", class: "link clip", "data-key": `lead ${lead.id}`, on: { click: open } },
          lead.name ?? words().unnamed,
        ),
      ),
      h(
        "td",
        null,
        [lead.email, lead.phone].filter((text) => text !== null).map((text) => h("div", { class: "clip" }, text)),
      ),
      h("td", null, lead.interested_package ?? words().none),
      h("td", null, property || words().none),
      h("td", null, lead.location ?? words().none),
    );
  });
  return h(
    "table",
    { class: "leads" },
    h(
      "thead",
      null,
      h(
        "tr",
        null,
        head.map((name) => h("th", { scope: "col" }, name)),
      ),
    ),
    h("tbody", null, rows),
  );
}
