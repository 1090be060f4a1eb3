// What the page shows, kept in its address: a link shares it, back and forward walk through it.

import { FILTERS } from "./filters.js";
import { STEPS_MAX, isStep } from "./steps.js";
import { DEFAULT_RANGE, RANGES, isSound } from "./ranges.js";

const DEFAULT_BOT = "default";
/** Texts that stand in the address under their own names. */
const TEXTS = /** @type {const} */ ([
  "range",
  "from",
  "to",
  "bot",
  "metric",
  "tab",
  "within",
  "period",
  "hours",
  "other",
  "otherFrom",
  "otherTo",
  "experiment",
  "variant",
  "otherVariant",
  "session",
]);
/** What every page of figures is about. */
const SHARED = /** @type {const} */ (["range", "from", "to", "bot", "compare"]);

/** @returns {State} */
export function initial() {
  return {
    range: DEFAULT_RANGE,
    from: "",
    to: "",
    bot: DEFAULT_BOT,
    compare: true,
    metric: "conversations",
    tab: "device",
    steps: [],
    within: "",
    period: "week",
    hours: "conversations",
    other: "",
    otherFrom: "",
    otherTo: "",
    experiment: "",
    variant: "",
    otherVariant: "",
    sheet: "",
    session: "",
    filters: {},
  };
}

/** @param {string} search @returns {State} */
export function read(search) {
  const params = new URLSearchParams(search);
  const state = initial();
  const range = params.get("range") ?? "";
  if (/** @type {readonly string[]} */ (RANGES).includes(range)) state.range = range;
  for (const name of TEXTS) {
    if (name !== "range") state[name] = params.get(name) ?? state[name];
  }
  state.steps = params.getAll("step").filter(isStep).slice(0, STEPS_MAX);
  // Days that are none, or the wrong way round, are not asked for.
  if (state.range === "custom" && !isSound(state)) state.range = DEFAULT_RANGE;
  if (state.range !== "custom") state.from = state.to = "";
  state.compare = params.get("compare") !== "off";
  const sheet = params.get("show");
  if (sheet === "sessions" || sheet === "live") state.sheet = sheet;
  for (const { name } of FILTERS) {
    const value = params.get(name);
    if (value) state.filters[name] = value;
  }
  return state;
}

/** @param {State} state @returns {string} */
export function write(state) {
  const usual = initial();
  const params = new URLSearchParams();
  for (const name of TEXTS) {
    if (state[name] !== usual[name]) params.set(name, state[name]);
  }
  for (const step of state.steps) params.append("step", step);
  if (!state.compare) params.set("compare", "off");
  if (state.sheet) params.set("show", state.sheet);
  for (const { name } of FILTERS) {
    const value = state.filters[name];
    if (value && state.sheet === "sessions") params.set(name, value);
  }
  // Not part of what is shown, but it has to survive a click.
  const refresh = new URLSearchParams(location.search).get("refresh");
  if (refresh) params.set("refresh", refresh);
  const text = params.toString();
  return text ? `?${text}` : location.pathname;
}

/** The query of another page about the same. */
export function shared() {
  const kept = Object.fromEntries(SHARED.map((name) => [name, current[name]]));
  const query = write({ ...initial(), .../** @type {Partial<State>} */ (kept) });
  return query.startsWith("?") ? query : "";
}

/** @type {State} */
let current = read(location.search);
correct();

/** The address says what is shown, whatever days a link came with. */
function correct() {
  const params = new URLSearchParams(location.search);
  const says = (/** @type {"range" | "from" | "to"} */ name) =>
    params.get(name) ?? (name === "range" ? DEFAULT_RANGE : "");
  const same = says("range") === current.range && says("from") === current.from && says("to") === current.to;
  if (!same) history.replaceState(null, "", write(current));
}

/** @type {((state: State, before: State) => void)[]} */
const listeners = [];

export function state() {
  return current;
}

/** @param {(state: State, before: State) => void} listener */
export function onChange(listener) {
  listeners.push(listener);
}

/** @param {Partial<State>} change @param {{ replace?: boolean }} [how] */
export function go(change, how) {
  const before = current;
  current = { ...current, ...change };
  const address = write(current);
  // Back is to lead somewhere else than here.
  const moves = address !== write(before);
  if (moves && how?.replace) history.replaceState(null, "", address);
  else if (moves) history.pushState(null, "", address);
  for (const listener of listeners) listener(current, before);
}

addEventListener("popstate", () => {
  const before = current;
  current = read(location.search);
  correct();
  for (const listener of listeners) listener(current, before);
});
