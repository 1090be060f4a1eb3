// Lists of who and what there is.

import { h, icon } from "../dashboard/dom.js";
import { format } from "../dashboard/format.js";
import { say } from "./say.js";

/**
 * @param {{ key: string, name: string, badges?: (HTMLElement | null)[], facts: (string | null)[], lines?: string[],
 *   actions?: HTMLElement[] }} spec `lines` are facts that each have a line of their own
 */
export function row({ key, name, badges = [], facts, lines = [], actions = [] }) {
  const told = facts.filter((fact) => fact !== null && fact !== "").join(" · ");
  return h(
    "li",
    { class: "row", "data-row": key },
    h(
      "div",
      { class: "row-text" },
      h("p", { class: "row-name" }, h("b", null, name), badges),
      told ? h("p", { class: "row-facts" }, told) : null,
      lines.length > 0
        ? h(
            "ul",
            { class: "row-facts lines" },
            lines.map((line) => h("li", null, line)),
          )
        : null,
    ),
    actions.length > 0 ? h("div", { class: "row-actions" }, actions) : null,
  );
}

/** @param {string} text @param {"" | "good" | "bad" | "strong"} [tone] */
export function badge(text, tone = "") {
  return h("span", { class: `badge ${tone || "plain"}` }, text);
}

/** @param {string} label @param {string} about whom it is done to @param {() => void} act @param {boolean} [danger] */
export function action(label, about, act, danger) {
  const shape = danger ? "button small dangerous" : "button small";
  return h(
    "button",
    {
      type: "button",
      class: shape,
      "aria-label": `${label}: ${about}`,
      "data-key": `${label} ${about}`,
      on: { click: act },
    },
    label,
  );
}

/** Adds to a list. @param {string} id @param {string} label @param {() => void} act @param {boolean} [strong] */
export function addButton(id, label, act, strong = true) {
  const shape = strong ? "button strong" : "button";
  return h("button", { type: "button", class: shape, id, on: { click: act } }, icon("positive"), label);
}

/** What a list says while there is nothing in it. @param {string} heading @param {string} text */
export function nothing(heading, text) {
  return h("div", { class: "nothing" }, h("h3", null, heading), h("p", null, text));
}

/** @param {string[]} bots */
export function botsOf(bots) {
  return bots.length === 0 ? say().allBots : bots.join(", ");
}

/** @param {string} moment */
export function since(moment) {
  return moment ? say().since(format.momentLong(moment)) : null;
}

/** A sentence in which commands stand between backticks. @param {string} sentence */
export function withCode(sentence) {
  return sentence.split("`").map((part, place) => (place % 2 === 1 ? h("code", null, part) : part));
}
