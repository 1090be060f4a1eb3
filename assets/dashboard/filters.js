// By what the list of sessions can be narrowed. A further filter of the API is one more entry here: its chip, its place in
// the address and the buttons that lead to it follow.

import { words } from "./i18n.js";
import { format } from "./format.js";

/**
 * @typedef {{
 *   name: string,
 *   label: (value: string) => string,
 *   ask: (value: string) => Record<string, string>,
 * }} Filter
 */

/** @param {string} name @returns {(value: string) => Record<string, string>} */
const asIs = (name) => (value) => ({ [name]: value });

/** @type {Filter[]} */
export const FILTERS = [
  { name: "day", label: (day) => format.dayLong(day), ask: (day) => ({ from: day, to: day }) },
  { name: "intent", label: (intent) => `${words().intent}: ${intent}`, ask: asIs("intent") },
  {
    name: "sentiment",
    label: (name) => `${words().sentiment}: ${words().sentimentName(name)}`,
    ask: asIs("sentiment"),
  },
  { name: "lead", label: (value) => (value === "true" ? words().withLead : words().withoutLead), ask: asIs("lead") },
  { name: "q", label: (text) => `“${text}”`, ask: asIs("q") },
];

/** @param {string} name */
export function canFilter(name) {
  return FILTERS.some((filter) => filter.name === name);
}

/**
 * What the API is asked for: the page's range, and whatever the filters say.
 * @param {Record<string, string>} chosen @param {Days} range
 */
export function asked(chosen, range) {
  /** @type {Record<string, string>} */
  const params = { from: range.from, to: range.to };
  for (const { name, ask } of FILTERS) {
    const value = chosen[name];
    if (value) Object.assign(params, ask(value));
  }
  return params;
}
