// A button that opens a short list of actions.

import { h, icon } from "./dom.js";
import { csv, json, save, textFile } from "./download.js";
import { words } from "./i18n.js";

/**
 * @param {string} label
 * @param {() => (HTMLElement | false)[]} entries asked for when the menu opens
 * @param {Node[]} [face] what its button shows
 */
export function menu(label, entries, face) {
  const list = h("div", { class: "menu-list" });
  const shape = face ? "button ghost" : "button ghost square";
  const summary = h("summary", { class: shape, "aria-label": label, title: label }, face ?? icon("more"));
  const details = h("details", { class: "menu", "data-no-print": true }, summary, list);
  details.addEventListener("toggle", () => {
    if (details.open) list.replaceChildren(...entries().filter((entry) => entry !== false));
  });
  details.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !details.open) return;
    event.stopPropagation();
    details.open = false;
    summary.focus();
  });
  return details;
}

/** @param {string} label @param {() => void} run @param {boolean} [pressed] */
export function entry(label, run, pressed) {
  const act = (/** @type {Event} */ event) => {
    const details = /** @type {Element} */ (event.currentTarget).closest("details");
    if (details) details.open = false;
    run();
  };
  return h(
    "button",
    {
      type: "button",
      class: "menu-entry",
      "aria-pressed": pressed === undefined ? undefined : String(pressed),
      on: { click: act },
    },
    label,
  );
}

/** One that leads to another page. @param {string} label @param {string} href */
export function way(label, href) {
  return h("a", { class: "menu-entry", href }, label);
}

/** The ways to take a table away. @param {() => Table | null | Promise<Table | null>} table @returns {HTMLElement[]} */
export function exports(table) {
  /** @param {(table: Table) => void} how */
  const take = async (how) => {
    const whole = await table();
    if (whole) how(whole);
  };
  return [
    entry(words().asCsv, () => void take((whole) => save(`${whole.name}.csv`, textFile(csv(whole), "text/csv")))),
    entry(
      words().asJson,
      () => void take((whole) => save(`${whole.name}.json`, textFile(json(whole), "application/json"))),
    ),
  ];
}

// A click elsewhere closes whatever is open.
document.addEventListener("click", (event) => {
  for (const details of document.querySelectorAll("details.menu[open]")) {
    if (details instanceof HTMLDetailsElement && !details.contains(/** @type {Node} */ (event.target)))
      details.open = false;
  }
});
