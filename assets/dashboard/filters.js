// By what the list of sessions can be narrowed. A further filter of the API is one more entry here: its chip, its place in
// the address and the buttons that lead to it follow.

import { format } from "./format.js";
import { words } from "./i18n.js";
import { isSound } from "./ranges.js";
import { stepsOf } from "./steps.js";

/**
 * What brings a session into the list: that it began, or an exchange, a visit or a lead of the days in question, or a place
 * in a funnel or in paths.
 * @typedef {"start" | "exchange" | "visit" | "lead" | "funnel" | "path"} By
 * @typedef {{
 *   name: string,
 *   label: (value: string) => string,
 *   ask?: (value: string) => Record<string, string>,
 *   of?: By[],
 * }} Filter `of` names the lists that a filter belongs to, the one that its figure counts first; others go with all
 */

/** @type {Filter[]} */
export const FILTERS = [
  { name: "by", label: (by) => words().by[/** @type {By} */ (by)] ?? by },
  { name: "day", label: (value) => dayName(value), ask: (value) => spanOf(value) },
  { name: "intent", label: (intent) => `${words().intent}: ${intent}`, of: ["exchange", "start"] },
  {
    name: "sentiment",
    label: (name) => `${words().sentiment}: ${words().sentimentName(name)}`,
    of: ["exchange", "start"],
  },
  {
    name: "understood",
    label: (value) => (value === "true" ? words().understood : words().missed),
    of: ["exchange"],
  },
  { name: "hour_of_week", label: (value) => hourName(Number(value)), of: ["exchange"] },
  { name: "during", label: (value) => spanName(value), of: ["exchange"] },
  { name: "question", label: (text) => `“${text}”`, of: ["exchange"] },
  { name: "page", label: (page) => `${words().page}: ${page}`, of: ["visit"] },
  { name: "package", label: (name) => `${words().package}: ${name}`, of: ["lead"] },
  { name: "property_type", label: (name) => `${words().property}: ${name}`, of: ["lead"] },
  {
    name: "place",
    label: placeName,
    ask: (value) => Object.fromEntries(new URLSearchParams(value)),
    of: ["funnel", "path"],
  },
  { name: "device", label: (name) => words().deviceName(name) },
  { name: "browser", label: (name) => name },
  { name: "referrer", label: (address) => address },
  { name: "conversion", label: (event) => words().converted(event) },
  { name: "lead", label: (value) => (value === "true" ? words().withLead : words().withoutLead) },
  { name: "q", label: (text) => `“${text}”` },
];

/** Two moments with a slash between them. @param {string} value */
function spanName(value) {
  const [from = "", to = ""] = value.split("/");
  return `${format.moment(from)} – ${format.moment(to)}`;
}

/** @param {string} step */
export function stepName(step) {
  const [kind, name] = [step.split(":", 1)[0] ?? "", step.slice(step.indexOf(":") + 1)];
  switch (kind) {
    case "intent":
      return `${words().intent}: ${name}`;
    case "page":
      return `${words().page}: ${name}`;
    case "event":
      return words().converted(name);
    default:
      return step === "lead" ? words().lead : words().anyMessage;
  }
}

/** A place in a funnel or in paths, which is kept as the API's parameters. @param {string} value */
function placeName(value) {
  const params = new URLSearchParams(value);
  const [intent, next] = [params.get("intent"), params.get("next")];
  if (intent) {
    const at = words().placeInPath(Number(params.get("path_step")), intent);
    return next === null ? at : `${at} → ${next === "(end)" ? words().pathEnd : next}`;
  }
  const step = Number(params.get("reached") ?? params.get("lost_at"));
  const name = stepName(stepsOf(params)[step - 1] ?? "");
  return params.has("reached") ? words().reachedStep(step, name) : words().lostBefore(step, name);
}

/** A day, or two with two dots between. @param {string} value @returns {{ from: string, to: string }} */
export function spanOf(value) {
  const [from = "", to = from] = value.split("..");
  return { from, to };
}

/** @param {string} value */
export function dayName(value) {
  const { from, to } = spanOf(value);
  if (!isSound({ from, to })) return value;
  return from === to ? format.dayLong(from) : format.days({ from, to });
}

/** An hour of the week, from Monday's midnight on. @param {number} hour */
export function hourName(hour) {
  const [day, start] = [Math.floor(hour / 24) % 7, hour % 24];
  return `${format.weekdayLong(day)} ${format.hour(start)}–${format.hour((start + 1) % 24)}`;
}

/** @param {Record<string, string>} chosen @returns {By} */
export function byOf(chosen) {
  return /** @type {By} */ (chosen["by"] || "start");
}

/** The filters in force. @param {Record<string, string>} chosen */
export function inForce(chosen) {
  const by = byOf(chosen);
  return FILTERS.filter(({ name, of }) => chosen[name] && (!of || of.includes(by)));
}

/** The list that the figures of a filter count. @param {string} name @returns {Record<string, string>} */
export function listFor(name) {
  const by = FILTERS.find((filter) => filter.name === name)?.of?.[0];
  return by ? { by } : {};
}

/**
 * What the API is asked for: the page's range, and whatever the filters say.
 * @param {Record<string, string>} chosen @param {Days} range
 */
export function asked(chosen, range) {
  /** @type {Record<string, string>} */
  const params = { from: range.from, to: range.to };
  for (const { name, ask } of inForce(chosen)) {
    const value = chosen[name] ?? "";
    Object.assign(params, ask ? ask(value) : { [name]: value });
  }
  return params;
}
