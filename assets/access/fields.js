// The fields of forms: each with its label, a hint and a place for what is wrong with it.

import { h, replace } from "../dashboard/dom.js";
import { say } from "./say.js";

/**
 * @typedef {{
 *   name: string,
 *   element: HTMLElement,
 *   value: () => any,
 *   check: () => string,
 *   complain: (text: string) => void,
 *   focus: () => void,
 * }} Field `check` says what is wrong with what is in it
 */

let made = 0;

/** What stands under a field. @param {string} hint */
export function notes(hint) {
  const id = `field-${++made}`;
  const help = h("p", { class: "hint", id: `${id}-hint`, hidden: hint === "" }, hint);
  const wrong = h("p", { class: "field-wrong", id: `${id}-wrong` });
  return { id, help, wrong, described: `${id}-hint ${id}-wrong` };
}

/**
 * @param {{ name: string, label: string, hint?: string, check?: (value: string) => string, beside?: Node[],
 *   attributes?: Record<string, any>, lines?: boolean }} spec
 * @returns {Field & { input: HTMLInputElement | HTMLTextAreaElement }}
 */
export function textField({ name, label, hint = "", check = () => "", beside = [], attributes = {}, lines }) {
  const { id, help, wrong, described } = notes(hint);
  const all = { id, name, class: "field", "aria-describedby": described, ...attributes };
  const input = lines ? h("textarea", { rows: "2", ...all }) : h("input", { type: "text", ...all });
  const row = h("div", { class: "field-row" }, input, beside);
  const value = () => input.value.trim();
  return {
    name,
    input,
    element: h("div", { class: "form-field" }, h("label", { for: id }, label), row, help, wrong),
    value,
    check: () => check(value()),
    complain: (text) => {
      wrong.textContent = text;
      input.toggleAttribute("aria-invalid", false);
      if (text) input.setAttribute("aria-invalid", "true");
    },
    focus: () => input.focus(),
  };
}

/** How long a password may be: as the server counts. */
const [PASSWORD_MIN, PASSWORD_MAX] = [10, 256];
/** Without those that are taken for one another. */
const LETTERS = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/**
 * A password to be.
 * @param {{ name: string, label: string, hint: string, optional?: boolean, suggests?: boolean }} spec
 * @returns {Field}
 */
export function newPasswordField({ name, label, hint, optional, suggests }) {
  const show = h("button", { type: "button", class: "button" }, say().show);
  const suggest = h("button", { type: "button", class: "button" }, say().suggest);
  const field = textField({
    name,
    label,
    hint,
    beside: suggests ? [show, suggest] : [show],
    attributes: { type: "password", autocomplete: "new-password", spellcheck: "false", autocapitalize: "none" },
  });
  const input = field.input;
  const reveal = (/** @type {boolean} */ open) => {
    input.setAttribute("type", open ? "text" : "password");
    show.textContent = open ? say().hide : say().show;
  };
  show.addEventListener("click", () => reveal(input.getAttribute("type") === "password"));
  suggest.addEventListener("click", () => {
    input.value = suggestion();
    reveal(true);
    field.complain("");
  });
  // As it was typed: a space at its end is a part of it.
  const value = () => input.value;
  const isSound = () => value().length >= PASSWORD_MIN && value().length <= PASSWORD_MAX;
  const check = () => ((optional && !value()) || isSound() ? "" : say().passwordLength);
  return { ...field, value, check };
}

/** Twenty letters and digits: 116 random bits. */
function suggestion() {
  const letters = [];
  while (letters.length < 20) {
    const [byte = 0] = crypto.getRandomValues(new Uint8Array(1));
    // Each as likely as any other.
    if (byte < LETTERS.length * 4) letters.push(LETTERS[byte % LETTERS.length]);
  }
  return letters.join("");
}

/**
 * One of a few, each with what it means.
 * @template {string} T
 * @param {{ name: string, label: string, choices: { value: T, title: string, help: string }[], chosen: T, changed: (value: T) => void }} spec
 * @returns {Field}
 */
export function choiceField({ name, label, choices, chosen, changed }) {
  const { id, wrong } = notes("");
  const radios = choices.map(({ value }) =>
    h("input", { type: "radio", name: id, value, checked: value === chosen, on: { change: () => changed(value) } }),
  );
  const rows = choices.map(({ title, help }, place) =>
    h("label", { class: "choice" }, radios[place], h("span", null, h("b", null, title), h("span", null, help))),
  );
  return {
    name,
    element: h("fieldset", { class: "form-field" }, h("legend", null, label), rows, wrong),
    value: () => radios.find((radio) => radio.checked)?.value ?? chosen,
    check: () => "",
    complain: (text) => replace(wrong, text),
    focus: () => radios[0]?.focus(),
  };
}
