// What a list of sessions was asked for, found again in one of its sessions.

import { byOf, inForce, spanOf } from "./filters.js";
import { format } from "./format.js";

/** Longer questions are known by their beginning. Bytes, as the server counts. */
const QUESTION_BYTES_MAX = 300;

/**
 * The place in the timeline of the latest event that the filters ask for, or -1: where they ask for no event, or where
 * none is left.
 * @param {TimelineEvent[]} timeline @param {Record<string, string>} filters @param {Days} range
 */
export function placeOf(timeline, filters, range) {
  const tests = inForce(filters).flatMap(({ name }) => {
    const test = TESTS[name];
    return test ? [test(filters[name] ?? "")] : [];
  });
  if (tests.length === 0) return -1;
  const days = filters["day"] ? spanOf(filters["day"]) : range;
  // A session of the days may hold events of others.
  const within = byOf(filters) !== "start";
  return timeline.findLastIndex((event) => {
    if (within) {
      const day = format.dayOf(event.timestamp);
      if (day < days.from || day > days.to) return false;
    }
    return tests.every((test) => test(event));
  });
}

/** @type {Record<string, (value: string) => (event: TimelineEvent) => boolean>} */
const TESTS = {
  intent: (value) => (event) => event.intent_detected === value,
  sentiment: (value) => (event) => event.sentiment === value,
  understood: (value) => (event) => String(isUnderstood(event)) === value,
  hour_of_week: (value) => (event) => event.type === "message" && hourOf(event) === Number(value),
  during: (value) => {
    const [from = NaN, to = NaN] = value.split("/").map((moment) => Date.parse(moment));
    return (event) =>
      event.type === "message" && from <= Date.parse(event.timestamp) && Date.parse(event.timestamp) < to;
  },
  question: (value) => {
    const wanted = plain(value);
    const cut = bytes(value) >= QUESTION_BYTES_MAX - 3;
    return (event) => {
      const text = plain(event.user_message ?? "");
      return text === wanted || (cut && text.startsWith(wanted));
    };
  },
  page: (value) => (event) => event.pages_visited?.includes(value) ?? false,
  package: (value) => (event) => (event.contact ?? event).interested_package === value,
  property_type: (value) => (event) => (event.contact ?? event).property_type === value,
  q: (value) => {
    const wanted = value.toLowerCase();
    return (event) =>
      [event.user_message, event.bot_response].some((text) => text?.toLowerCase().includes(wanted) ?? false);
  },
};

/** Whether the intent of a message was served; of none where there is none. @param {TimelineEvent} event */
export function isUnderstood(event) {
  if (event.intent_detected === undefined) return null;
  return event.success ?? !["fallback", "unknown"].includes(event.intent_detected);
}

/** @param {TimelineEvent} event */
function hourOf(event) {
  const day = new Date(`${format.dayOf(event.timestamp)}T00:00:00Z`).getUTCDay();
  return ((day + 6) % 7) * 24 + format.hourOf(Date.parse(event.timestamp));
}

/** A question as the server groups it. @param {string} text */
function plain(text) {
  const letters = text.toLowerCase().replaceAll(/[^\p{Alphabetic}\p{N}\s]/gu, "");
  return letters.replaceAll(/\s+/gu, " ").trim();
}

/** @param {string} text */
function bytes(text) {
  return new TextEncoder().encode(text).length;
}
