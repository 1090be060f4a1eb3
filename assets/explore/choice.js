// A list to choose from, which stands in a panel whatever its answers are.

import { h, replace } from "../dashboard/dom.js";

/** @typedef {{ value: string, text: string, off?: boolean }} Option */

/**
 * @param {{ id: string, label: () => string, options: () => Option[], chosen: () => string, choose: (value: string) => void }} about
 */
export function choice(about) {
  const list = h("select", { class: "field", id: about.id, on: { change: () => about.choose(list.value) } });
  const draw = () => {
    const options = about.options();
    const shown = JSON.stringify(options);
    list.setAttribute("aria-label", about.label());
    // A list that someone has open must not be taken from under their hands.
    if (shown !== list.dataset["shown"]) {
      replace(
        list,
        options.map(({ value, text, off }) => h("option", { value, disabled: off }, text)),
      );
      list.dataset["shown"] = shown;
    }
    list.value = about.chosen();
  };
  return { element: list, draw };
}
