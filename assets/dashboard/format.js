// Numbers, dates and plurals in the language's way. Times of day are the bot's: its days are what everything is counted by.

import { language, words } from "./i18n.js";

let zone = "UTC";

/** @param {string} other */
export function setZone(other) {
  zone = other;
}

/** @type {Map<string, Intl.NumberFormat | Intl.DateTimeFormat | Intl.PluralRules>} */
const made = new Map();

/**
 * Making a formatter is slow, using one is not.
 * @template {Intl.NumberFormat | Intl.DateTimeFormat | Intl.PluralRules} T
 * @param {string} key @param {(tag: string) => T} make @returns {T}
 */
function kept(key, make) {
  const tag = language() === "pl" ? "pl-PL" : "en-GB";
  const whole = `${tag} ${key}`;
  const found = made.get(whole);
  if (found) return /** @type {T} */ (found);
  const fresh = make(tag);
  made.set(whole, fresh);
  return fresh;
}

/** @param {number} value @param {Intl.NumberFormatOptions} [options] */
function number(value, options = {}) {
  // Four-digit numbers are grouped too, so that columns read alike.
  const whole = /** @type {Intl.NumberFormatOptions} */ ({ useGrouping: "always", ...options });
  const text = kept(JSON.stringify(whole), (tag) => new Intl.NumberFormat(tag, whole)).format(value);
  // A hyphen is narrower than a plus.
  return text.replace("-", "−");
}

/** @param {string} day @param {Intl.DateTimeFormatOptions} options */
function date(day, options) {
  const whole = { timeZone: "UTC", ...options };
  return kept(JSON.stringify(whole), (tag) => new Intl.DateTimeFormat(tag, whole)).format(new Date(`${day}T00:00:00Z`));
}

/** @param {string | number} moment @param {Intl.DateTimeFormatOptions} options */
function clock(moment, options) {
  const whole = { timeZone: zone, ...options };
  return kept(JSON.stringify(whole), (tag) => new Intl.DateTimeFormat(tag, whole)).format(new Date(moment));
}

/** @param {number} value @param {number} digits */
function percent(value, digits) {
  return number(value / 100, { style: "percent", maximumFractionDigits: digits });
}

/** A Monday. */
const MONDAY = "2024-01-01";

