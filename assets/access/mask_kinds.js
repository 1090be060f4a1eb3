// The kinds of data that are recognised wherever they stand in a text.

import { h, replace } from "../dashboard/dom.js";
import { notes } from "./fields.js";
import { say } from "./say.js";

/** @type {MaskKind[]} */
const KINDS = ["email", "phone", "card", "iban", "pesel", "ip"];

/**
 * @param {MaskKind[]} chosen @param {() => void} changed
 * @returns {import("./fields.js").Field}
 */
export function kindsField(chosen, changed) {
  const { wrong } = notes("");
  const boxes = KINDS.map((kind) =>
    h("input", { type: "checkbox", value: kind, checked: chosen.includes(kind), on: { change: changed } }),
  );
  const choices = KINDS.map((kind, place) =>
    h(
      "label",
      { class: "choice" },
      boxes[place],
      h("span", null, h("b", null, say().maskKinds[kind]), h("span", null, say().maskHelp[kind])),
    ),
  );
  return {
    name: "kinds",
    element: h(
      "fieldset",
      { class: "form-field" },
      h("legend", null, say().masked),
      h("div", { class: "choices" }, choices),
      wrong,
    ),
    value: () => KINDS.filter((_, place) => boxes[place]?.checked),
    check: () => "",
    complain: (text) => replace(wrong, text),
    focus: () => boxes[0]?.focus(),
  };
}
