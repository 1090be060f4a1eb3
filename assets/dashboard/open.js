// The ways from a figure to the sessions it counts.

import { canFilter } from "./filters.js";
import { go, state } from "./state.js";

/** @param {Record<string, string>} filters */
export function openSessions(filters) {
  go({ sheet: "sessions", filters, session: "" });
}

/** What a click on a name does, where the list can be narrowed by names of this kind. @param {string} filter */
export function opening(filter) {
  return canFilter(filter) ? (/** @type {string} */ value) => openSessions({ [filter]: value }) : undefined;
}

/** @param {string} day */
export function openDay(day) {
  openSessions({ day });
}

/** @param {string} session */
export function openSession(session) {
  go({ sheet: state().sheet || "sessions", session });
}
