// A box over the page: a form, or a question before what cannot be undone.

import { h } from "../dashboard/dom.js";
import { Form } from "./form.js";
import { refusal } from "./refusal.js";
import { say } from "./say.js";

let opened = 0;

/**
 * @param {string} title
 * @param {(close: () => void, cancel: HTMLElement) => Node[]} fill
 * @param {{ firm?: boolean }} [how] a firm one is not left by accident
 */
export function dialog(title, fill, { firm } = {}) {
  const id = `dialog-${++opened}`;
  const element = h("dialog", { class: "box", "aria-labelledby": id });
  const close = () => element.close();
  // Where the way back, or a link, leads to another view, a form of the one before has nothing to stand over.
  const left = () => firm || close();
  const cancel = h("button", { type: "button", class: "button", on: { click: close } }, say().cancel);
  element.append(h("h2", { id, tabindex: "-1" }, title), ...fill(close, cancel));
  addEventListener("hashchange", left);
  element.addEventListener("close", () => {
    removeEventListener("hashchange", left);
    element.remove();
  });
  // A browser lets a second press of Escape through, whatever the page says to the first: the key goes nowhere at all.
  element.addEventListener("keydown", (event) => firm && event.key === "Escape" && event.preventDefault());
  element.addEventListener("cancel", (event) => firm && event.preventDefault());
  document.body.append(element);
  element.showModal();
  // A question is read first; a form is filled in.
  const field = element.querySelector("form input");
  if (field instanceof HTMLInputElement) field.focus();
  return element;
}

/**
 * Asks before it does something.
 * @param {{ title: string, text: string, act: string, run: () => Promise<void>,
 *   why?: (error: unknown) => { field: string, text: string }, danger?: boolean }} spec `danger` unless it takes nothing away
 */
export function confirmed({ title, text, act, run, why = refusal, danger = true }) {
  dialog(title, (close, cancel) => {
    const done = async () => {
      await run();
      close();
    };
    const form = new Form({
      fields: [],
      submit: act,
      act: done,
      cancel,
      why,
      danger,
      before: [h("p", null, text)],
    });
    return [form.element];
  });
}
