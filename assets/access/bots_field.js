// Which bots someone is for.

import { h, replace } from "../dashboard/dom.js";
import { notes } from "./fields.js";
import { say } from "./say.js";

/** Listed to choose from; all others can be named. */
const LISTED_MAX = 200;

/**
 * Whether all, some, or either may be chosen.
 * @typedef {"all" | "some" | "either"} Sight
 */

export class BotsField {
  name = "bots";
  /** @type {Sight} */
  #sight = "either";

  /** @param {{ known: string[], chosen: string[], ofAll: string }} spec `ofAll` is said where there is no choice */
  constructor({ known, chosen, ofAll }) {
    const { id, help, wrong } = notes(say().otherBotHint);
    this.wrong = wrong;
    this.ofAll = h("p", { class: "hint" }, ofAll);
    const radio = (/** @type {boolean} */ some) =>
      h("input", {
        type: "radio",
        name: id,
        checked: some === chosen.length > 0,
        on: { change: () => this.#arrange() },
      });
    this.all = radio(false);
    this.some = radio(true);
    this.either = h(
      "div",
      { class: "either" },
      h("label", { class: "check" }, this.all, say().allBots),
      h("label", { class: "check" }, this.some, say().theseBots),
    );
    const listed = [...new Set([...chosen, ...known])].slice(0, LISTED_MAX);
    this.list = h(
      "div",
      { class: "bot-list" },
      listed.map((bot) => checkbox(bot, chosen.includes(bot))),
    );
    this.other = h("input", {
      type: "text",
      class: "field",
      "aria-label": say().otherBot,
      placeholder: say().otherBot,
      spellcheck: "false",
      on: { keydown: (/** @type {KeyboardEvent} */ event) => this.#pressed(event) },
    });
    const add = h("button", { type: "button", class: "button", on: { click: () => this.#add() } }, say().add);
    this.choosing = h("div", { class: "choosing" }, this.list, h("div", { class: "field-row" }, this.other, add), help);
    this.element = h(
      "fieldset",
      { class: "form-field" },
      h("legend", null, say().bots),
      this.ofAll,
      this.either,
      this.choosing,
      wrong,
    );
    this.#arrange();
  }

  /** @param {Sight} sight */
  allow(sight) {
    this.#sight = sight;
    this.complain("");
    this.#arrange();
  }

  #arrange() {
    this.ofAll.hidden = this.#sight !== "all";
    this.either.hidden = this.#sight !== "either";
    this.choosing.hidden = !this.#choosesSome();
  }

  #choosesSome() {
    return this.#sight === "some" || (this.#sight === "either" && this.some.checked);
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    if (event.key !== "Enter" || !this.other.value.trim()) return;
    event.preventDefault();
    this.#add();
  }

  #add() {
    const bot = this.other.value.trim();
    if (!bot) return;
    const known = this.#boxes().find((box) => box.value === bot);
    if (known) known.checked = true;
    else this.list.append(checkbox(bot, true));
    this.other.value = "";
    this.other.focus();
  }

  #boxes() {
    return [...this.list.querySelectorAll("input")];
  }

  value() {
    if (!this.#choosesSome()) return [];
    const chosen = this.#boxes().filter((box) => box.checked);
    // What was typed was meant, whether or not it was added.
    const typed = this.other.value.trim();
    return [...new Set([...chosen.map((box) => box.value), ...(typed ? [typed] : [])])];
  }

  check() {
    return this.#choosesSome() && this.value().length === 0 ? say().chooseBot : "";
  }

  /** @param {string} text */
  complain(text) {
    replace(this.wrong, text);
  }

  focus() {
    (this.#boxes()[0] ?? this.other).focus();
  }
}

/** @param {string} bot @param {boolean} checked */
function checkbox(bot, checked) {
  return h(
    "label",
    { class: "check" },
    h("input", { type: "checkbox", value: bot, checked }),
    h("span", { class: "clip" }, bot),
  );
}