export const format = {
  number: (/** @type {number} */ value) => number(value),
  decimal: (/** @type {number} */ value) => number(value, { maximumFractionDigits: 2 }),
  compact: (/** @type {number} */ value) => number(value, { notation: "compact", maximumFractionDigits: 1 }),
  /** Of a percentage as the API gives it. */
  percent: (/** @type {number} */ value) => {
    // Rounding makes nothing of something, and everything of nearly everything.
    if (value > 0 && value < 0.05) return `<${percent(0.1, 1)}`;
    if (value >= 99.95 && value < 100) return `>${percent(99.9, 1)}`;
    return percent(value, 1);
  },
  percentAxis: (/** @type {number} */ value) => percent(value, 2),
  /** A part of a whole, in percent. @param {number} part @param {number} whole @returns {string} */
  share: (part, whole) => format.percent(whole > 0 ? (part / whole) * 100 : 0),
  money: (/** @type {number} */ value) => {
    const dollars = /** @type {const} */ ({ style: "currency", currency: "USD", currencyDisplay: "narrowSymbol" });
    const size = Math.abs(value);
    if (size > 0 && size < 0.01) return number(value, { ...dollars, maximumSignificantDigits: 2 });
    return number(value, {
      ...dollars,
      minimumFractionDigits: 2,
      maximumFractionDigits: size > 0 && size < 1 ? 4 : 2,
    });
  },
  ms: (/** @type {number} */ value) =>
    value < 1000
      ? `${number(value, { maximumFractionDigits: 0 })} ms`
      : `${number(value / 1000, { maximumFractionDigits: 2 })} s`,
  /** Of bytes. @param {number} value */
  size: (value) => {
    if (value < 1e3) return `${number(value)} B`;
    const [unit, size] = value < 1e6 ? ["kB", 1e3] : ["MB", 1e6];
    return `${number(value / size, { maximumFractionDigits: 1 })} ${unit}`;
  },
  /** @param {number} seconds */
  duration: (seconds) => {
    const whole = Math.round(seconds);
    if (whole < 60) return `${whole} s`;
    const minutes = Math.floor(whole / 60);
    if (minutes < 60) return `${minutes} min ${whole % 60} s`;
    const hours = Math.floor(minutes / 60);
    if (hours < 24) return `${hours} ${words().hoursShort} ${minutes % 60} min`;
    return `${number(Math.floor(hours / 24))} ${words().daysShort} ${hours % 24} ${words().hoursShort}`;
  },
  /** @param {number} value */
  signed: (value) => number(value, { signDisplay: "exceptZero", maximumFractionDigits: 1 }),
  /** A change in percent. @param {number} value */
  signedPercent: (value) =>
    number(value / 100, {
      style: "percent",
      signDisplay: "exceptZero",
      maximumFractionDigits: Math.abs(value) < 10 ? 1 : 0,
    }),
  dayShort: (/** @type {string} */ day) => date(day, { day: "numeric", month: "short" }),
  dayInTable: (/** @type {string} */ day) =>
    date(day, { weekday: "short", day: "numeric", month: "short", year: "numeric" }),
  dayLong: (/** @type {string} */ day) =>
    date(day, { weekday: "long", day: "numeric", month: "long", year: "numeric" }),
  month: (/** @type {string} */ day) =>
    date(day, day.slice(5, 7) === "01" ? { month: "short", year: "numeric" } : { month: "short" }),
  monthLong: (/** @type {string} */ day) => date(day, { month: "long", year: "numeric" }),
  /** @param {Days} days */
  days: ({ from, to }) => {
    const options = /** @type {const} */ ({ day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
    const formatter = kept(JSON.stringify(options), (tag) => new Intl.DateTimeFormat(tag, options));
    return formatter.formatRange(new Date(`${from}T00:00:00Z`), new Date(`${to}T00:00:00Z`));
  },
  weekday: (/** @type {number} */ place) => weekday(place, "short"),
  weekdayLong: (/** @type {number} */ place) => weekday(place, "long"),
  hour: (/** @type {number} */ hour) => `${String(hour).padStart(2, "0")}:00`,
  time: (/** @type {string | number} */ moment) => clock(moment, { hour: "2-digit", minute: "2-digit" }),
  timeExact: (/** @type {string | number} */ moment) =>
    clock(moment, { hour: "2-digit", minute: "2-digit", second: "2-digit" }),
  /** In the zone of whoever looks at the page. */
  timeHere: (/** @type {number} */ moment) => here().format(moment),
  moment: (/** @type {string | number} */ moment) =>
    clock(moment, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" }),
  momentLong: (/** @type {string | number} */ moment) =>
    clock(moment, {
      weekday: "short",
      day: "numeric",
      month: "long",
      year: "numeric",
      hour: "2-digit",
      minute: "2-digit",
    }),
  /** The hour of a moment in the bot's zone. @param {number} moment */
  hourOf: (moment) => Number(clock(moment, { hour: "2-digit", hourCycle: "h23" })),
  /** The calendar day of a moment in the bot's zone. @param {string} moment */
  dayOf: (moment) => dayIn(zone).format(new Date(moment)),
};

/** @param {number} place @param {"short" | "long"} length */
function weekday(place, length) {
  const day = new Date(Date.parse(`${MONDAY}T00:00:00Z`) + place * 86_400_000).toISOString().slice(0, 10);
  return date(day, { weekday: length });
}

function here() {
  const options = /** @type {const} */ ({ hour: "2-digit", minute: "2-digit", second: "2-digit" });
  return kept("here", (tag) => new Intl.DateTimeFormat(tag, options));
}

/** @param {string} timeZone */
function dayIn(timeZone) {
  const options = /** @type {const} */ ({ timeZone, year: "numeric", month: "2-digit", day: "2-digit" });
  // The Swedish way of writing a date is that of ISO.
  return kept(`day ${timeZone}`, () => new Intl.DateTimeFormat("sv-SE", options));
}

/**
 * A count with the noun in its form: Polish has four.
 * @param {number} count @param {Partial<Record<Intl.LDMLPluralRule, string>>} forms
 */
export function counted(count, forms) {
  const rule = kept("plural", (tag) => new Intl.PluralRules(tag)).select(count);
  return `${number(count)} ${forms[rule] ?? forms.other ?? ""}`;
}
