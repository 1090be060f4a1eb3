// The leads one by one: under what they add up to, and for those who may see nothing but them.

import { get } from "../api.js";
import { h, replace } from "../dom.js";
import { format } from "../format.js";
import { words } from "../i18n.js";
import { openSession } from "../open.js";
import { Panel } from "../panel.js";
import { pagerOf } from "../table.js";

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

/** All of them, to take away. @param {import("../api.js").Round} round @returns {Promise<Table>} */
export async function everyLead(round) {
  return { name: "leads", head: [], keys: LEAD_KEYS, rows: (await allLeads(round)).map(lineOf) };
}

export class LeadList {
  #page = 0;
  #of = "";

  /** @param {() => void} again */
  constructor(again) {
    this.again = again;
    this.table = h("div", { class: "scroll", tabindex: "0", role: "group" });
    this.pager = h("div", { class: "pager" });
  }

  /** @param {import("../api.js").Round} round @returns {Promise<LeadPage>} */
  load(round) {
    const { from, to } = round.range;
    const of = `${round.bot} ${from} ${to}`;
    if (this.#of !== of) this.#page = 0;
    this.#of = of;
    const offset = String(this.#page * PER_PAGE);
    const params = { bot: round.bot, from, to, limit: String(PER_PAGE), offset };
    return round.once("leads", () => get("leads", params), params);
  }

  /** @param {LeadPage} page */
  draw(page) {
    this.table.setAttribute("aria-label", words().leadsHeading);
    replace(this.table, tableOf(page.leads));
    const turn = (/** @type {number} */ to) => {
      this.#page = to;
      this.again();
    };
    replace(this.pager, page.total > PER_PAGE ? pagerOf(this.#page, PER_PAGE, page.total, turn) : null);
  }
}

/** @param {() => void} again */
export function leadListPanel(again) {
  const list = new LeadList(again);
  /** @type {import("../panel.js").Spec<LeadPage>} */
  const spec = {
    id: "leads",
    heading: () => words().leadsHeading,
    help: () => words().leadsHelp,
    load: (round) => list.load(round),
    body: h("div", { class: "stack" }, list.table, list.pager),
    isEmpty: (page) => page.total === 0,
    draw: (page) => list.draw(page),
    table: (page) => ({ name: "leads", head: [], keys: LEAD_KEYS, rows: page.leads.map(lineOf) }),
    whole: (_, round) => everyLead(round),
  };
  return new Panel(spec, again);
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
