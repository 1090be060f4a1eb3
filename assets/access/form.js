// A form that says beside each field what is wrong with it, before it is sent and after.

import { h } from "../dashboard/dom.js";
import { refusal } from "./refusal.js";

export class Form {
  #busy = false;

  /**
   * @param {{ fields: import("./fields.js").Field[], submit: string, act: () => Promise<void>, cancel?: Node, before?: Node[],
   *   why?: (error: unknown) => { field: string, text: string }, danger?: boolean }} spec
   */
  constructor({ fields, submit, act, cancel, before = [], why = refusal, danger }) {
    this.fields = fields;
    this.act = act;
    this.why = why;
    this.message = h("p", { class: "form-message", role: "alert", tabindex: "-1", hidden: true });
    this.button = h("button", { type: "submit", class: danger ? "button danger" : "button strong" }, submit);
    this.element = h(
      "form",
      { class: "form", method: "post", novalidate: true },
      before,
      fields.map((field) => field.element),
      this.message,
      h("div", { class: "form-actions" }, this.button, cancel),
    );
    // What was wrong with a field is no longer known once it is another.
    this.element.addEventListener("input", ({ target }) => {
      const changed = this.fields.find((field) => target instanceof Node && field.element.contains(target));
      changed?.complain("");
    });
    this.element.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#send();
    });
  }

  async #send() {
    if (this.#busy || !this.#isSound()) return;
    this.#busy = this.button.disabled = true;
    try {
      await this.act();
    } catch (error) {
      this.#complain(error);
    } finally {
      this.#busy = this.button.disabled = false;
    }
  }

  #isSound() {
    this.message.hidden = true;
    const wrong = this.fields.filter((field) => {
      const text = field.check();
      field.complain(text);
      return text !== "";
    });
    wrong[0]?.focus();
    return wrong.length === 0;
  }

  /** @param {unknown} error */
  #complain(error) {
    const { field: name, text } = this.why(error);
    const field = this.fields.find((one) => one.name === name && !one.element.hidden);
    if (field) {
      field.complain(text);
      field.focus();
      return;
    }
    this.message.textContent = text;
    this.message.hidden = false;
    this.message.focus();
  }
}
