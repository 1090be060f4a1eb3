// Who came, with what, from where, and what they did.

import { h, replace } from "../dom.js";
import { format } from "../format.js";
import { words } from "../i18n.js";
import { opening } from "../open.js";
import { Panel } from "../panel.js";
import { go, state } from "../state.js";
import { ranked } from "../table.js";

/** @typedef {{ name: string, count: number, title?: string }[]} Rows */
/** @typedef {keyof ReturnType<typeof words>["tabs"]} Tab */
/** @typedef {Engagement & { tab: string }} Data */

/** A further list is one more entry. @type {Record<Tab, (data: Engagement) => Rows>} */
const LISTS = {
  device: (data) =>
    data.device_distribution.map((row) => ({
      name: row.device,
      count: row.count,
      title: words().deviceName(row.device),
    })),
  browser: (data) => data.browser_distribution.map((row) => ({ name: row.browser, count: row.count })),
  referrer: (data) =>
    data.referrers.map((row) => ({ name: row.referrer, count: row.count, title: shortAddress(row.referrer) })),
  page: (data) => data.top_pages.map((row) => ({ name: row.page, count: row.count })),
  conversion: (data) => data.conversion_events.map((row) => ({ name: row.event, count: row.count })),
};

/** @returns {Tab} */
function chosenTab() {
  const { tab } = state();
  return tab in LISTS ? /** @type {Tab} */ (tab) : "device";
}

/** @param {() => void} again */
export function engagementPanel(again) {
  const tabs = h("div", { class: "tabs", role: "tablist" });
  const list = h("div", { role: "tabpanel", id: "engagement-list", "aria-labelledby": "engagement-title" });
  const averages = h("dl", { class: "small-figures" });
  const body = h("div", { class: "stack" }, averages, tabs, list);
  /** @type {import("../panel.js").Spec<Data>} */
  const spec = {
    id: "engagement",
    heading: () => words().engagementHeading,
    help: () => words().engagementHelp,
    load: async (round) => ({ ...(await round.now("engagement")), tab: state().tab }),
    body,
    follows: true,
    isEmpty: (data) => data.total_sessions === 0 && data.top_pages.length === 0,
    draw: (data) => {
      tabs.setAttribute("aria-label", words().engagementHeading);
      replace(averages, averagesOf(data));
      replace(tabs, tabButtons());
      const rows = LISTS[chosenTab()](data);
      const pick = opening(chosenTab());
      replace(
        list,
        rows.length > 0
          ? ranked(rows, { label: words().tabs[chosenTab()], pick, ...wholeOf(chosenTab(), data) })
          : h("p", { class: "empty-note" }, words().nothing),
      );
    },
    table: (data) => ({
      name: chosenTab(),
      head: [words().tabs[chosenTab()], words().count],
      keys: [chosenTab(), chosenTab() === "page" ? "visits" : "sessions"],
      rows: LISTS[chosenTab()](data).map((row) => [row.name, row.count]),
    }),
    notes: (data) => [data.truncated && words().truncated],
  };
  return new Panel(spec, again);
}

/** What shares are of: all sessions, also those of which it is not known. @param {Tab} tab @param {Engagement} data */
function wholeOf(tab, data) {
  if (tab === "page") return {};
  const rest = { device: words().unknown, browser: words().unknown, referrer: words().direct, conversion: undefined }[
    tab
  ];
  return { total: data.total_sessions, rest };
}

/** @param {Engagement} data */
function averagesOf({ total_sessions, averages }) {
  const { averages: all } = words();
  /** @type {[string, string][]} */
  const figures = [
    [all.sessions, format.number(total_sessions)],
    [all.messages, format.decimal(averages.messages_per_session)],
    [all.duration, format.duration(averages.session_duration_seconds)],
  ];
  return figures.map(([name, value]) => h("div", null, h("dt", null, name), h("dd", null, value)));
}

function tabButtons() {
  const names = /** @type {Tab[]} */ (Object.keys(LISTS));
  /** @param {KeyboardEvent} event @param {number} at */
  const move = (event, at) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const next = names[(at + step + names.length) % names.length] ?? "device";
    go({ tab: next }, { replace: true });
    document.querySelector(`[data-key="tab ${next}"]`)?.dispatchEvent(new Event("focus"));
    /** @type {HTMLElement | null} */ (document.querySelector(`[data-key="tab ${next}"]`))?.focus();
  };
  return names.map((name, at) => {
    const selected = name === chosenTab();
    return h(
      "button",
      {
        type: "button",
        class: "tab",
        role: "tab",
        "data-key": `tab ${name}`,
        "aria-selected": String(selected),
        "aria-controls": "engagement-list",
        tabindex: selected ? "0" : "-1",
        on: {
          click: () => go({ tab: name }, { replace: true }),
          keydown: (/** @type {KeyboardEvent} */ event) => move(event, at),
        },
      },
      words().tabs[name],
    );
  });
}

/** An address without what all of them have. @param {string} address */
function shortAddress(address) {
  return address.replace(/^https?:\/\/(www\.)?/, "").replace(/\/$/, "") || address;
}
