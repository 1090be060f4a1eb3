// Elements from plain values. Text from outside only ever becomes text: nothing here reads markup.

/** @typedef {Node | string | number | null | undefined | false} Child */

/**
 * @typedef {{
 *   class?: string | undefined,
 *   on?: Record<string, (event: any) => void>,
 *   style?: Record<string, string>,
 *   [attribute: string]: any,
 * }} Props
 */

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag @param {Props | null} [props] @param {...(Child | Child[])} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function h(tag, props, ...children) {
  const element = document.createElement(tag);
  apply(element, props ?? {});
  element.append(...nodes(children));
  return element;
}

/** @param {string} tag @param {Props} props @param {...Node} children @returns {SVGElement} */
export function svg(tag, props, ...children) {
  const element = /** @type {SVGElement} */ (document.createElementNS("http://www.w3.org/2000/svg", tag));
  apply(element, props);
  element.append(...children);
  return element;
}

/** @param {Element & ElementCSSInlineStyle} element @param {Props} props */
function apply(element, props) {
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "on") {
      for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
    } else if (name === "style") {
      for (const [property, setting] of Object.entries(value)) element.style.setProperty(property, String(setting));
    } else if (name === "value" && element instanceof HTMLInputElement) {
      element.value = value;
    } else {
      element.setAttribute(name, value === true ? "" : String(value));
    }
  }
}

/** @param {(Child | Child[])[]} children @returns {(Node | string)[]} */
function nodes(children) {
  const present = children.flat().filter((child) => child !== null && child !== undefined && child !== false);
  return present.map((child) => (child instanceof Node ? child : String(child)));
}

/**
 * Puts other children in. Who stood on something with a `data-key` stands on its successor afterwards.
 * @param {Element} parent @param {...(Child | Child[])} children
 */
export function replace(parent, ...children) {
  const active = document.activeElement;
  const key = active instanceof HTMLElement && parent.contains(active) ? active.dataset["key"] : undefined;
  parent.replaceChildren(...nodes(children));
  if (key === undefined) return;
  const successor = parent.querySelector(`[data-key="${CSS.escape(key)}"]`);
  if (successor instanceof HTMLElement) successor.focus({ preventScroll: true });
}

/** @param {string} id @returns {HTMLElement} */
export function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no #${id}`);
  return found;
}

/** Icons, drawn on a grid of 16. */
const PATHS = {
  left: "M10 3 5 8l5 5",
  right: "m6 3 5 5-5 5",
  close: "m4 4 8 8m0-8-8 8",
  more: "M3.5 8h.01M8 8h.01M12.5 8h.01",
  refresh: "M13 4v3.2h-3.2M13 7a5.2 5.2 0 1 0 .2 2.4",
  search: "m10.3 10.3 3.2 3.2M11.5 7a4.5 4.5 0 1 1-9 0 4.5 4.5 0 0 1 9 0Z",
  warning: "M8 2.5 14.3 13H1.7L8 2.5Zm0 4v3.2m0 1.6v.01",
  up: "M8 13V3.5M4 7l4-4 4 4",
  down: "M8 3v9.5M4 9l4 4 4-4",
  same: "M3 8h10",
  back: "M13 8H3.5M7.5 4l-4 4 4 4",
  lead: "M8 8a2.6 2.6 0 1 0 0-5.200A2.600 2.600 0 0 0 8 8Zm-5 5.300c.5-2.400 2.500-3.800 5-3.800s4.500 1.400 5 3.800",
  page: "M4 2.500h5l3 3v8H4v-11Zm5 0v3h3",
  positive: "M8 3.5v9M3.5 8h9",
  neutral: "M8 5.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5Z",
  negative: "M3.5 8h9",
  star: "m8 2 1.800 3.800 4.200.5-3.100 2.900.8 4.200L8 11.300l-3.700 2.100.8-4.200L2 6.300l4.200-.5L8 2Z",
  flag: "M4 14V2.500h8l-2 3 2 3H4",
};

/** A sentiment's mark: told apart by its shape, with or without colour. @param {Sentiment} name */
export function sign(name) {
  return h("span", { class: `sign ${name}`, "aria-hidden": "true" }, icon(name));
}

/** @param {keyof typeof PATHS} name */
export function icon(name) {
  const shape = svg("path", { d: PATHS[name] });
  return svg("svg", { class: "icon", viewBox: "0 0 16 16", "aria-hidden": "true" }, shape);
}
