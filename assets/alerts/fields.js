// Further fields of forms: a choice from a list, a number, and several of several.

import { notes, textField } from "../access/fields.js";
import { h, replace } from "../dashboard/dom.js";
import { say } from "./say.js";

/** @typedef {import("../access/fields.js").Field} Field */
/** @typedef {{ value: string, label: string }} Option */

/**
 * One of a list, whose entries may stand in groups.
 * @param {{ name: string, label: string, hint?: string, options: Option[] | { label: string, options: Option[] }[], chosen: string,
 *   changed?: () => void }} spec
 * @returns {Field & { select: HTMLSelectElement, offer: (options: Option[]) => void }}
 */
export function selectField({ name, label, hint = "", options, chosen, changed = () => {} }) {
  const { id, help, wrong, described } = notes(hint);
  const select = h("select", { id, name, class: "field", "aria-describedby": described, on: { change: changed } });
  const option = (/** @type {Option} */ { value, label: text }) => h("option", { value }, text);
  const fill = (/** @type {typeof options} */ some) =>
    replace(
      select,
      some.map((one) =>
        "options" in one ? h("optgroup", { label: one.label }, one.options.map(option)) : option(one),
      ),
    );
  fill(options);
  select.value = chosen;
  return {
    name,
    select,
    element: h("div", { class: "form-field" }, h("label", { for: id }, label), select, help, wrong),
    value: () => select.value,
    offer: (some) => {
      const before = select.value;
      fill(some);
      select.value = some.some(({ value }) => value === before) ? before : (some[0]?.value ?? "");
    },
    check: () => "",
    complain: (text) => replace(wrong, text),
    focus: () => select.focus(),
  };
}

/**
 * A number, or nothing.
 * @param {{ name: string, label: string, hint?: string, value: number | null, least: number, most: number, whole?: boolean,
 *   needed?: () => boolean, changed?: () => void, beside?: Node[] }} spec
 * @returns {Field & { element: HTMLElement }}
 */
export function numberField({
  name,
  label,
  hint = "",
  value,
  least,
  most,
  whole,
  needed,
  changed = () => {},
  beside = [],
}) {
  const field = textField({
    name,
    label,
    hint,
    beside,
    attributes: { inputmode: "decimal", autocomplete: "off", value: value === null ? "" : String(value) },
  });
  field.input.addEventListener("input", changed);
  const read = () => {
    const text = field.input.value.trim().replace(",", ".");
    return text === "" ? null : Number(text);
  };
  const check = () => {
    const number = read();
    if (number === null) return needed?.() ? say().numberNeeded : "";
    const isSound = Number.isFinite(number) && number >= least && number <= most;
    return isSound && (!whole || Number.isInteger(number)) ? "" : say().numberWrong(least, most);
  };
  return { ...field, value: read, check };
}

/**
 * Several of several.
 * @param {{ name: string, label: string, hint?: string, options: Option[], chosen: string[] }} spec
 * @returns {Field}
 */
export function checksField({ name, label, hint = "", options, chosen }) {
  const { help, wrong } = notes(hint);
  const boxes = options.map(({ value }) => h("input", { type: "checkbox", value, checked: chosen.includes(value) }));
  const rows = options.map((option, place) =>
    h("label", { class: "check" }, boxes[place], h("span", { class: "clip" }, option.label)),
  );
  return {
    name,
    element: h(
      "fieldset",
      { class: "form-field" },
      h("legend", null, label),
      h("div", { class: "bot-list whole" }, rows),
      help,
      wrong,
    ),
    value: () => boxes.filter((box) => box.checked).map((box) => box.value),
    check: () => "",
    complain: (text) => replace(wrong, text),
    focus: () => boxes[0]?.focus(),
  };
}

/** Yes or no. @param {{ name: string, label: string, chosen: boolean }} spec @returns {Field} */
export function switchField({ name, label, chosen }) {
  const { wrong } = notes("");
  const box = h("input", { type: "checkbox", name, checked: chosen });
  return {
    name,
    element: h("div", { class: "form-field" }, h("label", { class: "check" }, box, label), wrong),
    value: () => box.checked,
    check: () => "",
    complain: (text) => replace(wrong, text),
    focus: () => box.focus(),
  };
}

/** Fields beside one another, where there is room. @param {...Field} fields @returns {Field} */
export function beside(...fields) {
  return {
    name: "",
    element: h(
      "div",
      { class: "form-beside" },
      fields.map((field) => field.element),
    ),
    value: () => null,
    check: () => "",
    complain: () => {},
    focus: () => fields[0]?.focus(),
  };
}

/**
 * A form with what comes of it beside its fields. What is done with it comes last: whoever has one column looks at it first.
 * @param {import("../access/form.js").Form} form @param {HTMLElement[]} fields @param {HTMLElement} outcome
 */
export function besideForm({ element }, fields, outcome) {
  element.classList.add("rule-form");
  element.prepend(h("div", { class: "form-column" }, fields), outcome);
  return element;
}
